//! [`Orders`]: all orders that are remembered, by id, and in the order they were last seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::life::order::Order;

/// An order's place in [`Orders`]. Good until the next [`Orders::evict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u32);

/// The orders that are remembered.
///
/// Trees and no hash tables: inside a plugin a hash table has no random seed, so ids made to
/// collide would slow it down; and what stands in a tree comes out in one order only.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_id: BTreeMap<Arc<str>, u32>,
    /// By the number that the order got when it was last seen.
    by_seen: BTreeMap<u64, u32>,
    seen: u64,
}

#[derive(Clone, Debug)]
struct Slot {
    id: Arc<str>,
    seen: u64,
    order: Order,
}

impl Orders {
    /// Returns the place of the order, which now is the one seen last. Makes an empty one where
    /// the id is new.
    pub fn see(&mut self, id: &str) -> Place {
        self.seen += 1;
        if let Some(&place) = self.by_id.get(id) {
            let slot = &mut self.slots[place as usize];
            self.by_seen.remove(&slot.seen);
            slot.seen = self.seen;
            self.by_seen.insert(self.seen, place);
            return Place(place);
        }
        self.add(id, Order::default())
    }

    /// Puts an order back as the one seen last. `false` where its id is there already.
    pub fn restore(&mut self, id: &str, order: Order) -> bool {
        if self.by_id.contains_key(id) {
            return false;
        }
        self.seen += 1;
        self.add(id, order);
        true
    }

    /// Returns the order at a place.
    pub fn order(&self, place: Place) -> &Order {
        &self.slots[place.0 as usize].order
    }

    /// Returns the order at a place, to be changed.
    pub fn order_mut(&mut self, place: Place) -> &mut Order {
        &mut self.slots[place.0 as usize].order
    }

    /// Returns the id of the order at a place.
    pub fn id(&self, place: Place) -> &Arc<str> {
        &self.slots[place.0 as usize].id
    }

    /// Forgets the orders that were not seen for the longest time, until at most `most` are left.
    /// Returns how many it forgot.
    pub fn evict(&mut self, most: usize) -> usize {
        let surplus = self.by_id.len().saturating_sub(most);
        for _ in 0..surplus {
            let Some((_, place)) = self.by_seen.pop_first() else { break };
            let slot = &mut self.slots[place as usize];
            self.by_id.remove(&slot.id);
            slot.order = Order::default();
            self.free.push(place);
        }
        surplus
    }

    /// Returns how many orders are remembered.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Returns whether no order is remembered.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Returns all orders with their ids; the one not seen for the longest time comes first.
    pub fn by_last_seen(&self) -> impl Iterator<Item = (&str, &Order)> {
        self.by_seen.values().map(|place| {
            let slot = &self.slots[*place as usize];
            (&*slot.id, &slot.order)
        })
    }

    fn add(&mut self, id: &str, order: Order) -> Place {
        let slot = Slot { id: id.into(), seen: self.seen, order };
        let id = Arc::clone(&slot.id);
        let place = match self.free.pop() {
            Some(place) => {
                self.slots[place as usize] = slot;
                place
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        self.by_id.insert(id, place);
        self.by_seen.insert(self.seen, place);
        Place(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: three orders, the first is seen again, room for two.
    /// Guarantees: the one not seen for the longest time goes, and its place is used again.
    #[test]
    fn forgets_what_was_not_seen_for_the_longest_time() {
        let mut orders = Orders::default();
        orders.see("1");
        let second = orders.see("2");
        orders.see("3");
        orders.see("1");

        assert_eq!(orders.evict(2), 1);

        assert_eq!(orders.by_last_seen().map(|(id, _)| id).collect::<Vec<_>>(), ["3", "1"]);
        assert_eq!(orders.see("4"), second);
    }
}
