//! What the operator writes, and how it becomes [`Rules`].

mod compile;

use std::collections::{BTreeMap, BTreeSet};

use plugin::Configured;
use rules::{Located, Named, Overlaid, Place, SpanKind, pattern_of, settings};
use spans::{Carriers, Parts, Selector, Sight, Writes};

use crate::ids::Shape;
use crate::life::lifecycle::{Lifecycle, MAX_STATUSES};
use crate::life::state::Limits;
use crate::reader::Reader;

settings! {
    /// What the operator writes for `enrich-order-status`.
    ///
    /// Only [`Settings::compile`] reads this type. Everything after start-up works on [`Rules`],
    /// which cannot be wrong.
    #[derive(Debug)]
    pub struct Settings {
        /// Statuses of an order, and which may follow which.
        pub lifecycle: LifecycleSettings,
        /// Attributes that are read. Each is a list of keys; the first that a span has counts.
        pub read: ReadSettings,
        /// Keys of the attributes that are added.
        pub write: WriteSettings = "{}",
        /// Which spans send messages, and which get them.
        pub messages: MessageSettings = "{}",
        /// Names of the spans that are price calculations. Empty: no `calc_duration`.
        pub calculations: Vec<Located<String>> = "[]",
        /// Names of the spans that count as operations of an order, for
        /// `last_successful_operation`. Empty: it is not told.
        pub operations: Vec<Located<String>> where (0..=1000) = "[]",
        /// What ids look like. Anything else in an id's place is passed on, and not remembered.
        pub ids: IdSettings = "{}",
        /// How much is remembered.
        pub limits: Overlaid<LimitSettings> = "{}",
    }
}

settings! {
    /// Statuses of an order, and which may follow which.
    #[derive(Debug)]
    pub struct LifecycleSettings {
        /// Statuses that an order can begin with.
        pub first: Vec<Located<String>> where (1..=MAX_STATUSES),
        /// Every status, by name.
        pub statuses: Located<Named<StatusSettings>>,
        /// Statuses that may follow any other, such as a cancellation. A step to one of them never
        /// skips anything.
        pub from_any: Vec<Located<String>> = "[]",
    }
}

settings! {
    /// One status.
    #[derive(Debug)]
    pub struct StatusSettings {
        /// Statuses that may follow it. Empty: the order ends here.
        pub next: Located<Vec<Located<String>>> = "[]",
    }
}

settings! {
    /// Attributes that are read.
    #[derive(Debug)]
    pub struct ReadSettings {
        /// Id of the order: text or a whole number.
        pub order_id: Vec<Located<String>> where (1..=16),
        /// Status that the order has from the end of the span on.
        pub new_status: Vec<Located<String>> where (1..=16),
        /// Status that the order had before. Empty: the last one known counts.
        pub prev_status: Vec<Located<String>> where (0..=16) = "[]",
        /// Version of the status event, a whole number: an older one never undoes a newer one.
        /// Empty: the ends of spans alone decide.
        pub event_version: Vec<Located<String>> where (0..=16) = "[]",
        /// Id of the partner that the order belongs to: text or a whole number.
        pub partner_id: Vec<Located<String>> where (0..=16) = "[]",
        /// Id of a message. Empty: messages are joined by link and parent alone.
        pub message_id: Vec<Located<String>> where (0..=16) = "[]",
    }
}

settings! {
    /// Keys of the attributes that are added.
    #[derive(Debug)]
    pub struct WriteSettings {
        /// Status of the order when the span started.
        pub order_status: Located<String> = "order_status",
        /// Partner of the order, on spans that do not name one.
        pub partner_id: Located<String> = "partner_id",
        /// Status before a transition, on spans that record one and do not name it.
        pub prev_status: Located<String> = "prev_status",
        /// Seconds from what set a transition off to its end.
        pub status_transition_latency: Located<String> = "status_transition_latency",
        /// Seconds in the status that ends with a transition.
        pub stage_duration: Located<String> = "stage_duration",
        /// Seconds from the end of a publish to the start of its consume.
        pub publish_to_consume_latency: Located<String> = "publish_to_consume_latency",
        /// Seconds of a price calculation.
        pub calc_duration: Located<String> = "calc_duration",
        /// `true` on a transition that skipped a status.
        pub gap_detected: Located<String> = "gap_detected",
        /// On gaps: name of the last operation that succeeded.
        pub last_successful_operation: Located<String> = "last_successful_operation",
        /// On gaps: when that operation ended, RFC 3339 in UTC.
        pub last_successful_operation_time: Located<String> = "last_successful_operation_time",
    }
}

settings! {
    /// Which spans send messages, and which get them.
    #[derive(Debug)]
    pub struct MessageSettings {
        /// Spans that send.
        pub publish: RoleSettings = "{}",
        /// Spans that get or work on what was sent.
        pub consume: RoleSettings = "{}",
    }
}

settings! {
    /// How a span is recognised: by name; else by operation; else, where it has no such
    /// attribute, by kind.
    #[derive(Debug)]
    pub struct RoleSettings {
        /// Names of spans.
        pub names: Vec<Located<String>> = "[]",
        /// Attributes that name the operation, by key, with the values that count.
        pub operations: BTreeMap<String, Vec<Located<String>>> = "{}",
        /// Kinds of spans.
        pub kinds: Vec<Located<SpanKind>> = "[]",
    }
}

settings! {
    /// What ids look like: ASCII letters and digits, and what is said here. The id of an order or
    /// of a message has one digit at least.
    #[derive(Debug)]
    pub struct IdSettings {
        /// Longest id in bytes.
        pub max_bytes: usize where (1..=256) = "64",
        /// Characters that an id may have besides letters and digits.
        pub characters: Located<String> = "'-_.:/'",
    }
}

settings! {
    /// How much is remembered.
    #[derive(Debug)]
    pub struct LimitSettings {
        /// Most orders; those that were not seen for the longest time are forgotten first.
        pub orders: usize where (1..=1_000_000) = "10000",
        /// Most transitions of one order; the earliest are forgotten first.
        pub transitions_per_order: usize where (2..=1024) = "64",
        /// Most successful operations of one order; the earliest are forgotten first.
        pub operations_per_order: usize where (1..=64) = "8",
        /// Most publishes, and as many consumes that arrived before theirs.
        pub publishes: usize where (1..=1_000_000) = "10000",
        /// Most traces whose root or links are remembered, and as many of which is known, or waited
        /// for, what order they are about; the oldest are forgotten first.
        pub traces: usize where (1..=1_000_000) = "10000",
    }
}

/// Rules that were checked.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The table of rules; see [`row`].
    pub places: Vec<Place>,
    /// What a span says, by these rules.
    pub reader: Reader,
    /// Statuses and steps.
    pub lifecycle: Lifecycle,
    /// Keys of what is added.
    pub write: WriteKeys,
    /// The same, as the host is told.
    pub writes: Writes,
    /// Names of the spans that count as operations, in the order of the rules.
    pub operations: Vec<String>,
    /// What ids look like.
    pub shape: Shape,
    /// How much is remembered.
    pub limits: Limits,
}

/// Keys of the attributes that are added; see [`WriteSettings`].
#[allow(missing_docs, reason = "said at the settings of the same names")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteKeys {
    pub order_status: String,
    pub partner_id: String,
    pub prev_status: String,
    pub status_transition_latency: String,
    pub stage_duration: String,
    pub publish_to_consume_latency: String,
    pub calc_duration: String,
    pub gap_detected: String,
    pub last_successful_operation: String,
    pub last_successful_operation_time: String,
}

/// Rows of the table of rules. The first are the keys of what is added, as [`WriteKeys::all`] and
/// [`Writes::sets`] have them.
#[allow(missing_docs, reason = "said at the settings of the same names")]
pub mod row {
    pub const ORDER_STATUS: u32 = 0;
    pub const PARTNER_ID: u32 = 1;
    pub const PUBLISH_TO_CONSUME_LATENCY: u32 = 2;
    pub const CALC_DURATION: u32 = 3;
    pub const PREV_STATUS: u32 = 4;
    pub const STATUS_TRANSITION_LATENCY: u32 = 5;
    pub const STAGE_DURATION: u32 = 6;
    pub const GAP_DETECTED: u32 = 7;
    pub const LAST_SUCCESSFUL_OPERATION: u32 = 8;
    pub const LAST_SUCCESSFUL_OPERATION_TIME: u32 = 9;
    pub const ORDER_ID: u32 = 10;
    pub const STATUSES: u32 = 11;
    pub const ID_CHARACTERS: u32 = 12;
}

impl WriteKeys {
    /// All of them, in the order in which a span gets them.
    pub fn all(&self) -> [&String; 10] {
        [
            &self.order_status,
            &self.partner_id,
            &self.publish_to_consume_latency,
            &self.calc_duration,
            &self.prev_status,
            &self.status_transition_latency,
            &self.stage_duration,
            &self.gap_detected,
            &self.last_successful_operation,
            &self.last_successful_operation_time,
        ]
    }
}

impl Rules {
    /// What is read of a batch: what the reader looks at, and what stands already under the keys
    /// that are written.
    pub fn sight(&self) -> Sight {
        let written = self.write.all().into_iter().map(String::as_str);
        let keys: BTreeSet<String> = self.reader.keys().chain(written).map(pattern_of).collect();
        let selector = Selector { carriers: Carriers::SPAN, keys: keys.into_iter().collect() };
        Sight::Parts(Parts { fields: self.reader.fields(), keys: vec![selector] })
    }

    /// What follows from them.
    pub fn configured(&self) -> Configured {
        Configured {
            rules: self.places.clone(),
            ..Configured::new(self.sight(), self.writes.clone())
        }
    }

    /// Reads rules from the documents, base first.
    ///
    /// # Errors
    /// Every problem in the documents.
    pub fn read(documents: &[plugin::Document]) -> Result<Self, Vec<plugin::Problem>> {
        Self::read_within(documents, u64::MAX)
    }

    /// As [`Rules::read`], for a plugin that may have so many bytes of memory.
    ///
    /// # Errors
    /// Every problem in the documents; limits that do not fit are one.
    pub fn read_within(
        documents: &[plugin::Document],
        memory: u64,
    ) -> Result<Self, Vec<plugin::Problem>> {
        rules::read_then(documents, |settings: Settings| settings.compile(memory))
    }
}
