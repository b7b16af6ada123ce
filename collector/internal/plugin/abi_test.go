package plugin

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	outcome := func(i *Instance) error { _, err := i.liftOutcome(at, nil); return err }
	problems := func(i *Instance) error { _, err := i.liftProblems(at); return err }
	spans := func(i *Instance) error { _, err := i.liftSpans(at); return err }
	manifest := func(i *Instance) error { _, err := i.liftManifest(at); return err }
	for what, c := range map[string]struct {
		words   []uint32
		lift    func(*Instance) error
		message string
	}{
		"an unknown result":              {[]uint32{2}, outcome, "`process` answered neither ok nor error"},
		"an unknown output":              {[]uint32{0, 0, 3}, outcome, "`process` answered an unknown output"},
		"traces past the end":            {[]uint32{0, 0, 1, end - 4, 5}, outcome, "a value of 5 bytes runs past the end of the memory"},
		"traces longer than all":         {[]uint32{0, 0, 1, 0, end + 1}, outcome, "a value of " + fmt.Sprint(end+1) + " bytes is larger than the memory"},
		"an unknown failure":             {[]uint32{1, 0, 2}, outcome, "the answer is an unknown failure"},
		"a text that is not UTF-8":       {[]uint32{1, 0, 1, 0, at + 24, 1, 0xff}, outcome, "a string is not UTF-8"},
		"problems at an odd place":       {[]uint32{1, 1026, 1}, problems, "a pointer is not a multiple of 4"},
		"a number of problems too large": {[]uint32{1, 1028, 1 << 31}, problems, "a value of " + fmt.Sprint(uint64(36)<<31) + " bytes is larger than the memory"},
		"no problem in a refusal":        {[]uint32{1, 1028, 0}, problems, "`configure` refused the rules without naming a problem"},
		"an unknown option":              {[]uint32{0, 0, 7}, spans, "the answer is neither spans, nor none, nor an error"},
		"an unknown sharding":            {[]uint32{0, 0, 0, 0, 0, 0, 2}, manifest, "the manifest has an unknown case of `sharding` or `on-failure`"},
	} {
		t.Run(what, func(t *testing.T) {
			put(t, i, at, make([]uint32, 16)...)
			put(t, i, at, c.words...)
			err := c.lift(i)
			var contract *contractError
			require.ErrorAs(t, err, &contract)
			assert.Equal(t, c.message, contract.detail)
		})
	}
	t.Run("an answer past the end", func(t *testing.T) {
		_, err := i.liftOutcome(end-8, nil)
		assert.EqualError(t, err, "a value of 48 bytes runs past the end of the memory")
	})
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
		_, err1 := i.liftOutcome(at, nil)
		_, err2 := i.liftProblems(at)
		_, err3 := i.liftManifest(at)
		_, err4 := i.liftSpans(at)
		for _, err := range []error{err1, err2, err3, err4} {
			var contract *contractError
			var failure *Failure
			assert.True(t, err == nil || errors.As(err, &contract) || errors.As(err, &failure))
		}
	}
}

func TestMalformedSaysWhereAndNeverWhat(t *testing.T) {
	i := hostile(t)
	const at, texts = 1024, 2048
	put(t, i, at, 1, 0, 0, 0, 90211, 0, 131072, 0, texts, 15, texts+15, 8)
	require.True(t, i.memory.WriteString(texts, "Span.attributescut here"))
	_, err := i.liftOutcome(at, nil)
	assert.EqualError(t, err, "batch refused: decoding stopped at byte 90211 of 131072, inside Span.attributes: cut here")
}
