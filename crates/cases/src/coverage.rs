//! [`coverage`]: which rules a case makes act.

use std::cell::RefCell;

use notes::Telling;
use plugin::{Configured, Noting, Place, Runner};

use crate::play::play_with;
use crate::{Case, Played};

/// Plays a case whose plugin is asked for all that it can tell. `take` gets, for each batch, the table
/// of rules and what the plugin told.
///
/// # Errors
///
/// As [`play`](crate::play).
pub fn coverage(
    mut case: Case,
    runner: &dyn Runner,
    take: &mut dyn FnMut(&[Place], &Telling),
) -> Result<Played, String> {
    case.noting = Noting::Looked;
    let take = RefCell::new(take);
    play_with(&case, runner, &case.host(), &|_, configured: &Configured, went| {
        if let Some(went) = went {
            (take.borrow_mut())(&configured.rules, &went.telling);
        }
    })
}
