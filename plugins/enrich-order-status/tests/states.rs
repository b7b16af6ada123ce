//! Entries that cannot be taken over.

mod support;

use enrich_order_status::enrich::Enricher;
use enrich_order_status::entries::VERSION;
use plugin::Entry;
use support::{Dress, enrich, get, rules, span};

fn taught() -> Enricher {
    let mut enricher = Enricher::new(rules(&[]));
    enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).order("o-1").change("PACKAGING", "SHIPPED"),
            span(2, 2, 10, 20).order("o-2").change("PACKAGING", "SHIPPED"),
        ],
    );
    enricher
}

/// Guarantees: entries of another version are refused, and change nothing.
#[test]
fn another_version_is_refused() {
    let mut enricher = taught();
    let before = enricher.entries();
    for version in [0, VERSION - 1, VERSION + 1] {
        let refused = enricher.load(version, &taught().entries()).expect_err("another version");
        assert_eq!(refused, format!("entries of version {version}, expected {VERSION}"));
    }
    assert_eq!(enricher.entries(), before);
}

/// Scenario: of two orders the first is damaged in each of its bytes, or cut at each of them.
/// Guarantees: it is left out or is an order; the other is taken over in any case.
#[test]
fn the_good_ones_are_taken() {
    let entries = taught().entries();
    let first = entries.iter().position(|it| it.key == b"oo-1").expect("an order");
    let whole = entries[first].value.clone().expect("its value");
    let mut odd: Vec<Vec<u8>> = (0..whole.len()).map(|end| whole[..end].to_vec()).collect();
    odd.extend((0..whole.len()).map(|place| {
        let mut value = whole.clone();
        value[place] ^= 0xff;
        value
    }));
    for value in odd {
        let mut entries = entries.clone();
        entries[first].value = Some(value);
        let mut next = Enricher::new(rules(&[]));
        let damaged = next.load(VERSION, &entries).expect("the version is right");
        assert_eq!(next.orders(), 2 - damaged as usize);
        let out = enrich(&mut next, &[span(3, 3, 30, 31).order("o-2")]);
        assert_eq!(get(&out[0], "order_status"), "SHIPPED");
    }
}

/// Guarantees: what belongs to an order names it, and an entry that is gone is gone.
#[test]
fn entries_name_their_order() {
    let mut enricher = taught();
    let about: Vec<Entry> =
        enricher.entries().into_iter().filter(|it| it.belongs_to == b"oo-1").collect();
    assert_eq!(about.iter().map(|it| it.key[0]).collect::<Vec<_>>(), [b'a']);
    let gone = Entry { key: b"oo-1".to_vec(), value: None, ..Entry::default() };
    assert_eq!(enricher.load(VERSION, &[gone]), Ok(0));
    assert_eq!(enricher.orders(), 1);
}
