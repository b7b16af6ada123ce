// Package sight says what a plugin reads of a batch and what it may change: the
// records of wit/types.wit, and how keys are meant by them.
//
// Keys mean what they mean to crates/keys, which the rules of plugins read;
// testdata/keys.json holds both to it.
package sight
