//! [`Untold`]: which entries a host must hear of.

use std::collections::BTreeMap;

/// The keys of entries that changed since a host asked last, each with whether the host knows it
/// already: of what it never heard of, it need not hear that it is gone.
///
/// No more keys stand here than there are entries, and those of which a host must hear that they
/// are gone.
#[derive(Clone, Debug)]
pub struct Untold<K>(BTreeMap<K, bool>);

impl<K> Default for Untold<K> {
    fn default() -> Self {
        Untold(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Untold<K> {
    /// Notes a change. `is_known`: the host knew the entry before it.
    pub fn note(&mut self, key: K, is_known: bool) {
        *self.0.entry(key).or_default() |= is_known;
    }

    /// The entry is there no more.
    pub fn gone(&mut self, key: &K) {
        if self.0.get(key) == Some(&false) {
            self.0.remove(key);
        }
    }

    /// Takes the first key.
    pub fn pop(&mut self) -> Option<K> {
        self.0.pop_first().map(|(key, _)| key)
    }

    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
