//! [`Orders`]: all orders that are remembered, by id, and in the order they were last seen.

use std::sync::Arc;

use crate::life::order::Order;
use crate::life::recent::Arrival;
use crate::life::tree::Tree;
use crate::life::untold::Untold;

/// An order's place in [`Orders`]. Good until the next [`Orders::evict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u32);

/// The orders that are remembered, whose last changes can be taken back.
#[derive(Clone, Debug)]
pub struct Orders {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_id: Tree<Arc<str>, u32>,
    /// By when the order was last seen. Where two were seen at once, which only those can be that
    /// were loaded, their ids decide.
    by_seen: Tree<(Arrival, Arc<str>), u32>,
    /// The time of the batch.
    now: u64,
    /// Counts the calls of [`Orders::keep`] and [`Orders::undo`].
    batch: u64,
    /// Changes of slots since the last [`Orders::keep`].
    before: Vec<Before>,
    changed: Untold<Arc<str>>,
}

#[derive(Clone, Debug)]
struct Slot {
    id: Arc<str>,
    seen: Arrival,
    /// The batch that saw it last.
    batch: u64,
    order: Order,
    /// Whether a host has heard of it.
    is_known: bool,
    /// Whether `order` can be put back as it was at the last [`Orders::keep`].
    is_saved: bool,
}

/// What a slot was before a change.
#[derive(Clone, Debug)]
enum Before {
    /// Free.
    Free(u32),
    /// Seen last then.
    Seen(u32, Arrival),
    /// It held this order.
    Order(u32, Order),
}

impl Orders {
    /// Returns the place of the order, which now is the one seen last. Makes an empty one where
    /// the id is new.
    pub fn see(&mut self, id: &str) -> Place {
        let Some(&place) = self.by_id.get(id) else { return self.add(id, Order::default()) };
        let slot = &mut self.slots[place as usize];
        slot.batch = self.batch;
        let seen = match self.by_seen.last_key() {
            Some((last, _)) if *last == slot.seen => Arrival { now: self.now, ..*last },
            last => Arrival {
                now: self.now,
                count: last.map_or(0, |(last, _)| last.count).saturating_add(1),
            },
        };
        if slot.seen != seen {
            self.before.push(Before::Seen(place, slot.seen));
            self.by_seen.remove(&(slot.seen, Arc::clone(&slot.id)));
            slot.seen = seen;
            self.by_seen.insert((slot.seen, Arc::clone(&slot.id)), place);
        }
        Place(place)
    }

    /// As [`Orders::see`], of an order that was not named but found. One that was seen since the
    /// last [`Orders::keep`] is no younger for that.
    pub fn find(&mut self, id: &str) -> Place {
        match self.by_id.get(id) {
            Some(place) if self.slots[*place as usize].batch == self.batch => Place(*place),
            _ => self.see(id),
        }
    }

    /// What is seen from now on is seen at this time.
    pub fn set_now(&mut self, now: u64) {
        self.now = now;
    }

    /// Takes an order over, in the place of the one with this id, for good.
    pub fn load(&mut self, id: &str, seen: Arrival, order: Order) {
        self.unload(id);
        let id: Arc<str> = id.into();
        let slot = Slot { id: Arc::clone(&id), seen, order, is_known: true, ..Slot::default() };
        let place = self.put(slot);
        self.by_id.put(Arc::clone(&id), place);
        self.by_seen.put((seen, id), place);
    }

    /// Takes an order out, for good and without a word to the host.
    pub fn unload(&mut self, id: &str) {
        let Some(&place) = self.by_id.get(id) else { return };
        let slot = std::mem::take(&mut self.slots[place as usize]);
        self.by_id.take(&slot.id);
        self.by_seen.take(&(slot.seen, slot.id));
        self.free.push(place);
    }

    /// Notes that the host knows an order otherwise than it is here.
    pub fn differs(&mut self, id: &str) {
        self.changed.note(id.into(), true);
    }

    /// Takes the id of an order that changed since this was asked last; it may be gone. A host
    /// hears of it now.
    pub fn take_changed(&mut self) -> Option<Arc<str>> {
        let id = self.changed.pop()?;
        if let Some(place) = self.by_id.get(&id) {
            self.slots[*place as usize].is_known = true;
        }
        Some(id)
    }

    /// Returns whether something changed since that was asked last.
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Returns an order by its id, with when it was last seen.
    pub fn get(&self, id: &str) -> Option<(Arrival, &Order)> {
        let slot = &self.slots[*self.by_id.get(id)? as usize];
        Some((slot.seen, &slot.order))
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
            let slot = std::mem::take(&mut self.slots[place as usize]);
            self.by_id.remove(&slot.id);
            self.changed.note(Arc::clone(&slot.id), slot.is_known);
            self.changed.gone(&slot.id);
            self.free.push(place);
        }
        self.by_id.keep();
        self.by_seen.keep();
        surplus
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        for before in self.before.drain(..) {
            let (Before::Free(place) | Before::Seen(place, _) | Before::Order(place, _)) = before;
            let slot = &mut self.slots[place as usize];
            slot.is_saved = false;
            self.changed.note(Arc::clone(&slot.id), slot.is_known);
        }
        self.batch += 1;
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
        self.batch += 1;
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
        let last = self.by_seen.last_key().map_or(0, |(last, _)| last.count);
        let seen = Arrival { now: self.now, count: last.saturating_add(1) };
        // An order that was not there is put back by taking it out.
        let slot =
            Slot { id: id.into(), seen, batch: self.batch, order, is_saved: true, is_known: false };
        let id = Arc::clone(&slot.id);
        let place = self.put(slot);
        self.before.push(Before::Free(place));
        self.by_id.insert(Arc::clone(&id), place);
        self.by_seen.insert((seen, id), place);
        Place(place)
    }

    fn put(&mut self, slot: Slot) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.slots[place as usize] = slot;
                place
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        }
    }
}

impl Default for Orders {
    fn default() -> Self {
        Orders {
            slots: Vec::new(),
            free: Vec::new(),
            by_id: Tree::default(),
            by_seen: Tree::default(),
            now: 0,
            // A slot that nobody saw has 0.
            batch: 1,
            before: Vec::new(),
            changed: Untold::default(),
        }
    }
}

impl Default for Slot {
    fn default() -> Self {
        let (seen, order) = (Arrival::default(), Order::default());
        Slot { id: "".into(), seen, batch: 0, order, is_known: false, is_saved: false }
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

    /// Scenario: an order is seen in a batch that is taken back, another came before.
    /// Guarantees: neither counts as seen in the batch after that.
    #[test]
    fn a_batch_that_is_taken_back_has_seen_nothing() {
        let mut orders = Orders::default();
        orders.see("1");
        orders.see("2");
        orders.keep();
        orders.see("1");
        orders.undo();
        orders.find("1");
        assert_eq!(ids(&orders), ["2", "1"]);
        orders.find("2");
        assert_eq!(ids(&orders), ["1", "2"]);
    }

    /// Guarantees: an order that was taken over is seen when it is found, in any batch.
    #[test]
    fn what_was_loaded_was_seen_in_no_batch() {
        for batches in 0..3 {
            let mut orders = Orders::default();
            orders.load("1", Arrival::default(), Order::default());
            orders.see("2");
            (0..batches).for_each(|_| orders.keep());
            orders.find("1");
            assert_eq!(ids(&orders), ["2", "1"]);
        }
    }

    fn ids(orders: &Orders) -> Vec<&str> {
        orders.by_last_seen().map(|(id, _)| id).collect()
    }
}
