package plugin

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"

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
