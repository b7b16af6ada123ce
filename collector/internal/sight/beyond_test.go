package sight

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Guarantees: what is read beyond what is allowed is named, all of it.
func TestBeyondNamesAllThatIsMore(t *testing.T) {
	span, link := Carriers(1<<Span), Carriers(1<<Link)
	parts := func(fields Fields, carriers Carriers, keys ...string) Sight {
		return Sight{Kind: Parts, Fields: fields, Keys: []Selector{{carriers, keys}}}
	}
	for name, c := range map[string]struct {
		reads, allowed Sight
		more           []string
	}{
		"all in all":           {Sight{Kind: Everything}, Sight{Kind: Everything}, nil},
		"all in texts":         {Sight{Kind: Everything}, Sight{Kind: AllTexts}, []string{"everything"}},
		"texts in texts":       {Sight{Kind: AllTexts}, Sight{Kind: AllTexts}, nil},
		"texts in parts":       {Sight{Kind: AllTexts}, parts(AllFields, AllCarriers, "*"), []string{"all texts"}},
		"parts in texts":       {parts(SpanName|TraceID, span, "a"), Sight{Kind: AllTexts}, []string{"`trace-id`", "`a` of spans"}},
		"fields":               {parts(SpanName|TraceID, span), parts(SpanName, span), []string{"`trace-id`"}},
		"the same pattern":     {parts(0, span, "Order*"), parts(0, span, "order*"), nil},
		"a pattern in another": {parts(0, span, "order_*"), parts(0, span, "order*"), []string{"`order_*` of spans"}},
		"a key in a pattern":   {parts(0, span, "order_id"), parts(0, span, "order*"), nil},
		"a pattern in a key":   {parts(0, span, "order*"), parts(0, span, "order_id"), []string{"`order*` of spans"}},
		"anything in all keys": {parts(0, span, "order*"), parts(0, span, "*"), nil},
		"another carrier":      {parts(0, span|link, "a"), parts(0, span, "a"), []string{"`a` of links"}},
	} {
		more, err := c.reads.Beyond(&c.allowed)
		require.NoError(t, err, name)
		assert.Equal(t, c.more, more, name)
	}
}
