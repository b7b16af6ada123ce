package edits

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"
)

// The sections of a unit, in the order of their edits: the unit itself, its
// events or entities, its links.
const (
	sectionOwn = iota + 1
	sectionFirst
	sectionLinks
)

func (c carrier) section() int {
	switch c {
	case carrierEvent, carrierEntity:
		return sectionFirst
	case carrierLink:
		return sectionLinks
	}
	return sectionOwn
}

// enter goes to the carrier of the edit, which has to stand in the view and not
// before that of the edit before.
func (c *checker) enter() error {
	e := &c.edit
	if err := c.enterUnit(e.carrier.unit(), e.number); err != nil {
		return err
	}
	section := e.carrier.section()
	switch {
	case section == c.section && e.member == c.member:
		return nil
	case section < c.section || section == c.section && e.member < c.member:
		return errOrder
	case !e.carrier.isMember() && e.member != 0:
		return errNoPlace
	}
	if e.carrier.isMember() {
		if count := c.members(e.carrier); int64(e.member) >= int64(count) {
			return errNumber(e.carrier, e.member, count)
		}
	}
	c.section, c.member = section, e.member
	c.place.carrier, c.place.member = e.carrier, int(e.member)
	c.done = done{path: c.done.path[:0], closed: c.done.closed[:0]}
	c.hasAttributes, c.firstSet = false, len(c.batch.sets)
	c.walk.depth = 0
	return nil
}

func (c *checker) enterUnit(of carrier, number uint32) error {
	u, view := &c.unit, c.view[of]
	if int64(number) >= int64(view.count()) {
		return errNumber(of, number, view.count())
	}
	at := view.first + int(number)
	if u.rank > 0 && u.carrier == of && u.number == at {
		return nil
	}
	if of == carrierSpan && c.isDropped(at) {
		return errDropped
	}
	next, place, spans := c.locate(of, at)
	if next.rank < u.rank {
		return errOrder
	}
	if of == carrierSpan {
		scopes := c.batch.traces.ResourceSpans().At(place.resource).ScopeSpans()
		next.span = scopes.At(place.scope).Spans().At(place.span)
	}
	if !next.hasEdits {
		c.changes(spans)
	}
	c.unit, c.place, c.section = next, place, 0
	return nil
}

// changes notes spans that are changed: those that follow each other as one, and
// those of a resource or scope that is changed not again.
func (c *checker) changes(spans numbers) {
	changed := c.batch.changed
	last := len(changed) - 1
	switch {
	case last >= 0 && spans.first < changed[last].end:
	case last >= c.firstChanged && spans.first == changed[last].end:
		changed[last].end = spans.end
	default:
		c.batch.changed = append(changed, spans)
	}
}

// locate says where a unit stands, and which spans an edit of it changes.
func (c *checker) locate(of carrier, at int) (u unit, p place, spans numbers) {
	layout := &c.batch.layout
	u = unit{carrier: of, number: at, scope: c.unit.scope, events: -1, links: -1, entities: -1}
	switch of {
	case carrierResource:
		spans = layout.resourceSpans(at)
		p.resource = at
		u.rank = at + layout.resources[at].scopes + spans.first + 1
		u.hasEdits = at < c.batch.answered.resources
	case carrierScope:
		spans = layout.scopeSpans(at)
		p.resource, p.scope = layout.scopes[at].resource, layout.scopes[at].index
		u.rank = p.resource + 1 + at + spans.first + 1
		u.hasEdits = at < c.batch.answered.scopes
	default:
		spans = numbers{at, at + 1}
		u.scope = layout.scopeOfSpan(at, c.unit.scope)
		scope := layout.scopes[u.scope]
		p.resource, p.scope, p.span = scope.resource, scope.index, at-scope.spans
		u.rank = p.resource + 1 + u.scope + 1 + at + 1
	}
	return u, p, spans
}

// isDropped is asked of spans in order.
func (c *checker) isDropped(span int) bool {
	for len(c.dropped) > 0 && c.dropped[0].end <= span {
		c.dropped = c.dropped[1:]
	}
	return len(c.dropped) > 0 && c.dropped[0].first <= span
}

// members returns how many events, links or entities of the unit stand in the
// view.
func (c *checker) members(of carrier) int {
	u := &c.unit
	switch of {
	case carrierEvent:
		if u.events < 0 {
			u.events = c.editor.sight.events(u.span)
		}
		return u.events
	case carrierLink:
		if u.links < 0 {
			u.links = c.editor.sight.links(u.span)
		}
		return u.links
	default:
		if u.entities < 0 {
			u.entities = c.editor.sight.entities(c.resource().Resource())
		}
		return u.entities
	}
}

func (c *checker) resource() ptrace.ResourceSpans {
	return c.batch.traces.ResourceSpans().At(c.place.resource)
}

func (c *checker) entity() entity.EntityRef {
	return entity.ResourceEntityRefs(c.resource().Resource()).At(c.place.member)
}

// attributesOf returns those of the carrier.
func (c *checker) attributesOf() pcommon.Map {
	if c.hasAttributes {
		return c.attributes
	}
	switch c.place.carrier {
	case carrierSpan:
		c.attributes = c.unit.span.Attributes()
	case carrierEvent:
		c.attributes = c.unit.span.Events().At(c.place.member).Attributes()
	case carrierLink:
		c.attributes = c.unit.span.Links().At(c.place.member).Attributes()
	case carrierScope:
		c.attributes = c.resource().ScopeSpans().At(c.place.scope).Scope().Attributes()
	case carrierResource:
		c.attributes = c.resource().Resource().Attributes()
	}
	c.hasAttributes = true
	return c.attributes
}
