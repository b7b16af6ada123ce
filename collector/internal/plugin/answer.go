package plugin

import "github.com/lapidary-dev/lapidary/collector/internal/patch"

// checkOutcome answers with an error where a plugin says of a batch what
// cannot be: bytes that are no OTLP, or counts that are not those of the spans
// that came and go on.
func checkOutcome(traces []byte, outcome *Outcome) error {
	in := patch.Count(traces)
	left := 0
	switch outcome.Kind {
	case Unchanged:
		left = in
	case Replaced:
		var err error
		if left, err = patch.Check(traces, outcome.Traces); err != nil {
			// What pdata says of them helps nobody, and might quote them.
			return breach("answered with bytes that are not OTLP")
		}
	}
	if got := int(outcome.SpansIn); got != in {
		return breach("counted %d spans in; expected %d, which it was given", got, in)
	}
	if got := int(outcome.SpansOut); got != left {
		return breach("counted %d spans out; expected %d, which it answered with", got, left)
	}
	if got := int(outcome.SpansDropped); got != in-left {
		return breach("counted %d spans as dropped; expected %d, for %d came and %d go on", got, in-left, in, left)
	}
	if got := int(outcome.SpansChanged); got > left {
		return breach("counted %d spans as changed; expected no more than %d, which go on", got, left)
	}
	return nil
}

// checkSpans answers with an error where spans of a plugin's own making are no
// OTLP.
func checkSpans(traces []byte) error {
	if _, err := patch.Check(nil, traces); err != nil {
		return breach("answered with bytes that are not OTLP")
	}
	return nil
}
