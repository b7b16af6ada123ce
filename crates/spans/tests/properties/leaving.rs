//! An editor that says beforehand what it leaves, beside one that has everything visited.

use spans::{Carrier, Place, Scalar, TextEditor, Treatment, Unknown, Unsearchable};

/// Replaces texts with this byte in them, and values under some keys.
struct Visited {
    byte: u8,
}

impl Visited {
    fn replaces(&self, text: &[u8]) -> bool {
        text.contains(&self.byte)
    }

    fn treats(key: &[u8]) -> bool {
        key.len() % 5 == 3
    }
}

impl TextEditor for Visited {
    fn entry(&mut self, _: Carrier, keys: &[&[u8]]) -> Treatment {
        match keys {
            [.., key] if Self::treats(key) => Treatment::Replace("[key]".to_owned()),
            _ => Treatment::Search,
        }
    }

    fn text(&mut self, _: Place<'_>, text: &[u8]) -> Option<String> {
        self.replaces(text).then(|| format!("[{} bytes]", text.len()))
    }

    fn unsearchable(&mut self, _: Place<'_>, _: Unsearchable) -> Option<String> {
        None
    }
}

struct Left(Visited);

impl TextEditor for Left {
    fn leaves_text(&self, text: &[u8]) -> bool {
        !self.0.replaces(text)
    }

    fn leaves_attribute(&self, key: &[u8], texts: &[u8]) -> bool {
        !Visited::treats(key) && !self.0.replaces(texts)
    }

    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment {
        self.0.entry(carrier, keys)
    }

    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        self.0.text(place, text)
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        self.0.scalar(place, value)
    }

    fn unsearchable(&mut self, place: Place<'_>, why: Unsearchable) -> Option<String> {
        self.0.unsearchable(place, why)
    }
}

/// What is left unvisited is left as it would have been after a visit.
pub fn changes_nothing(bytes: &[u8], choice: u64) {
    let byte = b"aeS/ \0"[choice as usize % 6];
    for unknown in [Unknown::Keep, Unknown::Drop] {
        let visited = spans::edit_texts(bytes, unknown, &mut Visited { byte });
        let left = spans::edit_texts(bytes, unknown, &mut Left(Visited { byte }));
        assert_eq!(left, visited);
    }
}
