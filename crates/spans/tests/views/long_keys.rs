//! A long key above many entries.

use crate::batch::{entry, map, of_attributes, text};
use spans::{Carriers, Parts, Selector, Sight, Viewer};

/// Would take minutes if the keys down to every entry were joined.
#[test]
fn a_long_key_is_not_read_again_for_every_entry() {
    let entries = (0..100_000).map(|_| entry("x-name", text("A-1043")));
    let traces = of_attributes(vec![entry(&"customer.".repeat(100_000), map(entries))]);
    let keys = ["customer.*.name", "*.name", "x*y*name"].map(str::to_owned).to_vec();
    let keys = vec![Selector { carriers: Carriers::SPAN, keys }];
    let viewer = Viewer::new(&Sight::Parts(Parts { keys, ..Parts::default() })).unwrap();
    let view = viewer.view(&traces, 0..1, 0).unwrap();
    assert!(view.bytes.len() < 100, "nothing of it is meant");
}
