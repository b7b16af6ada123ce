// Package view makes of a batch what a plugin is shown of it: OTLP TracesData with
// what its sight names and nothing else, straight from pdata.
//
// A view is canonical, so that it is the same as crates/spans makes of the bytes
// of that batch; testdata/views holds both to it. What stands in one, and how, is
// said at the type Viewer there.
package view
