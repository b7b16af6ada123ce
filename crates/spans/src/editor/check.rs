//! Whether the places that edits name are in the view, and may be changed.

use std::ops::Range;

use super::decode::{Action, Change, Decoded};
use super::layout::{Layout, Window};
use super::order::Order;
use super::refusal::{Fault, Reason, Refusal, What};
use super::{Editor, shown};
use crate::edit_form::On;
use crate::sight::Fields;
use crate::texts::Carrier;
use crate::value::{Attribute, Attributes, MAX_DEPTH, Value};
use crate::view::{Seen, Shown, leads};
use crate::wire::Message;

impl Editor {
    pub(super) fn check_answer(
        &self,
        traces: &[u8],
        units: &Range<usize>,
        bytes: &[u8],
    ) -> Result<(), Refusal> {
        let decoded = Decoded::read(bytes);
        // In what cannot be decoded there is nothing that an edit could name.
        let layout = Layout::of(traces).unwrap_or_default();
        let window = layout.window(units);
        self.check_drops(&decoded, &window)?;
        let (good, fault) = Order { decoded: &decoded, layout: &layout, window: &window }.check();
        let check = Check { editor: self, decoded: &decoded };
        let mut rest = 0..good;
        while !rest.is_empty() {
            let first = &decoded.edits[rest.start];
            let (unit, number) = (first.on.unit(), first.number);
            let of_unit =
                decoded.take(&mut rest, |edit| edit.on.unit() == unit && edit.number == number);
            let spot = layout.spot(&window, unit, number);
            if let Some(Ok(message)) = spot.map(|spot| spot.message(traces)) {
                check.unit(unit, message, of_unit)?;
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.of(good)))
    }

    fn check_drops(&self, decoded: &Decoded<'_>, window: &Window) -> Result<(), Refusal> {
        let writes = &self.announced.writes;
        if decoded.drop_unknown_fields && !writes.drops_unknown_fields {
            return Err(Refusal(Reason::DropsUnknownFields));
        }
        let dropped = &decoded.dropped_spans;
        if !dropped.is_empty() && !writes.drops_spans {
            return Err(Refusal(Reason::DropsSpans));
        }
        let count = window.spans.len();
        for (index, number) in dropped.iter().copied().enumerate() {
            if number as usize >= count {
                return Err(Refusal(Reason::NoSpanToDrop { number, count }));
            }
            if index > 0 && dropped[index - 1] >= number {
                return Err(Refusal(Reason::DroppedOutOfOrder));
            }
        }
        Ok(())
    }
}

/// Goes through edits of which only the places are in doubt.
struct Check<'c, 'e> {
    editor: &'c Editor,
    decoded: &'c Decoded<'e>,
}

/// Where a walk down a path is.
#[derive(Clone, Copy)]
struct Level {
    carrier: Carrier,
    /// How many positions of the path lead here.
    at: usize,
    depth: usize,
    /// All that is here is shown.
    is_whole: bool,
    /// An entry above may be replaced.
    may_replace: bool,
}

impl Check<'_, '_> {
    /// The edits of one resource, scope or span.
    fn unit(&self, unit: On, message: Message<'_>, edits: Range<usize>) -> Result<(), Refusal> {
        let mut rest = edits;
        let own = self.decoded.take(&mut rest, |edit| edit.on == unit);
        let attributes = match unit {
            On::Resource => {
                Attributes::below(Some(message), &[(1, "ResourceSpans")], "Resource", 1)
            }
            On::Scope => {
                let path = &[(1, "ScopeSpans")];
                Attributes::below(Some(message), path, "InstrumentationScope", 3)
            }
            _ => Attributes::of(message, "Span", 9),
        };
        self.carrier(unit, attributes, own)?;
        while let Some(first) = rest.clone().next() {
            let on = self.decoded.edits[first].on;
            let edits = self.decoded.take(&mut rest, |edit| edit.on == on);
            self.members(on, message, edits)?;
        }
        Ok(())
    }

    /// The edits of the events, links or entities of one span or resource.
    fn members(&self, on: On, around: Message<'_>, edits: Range<usize>) -> Result<(), Refusal> {
        let seen = &self.editor.seen;
        let (members, count) = match on {
            On::Event => (around.joined(&[], "Span", 11), shown::events(seen, around)),
            On::Link => (around.joined(&[], "Span", 13), shown::links(seen, around)),
            _ => {
                let path = &[(1, "ResourceSpans")];
                (around.joined(path, "Resource", 3), shown::entities(seen, around))
            }
        };
        let mut rest = edits;
        for (member, message) in members.take(count).enumerate() {
            let is_of = |edit: &super::decode::Edit<'_>| edit.member as usize == member;
            let edits = self.decoded.take(&mut rest, is_of);
            let (false, Ok(message)) = (edits.is_empty(), message) else { continue };
            match on {
                On::Event => {
                    self.carrier(on, Attributes::of(message, "Span.Event", 3), edits)?;
                }
                On::Link => {
                    self.carrier(on, Attributes::of(message, "Span.Link", 4), edits)?;
                }
                _ => self.entity(message, edits)?,
            }
        }
        match rest.next() {
            Some(index) => {
                let number = self.decoded.edits[index].member;
                Err(Fault::NoCarrier { on, number, count }.of(index))
            }
            None => Ok(()),
        }
    }

    fn entity(&self, entity: Message<'_>, edits: Range<usize>) -> Result<(), Refusal> {
        let counts = [3, 4].map(|number| entity.joined(&[], "EntityRef", number).count());
        for index in edits {
            self.entity_edit(counts, index).map_err(|fault| fault.of(index))?;
        }
        Ok(())
    }

    /// `counts` says how many id keys and description keys there are.
    fn entity_edit(&self, counts: [usize; 2], index: usize) -> Result<(), Fault> {
        match &self.decoded.edits[index].action {
            Action::SetField { field, .. } => self.editor.announced.check_field(On::Entity, *field),
            Action::SetAttribute { key, .. } => Err(Fault::NotAnnounced(What::SetKey(*key))),
            Action::Change { change: Change::Rename(_), .. } => match *self.decoded.path(index) {
                [list @ 0..=1, position] if (position as usize) < counts[list as usize] => {
                    self.editor.announced.check_flag(Fields::ENTITIES)
                }
                _ => Err(Fault::NoPlace),
            },
            Action::Change { .. } => Err(Fault::NoPlace),
        }
    }

    /// The edits of what has attributes.
    fn carrier(
        &self,
        on: On,
        attributes: Attributes<'_>,
        edits: Range<usize>,
    ) -> Result<(), Refusal> {
        let Some(carrier) = on.carrier() else { return Ok(()) };
        let announced = &self.editor.announced;
        let mut rest = edits;
        while let Some(index) = rest.clone().next() {
            match &self.decoded.edits[index].action {
                Action::SetField { field, .. } => announced.check_field(on, *field),
                Action::SetAttribute { key, .. } if announced.set_key(*key, on).is_none() => {
                    Err(Fault::NotAnnounced(What::SetKey(*key)))
                }
                Action::SetAttribute { .. } => Ok(()),
                Action::Change { path, .. } if path.is_empty() => Err(Fault::NoPlace),
                Action::Change { .. } => break,
            }
            .map_err(|fault| fault.of(index))?;
            rest.start += 1;
        }
        if rest.is_empty() {
            return Ok(());
        }
        let is_whole = !matches!(self.editor.seen, Seen::Parts(..));
        let level = Level { carrier, at: 0, depth: 0, is_whole, may_replace: false };
        self.entries(attributes, rest, level, &mut Vec::new())
    }

    /// Edits to attributes or to entries of one map.
    fn entries<'a>(
        &self,
        entries: Attributes<'a>,
        edits: Range<usize>,
        level: Level,
        keys: &mut Vec<&'a [u8]>,
    ) -> Result<(), Refusal> {
        let mut rest = edits;
        let mut position = 0;
        for message in entries.messages().map_while(Result::ok) {
            if rest.is_empty() {
                break;
            }
            // What is passed by need not be looked at where all stands in the view.
            if level.is_whole && !self.decoded.is_at(&rest, level.at, position) {
                position += 1;
                continue;
            }
            let Ok(entry) = Attribute::read(message) else { break };
            keys.push(entry.key);
            let shown = if level.is_whole {
                Shown::Whole
            } else {
                self.editor.shown(level.carrier, keys, message, level.depth)
            };
            if shown != Shown::Not {
                let here = self.decoded.take_at(&mut rest, level.at, position);
                position += 1;
                let level = Level { is_whole: shown == Shown::Whole, ..level };
                self.entry(entry, here, level, keys)?;
            }
            keys.pop();
        }
        rest.next().map_or(Ok(()), |index| Err(Fault::NoPlace.of(index)))
    }

    /// Edits to one entry, and below.
    fn entry<'a>(
        &self,
        entry: Attribute<'a>,
        edits: Range<usize>,
        level: Level,
        keys: &mut Vec<&'a [u8]>,
    ) -> Result<(), Refusal> {
        if edits.is_empty() {
            return Ok(());
        }
        let announced = &self.editor.announced;
        let may_replace = level.may_replace || announced.replaces.selects(level.carrier, keys);
        let mut rest = edits;
        for index in self.decoded.take_ending(&mut rest, level.at) {
            let Action::Change { change, .. } = &self.decoded.edits[index].action else { continue };
            let (is_announced, what) = match change {
                Change::Remove => (announced.removes.selects(level.carrier, keys), What::Entry),
                Change::Rename(_) => (announced.renames.selects(level.carrier, keys), What::Key),
                Change::Replace(_) => {
                    (may_replace || self.may_hide(&entry.value, level, keys), What::Value)
                }
            };
            if !is_announced {
                return Err(Fault::NotAnnounced(what).of(index));
            }
        }
        let level = Level { at: level.at + 1, may_replace, ..level };
        self.inside(entry.value, rest, level, keys)
    }

    /// Whether a list or map that is shown empty, because it stands too deep, may hold what may be
    /// replaced. It is then replaced as a whole.
    fn may_hide<'a>(&self, value: &Value<'a>, level: Level, keys: &[&'a [u8]]) -> bool {
        let replaces = &self.editor.announced.replaces;
        level.depth == MAX_DEPTH
            && leads(replaces, level.carrier, keys, value.clone(), level.depth).unwrap_or(true)
    }

    /// Edits below a value.
    fn inside<'a>(
        &self,
        value: Value<'a>,
        edits: Range<usize>,
        level: Level,
        keys: &mut Vec<&'a [u8]>,
    ) -> Result<(), Refusal> {
        if edits.is_empty() {
            return Ok(());
        }
        let below = Level { depth: level.depth + 1, ..level };
        match value {
            Value::Map(entries) if level.depth < MAX_DEPTH => {
                self.entries(entries, edits, below, keys)
            }
            Value::Array(elements) if level.depth < MAX_DEPTH => {
                let elements: Vec<_> = elements.messages.map_while(Result::ok).collect();
                self.elements(&elements, edits, below, keys)
            }
            _ => Err(Fault::NoPlace.of(edits.start)),
        }
    }

    /// Edits to elements of one list.
    fn elements<'a>(
        &self,
        elements: &[Message<'a>],
        edits: Range<usize>,
        level: Level,
        keys: &mut Vec<&'a [u8]>,
    ) -> Result<(), Refusal> {
        let shown = if level.is_whole {
            elements.len()
        } else {
            shown::elements(&self.editor.seen, level.carrier, keys, elements, level.depth)
        };
        let mut rest = edits;
        while let Some(first) = rest.clone().next() {
            let position = self.decoded.path(first)[level.at];
            let Some(element) = elements[..shown].get(position as usize) else {
                return Err(Fault::NoPlace.of(first));
            };
            let value = Value::of(*element).unwrap_or(Value::Empty);
            let mut here = self.decoded.take_at(&mut rest, level.at, position);
            for index in self.decoded.take_ending(&mut here, level.at) {
                let Action::Change { change, .. } = &self.decoded.edits[index].action else {
                    continue;
                };
                if !matches!(change, Change::Replace(_)) {
                    return Err(Fault::NoPlace.of(index));
                }
                if !(level.may_replace || self.may_hide(&value, level, keys)) {
                    return Err(Fault::NotAnnounced(What::Value).of(index));
                }
            }
            let below = Level { at: level.at + 1, ..level };
            self.inside(value, here, below, keys)?;
        }
        Ok(())
    }
}
