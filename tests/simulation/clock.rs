//! An isolate's clock: off, drifting, and set by someone now and then.

use bearerkit::Timestamp;

/// Where the true time begins: milliseconds since the epoch.
pub const START: u64 = 1_700_000_000_000;
/// A clock set back by less is only being adjusted: the machine does not take it for a jump.
const TOLERANCE: u64 = 1000;

#[derive(Debug)]
pub struct Clock {
    offset: i64,
    /// Drift, in parts per million.
    ppm: i64,
    /// When the machine was told the time last, by true time, and by how much the clock was set back since.
    told: u64,
    set_back: u64,
    /// By how much it was set ahead, in all: dates on it came earlier by so much.
    pub ahead: u64,
    /// How much time was lost with the times that it was set back: what passed while the machine did not look cannot be known.
    pub regained: u64,
    /// The furthest that it ever was behind the true time.
    pub behind: i64,
}

impl Clock {
    pub fn new(offset: i64, ppm: i64) -> Self {
        Clock { offset, ppm, told: 0, set_back: 0, ahead: 0, regained: 0, behind: -offset }
    }

    /// The local time.
    pub fn at(&self, now: u64) -> Timestamp {
        let drift = (now.saturating_sub(START) as i64).saturating_mul(self.ppm) / 1_000_000;
        Timestamp::from_millis(now.saturating_add_signed(self.offset.saturating_add(drift)))
    }

    /// The local time, as an input of the machine carries it.
    pub fn tell(&mut self, now: u64) -> Timestamp {
        let unobserved = now.saturating_sub(self.told);
        self.regained += core::mem::take(&mut self.set_back).min(unobserved + TOLERANCE);
        self.told = now;
        self.at(now)
    }

    pub fn jump(&mut self, by: i64) {
        if by >= 0 {
            self.ahead += by.unsigned_abs();
        } else {
            self.set_back += by.unsigned_abs();
        }
        self.offset = self.offset.saturating_add(by);
        self.behind = self.behind.max(-self.offset);
    }

    /// How far a span of that length may be off on this clock.
    pub fn slack(&self, span: u64) -> u64 {
        span.saturating_mul(self.ppm.unsigned_abs()) / 1_000_000 + 2
    }
}
