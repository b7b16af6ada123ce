package lapidaryprocessor

import (
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/edits"
	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

const (
	// sampleEvery is how old a sample may become before the next batch that went well
	// takes its place: copying a span of every batch would be seen.
	sampleEvery = 10 * time.Second
	// maxSample bounds its size in bytes.
	maxSample = 64 << 10
)

// sample is a span of a batch that went well, in memory only, as it came: with it a
// plugin that crashes whatever it is given is told from one that met a bad batch.
type sample struct {
	mu    sync.Mutex
	taken time.Time
	span  ptrace.Traces
	has   bool
}

// take copies the first span of a batch, unless there is a sample that is new enough.
func (s *sample) take(traces ptrace.Traces, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.has && now.Sub(s.taken) < sampleEvery {
		return
	}
	if span, found := firstSpan(traces); found && protoSize.TracesSize(span) <= maxSample {
		s.span, s.has, s.taken = span, true, now
	}
}

var protoSize ptrace.ProtoMarshaler

// firstSpan returns a copy of the first span of a batch with what stands around it.
func firstSpan(traces ptrace.Traces) (ptrace.Traces, bool) {
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			if scope.Spans().Len() == 0 {
				continue
			}
			alone := ptrace.NewTraces()
			to := alone.ResourceSpans().AppendEmpty()
			resource.Resource().CopyTo(to.Resource())
			to.SetSchemaUrl(resource.SchemaUrl())
			toScope := to.ScopeSpans().AppendEmpty()
			scope.Scope().CopyTo(toScope.Scope())
			toScope.SetSchemaUrl(scope.SchemaUrl())
			scope.Spans().At(0).CopyTo(toScope.Spans().AppendEmpty())
			return alone, true
		}
	}
	return ptrace.Traces{}, false
}

// get returns the sample, which nobody changes.
func (s *sample) get() (ptrace.Traces, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.span, s.has
}

// stillWorks says whether the plugin can process what it could process before: an
// instance of its own, with the state that there is, is handed a span that went well.
// What it answers, logs, counts and learns is dropped. The caller has the lease.
func (w *work) stillWorks() bool {
	span, has := w.sample.get()
	if !has {
		return false
	}
	instance, err := w.beginFor(silent{w.generation})
	if err != nil {
		return false
	}
	defer func() { _ = instance.Close() }()
	if w.keepsState() && w.entries.Len() > 0 {
		if _, err := instance.LoadAll(w.entries.Version, w.entries.All()); err != nil {
			return false
		}
	}
	p := pass{batch: edits.NewBatch(span), editor: w.editor, part: w.viewer.Make(nil, span, 0, view.All, 0)}
	defer p.batch.Release()
	_, err = instance.Process(p.part.Bytes, w.clock.now(), w.config.Timeout, p.check)
	return err == nil
}

// silent is a generation whose plugin nobody listens to.
type silent struct{ *generation }

// Log implements [plugin.Host].
func (silent) Log(plugin.Level, string) {}

// Counter implements [plugin.Host].
func (s silent) Counter(name string, labels []plugin.Label) func(uint64) {
	if s.generation.Counter(name, labels) == nil {
		return nil
	}
	return func(uint64) {}
}
