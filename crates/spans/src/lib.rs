//! Reads and rewrites OTLP trace bytes in place; decides nothing about a span.
