//! [`Deep`]: a list or map that stands too deep to be walked, and what may be asked about it.

use crate::Malformed;
use crate::value::key_of;
use crate::wire::Message;

/// So deep is looked for keys; what stands below that may have any.
const MAX_SEARCHED: usize = 128;

/// A list or map under more than 32 others.
#[derive(Clone, Copy, Debug)]
pub struct Deep<'a> {
    /// Keys from the attribute down to it.
    pub(crate) keys: &'a [&'a [u8]],
    pub(crate) message: Message<'a>,
    pub(crate) is_map: bool,
}

impl<'a> Deep<'a> {
    /// Whether `wanted` says so of any entry of a map in it; it is asked with the keys from the
    /// attribute down to that entry. In doubt, which is where it cannot be decoded or goes on for
    /// more than 128 levels, `true`; and where it has no entries, for a view shows only that
    /// something stands so deep.
    #[must_use]
    pub fn any_entry(&self, wanted: impl FnMut(&[&[u8]]) -> bool) -> bool {
        if self.message.bytes().is_empty() {
            return true;
        }
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
        if depth == MAX_SEARCHED {
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

#[cfg(test)]
mod tests {
    use crate::{Carrier, Deep, Place, TextEditor, Treatment, Unknown, Unsearchable, edit_texts};

    /// Asks of what is too deep whether an entry `k` is in it.
    #[derive(Default)]
    struct Asks(Vec<bool>);

    impl TextEditor for Asks {
        fn entry(&mut self, _: Carrier, _: &[&[u8]]) -> Treatment {
            Treatment::Search
        }
        fn text(&mut self, _: Place<'_>, _: &[u8]) -> Option<String> {
            None
        }
        fn unsearchable(&mut self, _: Place<'_>, _: Unsearchable) -> Option<String> {
            None
        }
        fn too_deep(&mut self, _: Place<'_>, deep: Deep<'_>) -> Option<String> {
            self.0.push(deep.any_entry(|keys| keys == [&b"a"[..], b"k"]));
            None
        }
    }

    /// Field 1, 2, 5, 6 or 9 with these bytes.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut field = vec![number << 3 | 2];
        let mut length = content.len();
        while length >= 0x80 {
            field.push(length as u8 | 0x80);
            length >>= 7;
        }
        field.push(length as u8);
        field.extend(content);
        field
    }

    /// What is said of an attribute `a` of lists around a value.
    fn asked(lists: usize, value: &[u8]) -> Vec<bool> {
        let value = (0..lists).fold(value.to_vec(), |inner, _| field(5, &field(1, &inner)));
        let attribute = [field(1, b"a"), field(2, &value)].concat();
        let span = field(2, &field(9, &attribute));
        let mut asks = Asks::default();
        edit_texts(&field(1, &field(2, &span)), Unknown::Keep, &mut asks).expect("a batch");
        asks.0
    }

    #[test]
    fn an_entry_is_found_however_deep_and_in_doubt() {
        let map =
            |key: &[u8]| field(6, &field(1, &[field(1, key), field(2, &field(1, b"k"))].concat()));
        assert_eq!(asked(31, &map(b"k")), [], "not too deep");
        assert_eq!(asked(32, &map(b"k")), [true]);
        assert_eq!(asked(32, &map(b"b")), [false], "a text is no key");
        assert_eq!(asked(33, &map(b"k")), [true]);
        assert_eq!(asked(100, &map(b"k")), [true]);
        assert_eq!(asked(100, &map(b"b")), [false]);
        assert_eq!(asked(300, &map(b"b")), [true], "too deep to look");
        assert_eq!(asked(33, &[0xff]), [true], "no OTLP");
        assert_eq!(asked(32, &field(6, &[])), [true], "all that a view shows");
        assert_eq!(asked(33, &field(6, &[])), [false], "an empty map in a list");
    }
}
