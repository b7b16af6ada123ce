package lapidaryprocessor

import (
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var (
	marshaler   ptrace.ProtoMarshaler
	unmarshaler ptrace.ProtoUnmarshaler
)
