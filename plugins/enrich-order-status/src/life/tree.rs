//! [`Tree`]: a map whose last changes can be taken back.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// A map that knows what it held before the changes since the last [`Tree::keep`].
///
/// A tree and no hash table: inside a plugin a hash table has no random seed, so keys made to
/// collide would slow it down; and what stands in a tree comes out in one order only.
#[derive(Clone, Debug)]
pub struct Tree<K, V> {
    entries: BTreeMap<K, V>,
    /// For each change, what stood under the key before it.
    before: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Tree<K, V> {
    fn default() -> Self {
        Tree { entries: BTreeMap::new(), before: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Tree<K, V> {
    /// Returns what stands under `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key)
    }

    /// Puts a value under `key`, over what stood there, which it returns.
    pub fn insert(&mut self, key: K, value: V) -> Option<&V> {
        let before = self.entries.insert(key.clone(), value);
        self.before.push((key, before));
        self.before.last()?.1.as_ref()
    }

    /// Takes an entry out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.entries.remove_entry(key)?;
        self.before.push((key, Some(value.clone())));
        Some(value)
    }

    /// Takes the first entry out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let (key, value) = self.entries.pop_first()?;
        self.before.push((key.clone(), Some(value.clone())));
        Some((key, value))
    }

    /// Changes what stands under `key`. `false`: nothing does.
    pub fn change(&mut self, key: &K, change: impl FnOnce(&mut V)) -> bool {
        let Some(value) = self.entries.get_mut(key) else { return false };
        self.before.push((key.clone(), Some(value.clone())));
        change(value);
        true
    }

    /// Returns the entries whose keys lie in `range`, in the order of the keys.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries.range(range)
    }

    /// Returns the last key.
    pub fn last_key(&self) -> Option<&K> {
        self.entries.last_key_value().map(|(key, _)| key)
    }

    /// Returns all keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.keys()
    }

    /// Returns all values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values()
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        self.before.clear();
    }

    /// Makes all changes so far last. Gives for each what stood under the key before it.
    pub fn keep_each(&mut self) -> Vec<(K, Option<V>)> {
        std::mem::take(&mut self.before)
    }

    /// Puts a value under `key` for good.
    pub fn put(&mut self, key: K, value: V) -> Option<V> {
        self.entries.insert(key, value)
    }

    /// Takes an entry out for good.
    pub fn take(&mut self, key: &K) -> Option<V> {
        self.entries.remove(key)
    }

    /// Returns what stands under `key`, to be changed for good.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Takes back all changes since the last [`Tree::keep`].
    pub fn undo(&mut self) {
        while let Some((key, before)) = self.before.pop() {
            match before {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Guarantees: whatever was done since the last time that changes were made to last, the
        /// map is again what it was then.
        #[test]
        fn what_is_taken_back_was_never_there(
            kept in prop::collection::vec((0u8..8, 0u8..5), 0..20),
            taken_back in prop::collection::vec((0u8..8, 0u8..5), 0..20),
        ) {
            let mut tree = Tree::default();
            kept.iter().for_each(|step| take(&mut tree, *step));
            tree.keep();
            let as_it_was = tree.entries.clone();
            taken_back.iter().for_each(|step| take(&mut tree, *step));
            tree.undo();
            prop_assert_eq!(&tree.entries, &as_it_was);
        }
    }

    fn take(tree: &mut Tree<u8, u8>, (key, step): (u8, u8)) {
        match step {
            0 => _ = tree.remove(&key),
            1 => _ = tree.pop_first(),
            2 => _ = tree.change(&key, |value| *value ^= 100),
            _ => _ = tree.insert(key, step),
        }
    }
}
