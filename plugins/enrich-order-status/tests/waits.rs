//! A consume that came first is found by its publish under everything that leads from one to the
//! other.

mod support;

use enrich_order_status::enrich::Enricher;
use enrich_order_status::entries::VERSION;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Link;
use proptest::prelude::*;
use support::{Dress, enrich, get, rules, span};

const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

fn enricher() -> Enricher {
    Enricher::new(rules(&[]))
}

fn wait(span: &Span) -> String {
    get(span, "publish_to_consume_latency")
}

/// Sends a message from second 10 to 11.
fn publish() -> Span {
    span(1, 1, 10, 11).kind(PRODUCER).order("o-1")
}

/// What leads from a consume to its publish, and what does not.
#[derive(Clone, Copy, Debug)]
struct Leads {
    link: bool,
    parent: bool,
    message: bool,
    /// A link to a span that never comes.
    stray_link: bool,
    /// A parent that is no publish.
    stray_parent: bool,
    /// A message that was never sent.
    stray_message: bool,
}

impl Leads {
    fn anywhere(self) -> bool {
        self.link || self.parent || self.message
    }

    /// A consume that begins at second 14.
    fn consume(self) -> Span {
        let trace = if self.parent { 1 } else { 2 };
        let mut consume = span(trace, 2, 14, 20).kind(CONSUMER).order("o-1");
        if self.stray_link {
            consume = consume.linked_to(7, 7);
        }
        if self.link {
            consume = consume.linked_to(1, 1);
        }
        if self.parent {
            consume = consume.child_of(1);
        } else if self.stray_parent {
            consume = consume.child_of(9);
        }
        if self.message {
            consume = consume.text("message_id", "m-1");
        } else if self.stray_message {
            consume = consume.text("message_id", "m-9");
        }
        consume
    }

    fn publish(self) -> Span {
        if self.message { publish().text("message_id", "m-1") } else { publish() }
    }
}

fn all_leads() -> impl Iterator<Item = Leads> {
    (0u8..64).map(|bits| {
        let bit = |place: u8| bits >> place & 1 == 1;
        Leads {
            link: bit(0),
            parent: bit(1),
            message: bit(2),
            stray_link: bit(3),
            stray_parent: bit(4),
            stray_message: bit(5),
        }
    })
}

/// Scenario: every combination of link, parent and message that leads from a consume to its
/// publish or astray; the consume comes first, last, or in the same batch; with a swap in between.
/// Guarantees: the later of the two has the time, if anything leads from one to the other; a
/// publish that is sent again has it again.
#[test]
fn whatever_leads_to_the_publish_is_enough() {
    for leads in all_leads() {
        let told = if leads.anywhere() { "3" } else { "" };
        let mut enricher = enricher();
        assert_eq!(wait(&enrich(&mut enricher, &[leads.consume()])[0]), "", "{leads:?}");
        let mut next = self::enricher();
        next.load(VERSION, &enricher.entries()).expect("the state is right");
        for enricher in [&mut enricher, &mut next] {
            for _ in 0..2 {
                assert_eq!(wait(&enrich(enricher, &[leads.publish()])[0]), told, "{leads:?}");
            }
        }
        assert_eq!(enricher.entries(), next.entries(), "{leads:?}");

        let mut enricher = self::enricher();
        enrich(&mut enricher, &[leads.publish()]);
        assert_eq!(wait(&enrich(&mut enricher, &[leads.consume()])[0]), told, "{leads:?}");

        let batch = [leads.consume(), leads.publish()];
        let out = enrich(&mut self::enricher(), &batch);
        assert_eq!(out.iter().map(wait).collect::<Vec<_>>(), [told, ""], "{leads:?}");
    }
}

/// Scenario: a consume with parent and message, then its publish without the id.
/// Guarantees: it is found by its parent, and the next message under that id is another one.
#[test]
fn a_consume_with_an_id_is_found_by_its_parent() {
    let mut enricher = enricher();
    let consume = span(1, 2, 14, 20).kind(CONSUMER).child_of(1).text("message_id", "m-1");
    enrich(&mut enricher, &[consume]);
    assert_eq!(wait(&enrich(&mut enricher, &[publish()])[0]), "3");
    let next = span(3, 3, 12, 13).kind(PRODUCER).order("o-1").text("message_id", "m-1");
    assert_eq!(wait(&enrich(&mut enricher, &[next])[0]), "");
}

/// Scenario: an instrumentation library and the service each make a pair of spans for one message;
/// the library's are joined by a link, the service's by the message's id, which all four have.
/// Guarantees: each pair has its own time, whichever publish comes first.
#[test]
fn each_pair_has_its_time() {
    for swapped in [false, true] {
        let mut enricher = enricher();
        let id = |span: Span| span.order("o-1").text("message_id", "m-1");
        let library = id(span(2, 2, 14, 30).kind(CONSUMER).linked_to(1, 1));
        let service = id(span(2, 3, 16, 29).named("mq.consume.price").child_of(2));
        enrich(&mut enricher, &[library, service]);
        let sent_by_library = id(publish().child_of(5));
        let sent_by_service = id(span(1, 5, 9, 12).named("mq.publish.price"));
        let mut publishes = [(sent_by_library, "3"), (sent_by_service, "4")];
        if swapped {
            publishes.swap(0, 1);
        }
        for (publish, told) in publishes {
            assert_eq!(wait(&enrich(&mut enricher, &[publish])[0]), told, "{swapped}");
        }
    }
}

/// Scenario: a consume of two messages comes before both publishes, or between them.
/// Guarantees: each publish that comes later has the time of its own message.
#[test]
fn each_of_several_messages_has_its_time() {
    let second = || span(3, 3, 11, 13).kind(PRODUCER).order("o-1");
    let consume = || span(2, 2, 14, 20).kind(CONSUMER).order("o-1").linked_to(1, 1).linked_to(3, 3);
    let mut enricher = enricher();
    enrich(&mut enricher, &[consume()]);
    assert_eq!(wait(&enrich(&mut enricher, &[publish()])[0]), "3");
    assert_eq!(wait(&enrich(&mut enricher, &[second()])[0]), "1");

    let mut enricher = self::enricher();
    enrich(&mut enricher, &[publish()]);
    assert_eq!(wait(&enrich(&mut enricher, &[consume()])[0]), "3");
    assert_eq!(wait(&enrich(&mut enricher, &[second()])[0]), "1");
}

/// Scenario: a consume links to thousands of publishes, of which all but the last are known.
/// Guarantees: the last one is waited for.
#[test]
fn the_last_of_many_links_is_waited_for() {
    let link = |id: u32| Link {
        trace_id: vec![1; 16],
        span_id: u64::from(id).to_be_bytes().to_vec(),
        ..Link::default()
    };
    let publish = |id: u32| Span { span_id: link(id).span_id, ..publish() };
    let mut consume = span(2, 2, 14, 20).kind(CONSUMER);
    consume.links = (1..=3_000).rev().map(link).collect();
    let mut batch = vec![consume];
    batch.extend((2..=3_000).map(publish));
    let mut enricher = enricher();
    assert_eq!(wait(&enrich(&mut enricher, &batch)[0]), "3");
    assert_eq!(wait(&enrich(&mut enricher, &[publish(1)])[0]), "3");
}

/// Scenario: three consumes of one message wait for it, the second to come began first.
/// Guarantees: the publish has the time of the one that began first.
#[test]
fn of_several_consumes_the_first_to_begin_counts() {
    let mut enricher = enricher();
    for (id, start) in [(2, 16), (3, 13), (4, 15)] {
        let consume = span(id, id, start, 20).kind(CONSUMER).text("message_id", "m-1");
        enrich(&mut enricher, &[consume]);
    }
    let out = enrich(&mut enricher, &[publish().text("message_id", "m-1")]);
    assert_eq!(wait(&out[0]), "2");
}

/// Scenario: a consume that comes again while it waits.
/// Guarantees: it waits once.
#[test]
fn a_consume_that_comes_again_waits_once() {
    let mut enricher = enricher();
    let consume = span(2, 2, 14, 20).kind(CONSUMER).text("message_id", "m-1");
    enrich(&mut enricher, std::slice::from_ref(&consume));
    let once = enricher.entries();
    enrich(&mut enricher, &[consume]);
    assert_eq!(enricher.entries(), once);
}

/// Scenario: a consume that only the message leads to its publish begins a trace, and waits.
/// Guarantees: once the publish is there, a change in that trace is set off by it.
#[test]
fn a_publish_that_comes_late_sets_off_what_its_message_began() {
    let mut enricher = enricher();
    let consume = span(2, 2, 14, 30).kind(CONSUMER).text("message_id", "m-1");
    enrich(&mut enricher, &[consume]);
    enrich(&mut enricher, &[publish().text("message_id", "m-1")]);
    let change = span(2, 3, 15, 28).child_of(2).order("o-1").change("", "PRICE_CALCULATED");
    let out = enrich(&mut enricher, &[change]);
    assert_eq!(get(&out[0], "status_transition_latency"), "18");
}

/// Scenario: a consume waits, by its message, for a publish of its own trace.
/// Guarantees: the change is set off by the root of the trace still, which began before both.
#[test]
fn a_late_publish_of_the_same_trace_sets_nothing_off() {
    let mut enricher = enricher();
    let consume = span(1, 2, 14, 30).kind(CONSUMER).child_of(5).text("message_id", "m-1");
    enrich(&mut enricher, &[span(1, 5, 8, 40), consume]);
    enrich(&mut enricher, &[publish().child_of(5).text("message_id", "m-1")]);
    let change = span(1, 3, 15, 28).child_of(2).order("o-1").change("", "PRICE_CALCULATED");
    let out = enrich(&mut enricher, &[change]);
    assert_eq!(get(&out[0], "status_transition_latency"), "20");
}

/// Scenario: room for two waiting consumes; three wait, each under all it can.
/// Guarantees: the one that came first is forgotten, under each of its handles.
#[test]
fn the_oldest_wait_is_forgotten() {
    for found_by_message in [false, true] {
        let mut enricher = Enricher::new(rules(&["limits: { publishes: 2 }"]));
        for id in 1..=3 {
            let consume = span(id, 10, 14, 20).kind(CONSUMER).linked_to(id, 1).child_of(2);
            enrich(&mut enricher, &[consume.text("message_id", &format!("m-{id}"))]);
        }
        let told = [1, 2, 3].map(|id| {
            let key = if found_by_message { 7 } else { 1 };
            let publish = span(id, key, 10, 11).kind(PRODUCER).order("o-1");
            let publish = publish.text("message_id", &format!("m-{id}"));
            wait(&enrich(&mut enricher, &[publish])[0])
        });
        assert_eq!(told, ["", "3", "3"], "{found_by_message}");
    }
}

proptest! {
    /// Guarantees: of a message whose two spans arrive in any order among others, in any batches,
    /// exactly one has the time.
    #[test]
    fn one_of_two_has_the_time(
        leads in prop::sample::select(all_leads().filter(|it| it.anywhere()).collect::<Vec<_>>()),
        others in prop::collection::vec(support::any_span(), 0..20),
        places in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        cuts in prop::collection::btree_set(0usize..22, 0..8),
    ) {
        let mut spans: Vec<Span> = others
            .into_iter()
            .map(|mut span| {
                span.trace_id.iter_mut().for_each(|byte| *byte += 100);
                for link in &mut span.links {
                    link.trace_id.iter_mut().for_each(|byte| *byte += 100);
                }
                span.attributes.retain(|attribute| attribute.key != "message_id");
                span
            })
            .collect();
        for (place, span) in [(places.0, leads.consume()), (places.1, leads.publish())] {
            spans.insert(place.index(spans.len() + 1), span);
        }
        let mut enricher = enricher();
        let mut told = Vec::new();
        for batch in support::cut(&spans, &cuts) {
            let out = enrich(&mut enricher, &batch);
            told.extend(out.iter().filter(|span| span.trace_id[0] < 100).map(wait));
        }
        told.sort();
        prop_assert_eq!(told, ["", "3"]);
    }
}
