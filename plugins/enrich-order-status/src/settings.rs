//! What the operator writes, and how it becomes [`Rules`].

use std::collections::{BTreeMap, BTreeSet};

use rules::{Located, Named, Problem, settings, words};

use crate::ids::Shape;
use crate::life::facts::Role;
use crate::life::lifecycle::{Lifecycle, MAX_STATUSES};
use crate::life::order::History;
use crate::life::state::Limits;
use crate::reader::{Field, Reader, ReaderParts};

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
        pub limits: LimitSettings = "{}",
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
        pub kinds: Vec<Located<Kind>> = "[]",
    }
}

words! {
    /// Kind of a span, as OpenTelemetry has it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Kind {
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
        /// Most traces whose root or links are remembered.
        pub traces: usize where (1..=1_000_000) = "10000",
    }
}

/// Rules that were checked.
#[derive(Debug)]
pub struct Rules {
    /// What a span says, by these rules.
    pub reader: Reader,
    /// Statuses and steps.
    pub lifecycle: Lifecycle,
    /// Keys of what is added.
    pub write: WriteKeys,
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

impl Rules {
    /// Reads rules from the documents, base first.
    ///
    /// # Errors
    /// Every problem in the documents.
    pub fn read(documents: &[plugin::Document]) -> Result<Self, Vec<plugin::Problem>> {
        let compiled = plugin::read_rules::<Settings>(documents)?.compile();
        compiled.map_err(|problems| problems.into_iter().map(Into::into).collect())
    }
}

impl Settings {
    /// Makes rules of the settings.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn compile(self) -> Result<Rules, Vec<Problem>> {
        let mut problems = Vec::new();
        let lifecycle = self.lifecycle.compile(&mut problems);
        self.check_keys(&mut problems);
        self.ids.check(&mut problems);
        self.messages.check(&mut problems);
        check_distinct(&self.operations, &mut problems);
        check_distinct(&self.calculations, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let shape =
            Shape { max_bytes: self.ids.max_bytes, characters: self.ids.characters.value.clone() };
        let reader = self.reader(&lifecycle, shape.clone());
        let limits = &self.limits;
        Ok(Rules {
            reader,
            lifecycle,
            operations: self.operations.into_iter().map(|name| name.value).collect(),
            shape,
            limits: Limits {
                orders: limits.orders,
                history: History {
                    transitions: limits.transitions_per_order,
                    successes: limits.operations_per_order,
                },
                publishes: limits.publishes,
                traces: limits.traces,
            },
            write: self.write.compile(),
        })
    }

    fn reader(&self, lifecycle: &Lifecycle, shape: Shape) -> Reader {
        let mut parts = ReaderParts { lifecycle: lifecycle.clone(), shape, ..Default::default() };
        for (field, keys) in self.read.fields() {
            for key in keys {
                parts.keys.push((key.value.clone(), field));
            }
        }
        for (role, settings) in self.messages.roles() {
            parts.names.extend(settings.names.iter().map(|name| (name.value.clone(), role)));
            for (key, values) in &settings.operations {
                let values = values.iter().map(|value| (value.value.clone(), role));
                parts.message_operations.entry(key.clone()).or_default().extend(values);
            }
            parts.kinds.extend(settings.kinds.iter().map(|kind| (kind.number(), role)));
        }
        parts.calculations = values(&self.calculations);
        parts.operations = values(&self.operations);
        Reader::new(parts)
    }

    /// No key may be read as two things, and none may be both read and written, but for those
    /// that are filled in only where a span lacks them.
    fn check_keys(&self, problems: &mut Vec<Problem>) {
        let mut read: BTreeMap<&str, Field> = BTreeMap::new();
        for (field, keys) in self.read.fields() {
            for key in keys {
                if let Some(other) = read.insert(key, field) {
                    let found = format!("`{}`, which `read.{}` has too", key.value, other.word());
                    problems.push(key.problem(found, "every key once"));
                }
            }
        }
        let mut written = BTreeSet::new();
        for (key, same_as) in self.write.keys() {
            if !written.insert(key.as_str()) {
                let found = format!("`{}`, which is written already", key.value);
                problems.push(key.problem(found, "every key once"));
            }
            if let Some(field) = read.get(key.as_str())
                && Some(*field) != same_as
            {
                let found = format!("`{}`, which `read.{}` has too", key.value, field.word());
                problems.push(key.problem(found, "a key that is not read"));
            }
        }
    }
}

impl LifecycleSettings {
    fn compile(&self, problems: &mut Vec<Problem>) -> Lifecycle {
        let names: Vec<String> = self.statuses.0.iter().map(|(name, _)| name.clone()).collect();
        if names.is_empty() || names.len() > MAX_STATUSES {
            let expected = format!("1 to {MAX_STATUSES} statuses");
            problems.push(self.statuses.problem(format!("{} statuses", names.len()), expected));
            return Lifecycle::new(Vec::new(), &[]);
        }
        let mut steps = Vec::new();
        for (from, (_, status)) in self.statuses.0.iter().enumerate() {
            steps.extend(places(&names, &status.next, problems).map(|to| (from, to)));
        }
        for to in places(&names, &self.from_any, problems) {
            steps.extend((0..names.len()).filter(|from| *from != to).map(|from| (from, to)));
        }
        let first: Vec<usize> = places(&names, &self.first, problems).collect();
        let lifecycle = Lifecycle::new(names, &steps);
        if problems.is_empty() {
            self.check_reachable(&lifecycle, &first, problems);
        }
        lifecycle
    }

    fn check_reachable(&self, lifecycle: &Lifecycle, first: &[usize], problems: &mut Vec<Problem>) {
        for (place, (name, status)) in self.statuses.0.iter().enumerate() {
            let to = lifecycle.at(place);
            let is_reached = first.contains(&place)
                || first.iter().any(|from| lifecycle.leads_to(lifecycle.at(*from), to));
            if !is_reached {
                let mut problem = status.next.problem(
                    "a status that no order can get to",
                    "it under `next` of another, under `first` or under `from_any`",
                );
                problem.path = format!("{}.{name}", self.statuses.place.path);
                problems.push(problem);
            }
        }
    }
}

/// Returns the places of statuses, after a problem for each that is not among `names` or stands
/// there twice.
fn places(
    names: &[String],
    listed: &[Located<String>],
    problems: &mut Vec<Problem>,
) -> impl Iterator<Item = usize> {
    check_distinct(listed, problems);
    let mut places = Vec::with_capacity(listed.len());
    for name in listed {
        match names.iter().position(|other| *other == name.value) {
            Some(place) => places.push(place),
            None => problems.push(name.problem(
                format!("the unknown status `{}`", name.value),
                "a status that stands under `lifecycle.statuses`",
            )),
        }
    }
    places.into_iter()
}

impl ReadSettings {
    fn fields(&self) -> [(Field, &[Located<String>]); 6] {
        [
            (Field::OrderId, &self.order_id),
            (Field::NewStatus, &self.new_status),
            (Field::PrevStatus, &self.prev_status),
            (Field::EventVersion, &self.event_version),
            (Field::PartnerId, &self.partner_id),
            (Field::MessageId, &self.message_id),
        ]
    }
}

impl WriteSettings {
    /// The keys, with what each may also be read as.
    fn keys(&self) -> [(&Located<String>, Option<Field>); 10] {
        [
            (&self.order_status, None),
            (&self.partner_id, Some(Field::PartnerId)),
            (&self.prev_status, Some(Field::PrevStatus)),
            (&self.status_transition_latency, None),
            (&self.stage_duration, None),
            (&self.publish_to_consume_latency, None),
            (&self.calc_duration, None),
            (&self.gap_detected, None),
            (&self.last_successful_operation, None),
            (&self.last_successful_operation_time, None),
        ]
    }

    fn compile(self) -> WriteKeys {
        WriteKeys {
            order_status: self.order_status.value,
            partner_id: self.partner_id.value,
            prev_status: self.prev_status.value,
            status_transition_latency: self.status_transition_latency.value,
            stage_duration: self.stage_duration.value,
            publish_to_consume_latency: self.publish_to_consume_latency.value,
            calc_duration: self.calc_duration.value,
            gap_detected: self.gap_detected.value,
            last_successful_operation: self.last_successful_operation.value,
            last_successful_operation_time: self.last_successful_operation_time.value,
        }
    }
}

impl MessageSettings {
    fn roles(&self) -> [(Role, &RoleSettings); 2] {
        [(Role::Publish, &self.publish), (Role::Consume, &self.consume)]
    }

    /// What says both "publish" and "consume" says nothing.
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut seen = BTreeSet::new();
        let mut check = |what: String, stands: &rules::Place| {
            if !seen.insert(what.clone()) {
                problems.push(stands.problem(
                    format!("{what} a second time"),
                    "it once, under `publish` or under `consume`",
                ));
            }
        };
        for (_, role) in self.roles() {
            for name in &role.names {
                check(format!("`{}`", name.value), &name.place);
            }
            for (key, values) in &role.operations {
                for value in values {
                    check(format!("`{key}: {}`", value.value), &value.place);
                }
            }
            for kind in &role.kinds {
                check(format!("kind `{}`", kind.word()), &kind.place);
            }
        }
    }
}

impl Kind {
    /// OTLP's number.
    fn number(&self) -> i32 {
        match self {
            Kind::Internal => 1,
            Kind::Server => 2,
            Kind::Client => 3,
            Kind::Producer => 4,
            Kind::Consumer => 5,
        }
    }
}

impl IdSettings {
    fn check(&self, problems: &mut Vec<Problem>) {
        // An id that could be an e-mail would put e-mails into the state.
        let odd = self.characters.chars().find(|c| !c.is_ascii_punctuation() || *c == '@');
        if odd.is_some() {
            problems.push(self.characters.problem(
                format!("`{}`", self.characters.value),
                "ASCII punctuation without `@`, spaces, letters and digits",
            ));
        }
    }
}

fn check_distinct(names: &[Located<String>], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name.as_str()) {
            problems.push(name.problem(format!("`{}` a second time", name.value), "it once"));
        }
    }
}

fn values(names: &[Located<String>]) -> Vec<String> {
    names.iter().map(|name| name.value.clone()).collect()
}
