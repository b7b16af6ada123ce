//! OTLP JSON to protobuf bytes and back.
