package view

import (
	"encoding/binary"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// span shows one, and returns how many bytes its field takes.
func (w *writer) span(span ptrace.Span) int {
	opened := w.open(2, w.spanGuess)
	fields := w.fields
	if fields&sight.TraceID != 0 {
		w.traceID(1, span.TraceID())
	}
	if fields&sight.SpanID != 0 {
		w.spanID(2, span.SpanID())
	}
	if fields&sight.TraceState != 0 {
		w.text(3, span.TraceState().AsRaw())
	}
	if fields&sight.ParentSpanID != 0 {
		w.spanID(4, span.ParentSpanID())
	}
	if fields&sight.SpanName != 0 {
		w.text(5, span.Name())
	}
	if fields&sight.SpanKind != 0 {
		// Protobuf writes what is negative as if it had 64 bits.
		w.number(6, uint64(int64(span.Kind())))
	}
	if fields&sight.SpanTimes != 0 {
		w.fixed64(7, uint64(span.StartTimestamp()))
		w.fixed64(8, uint64(span.EndTimestamp()))
	}
	if w.shows(sight.Span) {
		w.attributes(sight.Span, 9, span.Attributes())
	}
	w.dropped(10, span.DroppedAttributesCount())
	w.events(span)
	w.dropped(12, span.DroppedEventsCount())
	w.links(span)
	w.dropped(14, span.DroppedLinksCount())
	if fields&(sight.StatusCode|sight.StatusMessage) != 0 {
		w.status(span.Status())
	}
	if flags := span.Flags(); fields&sight.SpanFlags != 0 && flags != 0 {
		// The one tag of two bytes.
		w.bytes = append(w.bytes, 16<<3&0x7f|5|0x80, 1)
		w.bytes = binary.LittleEndian.AppendUint32(w.bytes, flags)
	}
	w.close(opened)
	length := len(w.bytes) - opened.start
	w.spanGuess = length
	return length
}

func (w *writer) traceID(number int, id pcommon.TraceID) {
	if !id.IsEmpty() {
		w.bytes = append(w.bytes, byte(number<<3|2), byte(len(id)))
		w.bytes = append(w.bytes, id[:]...)
	}
}

func (w *writer) spanID(number int, id pcommon.SpanID) {
	if !id.IsEmpty() {
		w.bytes = append(w.bytes, byte(number<<3|2), byte(len(id)))
		w.bytes = append(w.bytes, id[:]...)
	}
}

func (w *writer) status(status ptrace.Status) {
	message, code := "", ptrace.StatusCodeUnset
	if w.fields&sight.StatusMessage != 0 {
		message = status.Message()
	}
	if w.fields&sight.StatusCode != 0 {
		code = status.Code()
	}
	if message == "" && code == ptrace.StatusCodeUnset {
		return
	}
	opened := w.open(15, 0)
	w.text(2, message)
	w.number(3, uint64(int64(code)))
	w.close(opened)
}

// events shows all, where they are asked for; else those up to the last one that
// has anything to show.
func (w *writer) events(span ptrace.Span) {
	stand := w.kind == sight.AllTexts || w.fields&sight.Events != 0
	if !stand && w.fields&sight.EventName == 0 && !w.shows(sight.Event) {
		return
	}
	events, end := span.Events(), len(w.bytes)
	for index := range events.Len() {
		opened := w.open(11, 0)
		w.event(events.At(index))
		if w.close(opened) || stand {
			end = len(w.bytes)
		}
	}
	w.bytes = w.bytes[:end]
}

func (w *writer) event(event ptrace.SpanEvent) {
	if w.fields&sight.Events != 0 {
		w.fixed64(1, uint64(event.Timestamp()))
	}
	if w.fields&sight.EventName != 0 {
		w.text(2, event.Name())
	}
	w.attributes(sight.Event, 3, event.Attributes())
	w.dropped(4, event.DroppedAttributesCount())
}

// links shows all, where they are asked for; else those up to the last one that
// has anything to show.
func (w *writer) links(span ptrace.Span) {
	stand := w.kind == sight.AllTexts || w.fields&sight.Links != 0
	if !stand && w.fields&sight.LinkTraceState == 0 && !w.shows(sight.Link) {
		return
	}
	links, end := span.Links(), len(w.bytes)
	for index := range links.Len() {
		opened := w.open(13, 0)
		w.link(links.At(index))
		if w.close(opened) || stand {
			end = len(w.bytes)
		}
	}
	w.bytes = w.bytes[:end]
}

func (w *writer) link(link ptrace.SpanLink) {
	if w.fields&sight.Links != 0 {
		w.traceID(1, link.TraceID())
		w.spanID(2, link.SpanID())
	}
	if w.fields&sight.LinkTraceState != 0 {
		w.text(3, link.TraceState().AsRaw())
	}
	w.attributes(sight.Link, 4, link.Attributes())
	w.dropped(5, link.DroppedAttributesCount())
	if flags := link.Flags(); w.showsAll && flags != 0 {
		w.bytes = append(w.bytes, 6<<3|5)
		w.bytes = binary.LittleEndian.AppendUint32(w.bytes, flags)
	}
}
