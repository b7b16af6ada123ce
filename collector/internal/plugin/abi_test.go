package plugin

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// hostile returns an instance whose memory holds what the test writes there.
func hostile(t *testing.T) *Instance {
	t.Helper()
	return misbehave(t, compile(t, misbehavingFile(t), testSettings), &recordingHost{}, "does: pass")
}

func put(t *testing.T, i *Instance, at uint32, words ...uint32) {
	t.Helper()
	for index, word := range words {
		require.True(t, i.memory.WriteUint32Le(at+uint32(4*index), word))
	}
}

func TestAnswersOutsideTheContractAreErrors(t *testing.T) {
	i := hostile(t)
	const at = 1024
	end := i.memory.Size()
	outcome := func(i *Instance) error { _, err := i.liftOutcome(at); return err }
	configured := func(i *Instance) error { _, _, err := i.liftConfigured(at); return err }
	made := func(i *Instance) error { _, err := i.liftMadeResult(at, tick); return err }
	manifest := func(i *Instance) error { _, err := i.liftManifest(at); return err }
	for what, c := range map[string]struct {
		words   []uint32
		lift    func(*Instance) error
		message string
	}{
		"an unknown result":              {[]uint32{2}, outcome, "`process` answered neither ok nor error"},
		"an unknown result of a tick":    {[]uint32{2}, made, "`tick` answered neither ok nor error"},
		"edits past the end":             {[]uint32{0, end - 4, 5}, outcome, "a value of 5 bytes runs past the end of the memory"},
		"edits longer than all":          {[]uint32{0, 0, end + 1}, outcome, "a value of " + fmt.Sprint(end+1) + " bytes is larger than the memory"},
		"a text that is not UTF-8":       {[]uint32{1, at + 12, 1, 0xff}, outcome, "a string is not UTF-8"},
		"neither spans nor none":         {[]uint32{0, 0, 0, 7}, outcome, "the answer has neither spans nor none"},
		"spans that are no OTLP":         {[]uint32{0, 1, at + 16, 1, 0xff}, made, "answered with bytes that are not OTLP"},
		"additions at an odd place":      {[]uint32{0, 0, 0, 0, 0, 0, at + 36, 1}, outcome, "a pointer is not a multiple of 8"},
		"notes past the end":             {[]uint32{0, 0, 0, 0, 0, 0, 0, 0, end - 4, 5}, outcome, "a value of 5 bytes runs past the end of the memory"},
		"more additions than series":     {[]uint32{0, 0, 0, 0, at + 24, 1, 7}, made, "made 1 additions to counters; it has 0 series"},
		"more than the memory holds":     {[]uint32{0, 0, end, 0, 0, 0, at, 1}, outcome, "an answer holds more than the memory, for its values overlap"},
		"an unknown answer to the rules": {[]uint32{2}, configured, "`configure` answered neither ok nor error"},
		"an unknown sight":               {[]uint32{0, 3}, configured, "`configure` named an unknown sight"},
		"problems at an odd place":       {[]uint32{1, 1026, 1}, configured, "a pointer is not a multiple of 4"},
		"a number of problems too large": {[]uint32{1, 1028, 1 << 31}, configured, "a value of " + fmt.Sprint(uint64(36)<<31) + " bytes is larger than the memory"},
		"no problem in a refusal":        {[]uint32{1, 1028, 0}, configured, "`configure` refused the rules without naming a problem"},
		"an unknown sharding":            {[]uint32{0, 0, 0, 0, 0, 0, 2}, manifest, "the manifest has an unknown case of `sharding` or `on-failure`"},
	} {
		t.Run(what, func(t *testing.T) {
			put(t, i, at, make([]uint32, 16)...)
			put(t, i, at, c.words...)
			i.lifted = lifted{}
			err := c.lift(i)
			var contract *contractError
			require.ErrorAs(t, err, &contract)
			assert.Equal(t, c.message, contract.detail)
		})
	}
	t.Run("an answer past the end", func(t *testing.T) {
		_, err := i.liftOutcome(end - 8)
		assert.EqualError(t, err, "a value of 40 bytes runs past the end of the memory")
	})
}

// Guarantees: what a call adds to a counter is bounded, and nothing counts of a call that adds
// more; nothing is no addition.
func TestAdditionsAreWithinBounds(t *testing.T) {
	i := hostile(t)
	const at = 1024
	var sums [2]uint64
	for index := range sums {
		i.series = append(i.series, func(delta uint64) {
			assert.NotZero(t, delta)
			sums[index] += delta
		})
	}
	// Two additions, the second of which is made of these words.
	lift := func(series, low, high uint32) error {
		put(t, i, at, 0, 0, 0, 0, at+24, 2, 0, 0, 1, 0, series, 0, low, high)
		i.lifted, i.additions = lifted{}, i.additions[:0]
		if _, err := i.liftMadeResult(at, tick); err != nil {
			return err
		}
		for _, count := range i.counted() {
			count.Add(count.Delta)
		}
		return nil
	}
	for what, c := range map[string]struct {
		series, low, high uint32
		message           string
	}{
		"a series that it has not":     {2, 0, 0, "added to series 2; it has 2"},
		"one more than the most":       {1, 1, 1, "added 4294967297 to a counter; the most of one call is 4294967296"},
		"what is below zero elsewhere": {1, 0, 1 << 31, "added 9223372036854775808 to a counter; the most of one call is 4294967296"},
	} {
		assert.EqualError(t, lift(c.series, c.low, c.high), c.message, what)
	}
	assert.Zero(t, sums[0]+sums[1], "nothing of a wrong answer counts")
	require.NoError(t, lift(1, 0, 1))
	assert.Equal(t, [2]uint64{1, 1 << 32}, sums)
	require.NoError(t, lift(1, 0, 0))
	assert.Equal(t, [2]uint64{2, 1 << 32}, sums)
}

// Protects: whatever stands in guest memory, lifting ends in a value or an
// error.
func TestLiftingAnyMemoryNeverPanics(t *testing.T) {
	i := hostile(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		at := random.Uint32N(1<<16) &^ 7
		for word := range uint32(16) {
			require.True(t, i.memory.WriteUint32Le(at+4*word, random.Uint32()>>random.Uint32N(33)))
		}
		i.lifted = lifted{}
		_, err1 := i.liftOutcome(at)
		_, _, err2 := i.liftConfigured(at)
		_, err3 := i.liftManifest(at)
		_, err4 := i.liftMadeResult(at, flush)
		for _, err := range []error{err1, err2, err3, err4} {
			var contract *contractError
			var failure *Failure
			assert.True(t, err == nil || errors.As(err, &contract) || errors.As(err, &failure))
		}
	}
}

// Guarantees: every record of an answer to rules is read where the canonical ABI
// puts it.
func TestConfiguredIsLiftedFieldByField(t *testing.T) {
	i := hostile(t)
	const at, lists, texts = 1024, 2048, 4096
	require.True(t, i.memory.WriteString(texts, "order_idcustomer.*"))
	// A selector for spans and links, whose keys are both texts; a key to set on
	// resources.
	put(t, i, lists, 1<<2|1<<4, lists+64, 2)
	put(t, i, lists+64, texts, 8, texts+8, 10)
	put(t, i, lists+128, 1, texts, 8)
	// A rule of one line, and two texts.
	put(t, i, lists+160, texts+8, 10, texts, 8, 7)
	put(t, i, at,
		0,
		2, 1<<17|1, lists, 1,
		0x00010001, 1<<5, lists+128, 1, 0, 0, lists, 1, lists, 1,
		lists+160, 1, lists+64, 2)
	configured, problems, err := i.liftConfigured(at)
	require.NoError(t, err)
	assert.Empty(t, problems)
	selectors := []sight.Selector{{Carriers: 1<<sight.Span | 1<<sight.Link, Keys: []string{"order_id", "customer.*"}}}
	assert.Equal(t, Configured{
		Sight: sight.Sight{Kind: sight.Parts, Fields: sight.TraceID | sight.Entities, Keys: selectors},
		Writes: sight.Writes{
			DropsSpans: true, DropsUnknownFields: true,
			Fields:  sight.SpanName,
			Sets:    []sight.SetKey{{Carriers: 1 << sight.Resource, Key: "order_id"}},
			Renames: selectors, Removes: selectors,
		},
		Rules:    []Rule{{Path: "customer.*", Document: "order_id", Line: 7}},
		Protects: []string{"order_id", "customer.*"},
	}, configured)
}

// Guarantees: what rules let a plugin do is no more than its manifest says.
func TestWritesBeyondTheManifestAreNamed(t *testing.T) {
	one := []sight.Selector{{}}
	for name, writes := range map[string]sight.Writes{
		"drops-spans": {DropsSpans: true}, "makes-spans": {MakesSpans: true},
		"drops-unknown-fields": {DropsUnknownFields: true}, "writes-fields": {Fields: sight.SpanName},
		"sets-attributes": {Sets: []sight.SetKey{{}}}, "replaces-values": {Replaces: one},
		"renames-keys": {Renames: one}, "removes-entries": {Removes: one},
	} {
		change := changesOf(&writes)
		assert.NoError(t, (&Manifest{Changes: change}).CheckWrites(&writes))
		assert.EqualError(t, (&Manifest{Changes: ^change}).CheckWrites(&writes), "`configure` named `"+name+"`, which the manifest does not")
	}
}
