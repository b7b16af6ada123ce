package plugin

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Guarantees: the same series has one number, and a plugin has so many and not
// more; a counter that the manifest does not name ends the call.
func TestSeriesAreBoundedAndNamedByTheManifest(t *testing.T) {
	module := compile(t, misbehavingFile(t), testSettings)
	instance := misbehave(t, module, &recordingHost{}, "does: pass")
	for range 3 {
		_, err := instance.Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
		require.NoError(t, err)
	}
	assert.Len(t, instance.series, 1)
	for does, detail := range map[string]string{
		"count-many":    "counters have more than 1000 sets of labels",
		"count-unknown": "counter `no_such_counter` is not in the manifest",
	} {
		_, err := misbehave(t, module, &recordingHost{known: "batches_seen"}, "does: "+does).Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
		assert.Equal(t, "broke the contract: "+detail, Why(err))
	}
}

// Scenario: an instance has 600 series and traps; the next one asks for 600 others.
// Guarantees: all instances of a module have so many series together, and those of
// one before are no others.
func TestANewInstanceBringsNoOtherSeries(t *testing.T) {
	module := compile(t, misbehavingFile(t), testSettings)
	host := &recordingHost{}
	process := func(instance *Instance) error {
		_, err := instance.Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
		return err
	}
	first := misbehave(t, module, host, "does: count-more")
	require.NoError(t, process(first))
	require.NoError(t, process(misbehave(t, module, host, "does: count-more")), "the same as the first")
	assert.Equal(t, "broke the contract: counters have more than 1000 sets of labels", Why(process(first)))
}

// Guarantees: a label that is too long is cut, between two letters, and counts.
func TestALongLabelIsCutAndCounts(t *testing.T) {
	host := &recordingHost{}
	outcome, err := misbehave(t, compile(t, misbehavingFile(t), testSettings), host, "does: count-long").
		Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
	require.NoError(t, err)
	addCounts(outcome)
	assert.Equal(t, uint64(1), host.counters["batches_seen text="+strings.Repeat("ä", 128)])
}
