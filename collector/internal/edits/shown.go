package edits

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

// shown says which places of a batch stand in the view that a plugin gets.
type shown struct {
	// isWhole says that every place does.
	isWhole bool
	fields  sight.Fields
	keys    *sight.Keys
}

func newShown(s sight.Sight) (shown, error) {
	keys, err := sight.NewKeys(s.Keys)
	return shown{isWhole: s.Kind != sight.Parts, fields: s.Fields, keys: keys}, err
}

// showsSets fails at an attribute that would be set where it is not in sight.
func (s *shown) showsSets(sets []sight.SetKey) error {
	if s.isWhole {
		return nil
	}
	for _, set := range sets {
		for on := sight.Resource; on <= sight.Link; on++ {
			if set.Carriers.Has(on) && !s.keys.Match(on, []string{set.Key}) {
				return fmt.Errorf("`%s` is set on every %s, and is not in sight there", set.Key, on)
			}
		}
	}
	return nil
}

// shows says whether an entry or element that stands under no key in sight is in
// sight, or something in it is or may be. The depth counts the lists and maps
// around it.
func (s *shown) shows(on sight.Carrier, keys []string, value pcommon.Value, depth int) bool {
	return view.Shows(s.keys, on, keys, value, depth)
}

// events counts those that a view has of a span.
func (s *shown) events(of ptrace.Span) int {
	count := of.Events().Len()
	if s.isWhole || s.fields&sight.Events != 0 {
		return count
	}
	for count > 0 && !s.showsEvent(of.Events().At(count-1)) {
		count--
	}
	return count
}

func (s *shown) showsEvent(event ptrace.SpanEvent) bool {
	return s.fields&sight.EventName != 0 && event.Name() != "" || s.showsAny(sight.Event, event.Attributes())
}

// links counts those that a view has of a span.
func (s *shown) links(of ptrace.Span) int {
	count := of.Links().Len()
	if s.isWhole || s.fields&sight.Links != 0 {
		return count
	}
	for count > 0 && !s.showsLink(of.Links().At(count-1)) {
		count--
	}
	return count
}

func (s *shown) showsLink(link ptrace.SpanLink) bool {
	return s.fields&sight.LinkTraceState != 0 && link.TraceState().AsRaw() != "" ||
		s.showsAny(sight.Link, link.Attributes())
}

// entities counts those that a view has of a resource.
func (s *shown) entities(of pcommon.Resource) int {
	if s.isWhole || s.fields&sight.Entities != 0 {
		return entity.ResourceEntityRefs(of).Len()
	}
	return 0
}

func (s *shown) showsAny(on sight.Carrier, attributes pcommon.Map) bool {
	for key, value := range attributes.All() {
		if s.shows(on, []string{key}, value, 0) {
			return true
		}
	}
	return false
}
