//! [`Lifecycle`]: which statuses an order may have, and which may follow which.
//!
//! It is a table made from the rules. No status has a name in this code.

/// A status, as its place in the [`Lifecycle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Status(u16);

impl Status {
    /// Any status that the rules do not list. What it was called is forgotten at once, for a text
    /// from a span must not get into state, logs or counters.
    pub const UNLISTED: Status = Status(u16::MAX);
}

/// Most statuses that a lifecycle can have.
pub const MAX_STATUSES: usize = 256;

/// What a change from one status to another is, by the lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The lifecycle lists it.
    Expected,
    /// The lifecycle leads there, but only by way of other statuses.
    Skipping,
    /// The lifecycle never leads there from here, or one of the two is not listed.
    Unexpected,
}

/// The statuses of an order and the steps between them.
///
/// ```
/// use enrich_order_status::life::lifecycle::{Lifecycle, Step};
///
/// let lifecycle = Lifecycle::new(
///     vec!["PACKAGING".into(), "SHIPPED".into(), "CLOSED".into()],
///     &[(0, 1), (1, 2)],
/// );
/// let packaging = lifecycle.status("PACKAGING");
///
/// assert_eq!(lifecycle.step(packaging, lifecycle.status("SHIPPED")), Step::Expected);
/// assert_eq!(lifecycle.step(packaging, lifecycle.status("CLOSED")), Step::Skipping);
/// assert_eq!(lifecycle.step(lifecycle.status("CLOSED"), packaging), Step::Unexpected);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    names: Vec<String>,
    /// Statuses in the order of their names, to be searched.
    by_name: Vec<Status>,
    /// Whether a status may follow another: `from * names.len() + to`.
    next: Vec<bool>,
    /// Whether one or more steps lead from a status to another.
    leads_to: Vec<bool>,
    /// Statuses that an order can begin with.
    first: Vec<Status>,
}

impl Lifecycle {
    /// Makes the table from the names of the statuses and the steps between them, as pairs of
    /// places in `names`.
    ///
    /// At most [`MAX_STATUSES`] names; a step to or from anything else is left out.
    pub fn new(names: Vec<String>, steps: &[(usize, usize)]) -> Self {
        let count = names.len();
        let mut next = vec![false; count * count];
        for &(from, to) in steps {
            if from < count && to < count {
                next[from * count + to] = true;
            }
        }
        let leads_to = closure(&next, count);
        let mut by_name: Vec<Status> = (0..count as u16).map(Status).collect();
        by_name.sort_by(|a, b| names[usize::from(a.0)].cmp(&names[usize::from(b.0)]));
        Lifecycle { names, by_name, next, leads_to, first: Vec::new() }
    }

    /// The same, with the statuses that an order can begin with, as places in `names`.
    pub fn beginning_with(mut self, first: &[usize]) -> Self {
        self.first = first.iter().map(|index| self.at(*index)).collect();
        self
    }

    /// Returns whether an order can begin with a status.
    pub fn can_begin_with(&self, status: Status) -> bool {
        self.first.contains(&status)
    }

    /// Returns the status of this name, or [`Status::UNLISTED`].
    pub fn status(&self, name: &str) -> Status {
        self.by_name
            .binary_search_by(|status| self.names[usize::from(status.0)].as_str().cmp(name))
            .map_or(Status::UNLISTED, |place| self.by_name[place])
    }

    /// Returns the name of a listed status.
    pub fn name(&self, status: Status) -> Option<&str> {
        self.names.get(usize::from(status.0)).map(String::as_str)
    }

    /// Returns what the change from `from` to `to` is.
    pub fn step(&self, from: Status, to: Status) -> Step {
        match self.place(from, to) {
            Some(place) if self.next[place] => Step::Expected,
            Some(place) if self.leads_to[place] => Step::Skipping,
            _ => Step::Unexpected,
        }
    }

    /// Returns whether `to` can follow `from` after one or more steps.
    pub fn leads_to(&self, from: Status, to: Status) -> bool {
        self.place(from, to).is_some_and(|place| self.leads_to[place])
    }

    /// Returns the names of all statuses, in the order they were given.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the place of a status in [`Lifecycle::names`]; their number for a status that is
    /// not listed.
    pub fn index(&self, status: Status) -> usize {
        usize::from(status.0).min(self.names.len())
    }

    /// Returns the status at this place in [`Lifecycle::names`].
    pub fn at(&self, index: usize) -> Status {
        if index < self.names.len() { Status(index as u16) } else { Status::UNLISTED }
    }

    fn place(&self, from: Status, to: Status) -> Option<usize> {
        let count = self.names.len();
        let (from, to) = (usize::from(from.0), usize::from(to.0));
        (from < count && to < count).then_some(from * count + to)
    }
}

/// Which places can be reached from which by one or more steps (Warshall).
fn closure(next: &[bool], count: usize) -> Vec<bool> {
    let mut reached = next.to_vec();
    for by in 0..count {
        for from in 0..count {
            if !reached[from * count + by] {
                continue;
            }
            for to in 0..count {
                reached[from * count + to] |= reached[by * count + to];
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abc(steps: &[(usize, usize)]) -> Lifecycle {
        Lifecycle::new(vec!["A".into(), "B".into(), "C".into()], steps)
    }

    /// Scenario: a lifecycle that goes round.
    /// Guarantees: a step back over the loop is a skip, for the loop leads there by another way.
    #[test]
    fn a_loop_leads_everywhere() {
        let lifecycle = abc(&[(0, 1), (1, 2), (2, 0)]);
        assert_eq!(lifecycle.step(lifecycle.at(2), lifecycle.at(1)), Step::Skipping);
        assert!(lifecycle.leads_to(lifecycle.at(0), lifecycle.at(0)));
    }

    /// Guarantees: a listed shortcut is no skip, though a longer way exists.
    #[test]
    fn a_listed_shortcut_is_expected() {
        let lifecycle = abc(&[(0, 1), (1, 2), (0, 2)]);
        assert_eq!(lifecycle.step(lifecycle.at(0), lifecycle.at(2)), Step::Expected);
    }

    /// Guarantees: nothing is said of a status that the rules do not list.
    #[test]
    fn an_unlisted_status_leads_nowhere() {
        let lifecycle = abc(&[(0, 1)]);
        assert_eq!(lifecycle.status("D"), Status::UNLISTED);
        assert_eq!(lifecycle.name(Status::UNLISTED), None);
        assert_eq!(lifecycle.step(lifecycle.at(0), Status::UNLISTED), Step::Unexpected);
        assert_eq!(lifecycle.step(Status::UNLISTED, lifecycle.at(0)), Step::Unexpected);
        assert_eq!(lifecycle.at(lifecycle.index(Status::UNLISTED)), Status::UNLISTED);
    }
}
