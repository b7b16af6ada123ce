//! Replaces operator_id by a keyed pseudonym.
