// Package pieces cuts a batch of spans into smaller ones, and joins them again,
// as bytes.
//
// A batch is an OTLP TracesData message that pdata can read. Each piece is one
// too: its spans stand under copies of their resources and scopes. A resource
// or scope that has no spans is in exactly one piece. Joined, the pieces are
// the whole again.
//
// The package knows OTLP, and nothing of pdata and plugins.
package pieces
