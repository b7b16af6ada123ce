//go:generate go run -modfile=../internal/tools/go.mod go.opentelemetry.io/collector/cmd/mdatagen metadata.yaml

// Package lapidaryprocessor is a Collector processor that runs WebAssembly
// plugins over traces: each plugin in order gets a view of the batch, and its
// edits are applied to the batch in place.
//
// It never names a plugin; what it must know about one the plugin itself says.
// How a plugin is called stands in ../internal/plugin.
package lapidaryprocessor
