//! Carries out the edits of one resource, scope or span.

use std::ops::Range;

use super::Editor;
use super::decode::Decoded;
use super::pass::Pass;
use super::script::Script;
use crate::Malformed;
use crate::edit_form::On;
use crate::wire::{Field, Message, Reader};

/// The edits of one resource, scope or span.
#[derive(Clone)]
pub(super) struct Unit<'p, 'e> {
    pub editor: &'p Editor,
    pub decoded: &'p Decoded<'e>,
    pub edits: Range<usize>,
}

/// Edits of events, links or entities, and how far they are carried out.
struct Members {
    on: On,
    edits: Range<usize>,
    /// Number of the next member.
    number: u32,
}

impl<'p> Unit<'p, '_> {
    /// Edits a span, which is open.
    pub fn edit_span(&self, span: Message<'p>, script: &mut Script) -> Result<(), Malformed> {
        let mut rest = self.edits.clone();
        let mut pass = self.pass(On::Span, &mut rest);
        let mut events = self.members(On::Event, &mut rest);
        let mut links = self.members(On::Link, &mut rest);
        let mut fields = span.fields("Span");
        while let Some(field) = fields.next()? {
            match field.number {
                11 => self.member(&mut events, "Span.Event", fields.message(&field)?, script)?,
                13 => self.member(&mut links, "Span.Link", fields.message(&field)?, script)?,
                _ => pass.field(&fields, &field, script)?,
            }
        }
        pass.finish(span, script);
        Ok(())
    }

    /// Edits a resource, in its `ResourceSpans`, which is open.
    pub fn edit_resource(&self, around: Message<'p>, script: &mut Script) -> Result<(), Malformed> {
        let mut rest = self.edits.clone();
        let mut pass = self.pass(On::Resource, &mut rest);
        let mut entities = self.members(On::Entity, &mut rest);
        let inside = ("ResourceSpans", "Resource");
        let last = each_field(around, inside, script, |fields, field, is_around, script| {
            match (is_around, field.number) {
                (true, _) => pass.field_around(field, script),
                (false, 3) => {
                    let entity = fields.message(field)?;
                    self.member(&mut entities, "EntityRef", entity, script)?;
                }
                (false, _) => pass.field(fields, field, script)?,
            }
            Ok(())
        })?;
        pass.finish_around(last, around, script);
        Ok(())
    }

    /// Edits a scope, in its `ScopeSpans`, which is open.
    pub fn edit_scope(&self, around: Message<'p>, script: &mut Script) -> Result<(), Malformed> {
        let mut pass = self.pass(On::Scope, &mut self.edits.clone());
        let inside = ("ScopeSpans", "InstrumentationScope");
        let last = each_field(around, inside, script, |fields, field, is_around, script| {
            if is_around {
                pass.field_around(field, script);
                return Ok(());
            }
            pass.field(fields, field, script)
        })?;
        pass.finish_around(last, around, script);
        Ok(())
    }

    fn pass(&self, on: On, rest: &mut Range<usize>) -> Pass<'p, '_> {
        let own = self.decoded.take(rest, |edit| edit.on == on);
        Pass::new(self.editor, self.decoded, on, own)
    }

    fn members(&self, on: On, rest: &mut Range<usize>) -> Members {
        Members { on, edits: self.decoded.take(rest, |edit| edit.on == on), number: 0 }
    }

    /// Edits the next member.
    fn member(
        &self,
        members: &mut Members,
        inside: &'static str,
        message: Message<'p>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        let number = members.number;
        members.number += 1;
        let own = self.decoded.take(&mut members.edits, |edit| edit.member == number);
        if own.is_empty() {
            return Ok(());
        }
        script.enter(&message);
        let mut pass = Pass::new(self.editor, self.decoded, members.on, own);
        let mut fields = message.fields(inside);
        while let Some(field) = fields.next()? {
            pass.field(&fields, &field, script)?;
        }
        pass.finish(message, script);
        script.leave();
        Ok(())
    }
}

/// Visits the fields of a resource or scope, with its message open, and those of the message around
/// it that lead to no span. Gives the last of its messages: where it stands twice, both are one.
fn each_field<'a>(
    around: Message<'a>,
    (outside, inside): (&'static str, &'static str),
    script: &mut Script,
    mut visit: impl FnMut(&Reader<'a>, &Field<'a>, bool, &mut Script) -> Result<(), Malformed>,
) -> Result<Option<Message<'a>>, Malformed> {
    let mut last = None;
    let mut fields = around.fields(outside);
    loop {
        fields.skip_short_messages(2 << 3 | 2);
        let Some(field) = fields.next()? else { break };
        match field.number {
            1 => {
                let message = fields.message(&field)?;
                script.enter(&message);
                let mut fields = message.fields(inside);
                while let Some(field) = fields.next()? {
                    visit(&fields, &field, false, script)?;
                }
                script.leave();
                last = Some(message);
            }
            2 => {}
            _ => visit(&fields, &field, true, script)?,
        }
    }
    Ok(last)
}
