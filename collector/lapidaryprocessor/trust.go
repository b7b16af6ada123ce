package lapidaryprocessor

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// signatureEndings are what a signature's file adds to the name of what it
// signs: a bundle, as cosign writes it since version 3, or the signature alone.
var signatureEndings = [...]string{".sigstore.json", ".sig"}

// checkModule refuses a module that is not the one that the config pins, or that
// the key it names did not sign.
func (c *PluginConfig) checkModule(module []byte) error {
	digest := sha256.Sum256(module)
	if found := hex.EncodeToString(digest[:]); c.SHA256 != "" && !strings.EqualFold(found, c.SHA256) {
		return fmt.Errorf("%s: found a file with the SHA-256 `%s`; expected `%s`, which `sha256` pins", fullPath(c.Module), found, strings.ToLower(c.SHA256))
	}
	return checkSignature(c.Module, module, c.PublicKey)
}

// checkSignature refuses a file that the key did not sign; where no key is
// named, none.
func checkSignature(path string, content []byte, keyPath string) error {
	if keyPath == "" {
		return nil
	}
	key, err := readKey(keyPath)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(content)
	var tried []string
	for _, ending := range signatureEndings {
		text, err := readFile(path+ending, "a signature")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		signature, err := signatureIn(text)
		if err != nil {
			return fmt.Errorf("%s: %w", fullPath(path+ending), err)
		}
		if ecdsa.VerifyASN1(key, digest[:], signature) {
			return nil
		}
		tried = append(tried, "`"+fullPath(path+ending)+"`")
	}
	if len(tried) == 0 {
		return fmt.Errorf("%s: found no signature; expected one beside it, in `%s.sigstore.json` or `%s.sig`, by the key of `%s`",
			fullPath(path), fullPath(path), fullPath(path), fullPath(keyPath))
	}
	return fmt.Errorf("%s: found another file than the one that was signed, or another key; expected what %s and `%s` fit",
		fullPath(path), strings.Join(tried, ", "), fullPath(keyPath))
}

func readKey(path string) (*ecdsa.PublicKey, error) {
	const expected = "a public key"
	text, err := readFile(path, expected)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(text); block != nil && block.Type == "PUBLIC KEY" {
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if known, ok := key.(*ecdsa.PublicKey); ok && err == nil && known.Curve == elliptic.P256() {
			return known, nil
		}
	}
	return nil, fmt.Errorf("%s: found no public key on the curve P-256; expected a PEM file as `cosign generate-key-pair` writes it", fullPath(path))
}

// signatureIn returns the signature of a file that cosign wrote.
func signatureIn(text []byte) ([]byte, error) {
	encoded := string(bytes.TrimSpace(text))
	if strings.HasPrefix(encoded, "{") {
		var bundle struct {
			MessageSignature struct {
				Signature string `json:"signature"`
			} `json:"messageSignature"`
			// As cosign wrote it before version 3.
			Base64Signature string `json:"base64Signature"`
		}
		if err := json.Unmarshal(text, &bundle); err != nil {
			encoded = ""
		} else {
			encoded = cmp.Or(bundle.MessageSignature.Signature, bundle.Base64Signature)
		}
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(signature) == 0 {
		return nil, errors.New("found no signature; expected what `cosign sign-blob` writes: base64, or a bundle with a `messageSignature`")
	}
	return signature, nil
}

// withFiles adds the files that say whether a file is trusted.
func withFiles(files []string, path, keyPath string) []string {
	files = append(files, path)
	if keyPath == "" {
		return files
	}
	for _, ending := range signatureEndings {
		files = append(files, path+ending)
	}
	return append(files, keyPath)
}

// checkCacheFolder makes a folder for compiled modules, and refuses one that
// others may write to: what stands there is machine code that would be run.
func checkCacheFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("%s: found %w; expected a folder for compiled plugins", fullPath(path), reason(err))
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: found %w; expected a folder for compiled plugins", fullPath(path), reason(err))
	}
	if owner, ok := ownerOf(info); !ok || owner != os.Geteuid() {
		return fmt.Errorf("%s: found a folder of user %d; expected one of our own for compiled plugins", fullPath(path), owner)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%s: found a folder that others may write to (mode %o); expected one for compiled plugins that only its owner may write to", fullPath(path), mode)
	}
	return nil
}
