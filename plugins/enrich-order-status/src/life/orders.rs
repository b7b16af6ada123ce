//! [`Orders`]: all orders that are remembered, by id, and in the order they were last seen.

use std::sync::Arc;

use crate::life::order::Order;
use crate::life::tree::Tree;

/// An order's place in [`Orders`]. Good until the next [`Orders::evict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u32);

/// The orders that are remembered, whose last changes can be taken back.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_id: Tree<Arc<str>, u32>,
    /// By the number that the order got when it was last seen.
    by_seen: Tree<u64, u32>,
    /// Never runs backwards, whatever is taken back.
    seen: u64,
    /// What `seen` was at the last [`Orders::keep`].
    kept: u64,
    /// Changes of slots since the last [`Orders::keep`].
    before: Vec<Before>,
}

#[derive(Clone, Debug)]
struct Slot {
    id: Arc<str>,
    seen: u64,
    order: Order,
    /// Whether `order` can be put back as it was at the last [`Orders::keep`].
    is_saved: bool,
}

/// What a slot was before a change.
#[derive(Clone, Debug)]
enum Before {
    /// Free.
    Free(u32),
    /// Seen last at this number.
    Seen(u32, u64),
    /// It held this order.
    Order(u32, Order),
}

impl Orders {
    /// Returns the place of the order, which now is the one seen last. Makes an empty one where
    /// the id is new.
    pub fn see(&mut self, id: &str) -> Place {
        let Some(&place) = self.by_id.get(id) else { return self.add(id, Order::default()) };
        let slot = &mut self.slots[place as usize];
        let is_last = slot.seen == self.seen && slot.seen > self.kept;
        if !is_last {
            self.seen += 1;
            self.before.push(Before::Seen(place, slot.seen));
            self.by_seen.remove(&slot.seen);
            slot.seen = self.seen;
            self.by_seen.insert(self.seen, place);
        }
        Place(place)
    }

    /// As [`Orders::see`], of an order that was not named but found. One that was seen since the
    /// last [`Orders::keep`] is no younger for that.
    pub fn find(&mut self, id: &str) -> Place {
        match self.by_id.get(id) {
            Some(place) if self.slots[*place as usize].seen > self.kept => Place(*place),
            _ => self.see(id),
        }
    }

    /// Puts an order back as the one seen last. `false` where its id is there already.
    pub fn restore(&mut self, id: &str, order: Order) -> bool {
        let is_new = self.by_id.get(id).is_none();
        if is_new {
            self.add(id, order);
        }
        is_new
    }

    /// Returns the order at a place.
    pub fn order(&self, place: Place) -> &Order {
        &self.slots[place.0 as usize].order
    }

    /// Returns the order at a place, to be changed.
    pub fn order_mut(&mut self, place: Place) -> &mut Order {
        let slot = &mut self.slots[place.0 as usize];
        if !slot.is_saved {
            slot.is_saved = true;
            self.before.push(Before::Order(place.0, slot.order.clone()));
        }
        &mut slot.order
    }

    /// Returns the id of the order at a place.
    pub fn id(&self, place: Place) -> &Arc<str> {
        &self.slots[place.0 as usize].id
    }

    /// Forgets the orders that were not seen for the longest time, until at most `most` are left.
    /// Returns how many it forgot. Neither that nor what was done before can be taken back.
    pub fn evict(&mut self, most: usize) -> usize {
        self.keep();
        let surplus = self.by_id.len().saturating_sub(most);
        for _ in 0..surplus {
            let Some((_, place)) = self.by_seen.pop_first() else { break };
            let slot = &mut self.slots[place as usize];
            self.by_id.remove(&slot.id);
            slot.order = Order::default();
            self.free.push(place);
        }
        self.keep();
        surplus
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        for before in self.before.drain(..) {
            if let Before::Free(place) | Before::Order(place, _) = before {
                self.slots[place as usize].is_saved = false;
            }
        }
        self.kept = self.seen;
        self.by_id.keep();
        self.by_seen.keep();
    }

    /// Takes back all changes since the last [`Orders::keep`].
    pub fn undo(&mut self) {
        while let Some(before) = self.before.pop() {
            match before {
                Before::Free(place) => {
                    self.slots[place as usize] = Slot::default();
                    self.free.push(place);
                }
                Before::Seen(place, seen) => self.slots[place as usize].seen = seen,
                Before::Order(place, order) => {
                    let slot = &mut self.slots[place as usize];
                    slot.order = order;
                    slot.is_saved = false;
                }
            }
        }
        self.kept = self.seen;
        self.by_id.undo();
        self.by_seen.undo();
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
        self.seen += 1;
        // An order that was not there is put back by taking it out.
        let slot = Slot { id: id.into(), seen: self.seen, order, is_saved: true };
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
        self.before.push(Before::Free(place));
        self.by_id.insert(id, place);
        self.by_seen.insert(self.seen, place);
        Place(place)
    }
}

impl Default for Slot {
    fn default() -> Self {
        Slot { id: "".into(), seen: 0, order: Order::default(), is_saved: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::order::PartnerId;

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

        assert_eq!(ids(&orders), ["3", "1"]);
        assert_eq!(orders.see("4"), second);
    }

    /// Scenario: two orders; then the first is seen and changed, a third comes, and all of that is
    /// taken back.
    /// Guarantees: the orders are what they were, and were last seen when they were.
    #[test]
    fn what_is_taken_back_was_never_seen() {
        let mut orders = Orders::default();
        let first = orders.see("1");
        orders.see("2");
        orders.keep();
        for _ in 0..2 {
            orders.see("1");
            orders.order_mut(first).belongs_to(PartnerId::Int(7));
            let third = orders.see("3");
            orders.order_mut(third).belongs_to(PartnerId::Int(7));
            orders.undo();

            assert_eq!(ids(&orders), ["1", "2"]);
            assert_eq!(orders.order(first), &Order::default());
        }
        orders.see("2");
        orders.see("1");
        assert_eq!(ids(&orders), ["2", "1"]);
    }

    /// Guarantees: an order that is found is seen by that, unless it was seen in this batch already.
    #[test]
    fn what_is_found_is_seen_once_a_batch() {
        let mut orders = Orders::default();
        orders.see("1");
        orders.see("2");
        orders.find("1");
        assert_eq!(ids(&orders), ["1", "2"]);
        orders.keep();
        orders.find("1");
        assert_eq!(ids(&orders), ["2", "1"]);
    }

    fn ids(orders: &Orders) -> Vec<&str> {
        orders.by_last_seen().map(|(id, _)| id).collect()
    }
}
