package plugin

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/lapidary-dev/lapidary/collector/internal/meter"
)

// The names that the contract gives to a plugin's core module. Its version
// stands in them, so a plugin of another version has none of these exports.
const (
	pluginInterface = "lapidary:processor/plugin@0.2.0"
	hostInterface   = "lapidary:processor/host@0.2.0"
	meterInterface  = "lapidary:processor/meter@0.2.0"

	anyPluginInterface = "lapidary:processor/plugin@"

	// meterSection is a custom section that the build step leaves in the core
	// module: one byte, meterFormat, and the SHA-256 of the content of the
	// code section. Code that was changed afterwards does not match it.
	meterSection = "lapidary.meter"
	meterFormat  = 2
)

const (
	wasmMagic        = "\x00asm"
	moduleHeader     = wasmMagic + "\x01\x00\x00\x00"
	componentHeader  = wasmMagic + "\x0d\x00\x01\x00"
	sectionCustom    = 0
	sectionCoreInner = 1
	sectionComponent = 4
	sectionExport    = 7
	sectionCode      = 10
)

// errTruncated is what a length that runs past the end of the file becomes.
var errTruncated = errors.New("the file ends in the middle of a section")

// coreModule is what [findCore] takes out of a component.
type coreModule struct {
	// wasm is the plugin's core module, byte for byte as it stands in the file.
	wasm    []byte
	metered metered
	// fault is why the meter cannot be relied on.
	fault string
}

// metered says whether every loop of a core module asks the host for time.
type metered uint8

const (
	// meteredNo: no build step has put the meter in.
	meteredNo metered = iota
	// meteredYes: it is in, the code is as the build step left it, and the meter
	// is one that can be relied on.
	meteredYes
	// meteredStale: the code was changed after it was metered, or another version
	// of the build step did it.
	meteredStale
	// meteredWrong: the module says that it is metered, and is not.
	meteredWrong
)

// findCore returns the core module that carries the plugin's exports.
//
// wit-component leaves the module that it was given whole inside the
// component, so a host without the component model finds it by its exports.
// The error is one line that says what the file is instead.
func findCore(file []byte) (coreModule, error) {
	switch {
	case bytes.HasPrefix(file, []byte(moduleHeader)):
		return coreModule{}, notAPlugin("found a core module", "; make one with `lapidary componentize`")
	case !bytes.HasPrefix(file, []byte(wasmMagic)):
		return coreModule{}, notAPlugin("found a file that is not WebAssembly", "")
	case !bytes.HasPrefix(file, []byte(componentHeader)):
		return coreModule{}, notAPlugin("found a version of WebAssembly that is not known", "")
	}

	var search coreSearch
	if err := search.component(file[len(componentHeader):], 0); err != nil {
		return coreModule{}, notAPlugin(fmt.Sprintf("found damaged WebAssembly (%v)", err), "")
	}
	if search.found.wasm == nil {
		if search.other != "" {
			return coreModule{}, notAPlugin("found a plugin for contract "+search.other, "")
		}
		return coreModule{}, notAPlugin("found a component without that export", "")
	}
	return search.found, nil
}

// notAPlugin words the refusal as the other hosts do.
func notAPlugin(found, advice string) error {
	return fmt.Errorf("%s; expected a component that exports `%s`%s", found, pluginInterface, advice)
}

// coreSearch walks the sections of a component and of those nested in it.
type coreSearch struct {
	found coreModule
	// other is the contract of another version that was seen on the way.
	other string
}

// maxNesting is far above what wit-component makes; it keeps a hostile file
// from using up the stack.
const maxNesting = 16

func (s *coreSearch) component(sections []byte, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("components are nested more than %d deep", maxNesting)
	}
	return eachSection(sections, func(id byte, content []byte) error {
		switch id {
		case sectionCoreInner:
			return s.core(content)
		case sectionComponent:
			if !bytes.HasPrefix(content, []byte(componentHeader)) {
				return errors.New("a nested component has no header")
			}
			return s.component(content[len(componentHeader):], depth+1)
		}
		return nil
	})
}

func (s *coreSearch) core(module []byte) error {
	if !bytes.HasPrefix(module, []byte(moduleHeader)) {
		return errors.New("a core module has no header")
	}
	var (
		isPlugin bool
		code     []byte
		seal     []byte
	)
	err := eachSection(module[len(moduleHeader):], func(id byte, content []byte) error {
		switch id {
		case sectionCustom:
			if name, rest, err := cutName(content); err == nil && name == meterSection {
				seal = rest
			}
		case sectionCode:
			code = content
		case sectionExport:
			return eachExport(content, func(name string) {
				contract, function, _ := strings.Cut(name, "#")
				version, isOurs := strings.CutPrefix(contract, anyPluginInterface)
				switch {
				case function != "process" || !isOurs:
				case contract == pluginInterface:
					isPlugin = true
				default:
					s.other = version
				}
			})
		}
		return nil
	})
	if err == nil && isPlugin {
		s.found = coreModule{wasm: module, metered: readMeter(seal, code)}
		if s.found.metered == meteredYes {
			if err := meter.Check(module); err != nil {
				s.found.metered, s.found.fault = meteredWrong, err.Error()
			}
		}
	}
	return err
}

func readMeter(section, code []byte) metered {
	if section == nil {
		return meteredNo
	}
	digest := sha256.Sum256(code)
	if len(section) == 1+len(digest) && section[0] == meterFormat && bytes.Equal(section[1:], digest[:]) {
		return meteredYes
	}
	return meteredStale
}

// eachSection calls visit with every section: an id, a length, the content.
func eachSection(sections []byte, visit func(id byte, content []byte) error) error {
	for len(sections) > 0 {
		id := sections[0]
		content, rest, err := cutSized(sections[1:])
		if err != nil {
			return err
		}
		if err := visit(id, content); err != nil {
			return err
		}
		sections = rest
	}
	return nil
}

// eachExport calls visit with the name of every export of an export section.
func eachExport(content []byte, visit func(name string)) error {
	count, content, err := cutUint32(content)
	if err != nil {
		return err
	}
	for range count {
		var name string
		name, content, err = cutName(content)
		if err != nil {
			return err
		}
		visit(name)
		if len(content) == 0 {
			return errTruncated
		}
		// One byte for the kind, then the index.
		if _, content, err = cutUint32(content[1:]); err != nil {
			return err
		}
	}
	return nil
}

func cutName(from []byte) (name string, rest []byte, err error) {
	sized, rest, err := cutSized(from)
	return string(sized), rest, err
}

func cutSized(from []byte) (content, rest []byte, err error) {
	size, rest, err := cutUint32(from)
	if err != nil {
		return nil, nil, err
	}
	if uint64(size) > uint64(len(rest)) {
		return nil, nil, errTruncated
	}
	return rest[:size], rest[size:], nil
}

func cutUint32(from []byte) (value uint32, rest []byte, err error) {
	wide, size := binary.Uvarint(from)
	if size <= 0 || wide > 1<<32-1 {
		return 0, nil, errTruncated
	}
	return uint32(wide), from[size:], nil
}
