package lapidaryprocessor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Protects: `rules::fill` of the command line reads the same file, so that no
// rules mean one thing there and another here.
func TestVariablesMeanWhatEveryHostMakesOfThem(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "variables.json"))
	require.NoError(t, err)
	var corpus struct {
		Environment map[string]string
		Filled      []struct{ Written, Text string }
		Refused     []struct {
			Written  string
			Problems []struct {
				Line    int
				Problem string
			}
		}
		Rules  string
		Quoted []struct {
			Line         uint32
			Said, Quoted string
		}
	}
	require.NoError(t, json.Unmarshal(text, &corpus))
	for name, value := range corpus.Environment {
		t.Setenv(name, value)
	}
	for _, c := range corpus.Filled {
		filled, problems := new(variables).fill("r", c.Written)
		assert.Empty(t, problems, c.Written)
		assert.Equal(t, c.Text, filled)
	}
	for _, c := range corpus.Refused {
		_, problems := new(variables).fill("r", c.Written)
		var expected []error
		for _, problem := range c.Problems {
			expected = append(expected, fmt.Errorf("r:%d: %s", problem.Line, problem.Problem))
		}
		assert.EqualError(t, errors.Join(problems...), errors.Join(expected...).Error(), c.Written)
	}
	var all variables
	_, problems := all.fill("r", corpus.Rules)
	require.Empty(t, problems)
	for _, c := range corpus.Quoted {
		assert.Equal(t, c.Quoted, all.textAsWritten(c.Said, "r", c.Line))
		assert.Equal(t, c.Said, all.textAsWritten(c.Said, "another", c.Line))
	}
}

// Protects: what is no text cannot stand in a file of cases.
func TestAVariableThatIsNoTextIsRefused(t *testing.T) {
	t.Setenv("VARIABLES_BYTES", "\xff")
	_, problems := new(variables).fill("r", "a: ${env:VARIABLES_BYTES}")
	assert.EqualError(t, errors.Join(problems...),
		"r:1: found `${env:VARIABLES_BYTES}`, which holds bytes that are no text; expected a variable that holds text")
}
