package view

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

const (
	// MaxDepth is how deep lists and maps are shown. One that stands under so many
	// others is shown empty.
	MaxDepth = 32
	// maxSearched is how deep entries are searched for one that is meant. What lies
	// below may hold one.
	maxSearched = MaxDepth + 128
)

// attributes shows those that are in sight, as fields of this number.
func (w *writer) attributes(on sight.Carrier, number int, attributes pcommon.Map) {
	if w.kind != sight.Parts {
		for key, value := range attributes.All() {
			w.whole(number, key, value, 0)
		}
		return
	}
	if w.keys.IsBlindTo(on) {
		return
	}
	for key, value := range attributes.All() {
		if w.keys.MayMatch(on, key) || isList(value) {
			w.part(on, number, key, value, 0)
		}
	}
}

// part shows an entry that is meant, or of which some in it are. It says whether it
// does.
func (w *writer) part(on sight.Carrier, number int, key string, value pcommon.Value, depth int) bool {
	w.path = append(w.path, key)
	shown := true
	if w.keys.Match(on, w.path) {
		w.whole(number, key, value, depth)
	} else {
		shown = w.way(on, number, key, value, depth)
	}
	w.path = w.path[:len(w.path)-1]
	return shown
}

// way shows the way through an entry, if it leads to any that is meant.
func (w *writer) way(on sight.Carrier, number int, key string, value pcommon.Value, depth int) bool {
	if !isList(value) {
		return false
	}
	entry := w.open(number, 0)
	w.text(1, key)
	inner := w.open(2, 0)
	if !w.wayInValue(on, value, depth) {
		w.bytes = w.bytes[:entry.start]
		return false
	}
	w.close(inner)
	w.close(entry)
	return true
}

func isList(value pcommon.Value) bool {
	kind := value.Type()
	return kind == pcommon.ValueTypeMap || kind == pcommon.ValueTypeSlice
}

func (w *writer) wayInValue(on sight.Carrier, value pcommon.Value, depth int) bool {
	number := 5
	switch value.Type() {
	case pcommon.ValueTypeSlice:
	case pcommon.ValueTypeMap:
		number = 6
	default:
		return false
	}
	if depth == MaxDepth {
		leads := leads(w.keys, on, w.path, value, depth)
		if leads {
			w.present(number, "")
		}
		return leads
	}
	list, leads := w.open(number, 0), false
	if number == 5 {
		leads = w.wayInArray(on, value.Slice(), depth+1)
	} else {
		for key, value := range value.Map().All() {
			leads = w.part(on, 1, key, value, depth+1) || leads
		}
	}
	if leads {
		w.close(list)
	} else {
		w.bytes = w.bytes[:list.start]
	}
	return leads
}

// wayInArray shows elements up to the last that leads on; those before it keep
// their places.
func (w *writer) wayInArray(on sight.Carrier, array pcommon.Slice, depth int) bool {
	start := len(w.bytes)
	end := start
	for index := range array.Len() {
		element := w.open(1, 0)
		leads := w.wayInValue(on, array.At(index), depth)
		w.close(element)
		if leads {
			end = len(w.bytes)
		}
	}
	w.bytes = w.bytes[:end]
	return end > start
}

// whole shows an entry with all that is in it.
func (w *writer) whole(number int, key string, value pcommon.Value, depth int) {
	if value.Type() == pcommon.ValueTypeStr {
		w.textEntry(number, key, value.Str())
		return
	}
	entry := w.open(number, 0)
	w.text(1, key)
	// A value that is there and says nothing only ever means one that is not shown.
	if value.Type() != pcommon.ValueTypeEmpty {
		inner := w.open(2, 0)
		w.value(value, depth)
		w.close(inner)
	}
	w.close(entry)
}

func (w *writer) value(value pcommon.Value, depth int) {
	showsAll := w.kind != sight.AllTexts
	switch kind := value.Type(); {
	case kind == pcommon.ValueTypeStr:
		w.present(1, value.Str())
	case kind == pcommon.ValueTypeBytes:
		w.rawBytes(value.Bytes(), showsAll)
	case kind == pcommon.ValueTypeSlice:
		w.array(value.Slice(), depth)
	case kind == pcommon.ValueTypeMap:
		w.mapOf(value.Map(), depth)
	case !showsAll:
	case kind == pcommon.ValueTypeBool:
		truth := uint64(0)
		if value.Bool() {
			truth = 1
		}
		w.presentNumber(2, truth)
	case kind == pcommon.ValueTypeInt:
		w.presentNumber(3, uint64(value.Int()))
	case kind == pcommon.ValueTypeDouble:
		w.presentFixed64(4, math.Float64bits(value.Double()))
	}
}

func (w *writer) rawBytes(bytes pcommon.ByteSlice, showsAll bool) {
	if !showsAll {
		w.present(7, "")
		return
	}
	w.bytes = append(w.bytes, 7<<3|2)
	w.varint(uint64(bytes.Len()))
	for _, b := range bytes.All() {
		w.bytes = append(w.bytes, b)
	}
}

func (w *writer) array(array pcommon.Slice, depth int) {
	if depth == MaxDepth {
		w.present(5, "")
		return
	}
	opened := w.open(5, 0)
	for index := range array.Len() {
		element := w.open(1, 0)
		w.value(array.At(index), depth+1)
		w.close(element)
	}
	w.close(opened)
}

func (w *writer) mapOf(entries pcommon.Map, depth int) {
	if depth == MaxDepth {
		w.present(6, "")
		return
	}
	opened := w.open(6, 0)
	for key, value := range entries.All() {
		w.whole(1, key, value, depth+1)
	}
	w.close(opened)
}
