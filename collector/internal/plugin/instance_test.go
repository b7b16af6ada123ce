package plugin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// recordingHost keeps what a plugin says to its host.
type recordingHost struct {
	lines    []string
	secrets  map[string][]byte
	counters map[string]uint64
	// known is the one counter that the manifest names; empty means all.
	known string
}

func (h *recordingHost) Log(_ Level, message string) { h.lines = append(h.lines, message) }

func (h *recordingHost) Secret(name string) ([]byte, bool) {
	value, ok := h.secrets[name]
	return value, ok
}

func (h *recordingHost) Counter(name string, labels []Label) func(uint64) {
	if h.known != "" && name != h.known {
		return nil
	}
	if h.counters == nil {
		h.counters = map[string]uint64{}
	}
	labels = slices.SortedFunc(slices.Values(labels), func(a, b Label) int { return strings.Compare(a.Key, b.Key) })
	for _, label := range labels {
		name += " " + label.Key + "=" + label.Value
	}
	return func(delta uint64) { h.counters[name] += delta }
}

// addCounts adds what a call counts, as a host does once its spans have gone on.
func addCounts(outcome Outcome) {
	for _, count := range outcome.Counts {
		count.Add(count.Delta)
	}
}

func misbehavingFile(t testing.TB) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "dist", "misbehaving.wasm"))
	require.NoError(t, err, "build the components first: `make build` in the project's root")
	return file
}

var testSettings = Settings{Timeout: 10 * time.Second, MemoryLimitMiB: 16}

func compile(t testing.TB, file []byte, settings Settings) *Module {
	t.Helper()
	module, err := Compile(context.Background(), file, settings)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, module.Close(context.Background())) })
	return module
}

func misbehave(t testing.TB, module *Module, host Host, rules string) *Instance {
	t.Helper()
	instance, err := module.NewInstance(host)
	require.NoError(t, err)
	_, problems, err := instance.Configure([]Document{{Name: "/rules/base.yaml", Text: rules}})
	require.NoError(t, err)
	require.Empty(t, problems)
	return instance
}

// spanNamed is a batch of one span.
func spanNamed(name string) []byte {
	traces := ptrace.NewTraces()
	traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName(name)
	batch, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(traces)
	if err != nil {
		panic(err)
	}
	return batch
}

// anyEdits takes whatever a plugin answers with.
func anyEdits([]byte, Made) error { return nil }

const testNow = 1_700_000_000_000_000_000

func TestDescribeLiftsEveryFieldOfTheManifest(t *testing.T) {
	module := compile(t, misbehavingFile(t), testSettings)
	instance, err := module.NewInstance(&recordingHost{})
	require.NoError(t, err)
	manifest, err := instance.Describe()
	require.NoError(t, err)
	assert.NotEmpty(t, manifest.Version)
	manifest.Version = ""
	assert.Equal(t, Manifest{
		Name:               "misbehaving",
		Description:        "Does what no plugin should.",
		Sharding:           ShardingSingle,
		OnFailure:          OnFailureBlock,
		Changes:            DropsSpans | MakesSpans | WritesFields | SetsAttributes | ReplacesValues,
		TickIntervalMillis: 1000,
		StateVersion:       1,
		Counters:           []Counter{{Name: "batches_seen", Unit: "{batch}", Description: "Batches that came in."}},
		RulesSchema:        `{"type":"object"}`,
	}, manifest)
	assert.Empty(t, module.Warning())
}

func TestConfigureAnswersWithEveryProblemOfEveryDocument(t *testing.T) {
	module := compile(t, misbehavingFile(t), testSettings)
	instance, err := module.NewInstance(&recordingHost{})
	require.NoError(t, err)
	_, problems, err := instance.Configure([]Document{
		{Name: "/rules/base.yaml", Text: "does: pass\nhops: high\n"},
		{Name: "/rules/production.yaml", Text: "does: dance\n"},
	})
	require.NoError(t, err)
	lines := make([]string, len(problems))
	for index, problem := range problems {
		lines[index] = problem.String()
	}
	assert.Equal(t, []string{
		"/rules/base.yaml:2: hops: found `high`; expected a line of the table in the plugin's documentation",
		"/rules/production.yaml:1: does: found `dance`; expected a line of the table in the plugin's documentation",
	}, lines)
}

func TestASecretIsThereDuringConfigureOnlyWhereItIsGranted(t *testing.T) {
	module := compile(t, misbehavingFile(t), testSettings)
	for name, wanted := range map[string]int{"key": 0, "other": 1} {
		instance, err := module.NewInstance(&recordingHost{secrets: map[string][]byte{"key": []byte("s")}})
		require.NoError(t, err)
		_, problems, err := instance.Configure([]Document{{Name: "r", Text: "secret: " + name}})
		require.NoError(t, err)
		assert.Len(t, problems, wanted, name)
	}
}

func TestProcessCountsOnlyCallsThatSucceed(t *testing.T) {
	module := compile(t, misbehavingFile(t), testSettings)
	host := &recordingHost{}
	instance := misbehave(t, module, host, "does: fail\nif-contains: bad")

	outcome, err := instance.Process(spanNamed("good"), testNow, 10*time.Second, anyEdits)
	require.NoError(t, err)
	assert.Empty(t, outcome.Edits)
	addCounts(outcome)

	outcome, err = instance.Process(spanNamed("bad"), testNow, 10*time.Second, anyEdits)
	var failure *Failure
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "told to fail", failure.Error())
	assert.Empty(t, outcome.Counts)

	outcome, err = instance.Process(spanNamed("good"), testNow, 10*time.Second, anyEdits)
	require.NoError(t, err)
	addCounts(outcome)
	assert.Equal(t, map[string]uint64{"batches_seen kind=any": 2}, host.counters)
}

// Scenario: the host finds edits outside the contract.
// Guarantees: the instance is of no use any more, and what the call added to
// counters does not count.
func TestAnAnswerIsRefusedWhereItsEditsAre(t *testing.T) {
	host := &recordingHost{}
	instance := misbehave(t, compile(t, misbehavingFile(t), testSettings), host, "does: drop")
	outcome, err := instance.Process(spanNamed("a"), testNow, 10*time.Second, func(edits []byte, _ Made) error {
		assert.Equal(t, []byte{0x12, 1, 0}, edits)
		return errors.New("drops span 0; the view has 0")
	})
	var trap *Trap
	require.ErrorAs(t, err, &trap)
	assert.Equal(t, ReasonContract, trap.Reason)
	assert.Equal(t, "broke the contract: drops span 0; the view has 0", Why(err))
	addCounts(outcome)
	assert.Empty(t, host.counters)
}

// Guarantees: spans of a plugin's own come with the answer, as pdata.
func TestSpansOfAPluginsOwnComeWithItsAnswer(t *testing.T) {
	instance := misbehave(t, compile(t, misbehavingFile(t), testSettings), &recordingHost{}, "does: make")
	outcome, err := instance.Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
	require.NoError(t, err)
	require.True(t, outcome.HasSpans)
	assert.Equal(t, 1, outcome.Spans.SpanCount())
	instance.configured.Writes.MakesSpans = false
	_, err = instance.Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
	assert.Equal(t, "broke the contract: made spans, which `configure` did not name", Why(err))
}

func TestAnInstanceThatWasStoppedSaysWhyAndIsOfNoUseAnyMore(t *testing.T) {
	module := compile(t, misbehavingFile(t), testSettings)
	for does, reason := range map[string]Reason{
		"panic": ReasonTrap, "trap": ReasonTrap, "recurse": ReasonTrap,
		"spin": ReasonTimeout, "allocate": ReasonMemory,
	} {
		t.Run(does, func(t *testing.T) {
			host := &recordingHost{}
			instance := misbehave(t, module, host, "does: "+does)
			timeout := 10 * time.Second
			if does == "spin" {
				timeout = 100 * time.Millisecond
			}
			_, err := instance.Process(spanNamed("ann@example.org"), testNow, timeout, anyEdits)
			var trap *Trap
			require.ErrorAs(t, err, &trap)
			assert.Equal(t, reason, trap.Reason, trap.Error())
			assert.NotContains(t, trap.Error()+strings.Join(host.lines, "\n"), "ann@example.org")
			assert.Empty(t, host.counters)

			_, again := instance.Process(spanNamed("x"), testNow, 10*time.Second, anyEdits)
			assert.ErrorIs(t, again, err)

			_, err = misbehave(t, module, host, "does: pass").Process(spanNamed("x"), testNow, 10*time.Second, anyEdits)
			assert.NoError(t, err)
		})
	}
}

func TestTheStateOfOneInstanceGoesOnInTheNext(t *testing.T) {
	module := compile(t, misbehavingFile(t), testSettings)
	first := misbehave(t, module, &recordingHost{}, "tick: repeat")
	for range 3 {
		_, err := first.Process(spanNamed("batch"), testNow, 10*time.Second, anyEdits)
		require.NoError(t, err)
	}
	made, err := first.Tick(testNow)
	require.NoError(t, err)
	require.True(t, made.HasSpans)
	again, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(made.Spans)
	require.NoError(t, err)
	assert.Equal(t, spanNamed("batch"), again)
	state := NewEntries(1, 1<<20)
	exceeded, err := first.TakeChanges(state)
	require.NoError(t, err)
	require.Zero(t, exceeded)
	require.Equal(t, 1, state.Len())
	again2, err := first.Changes(0)
	require.NoError(t, err)
	assert.Empty(t, again2.Entries, "what was told is not told again")

	second := misbehave(t, module, &recordingHost{}, "does: pass")
	damaged, err := second.LoadAll(state.Version, state.All())
	require.NoError(t, err)
	assert.Zero(t, damaged)
	_, err = second.Process(spanNamed("batch"), testNow, 10*time.Second, anyEdits)
	require.NoError(t, err)
	changed, err := second.Changes(0)
	require.NoError(t, err)
	require.Len(t, changed.Entries, 1)
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 4}, changed.Entries[0].Value)
	made, err = second.Flush(testNow)
	require.NoError(t, err)
	assert.False(t, made.HasSpans)
}

func TestABudgetOfOneRoundChangesNothing(t *testing.T) {
	settings := testSettings
	settings.RoundsPerRefill = 1
	instance := misbehave(t, compile(t, misbehavingFile(t), settings), &recordingHost{}, "does: drop")
	outcome, err := instance.Process(spanNamed("batch"), testNow, 10*time.Second, anyEdits)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x12, 1, 0}, outcome.Edits, "span 0 is dropped")
}

func TestAPluginWithoutTheMeterIsStoppedToo(t *testing.T) {
	// Another name for the section: the code stays, the promise goes.
	file := []byte(strings.Replace(string(misbehavingFile(t)), meterSection, "lapidary.meteR", 1))
	module := compile(t, file, testSettings)
	assert.Contains(t, module.Warning(), "found a module without a meter; expected one made by `lapidary componentize`")
	instance := misbehave(t, module, &recordingHost{}, "does: spin")
	began := time.Now()
	_, err := instance.Process(spanNamed("batch"), testNow, 100*time.Millisecond, anyEdits)
	assert.Less(t, time.Since(began), 10*time.Second)
	var trap *Trap
	require.ErrorAs(t, err, &trap)
	assert.Equal(t, ReasonTimeout, trap.Reason)
}

func BenchmarkProcess(b *testing.B) {
	instance := misbehave(b, compile(b, misbehavingFile(b), testSettings), &recordingHost{}, "does: pass")
	batch := spanNamed(strings.Repeat("x", 600_000))
	b.ReportAllocs()
	b.SetBytes(int64(len(batch)))
	for b.Loop() {
		if _, err := instance.Process(batch, testNow, 10*time.Second, anyEdits); err != nil {
			b.Fatal(err)
		}
	}
}

// Guarantees: an instance that keeps growing is called so, but none that has not
// grown, and none before it was used for a while.
func TestAnInstanceHasOutgrownItsMemoryAtThreeQuarters(t *testing.T) {
	settings := testSettings
	settings.MemoryLimitMiB = 40
	module := compile(t, misbehavingFile(t), settings)
	for does, outgrows := range map[string]bool{"leak": true, "pass": false} {
		instance := misbehave(t, module, &recordingHost{}, "does: "+does)
		for batch := range 35 {
			assert.Equal(t, outgrows && instance.MemoryBytes() > 30<<20, instance.Outgrown(), "%s, batch %d", does, batch)
			_, err := instance.Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
			require.NoError(t, err)
		}
		assert.Equal(t, outgrows, instance.Outgrown())
		require.NoError(t, instance.Close())
		assert.False(t, instance.Outgrown())
	}
	settings.MemoryLimitMiB = 16
	instance := misbehave(t, compile(t, misbehavingFile(t), settings), &recordingHost{}, "does: leak")
	for instance.MemoryBytes() <= 12<<20 {
		_, err := instance.Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
		require.NoError(t, err)
	}
	assert.False(t, instance.Outgrown(), "after fewer calls than starting another costs")
}

// Guarantees: one that is closed, or whose module is, answers with an error.
func TestAClosedInstanceIsNotCalled(t *testing.T) {
	module, err := Compile(context.Background(), misbehavingFile(t), testSettings)
	require.NoError(t, err)
	closed, open := misbehave(t, module, &recordingHost{}, "does: pass"), misbehave(t, module, &recordingHost{}, "does: pass")
	require.NoError(t, closed.Close())
	for _, instance := range []*Instance{closed, open} {
		_, err = instance.Process(spanNamed("a"), testNow, 10*time.Second, anyEdits)
		assert.EqualError(t, err, "close: trap: was closed")
		require.NoError(t, module.Close(context.Background()))
	}
}

// BenchmarkSmallCall tells what a call costs around what the plugin does.
func BenchmarkSmallCall(b *testing.B) {
	instance := misbehave(b, compile(b, misbehavingFile(b), testSettings), &recordingHost{}, "does: pass")
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for range 5 {
		spans.AppendEmpty().SetName("GET /orders/{id}")
	}
	batch, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(traces)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := instance.Process(batch, testNow, 10*time.Second, anyEdits); err != nil {
			b.Fatal(err)
		}
	}
}
