// Package plugin runs one plugin on wazero: it finds the core module in the
// component, gives it the imports of the contract, and calls its canonical-ABI
// exports.
//
// wazero has no component model, so lists, strings and records are lowered and
// lifted here by hand, for the one contract that stands in `wit/`. The package
// knows nothing of the Collector, of chains or of what to do after a failure.
//
// Nothing that a guest answers is trusted: every pointer, length and
// discriminant is checked, and what is wrong becomes a [Trap], never a panic.
package plugin
