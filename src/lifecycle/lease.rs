//! What is in flight: nothing, a request, or the cooldown after a failed one.

use core::time::Duration;

use crate::ground::time::Timestamp;
use crate::lifecycle::cooldown::Cooldown;
use crate::lifecycle::exchange::Exchange;
use crate::lifecycle::fleet::Fence;
use crate::lifecycle::token::Serial;

/// How much longer a lease lasts than the time limit of its request.
pub(super) const LEASE_MARGIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
#[allow(clippy::enum_variant_names)] // the word of the machine's table
pub(super) enum Flight {
    Idle,
    InFlight(Box<Lease>),
    Cooldown(Cooldown),
}

/// The right to have the one token request in flight. It ends by itself.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) serial: Serial,
    pub(super) until: Timestamp,
    pub(super) exchange: Exchange,
    /// It is for a token that lasts longer than the one in hand.
    pub(super) stretches: bool,
    /// It was signed anew, by the server's clock; the skew that counted before.
    pub(super) skew_before: Option<i64>,
    /// What it has to do with the lease of the fleet.
    pub(super) fence: Fence,
}
