//! [`Deep`]: a list or map that stands too deep to be walked, and what may be asked about it.

use super::attribute::key_of;
use crate::Malformed;
use crate::wire::Message;

/// So deep is looked for keys; what stands below that may have any.
const MAX_DEPTH: usize = 128;

/// A list or map under more than 32 others.
#[derive(Clone, Copy, Debug)]
pub struct Deep<'a> {
    /// Keys from the attribute down to it.
    pub(super) keys: &'a [&'a [u8]],
    pub(super) message: Message<'a>,
    pub(super) is_map: bool,
}

impl<'a> Deep<'a> {
    /// Whether `wanted` says so of any entry of a map in it; it is asked with the keys from the
    /// attribute down to that entry. In doubt, which is where it cannot be decoded or goes on for
    /// more than 128 levels, `true`.
    #[must_use]
    pub fn any_entry(&self, wanted: impl FnMut(&[&[u8]]) -> bool) -> bool {
        let mut search = Search { keys: self.keys.to_vec(), wanted };
        search.in_list(self.message, self.is_map, 0).unwrap_or(true)
    }
}

struct Search<'a, F> {
    keys: Vec<&'a [u8]>,
    wanted: F,
}

impl<'a, F: FnMut(&[&[u8]]) -> bool> Search<'a, F> {
    fn in_list(
        &mut self,
        list: Message<'a>,
        is_map: bool,
        depth: usize,
    ) -> Result<bool, Malformed> {
        if depth == MAX_DEPTH {
            return Ok(true);
        }
        let mut fields = list.fields(if is_map { "KeyValueList" } else { "ArrayValue" });
        while let Some(field) = fields.next()? {
            if field.number != 1 {
                continue;
            }
            let inner = fields.message(&field)?;
            let found =
                if is_map { self.in_entry(inner, depth)? } else { self.in_value(inner, depth)? };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn in_entry(&mut self, key_value: Message<'a>, depth: usize) -> Result<bool, Malformed> {
        self.keys.push(key_of(key_value)?);
        let mut found = (self.wanted)(&self.keys);
        let mut fields = key_value.fields("KeyValue");
        while let Some(field) = fields.next()? {
            if field.number == 2 && !found {
                found = self.in_value(fields.message(&field)?, depth)?;
            }
        }
        self.keys.pop();
        Ok(found)
    }

    fn in_value(&mut self, value: Message<'a>, depth: usize) -> Result<bool, Malformed> {
        let mut found = false;
        let mut fields = value.fields("AnyValue");
        while let Some(field) = fields.next()? {
            if matches!(field.number, 5 | 6) && !found {
                let is_map = field.number == 6;
                found = self.in_list(fields.message(&field)?, is_map, depth + 1)?;
            }
        }
        Ok(found)
    }
}
