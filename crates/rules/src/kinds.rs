//! [`SpanKind`]: the kinds of spans, as rules name them.

crate::words! {
    /// Kind of a span, as OpenTelemetry has it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum SpanKind {
        /// Inside an application.
        Internal = "internal",
        /// Answers a request.
        Server = "server",
        /// Makes a request.
        Client = "client",
        /// Sends a message.
        Producer = "producer",
        /// Gets a message.
        Consumer = "consumer",
    }
}

impl SpanKind {
    /// OTLP's number.
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            SpanKind::Internal => 1,
            SpanKind::Server => 2,
            SpanKind::Client => 3,
            SpanKind::Producer => 4,
            SpanKind::Consumer => 5,
        }
    }
}
