//! The request budget of a system: a number of requests per period, a number of concurrent ones, and pauses that the system
//! asked for.
//!
//! One budget for everything that this process does with a system, reads and writes alike.

use crate::{compile::system::Limit, host::Host};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Concurrent requests if the declaration does not say: one.
const AT_ONCE: u64 = 1;

/// A budget of requests.
#[derive(Debug)]
pub struct Budget {
    at_once: usize,
    under_way: Arc<Semaphore>,
    taken: Mutex<RateWindow>,
}

#[derive(Debug)]
struct RateWindow {
    /// How many in how long; none where the declaration does not say.
    rate: Option<(usize, Duration)>,
    requests: VecDeque<Instant>,
    pause: Option<(Instant, String)>,
}

/// The longest wait for our own limit. Only a limit per day can require more, and that is an error rather than a wait.
const LONGEST_QUEUE: Duration = Duration::from_secs(60 * 60);

/// A limit that is spent for too long.
#[derive(Debug)]
pub struct Spent {
    /// `limit of 15000 per day`
    pub what: String,
    pub wait: Duration,
}

/// A wait that is needed before the next request.
#[derive(Debug, PartialEq, Eq)]
struct Wait(Duration, String);

impl Budget {
    /// A budget of its own.
    pub fn new(limit: Option<Limit>) -> Self {
        let rate = limit.map(|limit| (usize::try_from(limit.amount.max(1)).unwrap_or(usize::MAX), Duration::from_secs(limit.per_seconds)));
        Self::with_rate(rate, limit.and_then(|limit| limit.concurrent))
    }

    /// A budget that only says how many requests may be under way.
    pub fn unmetered(limit: Option<Limit>) -> Self {
        Self::with_rate(None, limit.and_then(|limit| limit.concurrent))
    }

    fn with_rate(rate: Option<(usize, Duration)>, at_once: Option<u64>) -> Self {
        let at_once = usize::try_from(at_once.unwrap_or(AT_ONCE)).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS);
        let taken = RateWindow { rate, requests: VecDeque::new(), pause: None };
        Self { at_once, under_way: Arc::new(Semaphore::new(at_once)), taken: Mutex::new(taken) }
    }

    /// How many requests may be under way.
    pub const fn at_once(&self) -> usize {
        self.at_once
    }

    /// Waits until a request may be sent, and takes it from the budget. The request counts as running until the returned guard
    /// is dropped.
    ///
    /// # Errors
    /// It would have to wait for hours.
    pub async fn enter(&self, host: &Host, tell: &(dyn Fn(Duration, &str) + Sync)) -> Result<OwnedSemaphorePermit, Spent> {
        let permit = Arc::clone(&self.under_way).acquire_owned().await.expect("the semaphore is never closed");
        loop {
            // The lock is released before the wait.
            let taken = locked(&self.taken).take(host.instant());
            let Err(Wait(wait, why)) = taken else { return Ok(permit) };
            if wait > LONGEST_QUEUE {
                return Err(Spent { what: why, wait });
            }
            tell(wait, &why);
            host.sleep(wait).await;
        }
    }

    /// Blocks all requests for some time.
    pub fn pause(&self, host: &Host, wait: Duration, why: &str) {
        let until = host.instant() + wait;
        let mut taken = locked(&self.taken);
        if taken.pause.as_ref().is_none_or(|(pause, _)| *pause < until) {
            taken.pause = Some((until, why.to_owned()));
        }
    }
}

/// The budgets of all systems that one engine asks, whichever of its projects asks them: the vendor counts requests, not projects.
#[derive(Clone, Debug, Default)]
pub struct Budgets(Arc<Mutex<HashMap<String, Arc<Budget>>>>);

impl Budgets {
    /// The budget of a system.
    pub fn of(&self, base: &str, limit: Option<Limit>) -> Arc<Budget> {
        let key = format!("{base} {limit:?}");
        Arc::clone(locked(&self.0).entry(key).or_insert_with(|| Arc::new(Budget::new(limit))))
    }
}

impl RateWindow {
    fn take(&mut self, now: Instant) -> Result<(), Wait> {
        if let Some((until, why)) = &self.pause {
            if *until > now {
                return Err(Wait(*until - now, why.clone()));
            }
            self.pause = None;
        }
        let Some((amount, stretch)) = self.rate else { return Ok(()) };
        while self.requests.front().is_some_and(|first| now.duration_since(*first) >= stretch) {
            self.requests.pop_front();
        }
        if let Some(first) = self.requests.front().filter(|_| self.requests.len() >= amount) {
            return Err(Wait(stretch - now.duration_since(*first), format!("limit of {amount} per {}", unit(stretch))));
        }
        self.requests.push_back(now);
        Ok(())
    }
}

fn unit(stretch: Duration) -> String {
    match stretch.as_secs() {
        1 => "second".to_owned(),
        60 => "minute".to_owned(),
        3_600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        seconds => format!("{seconds} s"),
    }
}

/// Locks even if another thread panicked: the guarded data are plain counters.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests have a clock of their own")]
mod tests {
    use super::*;

    const fn limit(amount: u64, per_seconds: u64, concurrent: Option<u64>) -> Option<Limit> {
        Some(Limit { amount, per_seconds, concurrent })
    }

    #[test]
    fn never_more_than_the_amount_in_any_stretch() {
        let budget = Budget::new(limit(2, 60, None));
        let mut taken = budget.taken.lock().unwrap();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(taken.take(at(0)), Ok(()));
        assert_eq!(taken.take(at(40)), Ok(()));
        assert_eq!(taken.take(at(50)), Err(Wait(Duration::from_secs(10), "limit of 2 per minute".into())));
        assert_eq!(taken.take(at(60)), Ok(()));
        assert_eq!(taken.take(at(61)), Err(Wait(Duration::from_secs(39), "limit of 2 per minute".into())));
    }

    #[test]
    fn a_pause_holds_everybody_and_the_longer_one_wins() {
        let budget = Budget::new(None);
        budget.pause(&Host::real(), Duration::from_secs(30), "429, Retry-After");
        budget.pause(&Host::real(), Duration::from_secs(1), "429");
        let mut taken = budget.taken.lock().unwrap();
        let Wait(wait, why) = taken.take(Instant::now()).unwrap_err();
        assert!(wait > Duration::from_secs(28) && why == "429, Retry-After", "{wait:?} {why}");
        assert_eq!(taken.take(Instant::now() + Duration::from_secs(31)), Ok(()));
    }

    #[tokio::test]
    async fn only_so_many_are_under_way() {
        let budget = Budget::new(limit(100, 1, Some(2)));
        let (first, _second) = (budget.enter(&Host::real(), &|_, _| ()).await, budget.enter(&Host::real(), &|_, _| ()).await);
        let third = tokio::time::timeout(Duration::from_millis(20), budget.enter(&Host::real(), &|_, _| ())).await;
        assert!(third.is_err());
        drop(first);
        assert!(tokio::time::timeout(Duration::from_millis(500), budget.enter(&Host::real(), &|_, _| ())).await.is_ok());
    }

    #[test]
    fn one_budget_for_one_system() {
        let (here, elsewhere) = (Budgets::default(), Budgets::default());
        let one = here.of("https://a.example.com", limit(40, 60, None));
        assert!(Arc::ptr_eq(&one, &here.of("https://a.example.com", limit(40, 60, None))));
        assert!(!Arc::ptr_eq(&one, &here.of("https://b.example.com", limit(40, 60, None))));
        assert!(!Arc::ptr_eq(&one, &elsewhere.of("https://a.example.com", limit(40, 60, None))), "another engine counts for itself");
    }
}
