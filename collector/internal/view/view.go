package view

import (
	"math"
	"sync"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// Maker makes views by one sight. It can be used for several batches at once.
type Maker struct {
	kind   sight.Kind
	fields sight.Fields
	keys   *sight.Keys
	// What it says of all batches.
	showsAll, showsResources, showsScopes bool
}

// New returns one for a sight. The error says what can mean no key.
func New(s sight.Sight) (*Maker, error) {
	keys, err := sight.NewKeys(s.Keys)
	if err != nil {
		return nil, err
	}
	m := &Maker{kind: s.Kind, fields: s.Fields, keys: keys}
	switch s.Kind {
	case sight.Everything:
		m.fields = sight.AllFields
	case sight.AllTexts:
		m.fields = sight.Texts
	}
	m.showsAll = s.Kind == sight.Everything
	m.showsResources = m.fields&sight.Entities != 0 || m.shows(sight.Resource)
	m.showsScopes = m.fields&(sight.ScopeName|sight.ScopeVersion) != 0 || m.shows(sight.Scope)
	return m, nil
}

// shows says whether any attribute of a carrier may be in sight.
func (m *Maker) shows(on sight.Carrier) bool {
	return m.kind != sight.Parts || !m.keys.IsBlindTo(on)
}

// View is what is shown of a batch, or of a part of it.
type View struct {
	// Bytes are an OTLP TracesData message.
	Bytes []byte
	// Spans is how many stand in it.
	Spans int
	// First and End are the units of the batch that are in it.
	First, End int
}

// All is an end of units that no batch reaches.
const All = math.MaxInt

// Make appends to dst the view of the units of a batch from first on, up to but
// without end. Units are, in order, spans, scopes without spans and resources
// without scopes; a batch can be cut between any two of them.
//
// A limit above 0 lets it end before the unit that would make it longer than so
// many bytes; or than two times what stands around its first unit, if that is
// more. One unit is always in it.
func (m *Maker) Make(dst []byte, traces ptrace.Traces, first, end, limit int) View {
	w := writers.Get().(*writer)
	w.begin(m, dst, first, limit)
	unit := 0
	resources := traces.ResourceSpans()
	for index := 0; index < resources.Len() && unit < end && !w.full; index++ {
		resource := resources.At(index)
		scopes := resource.ScopeSpans()
		if scopes.Len() == 0 {
			if unit >= first {
				w.unit(resource, ptrace.ScopeSpans{}, ptrace.Span{}, hasNeither)
			}
			unit++
		}
		for at := 0; at < scopes.Len() && unit < end && !w.full; at++ {
			unit = w.inScope(resource, scopes.At(at), unit, first, end)
		}
		w.endResource()
	}
	view := View{Bytes: w.bytes, Spans: w.spans, First: first, End: first + w.units}
	w.release()
	return view
}

// inScope shows those of the units of a scope that are asked for, of which the
// first has this number. It returns the number of the first one behind them.
func (w *writer) inScope(resource ptrace.ResourceSpans, scope ptrace.ScopeSpans, unit, first, end int) int {
	spans := scope.Spans()
	if spans.Len() == 0 {
		if unit >= first {
			w.unit(resource, scope, ptrace.Span{}, hasScope)
		}
		w.endScope()
		return unit + 1
	}
	from := max(first-unit, 0)
	for at := from; at < spans.Len() && unit+at < end && !w.full; at++ {
		w.unit(resource, scope, spans.At(at), hasSpan)
	}
	w.endScope()
	return unit + spans.Len()
}

// Units says how many a batch has.
func Units(traces ptrace.Traces) int {
	units := 0
	for _, resource := range traces.ResourceSpans().All() {
		scopes := resource.ScopeSpans()
		if scopes.Len() == 0 {
			units++
		}
		for _, scope := range scopes.All() {
			units += max(scope.Spans().Len(), 1)
		}
	}
	return units
}

// has says what a unit is.
type has uint8

const (
	// hasNeither: a resource without scopes.
	hasNeither has = iota
	// hasScope: a scope without spans.
	hasScope
	hasSpan
)

// writer is a view in the making.
type writer struct {
	*Maker
	out
	// start is where the view begins in bytes.
	start int
	// resource and scope are open where they were begun.
	resource, scope around
	// path are the keys down to an entry.
	path []string
	// spanGuess is the length of the span before, which most often needs as many
	// bytes as that of the next.
	spanGuess    int
	spans, units int
	limit        int
	// most is how long the view may become; full says that it is.
	most int
	full bool
}

var writers = sync.Pool{New: func() any { return new(writer) }}

func (w *writer) begin(m *Maker, dst []byte, first, limit int) {
	*w = writer{Maker: m, out: out{dst}, start: len(dst), path: w.path[:0], limit: limit, most: math.MaxInt}
}

func (w *writer) release() {
	clear(w.path[:cap(w.path)])
	w.Maker, w.bytes, w.resource, w.scope = nil, nil, around{}, around{}
	writers.Put(w)
}

// unit shows one more, unless the view would become too long.
func (w *writer) unit(resource ptrace.ResourceSpans, scope ptrace.ScopeSpans, span ptrace.Span, has has) {
	before := len(w.bytes)
	hadResource, hadScope := w.resource.isOpen, w.scope.isOpen
	if !hadResource {
		w.beginResource(resource)
	}
	if !hadScope && has != hasNeither {
		w.beginScope(scope)
	}
	spanLength := 0
	if has == hasSpan {
		spanLength = w.span(span)
	}
	if w.limit > 0 {
		length := w.closedLength()
		if w.units == 0 {
			w.most = max(w.limit, 2*(length-spanLength))
		} else if length > w.most {
			w.bytes = w.bytes[:before]
			w.resource.isOpen, w.scope.isOpen = hadResource, hadScope
			w.full = true
			return
		}
	}
	w.units++
	if has == hasSpan {
		w.spans++
	}
}

// closedLength is how long the view is if the unit that was shown is its last.
func (w *writer) closedLength() int {
	length := len(w.bytes) - w.start
	for _, around := range [...]*around{&w.scope, &w.resource} {
		if around.isOpen {
			length = around.closedLength(length, w.start)
		}
	}
	return length
}
