//! From settings to rules: every check that needs more than one setting.

use std::collections::{BTreeMap, BTreeSet};

use rules::{Located, Place, Problem};
use spans::{Carriers, SetKey, Writes};

use super::{
    IdSettings, LifecycleSettings, LimitSettings, MessageSettings, ReadSettings, RoleSettings,
    Rules, Settings, WriteKeys, WriteSettings,
};
use crate::ids::Shape;
use crate::life::facts::Role;
use crate::life::lifecycle::{Lifecycle, MAX_STATUSES};
use crate::life::order::History;
use crate::life::state::Limits;
use crate::reader::{Field, Reader, ReaderParts};

impl Settings {
    /// Makes rules of the settings, for a plugin that may have so many bytes of memory.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn compile(self, memory: u64) -> Result<Rules, Vec<Problem>> {
        let mut problems = Vec::new();
        let lifecycle = self.lifecycle.compile(&mut problems);
        self.check_keys(&mut problems);
        self.ids.check(&mut problems);
        self.messages.check(&mut problems);
        self.check_memory(memory, &mut problems);
        check_distinct(&self.operations, &mut problems);
        check_distinct(&self.calculations, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let shape =
            Shape { max_bytes: self.ids.max_bytes, characters: self.ids.characters.value.clone() };
        let reader = self.reader(&lifecycle, shape.clone());
        let limits = &self.limits.value;
        let others = [
            self.read.order_id.first().map(|key| &key.place),
            Some(&self.lifecycle.statuses.place),
        ];
        let others = others.into_iter().flatten().chain([&self.ids.characters.place]).cloned();
        let places = self.write.places().into_iter().chain(others).collect();
        let write = self.write.compile();
        Ok(Rules {
            places,
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
            writes: writes(&write),
            write,
        })
    }

    /// What is remembered may take three quarters of the memory: a batch needs some too, and with more
    /// a host replaces the instance.
    fn check_memory(&self, memory: u64, problems: &mut Vec<Problem>) {
        let (takes, most) = (self.limits.value.state_bytes(), memory / 4 * 3);
        if takes > most {
            let found = format!("limits that take about {} MiB when they are reached", takes >> 20);
            let expected = format!("at most {} MiB, three quarters of the memory", most >> 20);
            problems.push(self.limits.place.problem(found, expected));
        }
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

/// What one takes, as measured with ids of some 20 bytes and 11 transitions an order.
const ORDER_BYTES: u64 = 600;
const PUBLISH_BYTES: u64 = 200;
const TRACE_BYTES: u64 = 200;

impl LimitSettings {
    /// About what the state takes when all limits are reached.
    fn state_bytes(&self) -> u64 {
        self.orders as u64 * ORDER_BYTES
            + self.publishes as u64 * PUBLISH_BYTES
            + self.traces as u64 * TRACE_BYTES
    }
}

impl LifecycleSettings {
    fn compile(&self, problems: &mut Vec<Problem>) -> Lifecycle {
        let mut names: Vec<String> = self.statuses.0.iter().map(|(name, _)| name.clone()).collect();
        // No matter in which order they stand in the rules: the same state gives the same bytes.
        names.sort_unstable();
        if names.is_empty() || names.len() > MAX_STATUSES {
            let expected = format!("1 to {MAX_STATUSES} statuses");
            problems.push(self.statuses.problem(format!("{} statuses", names.len()), expected));
            return Lifecycle::new(Vec::new(), &[]);
        }
        let mut steps = Vec::new();
        for (name, status) in &self.statuses.0 {
            let from = names.binary_search(name).ok();
            let to = places(&names, &status.next, problems);
            steps.extend(to.filter_map(|to| Some((from?, to))));
        }
        for to in places(&names, &self.from_any, problems) {
            steps.extend((0..names.len()).filter(|from| *from != to).map(|from| (from, to)));
        }
        let first: Vec<usize> = places(&names, &self.first, problems).collect();
        let lifecycle = Lifecycle::new(names, &steps).beginning_with(&first);
        if problems.is_empty() {
            self.check_reachable(&lifecycle, &first, problems);
        }
        lifecycle
    }

    fn check_reachable(&self, lifecycle: &Lifecycle, first: &[usize], problems: &mut Vec<Problem>) {
        for (name, status) in &self.statuses.0 {
            let to = lifecycle.status(name);
            let is_reached = first.contains(&lifecycle.index(to))
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

    /// Where each key is written, in the order of [`WriteKeys::all`].
    fn places(&self) -> Vec<Place> {
        let keys = [
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
        ];
        keys.map(|key| key.place.clone()).to_vec()
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
        let mut check = |what: String, stands: &Place| {
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

fn writes(write: &WriteKeys) -> Writes {
    let set = |key: &String| SetKey { carriers: Carriers::SPAN, key: key.clone() };
    Writes { sets: write.all().map(set).to_vec(), ..Writes::default() }
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

#[cfg(test)]
mod tests {
    use crate::settings::{Rules, row};

    #[test]
    fn rows_are_where_the_table_has_them() {
        let text = include_str!("../../../../rules/enrich-order-status/base.yaml");
        let rules = Rules::read(&[plugin::Document::new("base.yaml", text)]).unwrap();
        let paths: Vec<String> = rules.places.iter().map(|place| place.path.clone()).collect();
        // There the keys are what the settings are called.
        let written: Vec<String> =
            rules.write.all().into_iter().map(|key| format!("write.{key}")).collect();
        assert_eq!(paths[..written.len()], written);
        for (row, path) in [
            (row::ORDER_STATUS, "write.order_status"),
            (row::PARTNER_ID, "write.partner_id"),
            (row::PUBLISH_TO_CONSUME_LATENCY, "write.publish_to_consume_latency"),
            (row::CALC_DURATION, "write.calc_duration"),
            (row::PREV_STATUS, "write.prev_status"),
            (row::STATUS_TRANSITION_LATENCY, "write.status_transition_latency"),
            (row::STAGE_DURATION, "write.stage_duration"),
            (row::GAP_DETECTED, "write.gap_detected"),
            (row::LAST_SUCCESSFUL_OPERATION, "write.last_successful_operation"),
            (row::LAST_SUCCESSFUL_OPERATION_TIME, "write.last_successful_operation_time"),
            (row::ORDER_ID, "read.order_id[0]"),
            (row::STATUSES, "lifecycle.statuses"),
            (row::ID_CHARACTERS, "ids.characters"),
        ] {
            assert_eq!(paths[row as usize], path);
        }
    }

    /// Guarantees: a lifecycle has as many statuses as fit, and no more.
    #[test]
    fn a_lifecycle_has_one_to_256_statuses() {
        let base = include_str!("../../../../rules/enrich-order-status/base.yaml");
        let refused = |overlay: String| {
            let documents = [("base.yaml", base), ("overlay.yaml", &overlay)];
            let documents = documents.map(|(name, text)| plugin::Document::new(name, text));
            let problems = Rules::read(&documents).err().unwrap_or_default();
            let of_statuses = problems.into_iter().filter(|it| it.path == "lifecycle.statuses");
            of_statuses.map(|it| it.found).collect::<Vec<_>>()
        };
        let more = |count| {
            let all: Vec<String> = (0..count).map(|number| format!("S{number}: {{}}")).collect();
            format!("lifecycle: {{ statuses: {{ {} }} }}", all.join(", "))
        };
        // Besides the eleven of the base.
        assert_eq!(refused(more(256 - 11)), [""; 0]);
        assert_eq!(refused(more(256 - 10)), ["257 statuses"]);
    }
}
