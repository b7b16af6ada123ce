//! [`Meter`]: what a meter is made of.

/// The parts of a meter, as the module numbers them.
#[derive(Clone, Copy)]
pub(crate) struct Meter {
    pub(crate) rounds: u32,
    pub(crate) inside: u32,
    pub(crate) more: u32,
    pub(crate) refill: u32,
}
