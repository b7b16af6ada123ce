package plugin

import (
	"context"
	"errors"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Instance is one running plugin. It is not safe for concurrent use.
//
// After a call that ended in a [Trap] it is closed, and every later call
// answers with the same trap.
type Instance struct {
	module *Module
	host   Host
	guest  api.Module
	memory api.Memory
	linear *linearMemory
	// ctx carries the instance to its imports; current is the one of the call
	// that runs, with its deadline where the plugin has no meter.
	ctx, current context.Context

	realloc   api.Function
	functions [numFunctions]api.Function
	posts     [numFunctions]api.Function
	// stack holds the parameters and the result of the call that runs.
	stack [4]uint64

	budget  Budget
	running running
	// stop is stopClock, made once: a method's value would be garbage for every call.
	stop        func()
	configuring bool
	dead        *Trap
	allocations int
	calls       uint64
	// tries are calls of process, ended well or not, and before is how large the
	// memory was when the first of them began.
	tries  int
	before uint32

	// Noting is how much of why the host wants to know.
	Noting Noting

	// configured is what the plugin said of itself when it read the rules.
	configured Configured
	// series are what adds to counters, by the numbers that the guest has for
	// them; numbers finds these by name and labels.
	series  []func(delta uint64)
	numbers map[string]uint32
	// additions and edits are those of the call that runs, and lifted is how much of
	// its answer was read.
	additions []addition
	counts    []Count
	edits     []byte
	lifted    lifted
}

// The functions of a plugin, as they stand in exportedFunctions.
const (
	describe = iota
	configure
	process
	tick
	flush
	changes
	load
	numFunctions
)

// NewInstance starts an instance; Configure must be called before anything
// but Describe. The error is a [Trap].
func (m *Module) NewInstance(host Host) (*Instance, error) {
	linear, err := newLinearMemory(m.memoryAtStart(), m.memoryLimit())
	if err != nil {
		return nil, &Trap{Reason: ReasonMemory, Call: "start", Detail: "was given no memory: " + err.Error()}
	}
	i := &Instance{
		module:  m,
		host:    host,
		linear:  linear,
		numbers: make(map[string]uint32),
		budget:  Budget{clock: &m.settings.Clock},
	}
	i.stop = i.stopClock
	i.ctx = context.WithValue(context.Background(), instanceKey{}, i)
	m.settings.Watch.add(i)
	defer i.startClock(m.settings.StartTimeout)()
	ctx := experimental.WithMemoryAllocator(i.current, experimental.MemoryAllocatorFunc(func(uint64, uint64) experimental.LinearMemory {
		return i.linear
	}))
	guest, err := m.runtime.InstantiateModule(ctx, m.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return nil, i.trap("start", err)
	}
	i.guest, i.memory = guest, guest.ExportedMemory(exportMemory)
	i.realloc = guest.ExportedFunction(exportRealloc)
	for index, function := range exportedFunctions {
		name := pluginInterface + "#" + function.name
		i.functions[index] = guest.ExportedFunction(name)
		i.posts[index] = guest.ExportedFunction(prefixPost + name)
	}
	return i, nil
}

// Describe returns what the plugin is.
func (i *Instance) Describe() (Manifest, error) {
	var manifest Manifest
	err := i.call(describe, nil, func(answer uint32) (err error) {
		manifest, err = i.liftManifest(answer)
		return err
	})
	return manifest, err
}

// Configure hands over the rules, base first. It answers with what the plugin
// reads and changes by them, or with every problem of theirs; the instance is then
// of no use.
func (i *Instance) Configure(documents []Document) (Configured, []Problem, error) {
	var configured Configured
	var problems []Problem
	i.configuring = true
	defer func() { i.configuring = false }()
	err := i.call(configure, func() error {
		table, err := i.lowerDocuments(documents)
		i.stack[0], i.stack[1] = uint64(table), uint64(len(documents))
		return err
	}, func(answer uint32) (err error) {
		configured, problems, err = i.liftConfigured(answer)
		return err
	})
	i.configured = configured
	return configured, problems, err
}

// Process hands over the view of a batch. The call may take up to timeout.
//
// check looks at the edits of the answer, and at the spans that came with it. Where
// it has an error, the answer is outside the contract: nothing of it counts.
//
// The error is a [Failure], after which the instance is good, or a [Trap].
func (i *Instance) Process(view []byte, nowUnixNanos uint64, timeout time.Duration, check func(edits []byte, made Made) error) (Outcome, error) {
	// Written out rather than given to call: this is the one path that every
	// span takes, and closures would allocate.
	if err := i.begin(); err != nil {
		return Outcome{}, err
	}
	if i.tries++; i.tries == 1 {
		i.before = i.memory.Size()
	}
	defer i.startClock(timeout)()
	pointer, err := i.lowerBytes(view)
	if err != nil {
		return Outcome{}, i.trap("process", err)
	}
	i.stack = [4]uint64{uint64(pointer), uint64(len(view)), nowUnixNanos, uint64(i.Noting)}
	if err := i.functions[process].CallWithStack(i.current, i.stack[:]); err != nil {
		return Outcome{}, i.trap("process", err)
	}
	answer := uint32(i.stack[0])
	i.lifted = lifted{}
	outcome, err := i.liftOutcome(answer)
	if err := i.end(process, answer, err); err != nil {
		return Outcome{}, err
	}
	if err := i.checkNotes(outcome.Notes, view); err != nil {
		return Outcome{}, i.trap("process", err)
	}
	if err := check(outcome.Edits, outcome.Made); err != nil {
		return Outcome{}, i.trap("process", breach("%s", err))
	}
	outcome.Counts = i.counted()
	i.calls++
	return outcome, nil
}

// Tick lets the plugin make spans.
func (i *Instance) Tick(nowUnixNanos uint64) (Made, error) {
	return i.make(tick, nowUnixNanos)
}

// Flush lets the plugin make its last spans.
func (i *Instance) Flush(nowUnixNanos uint64) (Made, error) {
	return i.make(flush, nowUnixNanos)
}

func (i *Instance) make(function int, nowUnixNanos uint64) (made Made, err error) {
	err = i.call(function, func() error {
		i.stack[0] = nowUnixNanos
		return nil
	}, func(answer uint32) (err error) {
		made, err = i.liftMadeResult(answer, function)
		return err
	})
	if err != nil {
		return Made{}, err
	}
	for _, count := range i.counted() {
		count.Add(count.Delta)
	}
	return made, nil
}

// Used says whether the instance has processed a batch before.
func (i *Instance) Used() bool { return i.calls > 0 }

// MemoryBytes is how large the plugin's memory has become.
func (i *Instance) MemoryBytes() int { return int(i.memory.Size()) }

// worthATry is how many batches an instance gets before it is worth replacing: to
// start one costs as much as many calls.
const worthATry = 16

// Outgrown says whether the memory has grown so far beyond what rules and state
// take that another instance does the same in less: from less than half of the
// limit to more than three quarters. Memory that a plugin once had does not come
// back, and beyond the limit the next batch would make it trap.
func (i *Instance) Outgrown() bool {
	limit := i.module.memoryLimit()
	return i.dead == nil && i.tries >= worthATry &&
		uint64(i.before) < limit/2 && uint64(i.memory.Size()) > limit/4*3
}

// Close frees the instance.
func (i *Instance) Close() error {
	if i.dead == nil {
		i.dead = &Trap{Reason: ReasonTrap, Call: "close", Detail: "was closed"}
	}
	i.module.settings.Watch.remove(i.is)
	return i.guest.Close(context.Background())
}

// call runs one function: lower writes its parameters to the stack, lift reads
// its answer.
func (i *Instance) call(function int, lower func() error, lift func(answer uint32) error) error {
	timeout := i.module.settings.Timeout
	if function == describe || function == configure || function == load {
		timeout = i.module.settings.StartTimeout
	}
	if err := i.begin(); err != nil {
		return err
	}
	defer i.startClock(timeout)()
	i.stack = [4]uint64{}
	if lower != nil {
		if err := lower(); err != nil {
			return i.trap(exportedFunctions[function].name, err)
		}
	}
	if err := i.functions[function].CallWithStack(i.current, i.stack[:]); err != nil {
		return i.trap(exportedFunctions[function].name, err)
	}
	answer := uint32(i.stack[0])
	i.lifted = lifted{}
	return i.end(function, answer, lift(answer))
}

func (i *Instance) begin() error {
	if i.dead != nil {
		return i.dead
	}
	if i.module.closed.Load() {
		// Its memory is no longer there, and touching it would end the process.
		i.dead = &Trap{Reason: ReasonTrap, Call: "close", Detail: "was closed"}
		return i.dead
	}
	i.linear.refusal = ""
	i.additions = i.additions[:0]
	return nil
}

// end gives the answer's memory back to the guest. The error is that of the
// call, or that of giving back.
func (i *Instance) end(function int, answer uint32, err error) error {
	name := exportedFunctions[function].name
	var failure *Failure
	if err != nil && !errors.As(err, &failure) {
		return i.trap(name, err)
	}
	if post := i.posts[function]; post != nil {
		i.stack[0] = uint64(answer)
		if err := post.CallWithStack(i.current, i.stack[:1]); err != nil {
			return i.trap(name, err)
		}
	}
	if failure != nil {
		return failure
	}
	return nil
}

// startClock begins the time of a call. Where the plugin has no meter the call gets a
// context that ends with its time, which costs nothing where it has one.
func (i *Instance) startClock(limit time.Duration) (stop func()) {
	i.budget.Begin(limit)
	i.running.begin(limit)
	i.current = i.ctx
	if i.module.metered == meteredYes {
		return i.stop
	}
	ctx, cancel := context.WithCancelCause(i.ctx)
	i.current = ctx
	i.budget.hold()
	i.running.looked(&i.budget)
	watchdog := newWatchdog(i.budget, cancel)
	return func() {
		watchdog.stop()
		cancel(nil)
		i.stopClock()
	}
}

// checkTime returns an error where the time of the call is over.
func (i *Instance) checkTime() error {
	was := i.budget.thread
	err := i.budget.check()
	if i.budget.thread != was {
		i.running.looked(&i.budget)
	}
	return err
}

func (i *Instance) stopClock() {
	i.running.end()
	i.budget.End()
}

// trap closes the instance and says why.
func (i *Instance) trap(call string, err error) *Trap {
	i.dead = &Trap{Reason: ReasonTrap, Call: call, Detail: firstLine(err)}
	var ended *overrunError
	var contract *contractError
	switch {
	case errors.As(err, &ended), errors.As(context.Cause(i.current), &ended):
		i.dead.Reason, i.dead.Detail = ended.reason, ended.detail
	case errors.As(err, &contract):
		i.dead.Reason, i.dead.Detail = ReasonContract, contract.detail
	case i.linear.refusal != "":
		i.dead.Reason, i.dead.Detail = ReasonMemory, i.linear.refusal
	}
	i.module.settings.Watch.remove(i.is)
	if i.guest != nil {
		// The instance is of no use any more; what closing it says adds nothing.
		_ = i.guest.Close(context.Background())
	}
	// At once, for the next instance may be made before anything collects this one.
	i.linear.Free()
	return i.dead
}

func (i *Instance) is(other *Instance) bool { return i == other }
