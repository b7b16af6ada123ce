//! How long a plugin may take, by a clock of the tests' own.

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use host::{Chain, Clock, ComponentInstance, Crash, Limits, Runtime, Stopped};
use plugin::{Instance, OnFailure};

use crate::support::{COMPONENT, NOW, batch, document, limits, listener, names, start, start_with};

thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// A clock on which a millisecond goes by whenever somebody looks.
fn wall() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    LOOKS.set(LOOKS.get() + 1);
    *START + Duration::from_millis(LOOKS.get())
}

/// The same, where a thread gets all that there is.
const CLOCK: Clock = Clock { wall, thread: None };

/// Scenario: a clock on which a millisecond goes by whenever somebody looks.
/// Guarantees: a plugin that spins gets rounds as long as it has time, and
/// none once its time is over.
#[test]
fn a_plugin_that_spins_gets_no_rounds_after_its_time() {
    let runtime = Runtime::with_clock(None, CLOCK).unwrap();
    let module = runtime.load(&COMPONENT, Limits { rounds: 1000, ..limits() }).unwrap();
    let mut instance =
        ComponentInstance::start(&module, &[document("does: spin")], listener()).unwrap();

    LOOKS.set(0);
    let stopped = instance.process(&batch(&["one"]), NOW).unwrap_err();
    assert_eq!(stopped, Stopped::Crash(Crash::OutOfTime(Duration::from_millis(300))));
    // One look as the call begins; more than 300 ms later is the 302nd.
    assert_eq!(LOOKS.get(), 302);
}

/// Scenario: machines on which a thread gets a third of a processor, and a fortieth part of one.
/// Guarantees: a plugin that spins is stopped by what it got; where it gets less than the
/// twentieth part, by the ceiling, and in other words.
#[test]
fn a_plugin_is_stopped_by_what_it_got_of_the_processor() {
    type Got = fn() -> Duration;
    let got: [(Got, u64, &str); 2] = [
        (|| Duration::from_millis(LOOKS.get()) / 3, 900, "ran longer than 300ms"),
        (
            || Duration::from_millis(LOOKS.get()) / 40,
            6000,
            "got less than 300ms of the processor in 6s",
        ),
    ];
    for (thread, millis, why) in got {
        let clock = Clock { wall, thread: Some(thread) };
        let runtime = Runtime::with_clock(None, clock).unwrap();
        let module = runtime.load(&COMPONENT, Limits { rounds: 1000, ..limits() }).unwrap();
        let mut instance =
            ComponentInstance::start(&module, &[document("does: spin")], listener()).unwrap();
        LOOKS.set(0);
        assert_eq!(instance.process(&batch(&["one"]), NOW).unwrap_err().to_string(), why);
        assert!(LOOKS.get().abs_diff(millis) < 5, "{why}: {}", LOOKS.get());
    }
}

/// Scenario: a call that looks at the clock many times, where a thread gets the fifteenth part of a
/// processor, with a tenth of the time that it takes on the wall.
/// Guarantees: it ends well, for it got no more of the processor than it may.
#[test]
fn a_call_that_waits_for_a_processor_is_not_stopped() {
    let clock = Clock { wall, thread: Some(|| Duration::from_millis(LOOKS.get()) / 15) };
    let runtime = Runtime::with_clock(None, clock).unwrap();
    let limits = Limits { rounds: 1, timeout: Duration::from_secs(3600), ..limits() };
    let module = runtime.load(&COMPONENT, limits).unwrap();
    let mut instance =
        ComponentInstance::start(&module, &[document("does: pass")], listener()).unwrap();
    let long = batch(&vec!["span"; 100]);
    LOOKS.set(0);
    instance.process(&long, NOW).unwrap();
    let took = Duration::from_millis(LOOKS.get());
    assert!(took > Duration::from_millis(50), "the meter did not ask for time");
    instance.process_within(took / 10, &long, NOW, |_| Ok(())).unwrap();
}

/// Scenario: a plugin that needs twice the time of a call to say what it is.
/// Guarantees: it has that: what comes before the first batch may take ten times as long.
#[test]
fn a_plugin_has_more_time_before_its_first_batch() {
    let runtime = Runtime::with_clock(None, CLOCK).unwrap();
    let load = |millis| {
        let limits = Limits { rounds: 1, timeout: Duration::from_millis(millis), ..limits() };
        runtime.load(&COMPONENT, limits)
    };
    let mut instance = ComponentInstance::new(&load(1_000_000).unwrap(), listener()).unwrap();
    LOOKS.set(0);
    instance.describe().unwrap();
    let needed = LOOKS.get();
    assert!(load(needed / 2).is_ok(), "{needed}");
    assert!(load(needed / 20).is_err(), "{needed}");
}

/// Scenario: a plugin spins over the state that it is handed.
/// Guarantees: it is stopped after ten times the time of a call.
#[test]
fn a_plugin_has_more_time_to_take_a_state_over() {
    let runtime = Runtime::with_clock(None, CLOCK).unwrap();
    let module = runtime.load(&COMPONENT, Limits { rounds: 1000, ..limits() }).unwrap();
    let spins = start_with("does: spin\nduring: load\n", module, None, &listener()).unwrap();
    let mut chain = Chain::new(vec![start("does: pass").0], 0);
    chain.process(&batch(&["one"]), NOW).unwrap();
    assert_eq!(
        chain.swap(0, spins).unwrap_err(),
        "the state of the running generation cannot be taken over: ran longer than 3s"
    );
}

/// Scenario: a plugin tells changes of its state and each time says that there are more.
/// Guarantees: it is asked until it has told twice what its memory can hold, and given up then.
#[test]
fn changes_without_end_come_to_one() {
    let runtime = Runtime::with_clock(None, CLOCK).unwrap();
    let limits = Limits { memory_bytes: 16 << 20, rounds: i32::MAX, ..limits() };
    let module = runtime.load(&COMPONENT, limits).unwrap();
    let host = listener();
    let generation = start_with("does: repeat\nduring: changes\n", module, None, &host).unwrap();
    let mut chain = Chain::new(vec![generation], 0);
    LOOKS.set(0);
    assert_eq!(names(&chain.process(&batch(&["one"]), NOW).unwrap().traces), ["one"]);
    // One look as a call begins: at the batch, which asks for one series, and at each MiB of what was
    // told of the state.
    assert_eq!(LOOKS.get(), 2 + 2 * 16 + 2);
    let log = host.lock().unwrap().log.clone();
    assert_eq!(log.len(), 1);
    assert!(log[0].1.ends_with("told changes without end"), "{log:?}");
}

/// Scenario: a machine that has no time for a plugin.
/// Guarantees: no span is held back for it and none passes; it is told that the batch may be sent
/// again.
#[test]
fn a_batch_that_the_machine_has_no_time_for_is_nobodys_fault() {
    let clock = Clock { wall, thread: Some(|| Duration::from_millis(LOOKS.get()) / 40) };
    let runtime = Runtime::with_clock(None, clock).unwrap();
    let module = runtime.load(&COMPONENT, Limits { rounds: 1000, ..limits() }).unwrap();
    let rules = "does: spin\nif-contains: slow\n";
    let generation = start_with(rules, module, Some(OnFailure::Pass), &listener()).unwrap();
    let mut chain = Chain::new(vec![generation], 0);
    assert_eq!(
        chain.process(&batch(&["slow", "good"]), NOW).unwrap_err().to_string(),
        "a batch of 2 spans was not searched to its end, nothing of it goes on, it may be sent again: the plugin got less than 300ms of the processor in 6s"
    );
    assert_eq!(names(&chain.process(&batch(&["good"]), NOW).unwrap().traces), ["good"]);
}

/// Scenario: a machine that has no time for a plugin in the shadow.
/// Guarantees: nobody waits for it again, and what came goes on.
#[test]
fn a_batch_that_the_machine_has_no_time_for_in_the_shadow_goes_on() {
    let clock = Clock { wall, thread: Some(|| Duration::from_millis(LOOKS.get()) / 40) };
    let runtime = Runtime::with_clock(None, clock).unwrap();
    let module = runtime.load(&COMPONENT, Limits { rounds: 1000, ..limits() }).unwrap();
    let dark = start_with("does: spin", module, None, &listener()).unwrap().in_shadow();
    let mut chain = Chain::new(vec![dark], 0);
    LOOKS.set(0);
    let passed = chain.process(&batch(&["one", "two"]), NOW).unwrap();
    assert!(LOOKS.get() < 6100, "{} looks", LOOKS.get());
    assert_eq!(names(&passed.traces), ["one", "two"]);
    assert_eq!((passed.unsearched.len(), passed.faults[0].1.spans), (0, 2));
}
