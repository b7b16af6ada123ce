//! [`Located`]: a value that remembers where it was written, for checks that
//! can only be made later; and [`Overlaid`], which remembers where it was
//! written last, for those who ask why.

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

/// A map of settings with the [`Place`] that made it what it is: where overlays
/// changed something in it, the first line of what the last of them has there.
///
/// ```
/// use rules::{Document, Overlaid, settings};
///
/// settings! {
///     /// A rule.
///     #[derive(Debug)]
///     pub struct Rule {
///         /// Share that is kept.
///         pub keep: String,
///     }
/// }
///
/// settings! {
///     /// Rules.
///     #[derive(Debug)]
///     pub struct Settings {
///         /// The one for failed spans.
///         pub failed: Overlaid<Rule>,
///     }
/// }
///
/// let base = Document::new("base.yaml", "failed:\n  keep: 100%\n");
/// let overlay = Document::new("overlay.yaml", "failed:\n  keep: 0%\n");
/// let place = |documents: &[_]| rules::read::<Settings>(documents).unwrap().failed.place.to_string();
/// assert_eq!(place(&[base.clone()]), "base.yaml:1: failed");
/// assert_eq!(place(&[base, overlay]), "overlay.yaml:2: failed");
/// ```
#[derive(Clone, Debug)]
pub struct Overlaid<T> {
    /// The settings.
    pub value: T,
    /// Where they were written last.
    pub place: Place,
}

impl<T: Setting> Setting for Overlaid<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let value = T::read(node, problems)?;
        Some(Self { value, place: problems.place(node.last_written()) })
    }

    fn expected() -> String {
        T::expected()
    }

    fn schema() -> Schema {
        T::schema()
    }
}
