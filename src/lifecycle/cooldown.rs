//! The cooldown: how long no token request is sent after a failure.

use core::time::Duration;

use fastrand::Rng;

use crate::answer::retry_after::MAX_RETRY_AFTER;
use crate::ground::error::{Error, Fault};
use crate::ground::time::{Timestamp, millis};

/// A time during which no token request is sent, and why.
#[derive(Debug, Clone)]
pub(crate) struct Cooldown {
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) error: Fault,
}

/// How many failures of each kind came in a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures {
    transient: u32,
    refused: u32,
    /// Requests whose outcome was never reported.
    lost: u32,
}

const BACKOFF_BASE_MS: u64 = 1_000;
const BACKOFF_CAP_MS: u64 = 60_000;
/// A full jitter may be zero, and no gate at all would let every waiting caller through.
const BACKOFF_FLOOR_MS: u64 = 100;
/// Fusio bans an address for 32 client errors in two minutes.
const REFUSED_BASE_MS: u64 = 30_000;
const REFUSED_CAP_MS: u64 = 600_000;

impl Failures {
    /// Records a failure and returns when the cooldown ends.
    pub(crate) fn cooldown(&mut self, mut error: Fault, now: Timestamp, dice: &mut Rng) -> Cooldown {
        let asked = error.retry_at().map(|at| at.since(now)).filter(|wait| !wait.is_zero());
        let least = if error.is_transient() {
            let ceiling = doubled(BACKOFF_BASE_MS, self.transient, BACKOFF_CAP_MS);
            self.transient = self.transient.saturating_add(1);
            if asked.is_some() { 0 } else { up_to(ceiling, dice).max(BACKOFF_FLOOR_MS) }
        } else {
            let wait = doubled(REFUSED_BASE_MS, self.refused, REFUSED_CAP_MS);
            self.refused = self.refused.saturating_add(1);
            wait
        };
        let wait = asked.map_or(Duration::ZERO, |asked| spread(asked, dice)).max(Duration::from_millis(least));
        let until = now.plus(wait);
        error.set_retry_at(until);
        Cooldown { since: now, until, error }
    }

    /// How many failures of its kind came in a row.
    pub(crate) fn row(&self, error: &Error) -> u32 {
        if error.is_transient() { self.transient } else { self.refused }
    }

    /// Another instance had so many: this one's next failure is one more.
    pub(crate) fn heard(&mut self, error: &Error, row: u32) {
        let known = if error.is_transient() { &mut self.transient } else { &mut self.refused };
        *known = row.max(*known);
    }

    /// Notes a request that was lost, and says how many were in a row.
    pub(crate) fn lost(&mut self) -> u32 {
        self.lost = self.lost.saturating_add(1);
        self.lost
    }

    /// A token came.
    pub(crate) fn forget(&mut self) {
        *self = Failures::default();
    }

    /// Other credentials came: what was said of the old ones does not count.
    pub(crate) fn forget_refusals(&mut self) {
        self.refused = 0;
    }
}

pub(crate) fn doubled(base: u64, times: u32, cap: u64) -> u64 {
    base.saturating_mul(1u64.checked_shl(times).unwrap_or(u64::MAX)).min(cap)
}

/// A random number from zero to this one, about uniformly distributed.
///
/// Of fastrand only the whole range is used: what checks another one links the formatter, 1 KB (gzip), for a panic.
pub(crate) fn up_to(most: u64, dice: &mut Rng) -> u64 {
    dice.u64(..).checked_rem(most.saturating_add(1)).unwrap_or(0)
}

/// Waits at least the `Retry-After`, plus jitter: a fleet that has to wait until one date does not return at one instant.
pub(crate) fn spread(wait: Duration, dice: &mut Rng) -> Duration {
    let most = (millis(wait) / 20).min(5_000);
    wait.saturating_add(Duration::from_millis(up_to(most, dice))).min(MAX_RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::error::Reply;

    fn waits(error: &Error, times: usize) -> Vec<u64> {
        let (mut failures, mut dice) = (Failures::default(), Rng::with_seed(7));
        let wait = |_| {
            millis(
                failures
                    .cooldown(Box::new(error.clone()), Timestamp::from_millis(5), &mut dice)
                    .until
                    .since(Timestamp::from_millis(5)),
            )
        };
        (0..times).map(wait).collect()
    }

    #[test]
    fn transient_failures_back_off_with_full_jitter_and_a_cap() {
        let waits = waits(&Error::Timeout(Reply::default()), 200);
        for (failures, wait) in waits.iter().enumerate() {
            let ceiling = doubled(BACKOFF_BASE_MS, failures as u32, BACKOFF_CAP_MS);
            assert!((BACKOFF_FLOOR_MS..=ceiling).contains(wait), "{failures}: {wait}");
        }
        assert!(waits.iter().skip(10).any(|wait| *wait < 20_000) && waits.iter().any(|wait| *wait > 40_000));
    }

    #[test]
    fn retry_after_is_a_lower_bound_and_capped() {
        let reply = |ms: u64| Reply { retry_at: Some(Timestamp::from_millis(5 + ms)), ..Reply::default() };
        for wait in waits(&Error::RateLimited(reply(20_000)), 50) {
            assert!((20_000..=21_000).contains(&wait), "{wait}");
        }
        assert_eq!(waits(&Error::RateLimited(reply(3_600_000)), 2), [3_600_000, 3_600_000]);
        assert!(waits(&Error::Unreachable(reply(0)), 1)[0] <= 1000, "a date in the past is no advice");
    }

    #[test]
    fn a_refusal_waits_as_long_as_it_says_and_no_less_than_it_would() {
        let reply = |s: u64| Reply { retry_at: Some(Timestamp::from_millis(5 + s * 1000)), ..Reply::default() };
        let waits_of = |s| waits(&Error::Refused(reply(s)), 6);
        assert_eq!(waits_of(20), [30_000, 60_000, 120_000, 240_000, 480_000, 600_000]);
        assert_eq!(waits_of(3600), [3_600_000; 6]);
        for (wait, least) in waits_of(100).into_iter().zip([100_000, 100_000, 120_000, 240_000, 480_000, 600_000]) {
            assert!((least..=least + 5_000).contains(&wait), "{wait}, {least} at least");
        }
    }

    #[test]
    fn a_refusal_is_cached_for_30_seconds_doubling_to_10_minutes() {
        let waits = waits(&Error::Refused(Reply::default()), 7);
        assert_eq!(waits, [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
    }
}
