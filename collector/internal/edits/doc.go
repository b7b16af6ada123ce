// Package edits checks what a plugin answers with, its edits to the view that it
// got, and applies them to the batch that the view was made of.
//
// An [Editor] knows what the plugin may change. It resolves an answer to what is
// meant in pdata, in a [Batch], all of it or nothing. The batch changes when all
// its parts are answered and [Batch.Apply] is called.
//
// The package knows pdata and wit/edits.proto. It makes no views, and decides
// nothing about a span.
package edits
