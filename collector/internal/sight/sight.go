package sight

// Carrier is what has attributes.
type Carrier uint8

// The carriers, in the order of the contract.
const (
	Resource Carrier = iota
	Scope
	Span
	Event
	Link
	carriers
)

// String returns the word of the contract.
func (c Carrier) String() string {
	return [...]string{"resource", "scope", "span", "event", "link"}[c]
}

// Carriers is a set of them.
type Carriers uint8

// AllCarriers are all of them.
const AllCarriers Carriers = 1<<carriers - 1

// Has says whether this one is in it.
func (c Carriers) Has(of Carrier) bool { return c>>of&1 == 1 }

// Fields is a set of fields of spans, scopes and resources.
type Fields uint32

// The fields, in the order of the contract.
const (
	TraceID Fields = 1 << iota
	SpanID
	ParentSpanID
	TraceState
	SpanFlags
	SpanName
	SpanKind
	// SpanTimes are start and end.
	SpanTimes
	StatusCode
	StatusMessage
	// Events is every event of a span, with its time.
	Events
	EventName
	// Links is every link of a span, with the ids that it leads to.
	Links
	LinkTraceState
	ScopeName
	ScopeVersion
	// SchemaURLs are those of resource spans and scope spans.
	SchemaURLs
	// Entities are those that a resource refers to.
	Entities

	AllFields = Entities<<1 - 1
)

// Texts are the fields that hold text, and so may be written.
const Texts = TraceState | SpanName | StatusMessage | EventName | LinkTraceState |
	ScopeName | ScopeVersion | SchemaURLs | Entities

// FieldNames are the words of the contract, in order.
var FieldNames = [...]string{
	"trace-id", "span-id", "parent-span-id", "trace-state", "span-flags", "span-name", "span-kind", "span-times",
	"status-code", "status-message", "events", "event-name", "links", "link-trace-state",
	"scope-name", "scope-version", "schema-urls", "entities",
}

// Names returns the words of the fields in the set.
func (f Fields) Names() []string {
	var names []string
	for index, name := range FieldNames {
		if f>>index&1 == 1 {
			names = append(names, name)
		}
	}
	return names
}

// Selector means attributes and map entries by their keys, at any depth.
type Selector struct {
	Carriers Carriers
	// Keys are patterns: the key of an entry, or all keys down to it joined by
	// dots, with `*` for any characters.
	Keys []string
}

// Kind says how much is seen.
type Kind uint8

// The kinds of sight, in the order of the contract.
const (
	// Everything: every field that OTLP knows.
	Everything Kind = iota
	// AllTexts: every text and every key.
	AllTexts
	// Parts: some fields and keys.
	Parts
)

// Sight is what a plugin reads of a batch.
type Sight struct {
	Kind Kind
	// Fields and Keys are set where Kind is Parts.
	Fields Fields
	Keys   []Selector
}

// SetKey is the key of an attribute that may be set.
type SetKey struct {
	Carriers Carriers
	// Key is exact.
	Key string
}

// Writes is what a plugin may change of a batch.
type Writes struct {
	DropsSpans, MakesSpans, DropsUnknownFields bool
	// Fields may be written; those of Texts.
	Fields Fields
	// Sets are attributes that may be set. An edit names one by its index.
	Sets []SetKey
	// Replaces are entries whose values, and all in them, may be replaced; Renames
	// those whose keys may be changed, Removes those that may be removed.
	Replaces, Renames, Removes []Selector
}
