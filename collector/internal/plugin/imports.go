package plugin

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// errTimeout ends a call from inside the meter.
var errTimeout = errors.New("took longer than it may")

const (
	// maxLogBytes is the longest line that a plugin can write; the rest is cut.
	maxLogBytes = 4096
	// maxSeries bounds what one instance can make the host remember. Labels come
	// from the rules, so a plugin that has more is broken.
	maxSeries = 1024
)

type instanceKey struct{}

func instanceOf(ctx context.Context) *Instance {
	return ctx.Value(instanceKey{}).(*Instance)
}

var (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
)

// importedFunction is one function of the contract that a plugin may import.
type importedFunction struct {
	module, name    string
	params, results []api.ValueType
	call            func(i *Instance, stack []uint64) error
}

var importedFunctions = []importedFunction{
	{hostInterface, "log", []api.ValueType{i32, i32, i32}, nil, (*Instance).importLog},
	{hostInterface, "secret", []api.ValueType{i32, i32, i32}, nil, (*Instance).importSecret},
	{hostInterface, "series", []api.ValueType{i32, i32, i32, i32}, []api.ValueType{i32}, (*Instance).importSeries},
	{meterInterface, "refill", nil, []api.ValueType{i32}, (*Instance).importRefill},
}

// instantiateImports puts the contract's imports into a runtime.
func instantiateImports(ctx context.Context, runtime wazero.Runtime) error {
	for _, module := range []string{hostInterface, meterInterface} {
		builder := runtime.NewHostModuleBuilder(module)
		for _, function := range importedFunctions {
			if function.module != module {
				continue
			}
			builder = builder.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
				if err := function.call(instanceOf(ctx), stack); err != nil {
					// wazero turns it into the error of the call into the guest.
					panic(err)
				}
			}), function.params, function.results).Export(function.name)
		}
		if _, err := builder.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (i *Instance) importRefill(stack []uint64) error {
	if time.Since(i.started) > i.timeout {
		return errTimeout
	}
	stack[0] = api.EncodeI32(i.module.settings.RoundsPerRefill)
	return nil
}

func (i *Instance) importLog(stack []uint64) error {
	level := Level(min(uint32(stack[0]), uint32(LevelError)))
	view, err := i.view(uint32(stack[1]), uint64(uint32(stack[2])), 1)
	if err != nil {
		return err
	}
	if !utf8.Valid(view) {
		return breach("a line of the log is not UTF-8")
	}
	// Cutting may leave half a letter at the end.
	i.host.Log(level, strings.ToValidUTF8(string(view[:min(len(view), maxLogBytes)]), ""))
	return nil
}

func (i *Instance) importSecret(stack []uint64) error {
	view, err := i.view(uint32(stack[0]), uint64(uint32(stack[1])), 1)
	if err != nil {
		return err
	}
	answer := uint32(stack[2])
	var value []byte
	granted := false
	if i.configuring {
		value, granted = i.host.Secret(string(view))
	}
	var pointer uint32
	if granted {
		if pointer, err = i.lowerBytes(value); err != nil {
			return err
		}
	}
	r, err := i.view(answer, sizeSecret, 4)
	if err != nil {
		return err
	}
	r[0] = 0
	if granted {
		r[0] = 1
		binary.LittleEndian.PutUint32(r[4:], pointer)
		binary.LittleEndian.PutUint32(r[8:], uint32(len(value)))
	}
	return nil
}

func (i *Instance) importSeries(stack []uint64) error {
	i.lifted = 0
	name, err := i.view(uint32(stack[0]), uint64(uint32(stack[1])), 1)
	if err != nil {
		return err
	}
	count := uint64(uint32(stack[3]))
	labels, err := i.view(uint32(stack[2]), count*sizeLabel, 4)
	if err != nil {
		return err
	}
	// One key for name and labels, each with its length before it.
	key := appendSized(nil, name)
	for at := 0; at < len(labels); at += sizeList {
		part, err := i.bytes(labels, at)
		if err != nil {
			return err
		}
		key = appendSized(key, part)
	}
	number, known := i.numbers[string(key)]
	if !known {
		add, err := i.newSeries(name, labels)
		if err != nil {
			return err
		}
		number = uint32(len(i.series))
		i.series = append(i.series, add)
		i.numbers[string(key)] = number
	}
	stack[0] = uint64(number)
	return nil
}

func appendSized(key, part []byte) []byte {
	key = binary.AppendUvarint(key, uint64(len(part)))
	return append(key, part...)
}

// newSeries returns what adds to a counter under these labels.
func (i *Instance) newSeries(name, labels record) (func(delta uint64), error) {
	if len(i.series) == maxSeries {
		return nil, breach("counters have more than %d sets of labels", maxSeries)
	}
	if !utf8.Valid(name) {
		return nil, breach("a counter's name is not UTF-8")
	}
	pairs := make([]Label, len(labels)/sizeLabel)
	for index := range pairs {
		if err := i.texts(labels, index*sizeLabel, &pairs[index].Key, &pairs[index].Value); err != nil {
			return nil, err
		}
	}
	add := i.host.Counter(string(name), pairs)
	if add == nil {
		return nil, breach("counter `%s` is not in the manifest", name)
	}
	return add, nil
}
