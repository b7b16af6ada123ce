package plugin

import (
	"context"
	"encoding/binary"
	"unicode/utf8"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// maxLogBytes is the longest line that a plugin can write; the rest is cut.
const maxLogBytes = 4096

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
	{hostInterface, "memory-limit", nil, []api.ValueType{i64}, (*Instance).importMemoryLimit},
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
				i := instanceOf(ctx)
				// What a call of ours costs is no round of the plugin's.
				err := i.checkTime()
				if err == nil {
					err = function.call(i, stack)
				}
				if err != nil {
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
	i.host.Log(level, string(cut(view, maxLogBytes)))
	return nil
}

func (i *Instance) importMemoryLimit(stack []uint64) error {
	stack[0] = uint64(i.module.settings.MemoryLimitMiB) << 20
	return nil
}

// cut returns the first bytes of a text, and no half letter at the end.
func cut(text []byte, most int) []byte {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
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
