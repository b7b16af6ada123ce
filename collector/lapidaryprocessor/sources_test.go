package lapidaryprocessor

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scenario: a path goes into a link and out again.
// Guarantees: messages name the file that was read; all other paths are short.
func TestAPathBehindALinkNamesWhatWasRead(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join("far", "inner"), 0o700))
	require.NoError(t, os.Symlink("far/inner", "link"))
	for path, full := range map[string]string{
		"a.yaml":             here + "/a.yaml",
		"./far//../a.yaml":   here + "/a.yaml",
		"far/inner/../r":     here + "/far/r",
		"link/../r":          here + "/link/../r",
		"link/../../r":       here + "/link/../../r",
		"link/../inner/../r": here + "/link/../r",
		"/a/../../b":         "/b",
	} {
		assert.Equal(t, full, fullPath(path))
	}
}
