//! [`Located`]: a value that remembers where it was written, for checks that
//! can only be made later.

use std::ops::Deref;

use crate::node::Node;
use crate::problem::{Place, Problem};
use crate::problems::Problems;
use crate::schema::Schema;
use crate::setting::{Ranged, Setting};

/// A setting with its [`Place`].
///
/// A default stands where the map stands that lacks the key.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// The setting.
    pub value: T,
    /// Where it was written.
    pub place: Place,
}

impl<T> Located<T> {
    /// A problem with this setting.
    #[must_use]
    pub fn problem(&self, found: impl Into<String>, expected: impl Into<String>) -> Problem {
        self.place.problem(found, expected)
    }
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Settings are equal when their values are, wherever they stand.
impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Setting> Setting for Located<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let value = T::read(node, problems)?;
        Some(Self { value, place: problems.place(&node.origin) })
    }

    fn expected() -> String {
        T::expected()
    }

    fn schema() -> Schema {
        T::schema()
    }
}

impl<T: Ranged> Ranged for Located<T> {
    type Bound = T::Bound;

    fn read_in(
        node: &Node,
        range: &std::ops::RangeInclusive<T::Bound>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let value = T::read_in(node, range, problems)?;
        Some(Self { value, place: problems.place(&node.origin) })
    }

    fn expected_in(range: &std::ops::RangeInclusive<T::Bound>) -> String {
        T::expected_in(range)
    }

    fn schema_in(range: &std::ops::RangeInclusive<T::Bound>) -> Schema {
        T::schema_in(range)
    }
}
