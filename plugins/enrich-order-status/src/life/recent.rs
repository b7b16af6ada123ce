//! [`Recent`]: a map that forgets what came first.

use std::collections::BTreeMap;

/// A map whose entries are kept in the order they came, so that the oldest can be forgotten.
///
/// Trees and no hash table: inside a plugin a hash table has no random seed, so keys made to
/// collide would slow it down; and what stands in a tree comes out in one order only.
#[derive(Clone, Debug)]
pub struct Recent<K, V> {
    entries: BTreeMap<K, (u64, V)>,
    arrival: BTreeMap<u64, K>,
    count: u64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Recent { entries: BTreeMap::new(), arrival: BTreeMap::new(), count: 0 }
    }
}

impl<K: Ord + Clone, V> Recent<K, V> {
    /// Returns what stands under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// Returns what stands under `key`, to be changed; it gets no younger by that.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|(_, value)| value)
    }

    /// Adds an entry as the youngest, in the place of the one under this key.
    pub fn insert(&mut self, key: K, value: V) {
        self.count += 1;
        if let Some((arrived, _)) = self.entries.insert(key.clone(), (self.count, value)) {
            self.arrival.remove(&arrived);
        }
        self.arrival.insert(self.count, key);
    }

    /// Returns what stands under `key`; the default, as the youngest, where nothing did.
    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let Recent { entries, arrival, count } = self;
        let (_, value) = entries.entry(key).or_insert_with_key(|key| {
            *count += 1;
            arrival.insert(*count, key.clone());
            (*count, V::default())
        });
        value
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
}
