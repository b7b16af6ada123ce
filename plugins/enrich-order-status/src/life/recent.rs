//! [`Recent`]: a map that forgets what came first.

use std::ops::RangeBounds;

use crate::life::tree::Tree;

/// A map whose entries are kept in the order they came, so that the oldest can be forgotten, and
/// whose last changes can be taken back.
#[derive(Clone, Debug)]
pub struct Recent<K, V> {
    entries: Tree<K, (u64, V)>,
    arrival: Tree<u64, K>,
    /// Never runs backwards, whatever is taken back.
    count: u64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Recent { entries: Tree::default(), arrival: Tree::default(), count: 0 }
    }
}

impl<K: Ord + Clone, V: Clone> Recent<K, V> {
    /// Returns what stands under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// Changes what stands under `key`, which gets no younger by that. `false`: nothing does.
    pub fn change(&mut self, key: &K, change: impl FnOnce(&mut V)) -> bool {
        self.entries.change(key, |(_, value)| change(value))
    }

    /// Adds an entry as the youngest, in the place of the one under this key.
    pub fn insert(&mut self, key: K, value: V) {
        self.count += 1;
        if let Some((arrived, _)) = self.entries.insert(key.clone(), (self.count, value)) {
            self.arrival.remove(arrived);
        }
        self.arrival.insert(self.count, key);
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (arrived, value) = self.entries.remove(key)?;
        self.arrival.remove(&arrived);
        Some(value)
    }

    /// Takes the oldest entry out, where there are more than `most`.
    pub fn pop_beyond(&mut self, most: usize) -> Option<(K, V)> {
        if self.entries.len() <= most {
            return None;
        }
        let (_, key) = self.arrival.pop_first()?;
        let (_, value) = self.entries.remove(&key)?;
        Some((key, value))
    }

    /// Returns the keys in `range`, sorted.
    pub fn keys(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = &K> {
        self.entries.range(range).map(|(key, _)| key)
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns all entries, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.arrival.values().filter_map(|key| Some((key, self.get(key)?)))
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        self.entries.keep();
        self.arrival.keep();
    }

    /// Takes back all changes since the last [`Recent::keep`].
    pub fn undo(&mut self) {
        self.entries.undo();
        self.arrival.undo();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: an entry is taken out and comes again.
    /// Guarantees: it is the youngest then, and stands there once.
    #[test]
    fn what_comes_again_is_the_youngest() {
        let mut recent = Recent::default();
        recent.insert("a", 1);
        recent.insert("b", 2);
        assert_eq!(recent.remove(&"a"), Some(1));
        recent.insert("a", 3);

        assert_eq!(recent.iter().collect::<Vec<_>>(), [(&"b", &2), (&"a", &3)]);
        assert_eq!(recent.pop_beyond(1), Some(("b", 2)));
        assert_eq!(recent.pop_beyond(1), None);
    }

    /// Scenario: an entry is replaced, another forgotten, and both are taken back.
    /// Guarantees: the entries are as old as they were.
    #[test]
    fn what_is_taken_back_is_as_old_as_it_was() {
        let mut recent = Recent::default();
        recent.insert("a", 1);
        recent.insert("b", 2);
        recent.keep();
        recent.insert("a", 3);
        recent.pop_beyond(1);
        recent.undo();

        assert_eq!(recent.iter().collect::<Vec<_>>(), [(&"a", &1), (&"b", &2)]);
    }
}
