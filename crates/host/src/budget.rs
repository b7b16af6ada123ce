//! [`Budget`]: how long something may take.

use std::time::{Duration, Instant};

use plugin::Crash;

/// How many times its limit something may last on the wall. A machine that gives less than the
/// twentieth part of one processor is not one that anybody waits for.
pub(crate) const CEILING: u32 = 20;

/// How long looks ask the system for nothing: as long, or an eighth of the limit.
const EARLY: Duration = Duration::from_millis(1);

/// Tells the time on the wall, and what the thread that asks got of the processor.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The time on the wall.
    pub wall: fn() -> Instant,
    /// None where threads have no clocks; the wall's time counts then.
    pub thread: Option<fn() -> Duration>,
}

impl Clock {
    /// That of the machine.
    pub fn system() -> Clock {
        #[cfg(target_os = "linux")]
        let thread: Option<fn() -> Duration> = Some(thread_time);
        #[cfg(not(target_os = "linux"))]
        let thread = None;
        Clock { wall: Instant::now, thread }
    }
}

#[cfg(target_os = "linux")]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// How long something may take: so much of the processor, and [`CEILING`] times as much on the
/// wall. It stays on one thread.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    clock: Clock,
    limit: Duration,
    began: Instant,
    /// What the thread had got at the first look that was not early.
    base: Option<Duration>,
}

impl Budget {
    /// Starts the time.
    pub fn begin(clock: Clock, limit: Duration) -> Self {
        Budget { clock, limit, began: (clock.wall)(), base: None }
    }

    /// Looks at the thread's clock at the first look that is not early and when the limit is over on
    /// the wall, and not in between: nobody gets more of a processor than there is time. So a call
    /// that ends before, as most do, asks the system for nothing. What it got before, by a meter a
    /// few milliseconds at most, is not counted.
    ///
    /// # Errors
    ///
    /// Which bound was passed.
    pub fn check(&mut self) -> Result<(), Crash> {
        let elapsed = (self.clock.wall)().saturating_duration_since(self.began);
        if self.base.is_none() && elapsed < EARLY.min(self.limit / 8) {
            return Ok(());
        }
        let base =
            *self.base.get_or_insert_with(|| self.clock.thread.map(|it| it()).unwrap_or_default());
        if elapsed <= self.limit {
            return Ok(());
        }
        let used = self.clock.thread.map_or(elapsed, |it| it().saturating_sub(base));
        let longest = self.limit.saturating_mul(CEILING);
        if used > self.limit {
            Err(Crash::OutOfTime(self.limit))
        } else if elapsed > longest {
            Err(Crash::Starved(self.limit, longest))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::LazyLock;

    use super::*;

    thread_local! {
        static WALL: Cell<Duration> = const { Cell::new(Duration::ZERO) };
        static THREAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    fn wall() -> Instant {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        *START + WALL.get()
    }

    /// Guarantees: whatever a thread gets and however often somebody looks, a budget is over once
    /// more than the limit was got since the first look behind its eighth, or the ceiling has
    /// passed; never before.
    #[test]
    fn a_budget_is_over_at_its_bounds_and_never_before() {
        // A fixed row of numbers, as random as it must be here.
        let mut seed = 1_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        let clock = Clock { wall, thread: Some(|| THREAD.get()) };
        for _ in 0..2000 {
            let limit = Duration::from_nanos(1 + random(1000));
            let mut budget = Budget::begin(clock, limit);
            let (began, mut base) = (WALL.get(), None::<Duration>);
            loop {
                let step = random(200);
                WALL.set(WALL.get() + Duration::from_nanos(step));
                THREAD.set(THREAD.get() + Duration::from_nanos(random(step + 1)));
                let elapsed = WALL.get() - began;
                if elapsed >= limit / 8 {
                    base.get_or_insert(THREAD.get());
                }
                let used = base.map_or(Duration::ZERO, |base| THREAD.get() - base);
                let expected = if used > limit {
                    Err(Crash::OutOfTime(limit))
                } else if elapsed > limit * CEILING {
                    Err(Crash::Starved(limit, limit * CEILING))
                } else {
                    Ok(())
                };
                assert_eq!(budget.check(), expected);
                if expected.is_err() {
                    break;
                }
            }
        }
    }

    /// Guarantees: what waits costs nothing, and what works does.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_threads_clock_tells_work_from_waiting() {
        let began = thread_time();
        std::thread::sleep(Duration::from_millis(30));
        assert!(thread_time() - began < Duration::from_millis(20));
        while thread_time() - began < Duration::from_millis(30) {}
    }
}
