package patch

import "bytes"

// How many lists are between a message and the spans in it.
const (
	spanDepth = iota
	scopeDepth
	resourceDepth
)

// list is a slice of pdata.
type list[E any] interface {
	At(int) E
	RemoveIf(func(E) bool)
}

// align goes through the elements of a list, as they went in and as they came
// out, and removes those that did not come out. It returns what stands behind
// the elements.
//
// Which element became which is a guess by the ids of spans: any guess that
// keeps the order is right, for an element is brought into its new state
// whatever its old one was. A good guess only makes it cheap.
func align[E any, L list[E]](p *patcher, elements L, depth int, in, out []byte, patch func(*patcher, E, []byte, []byte) bool) (inRest, outRest []byte, ok bool) {
	tag := byte(tagChild)
	if depth == resourceDepth {
		tag = tagResourceSpans
	}
	removed := len(p.removed)
	index := 0
	for len(out) > 0 && out[0] == tag {
		became, ok := readField(out, 0)
		if !ok {
			return nil, nil, false
		}
		message := out[became.start:became.end]
		out = out[became.end:]
		var first []byte
		for found := false; !found; index++ {
			if len(in) == 0 || in[0] != tag {
				// More came out than went in.
				return nil, nil, false
			}
			was, ok := readField(in, 0)
			if !ok {
				return nil, nil, false
			}
			candidate := in[was.start:was.end]
			in = in[was.end:]
			if found = bytes.Equal(candidate, message); found {
				continue
			}
			if first == nil {
				if first, ok = firstSpan(message, depth); !ok {
					return nil, nil, false
				}
			}
			if found = p.holds(candidate, first, depth); !found {
				p.removed = append(p.removed, index)
			} else if !patch(p, elements.At(index), candidate, message) {
				return nil, nil, false
			}
		}
	}
	for ; len(in) > 0 && in[0] == tag; index++ {
		was, ok := readField(in, 0)
		if !ok {
			return nil, nil, false
		}
		in = in[was.end:]
		p.removed = append(p.removed, index)
	}
	if len(p.removed) > removed {
		removeAt(elements, p.removed[removed:])
		p.removed = p.removed[:removed]
	}
	return in, out, true
}

// removeAt removes the elements at these places, which rise.
func removeAt[E any, L list[E]](elements L, places []int) {
	at := -1
	elements.RemoveIf(func(E) bool {
		at++
		if len(places) == 0 || places[0] != at {
			return false
		}
		places = places[1:]
		return true
	})
}

// firstSpan returns the first span in a message that came out.
func firstSpan(message []byte, depth int) ([]byte, bool) {
	for ; depth > spanDepth; depth-- {
		children := message[startLen(message):]
		if len(children) == 0 || children[0] != tagChild {
			return nil, false
		}
		first, ok := readField(children, 0)
		if !ok {
			return nil, false
		}
		message = children[first.start:first.end]
	}
	return message, true
}

// holds says whether a message that went in has the span in it that this one
// was before.
func (p *patcher) holds(message, span []byte, depth int) bool {
	if depth == spanDepth {
		// New fields are often put behind all others.
		if bytes.HasPrefix(span, message) {
			return true
		}
		id := p.idOf(span)
		return len(id) > 0 && bytes.HasSuffix(message, id)
	}
	children := message[startLen(message):]
	for len(children) > 0 && children[0] == tagChild {
		child, ok := readField(children, 0)
		if !ok {
			return false
		}
		if p.holds(children[child.start:child.end], span, depth-1) {
			return true
		}
		children = children[child.end:]
	}
	return false
}

// idOf returns the ids of a span as they end one that went in, or nothing
// where it has none that are written so.
func (p *patcher) idOf(span []byte) []byte {
	if sameMemory(p.identified, span) {
		return p.id
	}
	p.identified, p.id = span, nil
	for at := 0; ; {
		f, ok := readField(span, at)
		if !ok {
			return nil
		}
		if f.tag == tagSpanID {
			if next, ok := readField(span, f.end); ok && next.tag == tagTraceID {
				p.id = span[at:next.end]
				return p.id
			}
		}
		at = f.end
	}
}

func sameMemory(a, b []byte) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

// startLen is how long the part of ResourceSpans or ScopeSpans is that stands
// before what they have a list of.
func startLen(message []byte) int {
	for at := 0; ; {
		f, ok := readField(message, at)
		if !ok || f.tag == tagChild || f.tag == tagOrigin {
			return at
		}
		at = f.end
	}
}

// skipSameStart cuts off what stands before the lists, which must be the same.
func skipSameStart(in, out []byte) (inRest, outRest []byte, ok bool) {
	length := startLen(in)
	if !bytes.HasPrefix(out, in[:length]) {
		return nil, nil, false
	}
	return in[length:], out[length:], true
}

// onlyOrigin returns the resource or scope behind the lists, which must be the
// only field there.
func onlyOrigin(in, out []byte) (inOrigin, outOrigin []byte, ok bool) {
	was, ok := readField(in, 0)
	became, okOut := readField(out, 0)
	if !ok || !okOut || was.tag != tagOrigin || became.tag != tagOrigin || was.end != len(in) || became.end != len(out) {
		return nil, nil, false
	}
	return in[was.start:], out[became.start:], true
}
