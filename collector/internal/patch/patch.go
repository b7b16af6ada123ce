// Package patch brings spans into the state that plugins left their bytes in.
//
// Decoding a batch costs more than most plugins do, and most plugins change
// little. So what came out is laid beside what went in, and only what differs
// is decoded, into the spans that are there already. The package knows OTLP
// and pdata, and nothing of plugins.
package patch

import (
	"bytes"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var unmarshaler ptrace.ProtoUnmarshaler

// Apply returns what UnmarshalTraces(result) would: the same traces, or the
// same error.
//
// batch must be what MarshalTraces(traces) gave; result may be anything, and
// nothing of it is kept. Where it is much like batch, which is what makes this
// fast, the answer is traces, changed in place; otherwise, and after an error,
// traces may be changed in part and is of no use any more.
func Apply(traces ptrace.Traces, batch, result []byte) (ptrace.Traces, error) {
	var p patcher
	if p.traces(traces, batch, result) {
		return traces, nil
	}
	return unmarshaler.UnmarshalTraces(result)
}

// patcher is the work on one batch. Its methods get a message as it went in
// and as it came out, and say whether they could bring it from the one state
// into the other. Where one could not, whoever called it decodes a larger part.
type patcher struct {
	// removed are places in the lists that are gone through, and edits are new
	// values of attributes. Both are stacks: a list within a list has the end.
	removed []int
	edits   []edit
	// texts are some that were set, each at a place by its length: plugins put
	// the same keys and a few values on span after span.
	texts [32]string
	// id is that of identified, the last span that was asked for it.
	id, identified []byte
	enclosed       []byte
}

func (p *patcher) traces(traces ptrace.Traces, in, out []byte) bool {
	inRest, outRest, ok := align(p, traces.ResourceSpans(), resourceDepth, in, out, (*patcher).resourceSpans)
	return ok && len(inRest) == 0 && len(outRest) == 0
}

func (p *patcher) resourceSpans(spans ptrace.ResourceSpans, in, out []byte) bool {
	in, out, ok := skipSameStart(in, out)
	if !ok {
		return false
	}
	in, out, ok = align(p, spans.ScopeSpans(), scopeDepth, in, out, (*patcher).scopeSpans)
	if !ok || bytes.Equal(in, out) {
		return ok
	}
	in, out, ok = onlyOrigin(in, out)
	return ok && p.resource(spans.Resource(), in, out)
}

func (p *patcher) scopeSpans(spans ptrace.ScopeSpans, in, out []byte) bool {
	in, out, ok := skipSameStart(in, out)
	if !ok {
		return false
	}
	in, out, ok = align(p, spans.Spans(), spanDepth, in, out, (*patcher).span)
	if !ok || bytes.Equal(in, out) {
		return ok
	}
	in, out, ok = onlyOrigin(in, out)
	return ok && p.scope(spans.Scope(), in, out)
}

func (p *patcher) resource(to pcommon.Resource, in, out []byte) bool {
	if patchMessage(p, resource{to}, in, out) {
		return true
	}
	decoded, ok := p.decode(out, tagResourceSpans, tagOrigin)
	if ok {
		decoded.ResourceSpans().At(0).Resource().MoveTo(to)
	}
	return ok
}

func (p *patcher) scope(to pcommon.InstrumentationScope, in, out []byte) bool {
	if patchMessage(p, scope{to}, in, out) {
		return true
	}
	decoded, ok := p.decode(out, tagResourceSpans, tagChild, tagOrigin)
	if ok {
		decoded.ResourceSpans().At(0).ScopeSpans().At(0).Scope().MoveTo(to)
	}
	return ok
}

func (p *patcher) span(to ptrace.Span, in, out []byte) bool {
	if patchMessage(p, span{to}, in, out) {
		return true
	}
	decoded, ok := p.decode(out, tagResourceSpans, tagChild, tagChild)
	if ok {
		decoded.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).MoveTo(to)
	}
	return ok
}

// text returns a copy of a text.
func (p *patcher) text(text []byte) string {
	known := &p.texts[len(text)%len(p.texts)]
	if *known != string(text) {
		*known = string(text)
	}
	return *known
}

// decode has pdata decode one message, which stands in a batch of its own
// below these tags.
func (p *patcher) decode(message []byte, tags ...byte) (ptrace.Traces, bool) {
	p.enclosed = appendEnclosed(p.enclosed[:0], message, tags)
	traces, err := unmarshaler.UnmarshalTraces(p.enclosed)
	return traces, err == nil
}
