package view

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// Shows says whether an entry stands in a view, under nothing that is shown whole:
// for its own sake, or because one in it is meant. path ends with its own key;
// depth counts the lists and maps around it.
func Shows(keys *sight.Keys, on sight.Carrier, path []string, value pcommon.Value, depth int) bool {
	return keys.Match(on, path) || Leads(keys, on, path, value, depth)
}

// Leads says whether a value has entries in it that are meant, or may have, which
// is where it goes on too deep. path are the keys down to it; depth counts the
// lists and maps around it.
func Leads(keys *sight.Keys, on sight.Carrier, path []string, value pcommon.Value, depth int) bool {
	return isList(value) && !keys.IsBlindTo(on) && leads(keys, on, path, value, depth)
}

func leads(keys *sight.Keys, on sight.Carrier, path []string, value pcommon.Value, depth int) bool {
	if !isList(value) {
		return false
	}
	if depth == maxSearched {
		return true
	}
	if value.Type() == pcommon.ValueTypeSlice {
		array := value.Slice()
		for index := range array.Len() {
			if leads(keys, on, path, array.At(index), depth+1) {
				return true
			}
		}
		return false
	}
	for key, value := range value.Map().All() {
		if Shows(keys, on, append(path, key), value, depth+1) {
			return true
		}
	}
	return false
}
