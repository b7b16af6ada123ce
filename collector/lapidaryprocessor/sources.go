package lapidaryprocessor

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// sources are the files, and what else there is, that one generation of a
// plugin is made from: its module, its rules and its secrets, as they were
// read at one moment.
type sources struct {
	path      string
	module    []byte
	documents []plugin.Document
	// inline says that the rules stand in the Collector's config, where a line
	// number of theirs leads nowhere.
	inline bool
	// variables stand in the documents; what is put in their places can change
	// only with the process.
	variables variables
	secrets   map[string][]byte
	// hash tells one state of all of this from another.
	hash [sha256.Size]byte
}

// readSources reads everything that a plugin's config names. The error has a
// line for each thing that cannot be read; the hash is also that of what could
// be read and is wrong: half of a key is not the same as another half.
func readSources(config *PluginConfig, place string) (*sources, error) {
	s := &sources{path: fullPath(config.Module), secrets: make(map[string][]byte)}
	var problems []error
	digest := sha256.New()
	include := func(part []byte, err error) {
		if err != nil {
			problems = append(problems, err)
			part = append([]byte(err.Error()), part...)
		}
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		digest.Write(length[:])
		digest.Write(part)
	}

	var err error
	s.module, err = readFile(config.Module, "the plugin's .wasm file")
	if err == nil {
		err = config.checkModule(s.module)
	}
	include(s.module, err)
	switch rules := config.Rules.(type) {
	case string:
		include(s.readRules(rules, config.RulesPublicKey))
	case []any:
		for _, path := range rules {
			include(s.readRules(fmt.Sprint(path), config.RulesPublicKey))
		}
	case map[string]any:
		text, err := yaml.Marshal(rules)
		include(text, err)
		s.inline = true
		s.documents = append(s.documents, plugin.Document{Name: place + ".rules", Text: string(text)})
	}
	for _, name := range sortedKeys(config.Secrets) {
		secret := config.Secrets[name]
		value, err := secret.read()
		include(value, err)
		s.secrets[name] = value // Whatever it is after an error, nothing is made of it.
	}
	digest.Sum(s.hash[:0])
	return s, errors.Join(problems...)
}

func (s *sources) readRules(path, keyPath string) ([]byte, error) {
	text, err := readFile(path, "a file of rules")
	if err == nil && !utf8.Valid(text) {
		err = fmt.Errorf("%s: found bytes that are no text; expected YAML", fullPath(path))
	}
	if err != nil {
		return text, err
	}
	if err := checkSignature(path, text, keyPath); err != nil {
		return text, err
	}
	name := fullPath(path)
	filled, problems := s.variables.fill(name, string(text))
	s.documents = append(s.documents, plugin.Document{Name: name, Text: filled})
	return text, errors.Join(problems...)
}

// read returns the decoded secret; where it cannot be decoded, as it was found.
// No message holds any of it.
func (c *SecretConfig) read() ([]byte, error) {
	var encoded []byte
	place := ""
	if c.File != "" {
		place = fullPath(c.File)
		var err error
		if encoded, err = readFile(c.File, "a file that holds the secret"); err != nil {
			return nil, err
		}
	} else {
		place = "environment variable " + c.Env
		value, ok := os.LookupEnv(c.Env)
		if !ok {
			return nil, fmt.Errorf("%s: found none; expected one that holds the secret", place)
		}
		encoded = []byte(value)
	}
	decoded, err := c.decode(encoded)
	if err != nil {
		return encoded, fmt.Errorf("%s: %w", place, err)
	}
	return decoded, nil
}

// decode takes a secret out of its encoding, in exactly the way that the
// command line does: another newline would be another key.
func (c *SecretConfig) decode(encoded []byte) ([]byte, error) {
	if text, ok := bytes.CutSuffix(encoded, []byte("\n")); ok {
		encoded = bytes.TrimSuffix(text, []byte("\r"))
	}
	if len(encoded) == 0 {
		return nil, errors.New("found an empty secret; expected one of 1 byte or more")
	}
	// What the decoders say themselves would quote the secret.
	switch c.Encoding {
	case EncodingHex:
		decoded, err := hex.DecodeString(string(encoded))
		if err != nil {
			return nil, errors.New("found text that is not hex; expected two hex digits a byte")
		}
		return decoded, nil
	case EncodingBase64:
		// Go's decoder would skip newlines inside.
		decoded, err := base64.StdEncoding.Strict().DecodeString(string(encoded))
		if err != nil || bytes.ContainsAny(encoded, "\r\n") {
			return nil, errors.New("found text that is not base64; expected the standard alphabet with padding")
		}
		return decoded, nil
	}
	return encoded, nil
}

func readFile(path, what string) ([]byte, error) {
	content, err := readRegular(path)
	if err != nil {
		return nil, fmt.Errorf("%s: found %w; expected %s", fullPath(path), reason(err), what)
	}
	return content, nil
}

// longestFile is more than any plugin has.
const longestFile = 256 << 20

// readRegular reads a file to its end, if it has one: a pipe may never be written
// to, and a device goes on for ever.
func readRegular(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, errors.New("a pipe or a device")
	}
	content, err := io.ReadAll(io.LimitReader(file, longestFile+1))
	if err == nil && len(content) > longestFile {
		err = fmt.Errorf("more than %d MiB", longestFile>>20)
	}
	return content, err
}

// errNoFile is [os.ErrNotExist] in the words of every host.
var errNoFile error = noFile{}

type noFile struct{}

func (noFile) Error() string        { return "no such file" }
func (noFile) Is(target error) bool { return target == os.ErrNotExist }

// reason is what an operating system's error comes down to.
func reason(err error) error {
	var broken *os.PathError
	switch {
	case errors.Is(err, os.ErrNotExist):
		return errNoFile
	case errors.Is(err, syscall.EISDIR):
		return errors.New("a folder")
	case errors.As(err, &broken):
		return broken.Err
	}
	return err
}

// fullPath is how messages call a file, wherever the Collector was started: without
// `.` and `..`; but behind a link `..` stays, for it leads out of where the link leads.
func fullPath(path string) string {
	if !filepath.IsAbs(path) {
		folder, err := os.Getwd()
		if err != nil {
			return path
		}
		path = folder + "/" + path
	}
	full := ""
	for part := range strings.SplitSeq(path, "/") {
		switch {
		case part == "" || part == ".":
		case part == ".." && (strings.HasSuffix(full, "/..") || isLink(full)):
			full += "/.."
		case part == "..":
			// Not the library's Dir, which would take out the `..` that stayed.
			full = full[:max(strings.LastIndex(full, "/"), 0)]
		default:
			full += "/" + part
		}
	}
	return cmp.Or(full, "/")
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

func sortedKeys[V any](of map[string]V) []string {
	return slices.Sorted(maps.Keys(of))
}
