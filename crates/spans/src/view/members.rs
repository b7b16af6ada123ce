//! Events and links of a view.

use super::Maker;
use crate::wire::Message;
use crate::{Carrier, Fields, Malformed};

impl<'a> Maker<'_, 'a> {
    /// Shows the events in `stretch`: all, or all up to the last of which more than its time shows.
    pub(super) fn events(&mut self, stretch: Message<'a>) -> Result<(), Malformed> {
        let stand = self.seen.all_events_stand();
        let show =
            self.fields.contains(Fields::EVENT_NAME) || !self.seen.is_blind_to(Carrier::Event);
        if stretch.content == stretch.end || !stand && !show {
            return Ok(());
        }
        let mut end = self.out.bytes.len();
        let mut events = stretch.fields("Span");
        while let Some(event) = events.next_message(11)? {
            let open = self.out.open(11, 0);
            self.event(event)?;
            if self.out.close(open) || stand {
                end = self.out.bytes.len();
            }
        }
        self.out.bytes.truncate(end);
        Ok(())
    }

    fn event(&mut self, event: Message<'a>) -> Result<(), Malformed> {
        let (mut time, mut name, mut dropped) = (0, &[][..], 0);
        let mut fields = event.fields("Span.Event");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => time = fields.fixed64_of(&field)?,
                2 => name = fields.message(&field)?.bytes(),
                4 => dropped = fields.varint_of(&field)? as u32,
                _ => {}
            }
        }
        if self.fields.contains(Fields::EVENTS) {
            self.out.fixed64(1, time);
        }
        if self.fields.contains(Fields::EVENT_NAME) {
            self.out.text(2, name);
        }
        self.attributes(Carrier::Event, event)?;
        self.dropped(4, dropped);
        Ok(())
    }

    /// Shows the links in `stretch`: all, or all up to the last of which more than its ids shows.
    pub(super) fn links(&mut self, stretch: Message<'a>) -> Result<(), Malformed> {
        let stand = self.seen.all_links_stand();
        let show =
            self.fields.contains(Fields::LINK_TRACE_STATE) || !self.seen.is_blind_to(Carrier::Link);
        if stretch.content == stretch.end || !stand && !show {
            return Ok(());
        }
        let mut end = self.out.bytes.len();
        let mut links = stretch.fields("Span");
        while let Some(link) = links.next_message(13)? {
            let open = self.out.open(13, 0);
            self.link(link)?;
            if self.out.close(open) || stand {
                end = self.out.bytes.len();
            }
        }
        self.out.bytes.truncate(end);
        Ok(())
    }

    fn link(&mut self, link: Message<'a>) -> Result<(), Malformed> {
        let (mut trace_id, mut span_id, mut trace_state) = (&[][..], &[][..], &[][..]);
        let (mut dropped, mut flags) = (0, 0);
        let mut fields = link.fields("Span.Link");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => trace_id = fields.message(&field)?.bytes(),
                2 => span_id = fields.message(&field)?.bytes(),
                3 => trace_state = fields.message(&field)?.bytes(),
                5 => dropped = fields.varint_of(&field)? as u32,
                6 => flags = fields.fixed32_of(&field)?,
                _ => {}
            }
        }
        if self.fields.contains(Fields::LINKS) {
            self.out.id(1, trace_id, 16);
            self.out.id(2, span_id, 8);
        }
        if self.fields.contains(Fields::LINK_TRACE_STATE) {
            self.out.text(3, trace_state);
        }
        self.attributes(Carrier::Link, link)?;
        self.dropped(5, dropped);
        if self.shows_all {
            self.out.fixed32(6, flags);
        }
        Ok(())
    }

    /// Shows how many of something were dropped before they got here.
    #[inline]
    pub(super) fn dropped(&mut self, number: u32, count: u32) {
        if self.shows_all {
            self.out.varint(number, u64::from(count));
        }
    }
}
