package plugin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func section(id byte, content string) string {
	return string(binary.AppendUvarint([]byte{id}, uint64(len(content)))) + content
}

func name(text string) string {
	return string(binary.AppendUvarint(nil, uint64(len(text)))) + text
}

// exporting is a core module that claims to export one function.
func exporting(function string) string {
	return moduleHeader + section(sectionExport, "\x01"+name(function)+"\x00\x00")
}

func TestAFileThatIsNoPluginIsRefusedInOneLine(t *testing.T) {
	const expected = "; expected a component that exports `lapidary:processor/plugin@0.2.0`"
	for what, c := range map[string]struct{ file, message string }{
		"an empty file":      {"", "found a file that is not WebAssembly" + expected},
		"a text":             {"detectors: []\n", "found a file that is not WebAssembly" + expected},
		"a core module":      {exporting(pluginInterface + "#process"), "found a core module" + expected + "; make one with `lapidary componentize`"},
		"another version":    {wasmMagic + "\x02\x00\x00\x00", "found a version of WebAssembly that is not known" + expected},
		"an empty component": {componentHeader, "found a component without that export" + expected},
		"another component":  {componentHeader + section(sectionCoreInner, exporting("wasi:cli/run@0.2.0#run")), "found a component without that export" + expected},
		"another contract":   {componentHeader + section(sectionCoreInner, exporting("lapidary:processor/plugin@0.1.0#process")), "found a plugin for contract 0.1.0" + expected},
		"a cut file":         {componentHeader + "\x01\xff\x01\x00", "found damaged WebAssembly (the file ends in the middle of a section)" + expected},
		"a hostile length":   {componentHeader + "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "found damaged WebAssembly (the file ends in the middle of a section)" + expected},
		"a hostile count":    {componentHeader + section(sectionCoreInner, moduleHeader+section(sectionExport, "\xff\xff\xff\xff\x0f")), "found damaged WebAssembly (the file ends in the middle of a section)" + expected},
		"endless nesting":    {componentHeader + nested(40), "found damaged WebAssembly (components are nested more than 16 deep)" + expected},
		"no code":            {componentHeader + section(sectionCoreInner, exporting(pluginInterface+"#process")), "found a core module that cannot be compiled ("},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := Compile(context.Background(), []byte(c.file), testSettings)
			require.Error(t, err)
			if what == "no code" {
				// The words in the brackets are wazero's own.
				assert.Contains(t, err.Error(), c.message)
				assert.NotContains(t, err.Error(), "\n")
				return
			}
			assert.EqualError(t, err, c.message)
		})
	}
}

func nested(depth int) string {
	inner := ""
	for range depth {
		inner = section(sectionComponent, componentHeader+inner)
	}
	return inner
}

func TestTheCoreModuleIsFoundInANestedComponent(t *testing.T) {
	core := exporting(pluginInterface + "#process")
	file := componentHeader +
		section(sectionCoreInner, exporting("shim")) +
		section(sectionComponent, componentHeader+section(sectionCoreInner, core))
	found, err := findCore([]byte(file))
	require.NoError(t, err)
	assert.Equal(t, core, string(found.wasm))
	assert.Equal(t, meteredNo, found.metered)
}

// Protects: code that a tool rewrote after it was metered runs with the slow
// limit, not without one.
func TestTheMeterCountsOnlyWhereTheCodeIsAsItWasMetered(t *testing.T) {
	file := misbehavingFile(t)
	found, err := findCore(file)
	require.NoError(t, err)
	assert.Equal(t, meteredYes, found.metered)

	at := strings.Index(string(file), meterSection) + len(meterSection) + 1
	changed := append([]byte(nil), file...)
	changed[at] ^= 1
	found, err = findCore(changed)
	require.NoError(t, err)
	assert.Equal(t, meteredStale, found.metered)
}

// Scenario: a module that is not metered has a seal that fits its code, and spins.
// Guarantees: it runs with the slow limit and a warning, and the call ends.
func TestAClaimedMeterIsNotBelieved(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "dist", "claims-a-meter.wasm"))
	require.NoError(t, err, "build the components first: `make build` in the project's root")
	module := compile(t, file, testSettings)
	assert.Equal(t, "found a module that says it is metered and is not (no import asks for more rounds)"+
		"; expected one made by `lapidary componentize`; it runs with a slower limit", module.Warning())
	instance := misbehave(t, module, &recordingHost{}, "does: spin")
	began := time.Now()
	_, err = instance.Process(spanNamed("batch"), testNow, 100*time.Millisecond, anyEdits)
	assert.Less(t, time.Since(began), 10*time.Second)
	var trap *Trap
	require.ErrorAs(t, err, &trap)
	assert.Equal(t, ReasonTimeout, trap.Reason)
}

// Scenario: the one loop of a metered module that counts nothing any more, under a seal that fits.
// Guarantees: the whole module counts as not metered.
func TestOneLoopThatDoesNotCountIsEnough(t *testing.T) {
	file := misbehavingFile(t)
	found, err := findCore(file)
	require.NoError(t, err)
	code := sectionOf(t, found.wasm, sectionCode)
	// What pays at a loop's head: the number after `local.get` and before `i32.sub`.
	at := -1
	for index := range len(code) - 4 {
		if code[index] == 0x20 && code[index+2] == 0x41 && code[index+4] == 0x6b && code[index+5] == 0x24 {
			at = index + 3
		}
	}
	require.Positive(t, at)
	code[at] = 0
	seal := sha256.Sum256(code)
	copy(found.wasm[bytes.Index(found.wasm, []byte(meterSection))+len(meterSection)+1:], seal[:])
	found, err = findCore(file)
	require.NoError(t, err)
	assert.Equal(t, meteredWrong, found.metered)
	assert.Regexp(t, `^function \d+ counts less than it costs$`, found.fault)
}

func sectionOf(t *testing.T, module []byte, wanted byte) (found []byte) {
	t.Helper()
	require.NoError(t, eachSection(module[len(moduleHeader):], func(id byte, content []byte) error {
		if id == wanted {
			found = content
		}
		return nil
	}))
	return found
}

// Protects: reading the code costs a start-up next to nothing beside compiling it.
func BenchmarkFindCore(b *testing.B) {
	for _, name := range []string{"enrich-order-status", "hash-operator-id", "redact-pii", "sample-adaptively"} {
		b.Run(name, func(b *testing.B) {
			file, err := os.ReadFile(filepath.Join("..", "..", "..", "dist", name+".wasm"))
			require.NoError(b, err)
			for b.Loop() {
				found, err := findCore(file)
				if err != nil || found.metered != meteredYes {
					b.Fatal(err, found.fault)
				}
			}
		})
	}
}

// Protects: a file of any bytes is refused or run, and the host lives on.
func FuzzFindCore(f *testing.F) {
	f.Add([]byte(componentHeader + section(sectionCoreInner, exporting(pluginInterface+"#process"))))
	f.Add([]byte(componentHeader + nested(3)))
	f.Fuzz(func(t *testing.T, file []byte) {
		found, err := findCore(file)
		if err == nil {
			assert.NotEmpty(t, found.wasm)
		}
	})
}
