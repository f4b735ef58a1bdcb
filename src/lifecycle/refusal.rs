//! Whether a refusal by the API causes a new token request, or none for a while.

use core::time::Duration;

use crate::ground::time::Timestamp;
use crate::lifecycle::action::Verdict;
use crate::lifecycle::cooldown::doubled;
use crate::lifecycle::token::{Serial, Token};

/// What is known about tokens that the API refused.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    /// A token was refused: the next one is its replacement.
    pub(super) pending: bool,
    /// The token that replaced a refused one, until it is refused itself, and when it came.
    pub(super) replacement: Option<(Serial, Timestamp)>,
    /// Until then a 401 causes no token request.
    pub(super) gate_until: Timestamp,
    /// So many replacements in a row were refused at once.
    gates: u32,
}

/// A replacement refused within this time is no better than what it replaced.
const REPLACEMENT_AGE: Duration = Duration::from_secs(10);

/// An API that always answers 401 does not cause a token request per call: after a replacement was refused too, none is sent for this
/// long, doubling while this continues.
const GATE_BASE_MS: u64 = 30_000;
const GATE_CAP_MS: u64 = 600_000;

impl Refusal {
    /// Decides about the cached token after the API refused it: discarded, or kept because no other would help.
    pub(super) fn verdict(&mut self, held: &Token, now: Timestamp) -> Verdict {
        if now < self.gate_until {
            return Verdict::Return;
        }
        let replacement = self.replacement.take_if(|(serial, _)| *serial == held.serial);
        let is_replacement = replacement.is_some();
        if replacement.is_some_and(|(_, came)| now.since(came) < REPLACEMENT_AGE) {
            let gate = doubled(GATE_BASE_MS, self.gates, GATE_CAP_MS);
            self.gate_until = now.plus(Duration::from_millis(gate));
            self.gates = self.gates.saturating_add(1);
            return Verdict::Return;
        }
        // A replacement that served for a while, or a time in which nothing was refused: the API does not always say 401.
        if is_replacement || now.since(self.gate_until) >= Duration::from_millis(GATE_CAP_MS) {
            self.gates = 0;
        }
        self.pending = true;
        Verdict::Retry
    }
}
