//! Entries that cannot be taken over.

mod support;

use enrich_order_status::enrich::Enricher;
use enrich_order_status::entries::VERSION;
use enrich_order_status::life::lifecycle::Status;
use enrich_order_status::life::order::{Order, Success, Transition};
use enrich_order_status::life::traces::MAX_LINKS;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use plugin::Entry;
use support::{Dress, bytes_of, enrich, get, rules, span};

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

const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

/// Entries of every kind: orders, a publish, a consume that waits, traces and what they are about.
fn taught_all() -> Enricher {
    let mut enricher = taught();
    enrich(
        &mut enricher,
        &[
            span(3, 3, 10, 11).kind(PRODUCER).order("o-3").text("message_id", "m-1"),
            span(4, 4, 20, 21).kind(CONSUMER).linked_to(9, 9),
            span(5, 5, 20, 21).order("o-4").text("partner_id", "p-17"),
            span(6, 6, 20, 21).order("o-5").with("partner_id", Value::IntValue(-17)),
        ],
    );
    enricher
}

/// Guarantees: entries are told in parts of about the size that was asked for, each once, and the
/// last part says that it is the last.
#[test]
fn entries_are_told_in_parts() {
    let whole = taught_all().entries();
    let kinds: std::collections::BTreeSet<u8> = whole.iter().map(|it| it.key[0]).collect();
    assert_eq!(kinds.len(), 5, "an entry of each kind");
    for most in (0..300).chain([usize::MAX]) {
        let mut enricher = taught_all();
        let mut told = Vec::new();
        loop {
            let part = enricher.changes(most);
            let sizes = part.entries.iter().map(|it| bytes_of(std::slice::from_ref(it)).len());
            let sizes: Vec<usize> = sizes.collect();
            let (_, before) = sizes.split_last().expect("one entry at least");
            assert!(before.is_empty() || before.iter().sum::<usize>() < most, "{most}: {sizes:?}");
            assert!(!part.more || sizes.iter().sum::<usize>() >= most, "{most}: {sizes:?}");
            told.extend(part.entries);
            if !part.more {
                break;
            }
        }
        told.sort_by(|one, other| one.key.cmp(&other.key));
        assert_eq!(told, whole);
        let nothing = enricher.changes(most);
        assert!(nothing.entries.is_empty() && !nothing.more);
    }
}

/// Scenario: two entries of one kind are left, and a host asks for one at a time.
/// Guarantees: with the first it hears that there is another.
#[test]
fn the_last_entries_are_told_whatever_they_are() {
    let [first, second] = [1, 2].map(|trace| span(trace, trace, 10, 20).child_of(99));
    let without_trace = [1, 2].map(|id| span(0, id, 10, 20).order(&format!("o-{id}")));
    for (batch, kind) in [
        (without_trace, b'o'),
        ([first.clone().kind(PRODUCER), second.clone().kind(PRODUCER)], b'p'),
        ([first.clone().kind(CONSUMER), second.clone().kind(CONSUMER)], b'w'),
        ([span(1, 1, 10, 20), span(2, 2, 10, 20)], b't'),
        ([first.order("o-1"), second.order("o-1")], b'a'),
    ] {
        let mut enricher = Enricher::new(rules(&[]));
        enrich(&mut enricher, &batch);
        let told: Vec<_> = (0..enricher.entries().len()).map(|_| enricher.changes(1)).collect();
        let last: Vec<_> =
            told.iter().rev().take(2).map(|it| (it.entries[0].key[0], it.more)).collect();
        assert_eq!(last, [(kind, false), (kind, true)]);
    }
}

/// Scenario: a trace with as many links as are kept gets another one.
/// Guarantees: a host hears of it where that one sorts before the last, and else it does not.
#[test]
fn what_is_not_kept_is_not_told() {
    for (link, is_told) in [(100, true), (250, false)] {
        let mut enricher = Enricher::new(rules(&[]));
        let consume = |id| span(1, id, 10, 20).child_of(99).kind(CONSUMER);
        let full = (0..MAX_LINKS as u8).fold(consume(1), |it, link| it.linked_to(200 + link, 1));
        enrich(&mut enricher, &[full]);
        enricher.changes(usize::MAX);
        enrich(&mut enricher, &[consume(2).linked_to(link, 1)]);
        let told = enricher.changes(usize::MAX).entries;
        assert_eq!(told.iter().any(|it| it.key[0] == b't'), is_told, "{link}");
    }
}

/// Guarantees: entries are taken over as they were told.
#[test]
fn entries_come_back_as_they_were_told() {
    let whole = taught_all().entries();
    let mut next = Enricher::new(rules(&[]));
    assert_eq!(next.load(VERSION, &whole), Ok(0));
    assert_eq!(next.entries(), whole);
    let out =
        enrich(&mut next, &[span(7, 7, 30, 31).order("o-4"), span(8, 8, 30, 31).order("o-5")]);
    let partners: Vec<String> = out.iter().map(|span| get(span, "partner_id")).collect();
    assert_eq!(partners, ["p-17", "-17"]);
}

/// Scenario: an entry with a byte more than it needs, in its value or its key, or with a key that
/// is none.
/// Guarantees: it is damaged.
#[test]
fn an_entry_with_more_in_it_is_damaged() {
    for entry in taught_all().entries() {
        let longer = |bytes: &[u8]| [bytes, &[0]].concat();
        let value = entry.value.as_deref().map(longer);
        let key = longer(&entry.key);
        let damaged = |entry: Entry| Enricher::new(rules(&[])).load(VERSION, &[entry]);
        assert_eq!(damaged(Entry { value, ..entry.clone() }), Ok(1), "{entry:?}");
        // The id of an order has no length of its own.
        if entry.key[0] != b'o' {
            assert_eq!(damaged(Entry { key, ..entry.clone() }), Ok(1), "{entry:?}");
        }
        for key in [vec![], b"x1".to_vec()] {
            assert_eq!(damaged(Entry { key, ..entry.clone() }), Ok(1));
        }
    }
}

/// Scenario: the links of a consume that waits, and of a trace, in order, twice the same, and too
/// many.
/// Guarantees: only those in order are taken over.
#[test]
fn links_are_sorted_and_few() {
    let load = |key: &[u8], before: &[u8], links: &[u8], after: &[u8]| {
        let keys = links.iter().flat_map(|link| [*link; 24]).collect::<Vec<u8>>();
        let value = [&[1, 1], before, &[links.len() as u8], &keys, after].concat();
        let entry = Entry { key: key.to_vec(), value: Some(value), ..Entry::default() };
        Enricher::new(rules(&[])).load(VERSION, &[entry])
    };
    let wait = |links: &[u8]| load(&[b"w".as_slice(), &[7; 24]].concat(), &[1], links, &[0, 0]);
    let beginning = |links: &[u8]| load(&[b"t".as_slice(), &[7; 16]].concat(), &[0], links, &[]);
    let most: Vec<u8> = (1..=MAX_LINKS as u8).collect();
    assert_eq!((wait(&most), beginning(&most)), (Ok(0), Ok(0)));
    let more = [most.as_slice(), &[99]].concat();
    for damaged in [&[3, 3][..], &[4, 3], &more] {
        assert_eq!((wait(damaged), beginning(damaged)), (Ok(1), Ok(1)), "{damaged:?}");
    }
}

/// Guarantees: an entry of any kind that is gone is gone, and nothing else with its key.
#[test]
fn what_is_gone_is_gone() {
    for entry in taught_all().entries() {
        let mut enricher = taught_all();
        let gone = Entry { value: None, ..entry.clone() };
        assert_eq!(enricher.load(VERSION, &[gone]), Ok(0));
        assert!(enricher.entries().iter().all(|it| it.key != entry.key), "{entry:?}");
    }
}

/// Guarantees: no order has a transition or a success twice, or out of order.
#[test]
fn parts_of_an_order_are_sorted() {
    let transition = |moment| Transition {
        moment,
        span_id: 1,
        start: 0,
        status: Status::UNLISTED,
        claimed: None,
        version: None,
    };
    let success = |end| Success { end, operation: 0 };
    for (moments, is_sound) in [([1, 2], true), ([1, 1], false), ([2, 1], false)] {
        let transitions = moments.map(transition).to_vec();
        let successes = moments.map(success).to_vec();
        let of = |transitions, successes| Order::from_parts(None, transitions, None, successes);
        assert_eq!(of(transitions, vec![]).is_some(), is_sound);
        assert_eq!(of(vec![], successes).is_some(), is_sound);
    }
}

/// Scenario: the rules of the next generation allow less history, and no dash in an id of a partner.
/// Guarantees: what they do not allow is not taken over, and the host is told so.
#[test]
fn entries_are_held_to_the_rules_of_now() {
    let mut enricher = Enricher::new(rules(&[]));
    let mut batch = vec![span(1, 1, 5, 6).order("o_1").text("partner_id", "p-17")];
    for (id, to) in [(2, "PACKAGING"), (3, "SHIPPED"), (4, "CLOSED")] {
        let start = 10 * u64::from(id);
        batch.push(span(1, id, start, start + 1).order("o_1").change("", to));
    }
    for id in [5, 6, 7] {
        let start = 10 * u64::from(id);
        batch.push(span(1, id, start, start + 1).named("shop.init").order("o_1"));
    }
    enrich(&mut enricher, &batch);
    let less = "limits: { transitions_per_order: 2, operations_per_order: 1 }\n\
                ids: { characters: \"_\" }";
    let mut next = Enricher::new(rules(&[less]));
    assert_eq!(next.load(VERSION, &enricher.entries()), Ok(0));
    let order = |enricher: &Enricher| {
        enricher.entries().into_iter().find(|it| it.key == b"oo_1").expect("the order")
    };
    let told = next.changes(usize::MAX).entries;
    assert!(told.contains(&order(&next)), "the host hears of it");
    // As one that learned all of it under the rules of now.
    let mut fresh = Enricher::new(rules(&[less]));
    enrich(&mut fresh, &batch);
    let bytes = |enricher: &Enricher| order(enricher).value.expect("a value").len();
    assert_eq!(bytes(&next), bytes(&fresh));
    let out = enrich(&mut next, &[span(2, 1, 90, 91).order("o_1")]);
    assert_eq!(get(&out[0], "partner_id"), "");
}

/// Guarantees: of an order no more operations are remembered than the rules allow.
#[test]
fn operations_beyond_the_limit_are_forgotten() {
    let bytes = |most: usize| {
        let limit = format!("limits: {{ operations_per_order: {most} }}");
        let mut enricher = Enricher::new(rules(&[&limit]));
        let operation = |id| span(1, id, 10 * u64::from(id), 99).named("shop.init").order("o-1");
        let operation = |id| Span { end_time_unix_nano: u64::from(id) << 40, ..operation(id) };
        enrich(&mut enricher, &[1, 2, 3].map(operation));
        let order = enricher.entries().into_iter().find(|it| it.key == b"oo-1");
        order.and_then(|it| it.value).expect("its value").len()
    };
    assert!(bytes(1) < bytes(2) && bytes(2) < bytes(3) && bytes(3) == bytes(4));
}

/// Scenario: a message was sent twice, and the entry of the first publish is gone.
/// Guarantees: its consume finds the second one.
#[test]
fn a_publish_that_is_gone_leaves_the_message_to_another() {
    let mut enricher = Enricher::new(rules(&[]));
    let publish =
        |id, end| span(id, id, 10, end).kind(PRODUCER).order("o-1").text("message_id", "m-1");
    enrich(&mut enricher, &[publish(1, 12)]);
    enrich(&mut enricher, &[publish(2, 14)]);
    let key = [b"p".as_slice(), &[1; 24]].concat();
    assert!(enricher.entries().iter().any(|it| it.key == key));
    let gone = Entry { key: key.clone(), value: None, ..Entry::default() };
    assert_eq!(enricher.load(VERSION, &[gone]), Ok(0));
    assert!(enricher.entries().iter().all(|it| it.key != key));
    let consume = span(3, 3, 20, 21).kind(CONSUMER).order("o-1").text("message_id", "m-1");
    let out = enrich(&mut enricher, &[consume]);
    assert_eq!(get(&out[0], "publish_to_consume_latency"), "6");
}
