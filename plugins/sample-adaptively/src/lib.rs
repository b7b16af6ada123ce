//! Keeps slow, failed and gapped spans, and a share of the others by trace id.
