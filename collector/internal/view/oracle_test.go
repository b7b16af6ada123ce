package view

import (
	"slices"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// plain makes views once more: plainly, slowly, of what pdata marshals, and
// without a line of this package.
type plain struct {
	sight.Sight
	keys *sight.Keys
}

func (p plain) shows(field sight.Fields) bool {
	switch p.Kind {
	case sight.Everything:
		return true
	case sight.AllTexts:
		return sight.Texts&field != 0
	}
	return p.Fields&field != 0
}

func (p plain) view(traces node) node {
	return node{1: each(traces[1], p.resourceSpans)}
}

func each(values []any, show func(node) node) []any {
	var shown []any
	for _, value := range values {
		shown = append(shown, show(value.(node)))
	}
	return shown
}

// keep takes fields over where they are in sight.
func (p plain) keep(to, from node, field sight.Fields, numbers ...int) {
	for _, number := range numbers {
		if p.shows(field) {
			to[number] = from[number]
		}
	}
}

// count takes over what only who sees everything sees.
func (p plain) count(to, from node, numbers ...int) {
	if p.Kind == sight.Everything {
		p.keep(to, from, sight.AllFields, numbers...)
	}
}

// put puts a message in its place, unless it would be empty.
func put(to node, number int, of *schema, shown node) {
	if len(of.encode(shown)) > 0 {
		to[number] = []any{shown}
	}
}

func (p plain) resourceSpans(in node) node {
	out, from, shown := node{}, in.one(1), node{}
	p.attributes(shown, from, sight.Resource, 1)
	p.count(shown, from, 2)
	p.keep(shown, from, sight.Entities, 3)
	put(out, 1, resource, shown)
	out[2] = each(in[2], p.scopeSpans)
	p.keep(out, in, sight.SchemaURLs, 3)
	return out
}

func (p plain) scopeSpans(in node) node {
	out, from, shown := node{}, in.one(1), node{}
	p.keep(shown, from, sight.ScopeName, 1)
	p.keep(shown, from, sight.ScopeVersion, 2)
	p.attributes(shown, from, sight.Scope, 3)
	p.count(shown, from, 4)
	put(out, 1, scope, shown)
	out[2] = each(in[2], p.span)
	p.keep(out, in, sight.SchemaURLs, 3)
	return out
}

func (p plain) span(in node) node {
	out, state := node{}, node{}
	p.keep(out, in, sight.TraceID, 1)
	p.keep(out, in, sight.SpanID, 2)
	p.keep(out, in, sight.TraceState, 3)
	p.keep(out, in, sight.ParentSpanID, 4)
	p.keep(out, in, sight.SpanName, 5)
	p.keep(out, in, sight.SpanKind, 6)
	p.keep(out, in, sight.SpanTimes, 7, 8)
	p.attributes(out, in, sight.Span, 9)
	p.count(out, in, 10, 12, 14)
	out[11] = p.members(event, each(in[11], p.event), sight.Events)
	out[13] = p.members(link, each(in[13], p.link), sight.Links)
	p.keep(state, in.one(15), sight.StatusMessage, 2)
	p.keep(state, in.one(15), sight.StatusCode, 3)
	put(out, 15, status, state)
	p.keep(out, in, sight.SpanFlags, 16)
	return out
}

// members are all, or those up to the last one that is not empty.
func (p plain) members(of *schema, shown []any, all sight.Fields) []any {
	for p.Kind != sight.AllTexts && !p.shows(all) && len(shown) > 0 {
		if last := shown[len(shown)-1]; len(of.encode(last.(node))) > 0 {
			break
		}
		shown = shown[:len(shown)-1]
	}
	return shown
}

func (p plain) event(in node) node {
	out := node{}
	p.keep(out, in, sight.Events, 1)
	p.keep(out, in, sight.EventName, 2)
	p.attributes(out, in, sight.Event, 3)
	p.count(out, in, 4)
	return out
}

func (p plain) link(in node) node {
	out := node{}
	p.keep(out, in, sight.Links, 1, 2)
	p.keep(out, in, sight.LinkTraceState, 3)
	p.attributes(out, in, sight.Link, 4)
	p.count(out, in, 5, 6)
	return out
}

// attributes are none where nobody asks for any, however deep they are.
func (p plain) attributes(to, from node, on sight.Carrier, number int) {
	isAsked := func(s sight.Selector) bool { return s.Carriers.Has(on) && len(s.Keys) > 0 }
	if p.Kind != sight.Parts || slices.ContainsFunc(p.Keys, isAsked) {
		to[number] = p.entries(on, from[number], nil, 0)
	}
}

func (p plain) entries(on sight.Carrier, entries []any, above []string, depth int) []any {
	var shown []any
	for _, entry := range entries {
		entry := entry.(node)
		keys := append(above[:len(above):len(above)], entry.text(1))
		if p.Kind != sight.Parts || p.keys.Match(on, keys) {
			shown = append(shown, p.whole(entry, depth))
		} else if way, leads := p.way(on, entry.one(2), keys, depth); leads {
			shown = append(shown, node{1: entry[1], 2: []any{way}})
		}
	}
	return shown
}

// whole shows an entry. One without a value has no field for it.
func (p plain) whole(entry node, depth int) node {
	out := node{1: entry[1]}
	if value := entry.one(2); len(value) > 0 {
		out[2] = []any{p.value(value, depth)}
	}
	return out
}

func (p plain) value(in node, depth int) node {
	out := node{}
	for number, values := range in {
		switch {
		case number == 5 || number == 6:
			inside := values[0].(node)[1]
			out[number] = []any{node{}}
			if depth < 32 {
				show := func(element node) node { return p.value(element, depth+1) }
				if number == 6 {
					show = func(entry node) node { return p.whole(entry, depth+1) }
				}
				out[number] = []any{node{1: each(inside, show)}}
			}
		case p.Kind != sight.AllTexts || number == 1:
			out[number] = values
		case number == 7:
			out[number] = []any{""}
		}
	}
	return out
}

// way shows what leads to entries that are meant, if any are in a value.
func (p plain) way(on sight.Carrier, in node, keys []string, depth int) (shown node, leads bool) {
	for number := range in {
		if number != 5 && number != 6 {
			return nil, false
		}
		if depth == 32 {
			return node{number: []any{node{}}}, p.leads(on, in, keys, depth)
		}
		inside := in.one(number)[1]
		var found []any
		if number == 6 {
			found = p.entries(on, inside, keys, depth+1)
		} else {
			found = p.elements(on, inside, keys, depth+1)
		}
		return node{number: []any{node{1: found}}}, len(found) > 0
	}
	return nil, false
}

// elements are those up to the last that leads on.
func (p plain) elements(on sight.Carrier, in []any, keys []string, depth int) []any {
	var found []any
	end := 0
	for index, element := range in {
		way, leads := p.way(on, element.(node), keys, depth)
		if !leads {
			way = node{}
		} else {
			end = index + 1
		}
		found = append(found, way)
	}
	return found[:end]
}

// leads says whether anything below is meant, or may be, which is so below 128
// more lists and maps.
func (p plain) leads(on sight.Carrier, in node, keys []string, depth int) bool {
	if depth == 160 {
		return len(in[5]) > 0 || len(in[6]) > 0
	}
	for _, inside := range in.one(5).nodes(1) {
		if p.leads(on, inside, keys, depth+1) {
			return true
		}
	}
	for _, entry := range in.one(6).nodes(1) {
		keys := append(keys[:len(keys):len(keys)], entry.text(1))
		if p.keys.Match(on, keys) || p.leads(on, entry.one(2), keys, depth+1) {
			return true
		}
	}
	return false
}
