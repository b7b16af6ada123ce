//! [`Recent`]: a map that forgets what came first.

use std::ops::RangeBounds;

use crate::life::tree::Tree;
use crate::life::untold::Untold;

/// When an entry came: the time, and a number that tells those of one time apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    /// What the host said that the time was: nanoseconds since 1970.
    pub now: u64,
    /// One more than that of the one before, as far as that is still there.
    pub count: u64,
}

/// A map whose entries are kept in the order they came, so that the oldest can be forgotten, and
/// whose last changes can be taken back.
#[derive(Clone, Debug)]
pub struct Recent<K, V> {
    entries: Tree<K, Entry<V>>,
    /// Where two came at once, which only those can that were loaded, their keys decide.
    arrivals: Tree<(Arrival, K), ()>,
    now: u64,
    changed: Untold<K>,
}

#[derive(Clone, Debug)]
struct Entry<V> {
    arrival: Arrival,
    /// Whether a host has heard of it.
    is_known: bool,
    value: V,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Recent {
            entries: Tree::default(),
            arrivals: Tree::default(),
            now: 0,
            changed: Untold::default(),
        }
    }
}

impl<K: Ord + Clone, V: Clone> Recent<K, V> {
    /// What comes from now on comes at this time.
    pub fn set_now(&mut self, now: u64) {
        self.now = now;
    }

    /// Returns what stands under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Returns what stands under `key`, with when it came.
    pub fn get_with_arrival(&self, key: &K) -> Option<(Arrival, &V)> {
        self.entries.get(key).map(|entry| (entry.arrival, &entry.value))
    }

    /// Changes what stands under `key`, which gets no younger by that. `false`: nothing does.
    pub fn change(&mut self, key: &K, change: impl FnOnce(&mut V)) -> bool {
        self.entries.change(key, |entry| change(&mut entry.value))
    }

    /// Adds an entry as the youngest, in the place of the one under this key.
    pub fn insert(&mut self, key: K, value: V) {
        if let Some(before) = self.entries.get(&key) {
            self.arrivals.remove(&(before.arrival, key.clone()));
        }
        let last = self.arrivals.last_key().map_or(0, |(last, _)| last.count);
        let arrival = Arrival { now: self.now, count: last.saturating_add(1) };
        self.entries.insert(key.clone(), Entry { arrival, is_known: false, value });
        self.arrivals.insert((arrival, key), ());
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.arrivals.remove(&(entry.arrival, key.clone()));
        Some(entry.value)
    }

    /// Takes the oldest entry out, where there are more than `most`.
    pub fn pop_beyond(&mut self, most: usize) -> Option<(K, V)> {
        if self.entries.len() <= most {
            return None;
        }
        let ((_, key), ()) = self.arrivals.pop_first()?;
        let entry = self.entries.remove(&key)?;
        Some((key, entry.value))
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
        self.arrivals.keys().filter_map(|(_, key)| Some((key, self.get(key)?)))
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        for (key, before) in self.entries.keep_each() {
            self.changed.note(key.clone(), before.is_some_and(|entry| entry.is_known));
            if self.entries.get(&key).is_none() {
                self.changed.gone(&key);
            }
        }
        self.arrivals.keep();
    }

    /// Takes back all changes since the last [`Recent::keep`].
    pub fn undo(&mut self) {
        self.entries.undo();
        self.arrivals.undo();
    }

    /// Takes a key whose entry changed since this was asked last; the entry may be gone. A host
    /// hears of it now.
    pub fn take_changed(&mut self) -> Option<K> {
        let key = self.changed.pop()?;
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.is_known = true;
        }
        Some(key)
    }

    /// Returns whether something changed since that was asked last.
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Puts an entry that a host knows under `key`, for good. Returns the one that stood there.
    pub fn load(&mut self, key: K, arrival: Arrival, value: V) -> Option<V> {
        let before = self.unload(&key);
        self.entries.put(key.clone(), Entry { arrival, is_known: true, value });
        self.arrivals.put((arrival, key), ());
        before
    }

    /// Takes the entry under `key` out, for good and without a word to the host.
    pub fn unload(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.take(key)?;
        self.arrivals.take(&(entry.arrival, key.clone()));
        Some(entry.value)
    }

    /// Notes that the host knows an entry otherwise than it is here.
    pub fn differs(&mut self, key: K) {
        self.changed.note(key, true);
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

    /// Guarantees: a host hears of each change that lasts once, and that an entry is gone only
    /// where it heard of it.
    #[test]
    fn a_host_hears_of_what_it_does_not_know() {
        let mut recent = Recent::default();
        let heard = |recent: &mut Recent<_, _>| {
            std::iter::from_fn(|| recent.take_changed()).collect::<Vec<_>>()
        };
        recent.insert("a", 1);
        recent.insert("b", 2);
        recent.keep();
        recent.insert("c", 3);
        recent.undo();
        assert_eq!(heard(&mut recent), ["a", "b"]);
        recent.insert("c", 3);
        recent.change(&"b", |value| *value = 4);
        recent.keep();
        recent.remove(&"c");
        recent.remove(&"a");
        recent.keep();
        assert_eq!(heard(&mut recent), ["a", "b"]);
        recent.insert("a", 5);
        recent.keep();
        recent.remove(&"a");
        recent.keep();
        assert_eq!(heard(&mut recent), [""; 0]);
    }

    /// Scenario: entries are loaded, the last of two of one time first.
    /// Guarantees: they are as old as they say, and their keys decide between those of one time.
    #[test]
    fn what_is_loaded_is_as_old_as_it_says() {
        let mut recent = Recent::default();
        recent.insert("d", 4);
        for (key, now, count) in [("c", 7, 1), ("b", 7, 1), ("a", 9, 9)] {
            recent.load(key, Arrival { now, count }, 0);
        }
        recent.set_now(9);
        recent.insert("e", 5);
        assert_eq!(recent.iter().map(|(key, _)| *key).collect::<String>(), "dbcae");
    }
}
