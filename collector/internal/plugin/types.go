package plugin

import (
	"errors"
	"fmt"
)

// Document is one text of rules, as the user wrote it.
type Document struct {
	// Name is how messages call it: the full path of a file, or the place in
	// the Collector's config where the rules stand.
	Name string
	// Text is YAML.
	Text string
}

// Problem is one thing that is wrong with the rules or the secrets.
type Problem struct {
	// Document is empty where no document is at fault, as with a secret.
	Document string
	// Line counts from 1; 0 where no line is at fault.
	Line uint32
	// Path is where in the rules: `keys[0].secret`.
	Path            string
	Found, Expected string
}

// String returns the problem on one line: where, what was found, what was
// expected.
func (p Problem) String() string {
	where := p.Document
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, p.Line)
	}
	if p.Path != "" {
		if where != "" {
			where += ": "
		}
		where += p.Path
	}
	if where != "" {
		where += ": "
	}
	return fmt.Sprintf("%sfound %s; expected %s", where, p.Found, p.Expected)
}

// Sharding says how many instances of a plugin may share the spans.
type Sharding uint8

const (
	// ShardingNone: nothing is kept between batches, any number of instances.
	ShardingNone Sharding = iota
	// ShardingSingle: state is kept between batches, one instance.
	ShardingSingle
)

// OnFailure says what becomes of a span that the plugin cannot process.
type OnFailure uint8

const (
	// OnFailureBlock: it does not pass.
	OnFailureBlock OnFailure = iota
	// OnFailurePass: it goes on as it was.
	OnFailurePass
)

// String returns the word that the config uses.
func (f OnFailure) String() string {
	if f == OnFailurePass {
		return "pass"
	}
	return "block"
}

// Counter is one that the plugin adds to.
type Counter struct {
	Name, Unit, Description string
}

// Manifest is what a host must know about a plugin.
type Manifest struct {
	Name, Version, Description string
	Sharding                   Sharding
	OnFailure                  OnFailure
	// Changes is the most that rules may let the plugin do.
	Changes Changes
	// TickIntervalMillis is how often Tick wants to be called; 0 means never.
	TickIntervalMillis uint32
	// StateVersion of the entries that Changes gives; 0 means that nothing is
	// kept.
	StateVersion uint32
	Counters     []Counter
	// RulesSchema is JSON Schema, as JSON text.
	RulesSchema string
}

// Label is one key and value of a counter. The value is from the rules, never
// from a span.
type Label struct{ Key, Value string }

// Level of a line of the plugin's log.
type Level uint8

// The levels of the contract, in its order.
const (
	LevelDebug Level = iota
	LevelInfo
	LevelWarn
	LevelError
)

// Host is what a plugin reaches besides the meter. Its methods are called
// from the goroutine that called the instance.
type Host interface {
	// Log writes one line. It never holds a span's value.
	Log(level Level, message string)
	// Secret returns the decoded bytes of a secret that the config grants.
	Secret(name string) ([]byte, bool)
	// Counter returns what adds to the counter under these labels, or nil
	// where the manifest names no such counter. The instance keeps the answer.
	Counter(name string, labels []Label) func(delta uint64)
}

// Failure is an answer of the plugin that it cannot process the batch. The
// instance is still good.
type Failure struct {
	// Text is for people, without any span's value.
	Text string
}

// Error returns the text.
func (f *Failure) Error() string { return f.Text }

// Why says what a plugin did, to stand behind "the plugin": an error of a call
// in the words that every host uses.
func Why(err error) string {
	var failure *Failure
	var trap *Trap
	switch {
	case errors.As(err, &trap):
		return trap.why()
	case errors.As(err, &failure):
		return "failed: " + failure.Text
	}
	return err.Error()
}

func (t *Trap) why() string {
	switch t.Reason {
	case ReasonTimeout, ReasonStarved, ReasonMemory:
		return t.Detail
	case ReasonContract:
		return "broke the contract: " + t.Detail
	}
	return "trapped: " + t.Detail
}

// Reason says why an instance had to be thrown away.
type Reason string

const (
	// ReasonTrap: the plugin ran into an error of its own code.
	ReasonTrap Reason = "trap"
	// ReasonTimeout: a call got as much of the processor as it may have.
	ReasonTimeout Reason = "timeout"
	// ReasonStarved: it did not, in all the time that anybody waits. That is the
	// machine's fault, not the plugin's.
	ReasonStarved Reason = "starved"
	// ReasonMemory: it asked for more memory than it may have.
	ReasonMemory Reason = "memory"
	// ReasonContract: it answered what the contract does not allow.
	ReasonContract Reason = "contract"
)

// Trap is an error after which the instance is of no use any more.
type Trap struct {
	Reason Reason
	// Call is the function that was called: `process`.
	Call   string
	Detail string
}

// Error returns one line without any span's value.
func (t *Trap) Error() string {
	return fmt.Sprintf("%s: %s: %s", t.Call, t.Reason, t.Detail)
}
