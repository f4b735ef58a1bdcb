//! The two points in a token's life at which something changes.

use core::time::Duration;

use crate::ground::time::{Timestamp, millis};

/// A renewal that brought nothing new is put off for so long, or for half of what is left if that is less.
pub(super) const PROGRESS_FLOOR: Duration = Duration::from_secs(60);

/// The two points in a token's life at which something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) renew_at: Timestamp,
    pub(crate) hard_expiry: Timestamp,
}

/// Renewed this long before hard expiry, unless the lifetime is short or someone names another margin.
const REFRESH_MARGIN_MS: u64 = 300_000;

const SAFETY_MS: u64 = 10_000;

/// Places both points in proportion to the lifetime.
///
/// `margin` is one that the profile or the options name; `random` (any number) keeps a fleet from renewing in step.
pub(crate) fn schedule(sent: Timestamp, lifetime: Duration, margin: Option<Duration>, random: u64) -> Schedule {
    let life = millis(lifetime);
    // Servers round `exp` to seconds; half of a very short life is left all the same.
    let safety = SAFETY_MS.min(life / 20).max(1000).min(life / 2);
    let usable = life.saturating_sub(safety);
    let margin = match margin {
        Some(margin) => millis(margin).min(life / 2),
        None => REFRESH_MARGIN_MS.min(life / 10),
    };
    let spread = margin.min(life / 10);
    let jitter = random.checked_rem(spread.saturating_add(1)).unwrap_or(0);
    let renew_after = usable.saturating_sub(margin).saturating_sub(jitter);
    let at = |offset| sent.plus(Duration::from_millis(offset));
    Schedule { renew_at: at(renew_after), hard_expiry: at(usable) }
}

pub(super) fn half(span: Duration) -> Duration {
    Duration::from_millis(millis(span) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    #[test]
    fn points_in_proportion_to_the_lifetime() {
        // lifetime, margin named -> earliest and latest renewal, hard expiry; all in ms
        for (life, margin, renew, hard) in [
            (1_000, None, 300..=400, 500),
            (10_000, None, 7_000..=8_000, 9_000),
            (60_000, None, 45_000..=51_000, 57_000),
            (3_600_000, None, 2_990_000..=3_290_000, 3_590_000),
            (86_400_000, None, 85_790_000..=86_090_000, 86_390_000),
            (2_592_000_000, None, 2_591_390_000..=2_591_690_000, 2_591_990_000),
            (7_200_000, Some(1500), 4_970_000..=5_690_000, 7_190_000),
            (60_000, Some(3600), 21_000..=27_000, 57_000),
            (0, None, 0..=0, 0),
        ] {
            let margin = margin.map(Duration::from_secs);
            for random in [0, 1, 123_456_789, u64::MAX] {
                let at = schedule(Timestamp::from_millis(0), Duration::from_millis(life), margin, random);
                assert_eq!(at.hard_expiry.as_millis(), hard, "{life}");
                assert!(renew.contains(&at.renew_at.as_millis()), "{life}: {at:?}");
            }
        }
        let endless = schedule(NOW, Duration::MAX, None, 7);
        assert_eq!(endless.hard_expiry, Timestamp::MAX);
    }
}
