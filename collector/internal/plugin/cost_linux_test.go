package plugin

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What an instance costs the process is told by the system: most of it is not
// Go's.

// mostMiB returns by how many MiB of memory the process had more at most while
// this was done than before.
func mostMiB(t *testing.T, do func()) int {
	t.Helper()
	debug.FreeOSMemory()
	// Sets the highest that the system knows of to what is used now.
	require.NoError(t, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0))
	before := statusMiB(t, "VmHWM:")
	do()
	return statusMiB(t, "VmHWM:") - before
}

func statusMiB(t *testing.T, field string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(status), field)
	require.True(t, found)
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return kib >> 10
}

// Scenario: a plugin eats memory in one call until it gets no more.
// Guarantees: that cost the process what it was allowed, and no copies of it as it
// grew.
func TestAnInstanceCostsNoMoreThanItsLimit(t *testing.T) {
	const limit = 128
	module := compile(t, misbehavingFile(t), Settings{Timeout: time.Minute, MemoryLimitMiB: limit})
	most := mostMiB(t, func() { eatAll(t, module) })
	assert.Greater(t, most, limit/2, "the plugin had the memory")
	assert.Less(t, most, limit+32)
}

// Scenario: a plugin eats all that it may have, and so does the instance after it,
// and the next.
// Guarantees: one that is dead has nothing when the next begins.
func TestADeadInstanceIsFreedBeforeTheNextBegins(t *testing.T) {
	const limit = 64
	module := compile(t, misbehavingFile(t), Settings{Timeout: time.Minute, MemoryLimitMiB: limit})
	most := mostMiB(t, func() {
		for range 5 {
			eatAll(t, module)
		}
	})
	assert.Less(t, most, limit+32)
}

func eatAll(t *testing.T, module *Module) {
	t.Helper()
	instance := misbehave(t, module, &recordingHost{}, "does: allocate")
	_, err := instance.Process(spanNamed("a"), testNow, time.Minute, anyEdits)
	require.EqualError(t, err, fmt.Sprintf("process: memory: asked for more than %d MiB of memory", module.settings.MemoryLimitMiB))
}

// Guarantees: an instance that nobody closes is freed with its module.
func TestAMemoryThatNobodyFreesIsFreed(t *testing.T) {
	const size = 1 << 30
	before := mappedBytes(t, "---p")
	func() {
		memory, err := newLinearMemory(1<<16, size)
		require.NoError(t, err)
		require.Len(t, memory.Reallocate(2<<16), 2<<16)
		require.Greater(t, mappedBytes(t, "---p"), before+size/2)
	}()
	assert.Eventually(t, func() bool {
		runtime.GC()
		return mappedBytes(t, "---p") < before+size/2
	}, time.Minute, time.Millisecond)
}

// Scenario: two hundred modules are refused, each other code than those before.
// Guarantees: nothing of their code is left.
func TestRefusedModulesLeaveNoCodeBehind(t *testing.T) {
	const code = 1 << 12
	refuse := func(number int) {
		_, err := Compile(context.Background(), unfinished(number, code), testSettings)
		require.EqualError(t, err, "found no export `lapidary:processor/plugin@0.2.0#describe`; expected all that the contract lists")
	}
	refuse(0)
	before := mappedBytes(t, "r-xp")
	for number := range 200 {
		refuse(number + 1)
	}
	assert.Eventually(t, func() bool {
		runtime.GC()
		return mappedBytes(t, "r-xp") < before+50*code
	}, time.Minute, time.Millisecond, "%d bytes of code before", before)
}

// unfinished is a component with one function of the contract, which has so many
// bytes of code and returns this number.
func unfinished(number, size int) []byte {
	// i32.const, and as often as it takes i32.const, i32.add.
	body := "\x00\x41" + leb(number) + strings.Repeat("\x41\xff\x00\x6a", size/4) + "\x0b"
	core := moduleHeader +
		section(1, "\x01\x60\x00\x01\x7f") +
		section(3, "\x01\x00") +
		section(sectionExport, "\x01"+name(pluginInterface+"#process")+"\x00\x00") +
		section(sectionCode, "\x01"+name(body))
	return []byte(componentHeader + section(sectionCoreInner, core))
}

// leb is a number as WebAssembly writes it with its sign.
func leb(number int) string {
	return string([]byte{byte(number)&0x7f | 0x80, byte(number>>7) & 0x3f})
}

// mappedBytes is how many bytes of the process' addresses may be used so.
func mappedBytes(t *testing.T, permissions string) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	total := 0
	for line := range bytes.Lines(maps) {
		var from, to uint64
		var may string
		_, err := fmt.Sscanf(string(line), "%x-%x %s", &from, &to, &may)
		require.NoError(t, err)
		if may == permissions {
			total += int(to - from)
		}
	}
	return total
}
