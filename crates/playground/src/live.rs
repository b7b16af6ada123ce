//! [`Live`]: what came in, in memory only, for the page to fetch one request after the other.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the page waits for the next request at most, before it asks again.
const PATIENCE: Duration = Duration::from_secs(1);

/// The requests that are kept.
#[derive(Debug)]
pub(crate) struct Live {
    kept: Mutex<Kept>,
    /// The number of the last request.
    last: watch::Sender<u64>,
}

/// How much is kept. What is more pushes out the oldest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub bytes: usize,
    pub requests: usize,
}

#[derive(Debug)]
struct Kept {
    bounds: Bounds,
    requests: VecDeque<Request>,
    bytes: usize,
    /// How many went for the bounds, since the start. The oldest that is kept has the next number.
    lost: u64,
}

/// The body of a request, as it came but for its compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub media: &'static str,
    pub body: Bytes,
}

/// A request with its number, and how many were lost so far.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Next {
    pub request: Request,
    pub sequence: u64,
    pub lost: u64,
}

impl Live {
    pub fn new(bounds: Bounds) -> Live {
        let kept = Kept { bounds, requests: VecDeque::new(), bytes: 0, lost: 0 };
        Live { kept: Mutex::new(kept), last: watch::Sender::new(0) }
    }

    /// Keeps a request, and wakes who waits for it.
    pub fn keep(&self, request: Request) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(request);
        // Under the lock: numbers are told in their order.
        self.last.send_replace(kept.last());
    }

    /// Returns the oldest request after the one of this number; waits for it a moment if there is none.
    pub async fn after(&self, number: u64) -> Option<Next> {
        let mut last = self.last.subscribe();
        timeout(PATIENCE, last.wait_for(|last| *last > number)).await.ok()?.ok()?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).after(number)
    }
}

impl Kept {
    fn push(&mut self, request: Request) {
        self.bytes += request.body.len();
        self.requests.push_back(request);
        while self.bytes > self.bounds.bytes || self.requests.len() > self.bounds.requests {
            let Some(oldest) = self.requests.pop_front() else { break };
            self.bytes -= oldest.body.len();
            self.lost += 1;
        }
    }

    fn last(&self) -> u64 {
        self.lost + self.requests.len() as u64
    }

    fn after(&self, number: u64) -> Option<Next> {
        let index = number.saturating_sub(self.lost);
        let request = self.requests.get(usize::try_from(index).ok()?)?.clone();
        Some(Next { request, sequence: self.lost + index + 1, lost: self.lost })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn request(length: usize) -> Request {
        Request { media: crate::media::PROTOBUF, body: vec![0; length].into() }
    }

    fn told(live: &Live, number: u64) -> Option<(u64, u64, usize)> {
        let next = live.kept.lock().unwrap().after(number)?;
        Some((next.sequence, next.lost, next.request.body.len()))
    }

    #[test]
    fn requests_are_told_in_order_by_number() {
        let live = Live::new(Bounds { bytes: 100, requests: 10 });
        assert_eq!(told(&live, 0), None);
        for length in 1..=3 {
            live.keep(request(length));
        }
        assert_eq!(told(&live, 0), Some((1, 0, 1)));
        assert_eq!(told(&live, 2), Some((3, 0, 3)));
        assert_eq!(told(&live, 3), None);
        assert_eq!(told(&live, u64::MAX), None);
    }

    /// Guarantees: what is kept stays under both bounds, the oldest goes first, and whoever asks for
    /// one that is gone gets the oldest there is and how many are lost.
    #[test]
    fn more_than_the_bound_pushes_out_the_oldest_and_is_counted() {
        let live = Live::new(Bounds { bytes: 10, requests: 3 });
        for length in [4, 4, 4] {
            live.keep(request(length));
        }
        assert_eq!(told(&live, 0), Some((2, 1, 4)));
        for length in [1, 1, 1] {
            live.keep(request(length));
        }
        assert_eq!(told(&live, 1), Some((4, 3, 1)));
        assert_eq!(told(&live, 5), Some((6, 3, 1)));
        live.keep(request(11));
        assert_eq!(told(&live, 0), None);
        assert_eq!(live.kept.lock().unwrap().bytes, 0);
        live.keep(request(10));
        assert_eq!(told(&live, 0), Some((8, 7, 10)));
    }

    #[tokio::test]
    async fn who_waits_is_woken_by_the_next() {
        let live = Arc::new(Live::new(Bounds { bytes: 10, requests: 3 }));
        let waiting = tokio::spawn({
            let live = Arc::clone(&live);
            async move { live.after(0).await }
        });
        tokio::task::yield_now().await;
        live.keep(request(2));
        assert_eq!(waiting.await.unwrap().unwrap().sequence, 1);
    }
}
