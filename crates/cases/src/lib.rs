//! Reads case folders, runs them on any runner and compares what comes out.
