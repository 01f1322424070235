//! The request budget of a system: a number of requests per period, a number of concurrent ones, and pauses that the system
//! asked for.
//!
//! One budget for everything that this process does with a system, reads and writes alike.

use crate::{compile::system::Limit, host::Host, systems::StopSignal};
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
    under_way: Arc<Semaphore>,
    concurrency: Mutex<Concurrency>,
    taken: Mutex<RateWindow>,
}

/// How many requests may be under way.
#[derive(Debug)]
struct Concurrency {
    limit: usize,
    /// Permits of a higher limit that are still in use, and are taken away when they come back.
    excess: usize,
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

/// Why a request is not sent.
#[derive(Debug)]
pub enum NotEntered {
    /// A limit is spent for too long.
    Spent {
        /// `limit of 15000 per day`
        what: String,
        wait: Duration,
    },
    /// The run is to stop.
    Stopped,
}

/// A wait that is needed before the next request.
#[derive(Debug, PartialEq, Eq)]
struct Wait(Duration, String);

impl Budget {
    /// A budget of its own.
    pub fn new(limit: Option<Limit>) -> Self {
        Self::with_rate(rate_of(limit), limit.and_then(|limit| limit.concurrent))
    }

    /// A budget that only says how many requests may be under way.
    pub fn unmetered(limit: Option<Limit>) -> Self {
        Self::with_rate(None, limit.and_then(|limit| limit.concurrent))
    }

    fn with_rate(rate: Option<(usize, Duration)>, at_once: Option<u64>) -> Self {
        let limit = permits(at_once);
        let taken = RateWindow { rate, requests: VecDeque::new(), pause: None };
        let concurrency = Mutex::new(Concurrency { limit, excess: 0 });
        Self { under_way: Arc::new(Semaphore::new(limit)), concurrency, taken: Mutex::new(taken) }
    }

    /// How many requests may be under way.
    pub fn at_once(&self) -> usize {
        locked(&self.concurrency).limit
    }

    /// Takes another limit from now on. Requests that were sent or are under way still count.
    fn adjust(&self, limit: Option<Limit>) {
        locked(&self.taken).rate = rate_of(limit);
        let mut concurrency = locked(&self.concurrency);
        let (before, now) = (concurrency.limit, permits(limit.and_then(|limit| limit.concurrent)));
        concurrency.limit = now;
        if now < before {
            concurrency.excess += before - now - self.under_way.forget_permits(before - now);
        } else {
            let kept = concurrency.excess.min(now - before);
            concurrency.excess -= kept;
            self.under_way.add_permits(now - before - kept);
        }
    }

    async fn permit(&self) -> OwnedSemaphorePermit {
        loop {
            let permit = Arc::clone(&self.under_way).acquire_owned().await.expect("the semaphore is never closed");
            let mut concurrency = locked(&self.concurrency);
            if concurrency.excess == 0 {
                return permit;
            }
            concurrency.excess -= 1;
            permit.forget();
        }
    }

    /// Waits until a request may be sent, and takes it from the budget. The request counts as running until the returned guard
    /// is dropped.
    ///
    /// # Errors
    /// It would have to wait for hours, or the run was stopped while it waited.
    pub async fn enter(
        &self,
        (host, stop): (&Host, &StopSignal),
        tell: &(dyn Fn(Duration, &str) + Sync),
    ) -> Result<OwnedSemaphorePermit, NotEntered> {
        let permit = self.permit().await;
        loop {
            // The lock is released before the wait.
            let taken = locked(&self.taken).take(host.instant());
            let Err(Wait(wait, why)) = taken else { return Ok(permit) };
            if wait > LONGEST_QUEUE {
                return Err(NotEntered::Spent { what: why, wait });
            }
            tell(wait, &why);
            if !stop.sleep(host, wait).await {
                return Err(NotEntered::Stopped);
            }
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

/// The budgets of all systems, shared by all projects of an engine: the vendor counts requests, not projects.
#[derive(Clone, Debug, Default)]
pub struct Budgets(Arc<Mutex<HashMap<String, Arc<Budget>>>>);

impl Budgets {
    /// The budget of a system. The last declaration's limit holds for everybody: after an edit, and where two files declare one
    /// system, its requests are still counted together.
    pub fn of(&self, base: &str, limit: Option<Limit>) -> Arc<Budget> {
        let budget = Arc::clone(locked(&self.0).entry(base.to_owned()).or_insert_with(|| Arc::new(Budget::new(limit))));
        budget.adjust(limit);
        budget
    }
}

fn rate_of(limit: Option<Limit>) -> Option<(usize, Duration)> {
    limit.map(|limit| (usize::try_from(limit.amount.max(1)).unwrap_or(usize::MAX), Duration::from_secs(limit.per_seconds)))
}

fn permits(concurrent: Option<u64>) -> usize {
    usize::try_from(concurrent.unwrap_or(AT_ONCE)).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS)
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

    /// The permit for a request that nothing stops.
    async fn enter(budget: &Budget) -> OwnedSemaphorePermit {
        budget.enter((&Host::real(), &StopSignal::default()), &|_, _| ()).await.unwrap()
    }

    /// Whether a request may be sent within this time.
    async fn may_enter(budget: &Budget, milliseconds: u64) -> bool {
        tokio::time::timeout(Duration::from_millis(milliseconds), enter(budget)).await.is_ok()
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
        let (first, _second) = (enter(&budget).await, enter(&budget).await);
        assert!(!may_enter(&budget, 20).await);
        drop(first);
        assert!(may_enter(&budget, 500).await);
    }

    #[test]
    fn one_budget_for_one_system() {
        let (here, elsewhere) = (Budgets::default(), Budgets::default());
        let one = here.of("https://a.example.com", limit(40, 60, None));
        assert!(Arc::ptr_eq(&one, &here.of("https://a.example.com", limit(40, 60, None))));
        assert!(!Arc::ptr_eq(&one, &here.of("https://b.example.com", limit(40, 60, None))));
        assert!(!Arc::ptr_eq(&one, &elsewhere.of("https://a.example.com", limit(40, 60, None))), "another engine counts for itself");
    }

    /// The vendor counts on, whatever the file says of it now.
    #[test]
    fn an_edited_limit_is_a_limit_of_the_same_budget() {
        let budgets = Budgets::default();
        let budget = budgets.of("https://a.example.com", limit(3, 60, None));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!([0, 1].map(|second| budget.taken.lock().unwrap().take(at(second))), [Ok(()), Ok(())]);
        assert!(Arc::ptr_eq(&budget, &budgets.of("https://a.example.com", limit(2, 60, Some(4)))));
        assert_eq!(budget.at_once(), 4);
        assert!(budget.taken.lock().unwrap().take(at(2)).is_err(), "two of two are taken");
    }

    #[tokio::test]
    async fn fewer_at_once_count_for_those_under_way_too() {
        let budgets = Budgets::default();
        let budget = budgets.of("https://a.example.com", limit(100, 1, Some(2)));
        let (first, second) = (enter(&budget).await, enter(&budget).await);
        budgets.of("https://a.example.com", limit(100, 1, Some(1)));
        drop(first);
        assert!(!may_enter(&budget, 20).await, "one is under way");
        drop(second);
        assert!(may_enter(&budget, 500).await);
    }
}
