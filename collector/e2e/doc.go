// Package e2e starts the built Collector and compares what leaves it with what
// was sent, and with what the command line makes of the same spans.
//
// It has tests only. They need everything that `make build` puts into dist/,
// and never skip: what is missing fails them.
package e2e
