//! Fields of one number, across all messages that protobuf reads as one.

use crate::Malformed;
use crate::wire::{Message, Reader};

/// Leads down to a message: the number of a field, and the message it stands in.
pub(crate) type Path = &'static [(u32, &'static str)];

/// Gives the messages in the fields of one number.
///
/// Where the message around them stands twice, those of the second follow those of the first.
/// Encoders write it once, so nothing is kept for that but where to look.
#[derive(Clone)]
pub(crate) struct Joined<'a> {
    fields: Reader<'a>,
    number: u32,
    inside: &'static str,
    /// In this message `path` may lead to more of them.
    around: Message<'a>,
    path: Path,
}

impl<'a> Joined<'a> {
    /// Those in `first`, and in what comes after it where `path` leads from `around`.
    #[inline]
    pub fn from(
        first: Message<'a>,
        inside: &'static str,
        number: u32,
        around: Message<'a>,
        path: Path,
    ) -> Self {
        Joined { fields: first.fields(inside), number, inside, around, path }
    }

    /// Those in every message to which `path` leads from `around`.
    pub fn below(around: Message<'a>, path: Path, inside: &'static str, number: u32) -> Self {
        let before = Message { end: around.content, ..around };
        Joined::from(before, inside, number, around, path)
    }

    /// Whether there are surely no more.
    #[inline(always)]
    pub fn is_done(&self) -> bool {
        let end = self.fields.end();
        self.fields.at() == end && (self.path.is_empty() || end == self.around.end)
    }

    /// The next one, where it follows with a short length. `None` says nothing about any other.
    #[inline(always)]
    pub fn next_short(&mut self) -> Option<Message<'a>> {
        let message = self.fields.short_message_with((self.number as u8) << 3 | 2)?;
        self.fields.step_over(&message);
        Some(message)
    }

    #[inline(always)]
    fn step(&mut self) -> Result<Option<Message<'a>>, Malformed> {
        match self.fields.next_message(self.number)? {
            Some(message) => Ok(Some(message)),
            None => self.step_to_next(),
        }
    }

    /// As `step`, once there are no more in this message.
    fn step_to_next(&mut self) -> Result<Option<Message<'a>>, Malformed> {
        loop {
            let end = self.fields.end();
            // Encoders write a value last, so this is most often the end of all.
            if end == self.around.end || self.path.is_empty() {
                return Ok(None);
            }
            match find(&mut self.around, self.path, end)? {
                Some(message) => self.fields = message.fields(self.inside),
                None => return Ok(None),
            }
            if let Some(message) = self.fields.next_message(self.number)? {
                return Ok(Some(message));
            }
        }
    }
}

impl<'a> Message<'a> {
    /// The messages in the fields `number` of those that `path` leads to from here.
    pub fn joined(self, path: Path, inside: &'static str, number: u32) -> Joined<'a> {
        if path.is_empty() {
            Joined::from(self, inside, number, self, path)
        } else {
            Joined::below(self, path, inside, number)
        }
    }
}

impl<'a> Iterator for Joined<'a> {
    type Item = Result<Message<'a>, Malformed>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            // Else a caller that steps over errors would step for ever.
            self.fields.stop();
            self.path = &[];
        }
        step.transpose()
    }
}

/// The first message at the end of `path` whose content starts after `after`, which is where
/// `around` begins or the message before it ended. What leads to no more of them leaves `around`.
// However often a message stands twice, each field is looked at a few times and no more: a sender
// could else have a batch of a megabyte walked for minutes.
fn find<'a>(
    around: &mut Message<'a>,
    path: Path,
    after: usize,
) -> Result<Option<Message<'a>>, Malformed> {
    let [(number, inside), below @ ..] = path else { return Ok(None) };
    if below.is_empty() {
        around.content = around.content.max(after);
    }
    let mut fields = around.fields(inside);
    while let Some(field) = fields.next()? {
        if field.number != *number || field.end <= after {
            continue;
        }
        let mut found = fields.message(&field)?;
        if below.is_empty() {
            return Ok(Some(found));
        }
        if let Some(found) = find(&mut found, below, after)? {
            around.content = field.start;
            return Ok(Some(found));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::Joined;
    use crate::wire::{Message, write_length_field};

    /// Would take minutes if each were looked for from the start.
    #[test]
    fn many_are_joined_in_time_that_grows_like_their_number() {
        const COUNT: usize = 200_000;
        let mut inside_one = Vec::new();
        write_length_field(&mut inside_one, 2, &[0x2a, 2, 0x0a, 0].repeat(COUNT));
        for batch in [[0x12, 4, 0x2a, 2, 0x0a, 0].repeat(COUNT), inside_one] {
            let path = &[(2, "KeyValue"), (5, "AnyValue")];
            let joined = Joined::below(Message::root(&batch), path, "ArrayValue", 1);
            assert_eq!(joined.filter(Result::is_ok).count(), COUNT);
        }
    }
}
