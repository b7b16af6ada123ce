package view

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// around is the resource spans or the scope spans that a view is in the middle of.
type around struct {
	isOpen bool
	opened opened
	// schemaURL comes behind all that is in it.
	schemaURL string
}

// closedLength is how long the view, which begins at start, were if this ended
// here, and were of this length without that end.
func (a *around) closedLength(length, start int) int {
	content := length + start - a.opened.content()
	if url := len(a.schemaURL); url > 0 {
		content += 1 + varintLength(uint64(url)) + url
	}
	return a.opened.start - start + 1 + varintLength(uint64(content)) + content
}

func (w *writer) beginResource(resource ptrace.ResourceSpans) {
	spans := 0
	if scopes := resource.ScopeSpans(); scopes.Len() > 0 {
		spans = scopes.Len() * scopes.At(0).Spans().Len()
	}
	w.resource = around{isOpen: true, opened: w.open(1, spans*w.spanGuess)}
	if w.fields&sight.SchemaURLs != 0 {
		w.resource.schemaURL = resource.SchemaUrl()
	}
	if w.showsResources {
		opened := w.open(1, 0)
		w.inResource(resource.Resource())
		w.closeUnlessEmpty(opened)
	}
}

func (w *writer) inResource(resource pcommon.Resource) {
	w.attributes(sight.Resource, 1, resource.Attributes())
	w.dropped(2, resource.DroppedAttributesCount())
	if w.fields&sight.Entities != 0 {
		entities := entity.ResourceEntityRefs(resource)
		for index := range entities.Len() {
			w.entity(entities.At(index))
		}
	}
}

func (w *writer) entity(of entity.EntityRef) {
	opened := w.open(3, 0)
	w.text(1, of.SchemaUrl())
	w.text(2, of.Type())
	for number, keys := range [...]pcommon.StringSlice{of.IdKeys(), of.DescriptionKeys()} {
		for index := range keys.Len() {
			w.present(3+number, keys.At(index))
		}
	}
	w.close(opened)
}

func (w *writer) beginScope(scope ptrace.ScopeSpans) {
	w.scope = around{isOpen: true, opened: w.open(2, scope.Spans().Len()*w.spanGuess)}
	if w.fields&sight.SchemaURLs != 0 {
		w.scope.schemaURL = scope.SchemaUrl()
	}
	if w.showsScopes {
		opened := w.open(1, 0)
		w.inScopeOf(scope.Scope())
		w.closeUnlessEmpty(opened)
	}
}

func (w *writer) inScopeOf(scope pcommon.InstrumentationScope) {
	if w.fields&sight.ScopeName != 0 {
		w.text(1, scope.Name())
	}
	if w.fields&sight.ScopeVersion != 0 {
		w.text(2, scope.Version())
	}
	w.attributes(sight.Scope, 3, scope.Attributes())
	w.dropped(4, scope.DroppedAttributesCount())
}

func (w *writer) endScope() { w.end(&w.scope) }

func (w *writer) endResource() { w.end(&w.resource) }

func (w *writer) end(a *around) {
	if a.isOpen {
		w.text(3, a.schemaURL)
		w.close(a.opened)
		a.isOpen = false
	}
}

// dropped is how many of something were dropped before they got here.
func (w *writer) dropped(number int, count uint32) {
	if w.showsAll {
		w.number(number, uint64(count))
	}
}
