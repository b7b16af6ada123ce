//! `lapidary playground`: a real process, and what it answers to whom.

mod client;
mod live;
mod page;
mod ports;
mod refused;
mod running;
mod start;
