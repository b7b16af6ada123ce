package meter

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var testdata = filepath.Join("..", "..", "..", "testdata", "meter")

func read(t testing.TB, name string) []byte {
	t.Helper()
	module, err := os.ReadFile(filepath.Join(testdata, name+".wasm"))
	require.NoError(t, err)
	return module
}

func verdict(module []byte) string {
	if err := Check(module); err != nil {
		return err.Error()
	}
	return "metered"
}

// Guarantees: this reader and crates/meter say the same of every module.
func TestEveryModuleHasTheVerdictInItsFirstLine(t *testing.T) {
	texts, err := filepath.Glob(filepath.Join(testdata, "*.wat"))
	require.NoError(t, err)
	require.NotEmpty(t, texts)
	for _, file := range texts {
		name := strings.TrimSuffix(filepath.Base(file), ".wat")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			expected, _, _ := strings.Cut(strings.TrimPrefix(string(text), ";; "), "\n")
			assert.Equal(t, expected, verdict(read(t, name)))
		})
	}
}

// Scenario: a file that is cut anywhere.
func TestAModuleThatIsCutHasNoMeter(t *testing.T) {
	whole := read(t, "what-the-build-step-writes")
	metered := 0
	for length := range whole {
		if verdict(whole[:length]) == "metered" {
			metered++
		}
	}
	assert.Equal(t, 1, metered, "names of functions stand behind all that a meter is made of")
}

// Scenario: one instruction is left out, in each place in turn.
// Guarantees: the module is metered still only where it was none of the meter's.
func TestAMeterWithoutOneOfItsInstructionsIsNone(t *testing.T) {
	whole := read(t, "what-the-build-step-writes")
	var m module
	require.Empty(t, m.read(whole))
	var unnoticed []int
	tried := 0
	for number, body := range m.bodies {
		body.skipLocals()
		for !body.isAtEnd() {
			from := body.at
			left, isKnown := body.instruction()
			require.True(t, isKnown)
			tried++
			if verdict(without(t, whole, number, from, body.at)) == "metered" {
				unnoticed = append(unnoticed, left.opcode)
			}
		}
	}
	assert.Equal(t, 141, tried)
	const constant, add, isZero, branch, drop = opI32Const, 0x6a, 0x45, 0x0c, 0x1a
	// What the functions do besides, in their order; and every `else`.
	assert.Equal(t, []int{
		opElse,
		opLocalGet, opLocalGet, opLocalGet,
		opLocalGet, constant, add,
		opElse, constant, opCall, drop, constant, constant, opCallIndirect, drop,
		opElse, constant, isZero, opBranchIf, constant, opCall, drop, opElse, branch,
		opElse, drop,
		constant, constant, constant, opElse,
	}, unnoticed)
}

// without leaves bytes of one body out, and keeps all lengths right.
func without(t *testing.T, whole []byte, number, from, to int) []byte {
	t.Helper()
	made := []byte(header)
	for r := (reader{bytes: whole, at: len(header)}); !r.isAtEnd(); {
		id := r.byte()
		section := r.sized()
		content := section.bytes
		if id == sectionCode {
			count := section.u32()
			content = binary.AppendUvarint(nil, uint64(count))
			for index := range int(count) {
				sized := section.sized()
				body := sized.bytes
				if index == number {
					body = append(bytes.Clone(body[:from]), body[to:]...)
				}
				content = append(binary.AppendUvarint(content, uint64(len(body))), body...)
			}
		}
		made = append(binary.AppendUvarint(append(made, id), uint64(len(content))), content...)
	}
	return made
}

// Guarantees: blocks that stand in each other to any depth cost no more than their number.
func TestDeepNestingTakesNoTime(t *testing.T) {
	code := "\x00" + strings.Repeat("\x02\x40", 200_000) + strings.Repeat("\x23\x02\x1a", 200_000)
	module := withBody(code)
	began := time.Now()
	assert.Equal(t, faultDamaged, verdict(module))
	assert.Less(t, time.Since(began), 5*time.Second)
}

// withBody is a module with a meter and one more function.
func withBody(code string) []byte {
	sized := func(text string) string {
		return string(binary.AppendUvarint(nil, uint64(len(text)))) + text
	}
	const more = "\x00\x23\x01\x04\x40\x00\x0b\x10\x00\x24\x00\x0b"
	return []byte(header +
		"\x01\x08\x02\x60\x00\x01\x7f\x60\x00\x00" +
		"\x02" + sized("\x01"+sized(refillModule)+sized(refillName)+"\x00\x00") +
		"\x03\x03\x02\x01\x01" +
		"\x06\x10\x03\x7f\x01\x41\x00\x0b\x7f\x01\x41\x00\x0b\x7f\x00\x41\x00\x0b" +
		"\x0a" + sized("\x02"+sized(more)+sized(code)))
}

// Guarantees: numbers are read as the standard writes them, to their last bit.
func TestNumbersAreReadToTheirLastBit(t *testing.T) {
	for text, c := range map[string]struct {
		bits   int
		value  int64
		failed bool
	}{
		"\x00":                     {32, 0, false},
		"\x7f":                     {32, -1, false},
		"\xff\xff\xff\xff\x07":     {32, 1<<31 - 1, false},
		"\x80\x80\x80\x80\x78":     {32, -1 << 31, false},
		"\xff\xff\xff\xff\x0f":     {32, 0, true},
		"\x80\x80\x80\x80\x80\x00": {32, 0, true},
		"\x40":                     {33, -64, false},
		"\xff\xff\xff\xff\x0f ":    {33, 1<<32 - 1, false},
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f": {64, -1 << 63, false},
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01": {64, 0, true},
		"\x80": {64, 0, true},
	} {
		r := reader{bytes: []byte(text)}
		value := r.signed(c.bits)
		assert.Equal(t, c.failed, r.failed, "%x", text)
		if !c.failed {
			assert.Equal(t, c.value, value, "%x", text)
		}
	}
}

// Protects: a module of any bytes gets a verdict, and the host lives on.
func FuzzCheck(f *testing.F) {
	modules, err := filepath.Glob(filepath.Join(testdata, "*.wasm"))
	require.NoError(f, err)
	for _, file := range modules {
		module, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(module)
	}
	f.Add(withBody("\x00\x02\x40\x0b\x0b"))
	f.Fuzz(func(_ *testing.T, module []byte) {
		_ = Check(module)
		_ = Check(withBody(string(module)))
	})
}
