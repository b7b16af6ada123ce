//go:generate go run -modfile=../internal/tools/go.mod go.opentelemetry.io/collector/cmd/mdatagen metadata.yaml

// Package lapidaryprocessor is a Collector processor that runs WebAssembly
// plugins over traces: it turns a batch into bytes once, hands them to each
// plugin in order, and changes the batch to what they left.
//
// It never names a plugin; what it must know about one the plugin itself says.
// How a plugin is called stands in ../internal/plugin.
package lapidaryprocessor
