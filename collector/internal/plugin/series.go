package plugin

import (
	"encoding/binary"
	"sync"
	"unicode/utf8"
)

const (
	// maxSeries bounds what all instances of a module can make the host remember.
	// Labels come from the rules, so a plugin that has more is broken.
	maxSeries = 1000
	// maxLabels is the most labels of one series.
	maxLabels = 16
	// maxLabelBytes is the longest key or value of a label; the rest is cut, for the
	// name of a rule may be longer, and spans must go on.
	maxLabelBytes = 256
)

// ledger holds every series of a module. A new instance has those of the one
// before.
type ledger struct {
	mu    sync.Mutex
	known map[string]bool
}

// enter says whether a module may have this series.
func (l *ledger) enter(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known[key] && len(l.known) >= maxSeries {
		return false
	}
	if l.known == nil {
		l.known = make(map[string]bool)
	}
	l.known[key] = true
	return true
}

func (i *Instance) importSeries(stack []uint64) error {
	i.lifted = lifted{}
	name, err := i.view(uint32(stack[0]), uint64(uint32(stack[1])), 1)
	if err != nil {
		return err
	}
	count := uint64(uint32(stack[3]))
	if count > maxLabels {
		return breach("a series has %d labels; expected at most %d", count, maxLabels)
	}
	labels, err := i.view(uint32(stack[2]), count*sizeLabel, 4)
	if err != nil {
		return err
	}
	pairs, err := i.liftLabels(labels)
	if err != nil {
		return err
	}
	// One key for name and labels, each with its length before it.
	key := appendSized(nil, string(name))
	for _, label := range pairs {
		key = appendSized(appendSized(key, label.Key), label.Value)
	}
	number, known := i.numbers[string(key)]
	if !known {
		add, err := i.newSeries(name, pairs, string(key))
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

// liftLabels reads labels, and cuts what is too long of them.
func (i *Instance) liftLabels(r record) ([]Label, error) {
	pairs := make([]Label, len(r)/sizeLabel)
	for index := range pairs {
		for part, place := range [...]*string{&pairs[index].Key, &pairs[index].Value} {
			text, err := i.bytes(r, index*sizeLabel+part*sizeList)
			if err != nil {
				return nil, err
			}
			if !utf8.Valid(text) {
				return nil, breach("a string is not UTF-8")
			}
			*place = string(cut(text, maxLabelBytes))
		}
	}
	return pairs, nil
}

func appendSized(key []byte, part string) []byte {
	key = binary.AppendUvarint(key, uint64(len(part)))
	return append(key, part...)
}

// newSeries returns what adds to a counter under these labels.
func (i *Instance) newSeries(name []byte, labels []Label, key string) (func(delta uint64), error) {
	if !utf8.Valid(name) {
		return nil, breach("a counter's name is not UTF-8")
	}
	add := i.host.Counter(string(name), labels)
	if add == nil {
		return nil, breach("counter `%s` is not in the manifest", cut(name, maxLabelBytes))
	}
	if !i.module.ledger.enter(key) {
		return nil, breach("counters have more than %d sets of labels", maxSeries)
	}
	return add, nil
}
