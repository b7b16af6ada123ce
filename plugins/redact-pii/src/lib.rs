//! Masks personal data in every text of a span.
