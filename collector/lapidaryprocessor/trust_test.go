package lapidaryprocessor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// signer signs as `cosign sign-blob` does.
type signer struct{ key *ecdsa.PrivateKey }

func newSigner(t *testing.T, publicPath string) signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	writeFile(t, publicPath, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	return signer{key}
}

func (s signer) sign(t *testing.T, path string) {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	digest := sha256.Sum256(content)
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, digest[:])
	require.NoError(t, err)
	writeFile(t, path+".sig", base64.StdEncoding.EncodeToString(signature))
}

// Scenario: signed rules are replaced, and the new signature comes later; then
// somebody changes the rules and cannot sign.
// Guarantees: what was not signed never takes over, and its signature is enough
// for it to be looked at again.
func TestASwapAsksForASignature(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	signer := newSigner(t, path("cosign.pub"))
	writeFile(t, path("rules.yaml"), "does: pass\n")
	signer.sign(t, path("rules.yaml"))
	p := &looks{running: start(t, func(c *Config) { c.RulesPublicKey = path("cosign.pub") },
		PluginConfig{Module: module(t, misbehaving), Rules: path("rules.yaml")}), now: time.Now()}
	first := p.runs(0)

	writeFile(t, path("rules.yaml"), "does: drop\n")
	p.after(0)
	p.after(settleTime)
	assert.Same(t, first, p.runs(0))
	assert.EqualValues(t, 1, p.sum(t, "refused_generations"))
	signer.sign(t, path("rules.yaml"))
	p.after(0)
	p.after(settleTime)
	second := p.runs(0)
	assert.NotSame(t, first, second)

	writeFile(t, path("rules.yaml"), "does: pass\n")
	newSigner(t, path("other.pub")).sign(t, path("rules.yaml"))
	p.after(0)
	p.after(settleTime)
	assert.Same(t, second, p.runs(0))
	assert.EqualValues(t, 2, p.sum(t, "refused_generations"))
}

// Scenario: another plugin's file is put in the place of the one that runs.
// Guarantees: it does not take over, unless the config allows it.
func TestAModuleOfAnotherNameIsRefusedAtASwap(t *testing.T) {
	other, err := os.ReadFile(module(t, "sample-adaptively"))
	require.NoError(t, err)
	running, err := os.ReadFile(module(t, misbehaving))
	require.NoError(t, err)
	for _, allowed := range []bool{false, true} {
		folder := t.TempDir()
		path, rules := filepath.Join(folder, "plugin.wasm"), filepath.Join(folder, "rules.yaml")
		writeFile(t, path, string(running))
		writeFile(t, rules, "does: pass\n")
		p := &looks{running: start(t, func(c *Config) { c.MemoryLimitMiB = 64 }, PluginConfig{Module: path, Rules: rules, AllowRename: allowed}), now: time.Now()}
		first := p.runs(0)
		writeFile(t, path, string(other))
		writeFile(t, rules, "otherwise: 100%\n")
		p.after(0)
		p.after(settleTime)
		if allowed {
			assert.Equal(t, "sample-adaptively", p.runs(0).manifest.Name)
			continue
		}
		assert.Same(t, first, p.runs(0))
		assert.EqualValues(t, 1, p.sum(t, "refused_generations"))
	}
	next, old := &generation{sources: &sources{path: "/b.wasm"}}, &generation{}
	next.manifest.Name, old.manifest.Name = "b", "a"
	assert.EqualError(t, checkName(&PluginConfig{}, old, next),
		"/b.wasm: found a plugin with the name `b`; expected `a`, which runs, or `allow_rename: true` beside `module`")
}

// Guarantees: only a folder of our own that nobody else may write to is trusted
// with machine code; one that is missing is made so.
func TestACacheFolderOfOthersIsRefused(t *testing.T) {
	folder := t.TempDir()
	made := filepath.Join(folder, "new", "cache")
	require.NoError(t, checkCacheFolder(made))
	info, err := os.Stat(made)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	for mode, refused := range map[os.FileMode]string{0o755: "", 0o700: "", 0o775: "775", 0o702: "702", 0o777: "777"} {
		require.NoError(t, os.Chmod(made, mode))
		if err := checkCacheFolder(made); refused == "" {
			assert.NoError(t, err)
		} else {
			assert.EqualError(t, err, made+": found a folder that others may write to (mode "+refused+"); expected one for compiled plugins that only its owner may write to")
		}
	}
	writeFile(t, filepath.Join(folder, "file"), "")
	assert.ErrorContains(t, checkCacheFolder(filepath.Join(folder, "file")), "found not a directory; expected a folder for compiled plugins")
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chmod(made, 0o700))
		require.NoError(t, os.Chown(made, 12345, 12345))
		assert.EqualError(t, checkCacheFolder(made), made+": found a folder of user 12345; expected one of our own for compiled plugins")
	}
}

// Scenario: a compiled module in the folder is damaged.
// Guarantees: the plugin runs all the same, with a warning.
func TestADamagedCacheIsAWarning(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o700))
	warnings := func(cache string) int {
		p := start(t, func(c *Config) { c.CacheDir = cache }, PluginConfig{Module: module(t, misbehaving)})
		return p.logs.FilterMessageSnippet("kept in memory only").Len()
	}
	assert.Zero(t, warnings(folder))
	entries, err := filepath.Glob(filepath.Join(folder, "wazero-*", "*"))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	// Under another path, for this process remembers what it compiled for the first.
	damaged := t.TempDir()
	copied := filepath.Join(damaged, filepath.Base(filepath.Dir(entries[0])))
	require.NoError(t, os.MkdirAll(copied, 0o700))
	writeFile(t, filepath.Join(copied, filepath.Base(entries[0])), "garbage")
	assert.Equal(t, 1, warnings(damaged))
}

// Guarantees: each form of signature that cosign itself wrote is accepted for the file
// that it signed by the key that it signed with, and for nothing else.
func TestWhatCosignWroteIsAccepted(t *testing.T) {
	from := filepath.Join("..", "..", "testdata", "hosts", "what-cosign-signed-is-taken")
	for _, signature := range []string{"bundle.yaml.sigstore.json", "old-bundle.yaml.sigstore.json", "alone.yaml.sig"} {
		t.Run(signature, func(t *testing.T) {
			folder := t.TempDir()
			require.NoError(t, os.CopyFS(folder, os.DirFS(from)))
			name, _, _ := strings.Cut(signature, ".yaml")
			signed := filepath.Join(folder, name+".yaml")
			key := filepath.Join(folder, "cosign.pub")
			content, err := os.ReadFile(signed)
			require.NoError(t, err)
			require.NoError(t, checkSignature(signed, content, key))
			config := PluginConfig{Module: signed, PublicKey: key}
			require.NoError(t, config.checkModule(content), "a module is checked as rules are")

			another := signed + ": found another file than the one that was signed, or another key; expected what `" + filepath.Join(folder, signature) + "` and `" + key + "` fit"
			for index := range content {
				content[index] ^= 1
				require.EqualError(t, checkSignature(signed, content, key), another)
				content[index] ^= 1
			}
			newSigner(t, key)
			require.EqualError(t, checkSignature(signed, content, key), another)
		})
	}
}
