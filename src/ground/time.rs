//! Instants. The caller passes them in; the core never reads a clock.

use core::time::Duration;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, as `Date.now()` gives them. Arithmetic saturates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Later than any other.
    pub const MAX: Timestamp = Timestamp(u64::MAX);

    /// Creates an instant from milliseconds since the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Timestamp(millis)
    }

    /// Creates an instant from seconds since the epoch, the unit of `exp` and `iat`.
    pub const fn from_secs(secs: u64) -> Self {
        Timestamp(secs.saturating_mul(1000))
    }

    /// The instant in milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time that passed since `earlier`; zero if `earlier` is later.
    pub const fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// This instant plus a duration.
    pub const fn plus(self, span: Duration) -> Self {
        Timestamp(self.0.saturating_add(millis(span)))
    }

    /// This instant minus a duration.
    pub const fn minus(self, span: Duration) -> Self {
        Timestamp(self.0.saturating_sub(millis(span)))
    }

    /// How far it is ahead of another, in ms; negative where it is behind.
    pub(crate) fn ahead_of(self, other: Timestamp) -> i64 {
        let signed = |instant: Timestamp| i64::try_from(instant.0).unwrap_or(i64::MAX);
        signed(self).saturating_sub(signed(other))
    }

    /// The same instant on a clock that is so many ms ahead.
    pub(crate) fn skewed(self, ahead: i64) -> Self {
        Timestamp(self.0.saturating_add_signed(ahead))
    }

    /// From a number since the epoch whose size says its unit: seconds, from 10^12 on milliseconds, from 10^15 on microseconds.
    pub(crate) fn from_magnitude(mut number: u64) -> Self {
        if number < 1_000_000_000_000 {
            return Timestamp::from_secs(number);
        }
        while number >= 1_000_000_000_000_000 {
            number /= 1000;
        }
        Timestamp(number)
    }
}

/// A span in whole milliseconds, saturating.
// Not by `as_millis`, which multiplies 128 bits.
pub(crate) const fn millis(span: Duration) -> u64 {
    span.as_secs().saturating_mul(1000).saturating_add(span.subsec_millis() as u64)
}
