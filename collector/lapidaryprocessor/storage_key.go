package lapidaryprocessor

import (
	"fmt"
	"reflect"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// findStorage returns the storage extension with this id.
func findStorage(host component.Host, id component.ID) (storage.Extension, error) {
	found, ok := host.GetExtensions()[id]
	if !ok {
		return nil, fmt.Errorf("found no extension `%s`; expected one that `service.extensions` lists", id)
	}
	extension, ok := found.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("found extension `%s`, which stores nothing; expected one such as `file_storage`", id)
	}
	return extension, nil
}

// storageKey is under what a processor stores.
type storageKey struct {
	extension any
	id        component.ID
}

// storageKeys are those in use in this process. A Collector makes an instance of a
// processor for each pipeline, all with one id.
var storageKeys sync.Map

// enterStorage takes the key of a processor, until leave is called. It is not ok
// where somebody has it.
func enterStorage(extension storage.Extension, id component.ID) (leave func(), ok bool) {
	key := storageKey{extension: extension, id: id}
	if !reflect.TypeOf(extension).Comparable() {
		key.extension = reflect.TypeOf(extension)
	}
	_, taken := storageKeys.LoadOrStore(key, true)
	return func() { storageKeys.Delete(key) }, !taken
}

// twoOf names two processors that could stand in the place of one.
func twoOf(id component.ID) string {
	if id.Name() == "" {
		return fmt.Sprintf("`%[1]s/a` and `%[1]s/b`", id)
	}
	return fmt.Sprintf("`%[1]s-a` and `%[1]s-b`", id)
}
