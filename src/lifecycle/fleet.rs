//! What a machine knows of its fleet: the instances of the same client, which share one record.

use core::time::Duration;

use crate::config::sharing::Sharing;
use crate::ground::error::Fault;
use crate::ground::json::Wiped;
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::exchange::Next;
use crate::lifecycle::record::{Entry, FINGERPRINT, fingerprint};
use crate::lifecycle::token::Serial;

/// What [`Next::Load`](crate::Next::Load) found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded<'r> {
    /// The record, opened.
    Record(&'r str),
    /// There is none.
    Nothing,
    /// There is something that cannot be opened.
    Unreadable,
    /// The store failed or did not answer in time.
    Failed,
}

/// What became of a [`Next::Store`](crate::Next::Store).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It was written.
    Written,
    /// There was another value than the one to write over.
    Outdone,
    /// Nobody knows.
    Failed,
}

/// How a machine and its shared store are getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreState {
    /// The greatest generation of a record that was seen. Each write raises it by one.
    pub generation: u64,
    /// Whether the refresh token in hand is in the store.
    pub is_saved: bool,
    /// The server rotates refresh tokens, and the store cannot compare: another instance may show a spent one.
    pub is_unsafe: bool,
    /// The record that was read last could be opened, and says what no record says.
    pub is_misread: bool,
    /// Until then the store is left alone, because it failed.
    pub retry_at: Option<Timestamp>,
}

/// What a machine knows of its fleet.
#[derive(Default)]
pub(super) struct Fleet {
    /// This machine, in leases.
    pub(super) id: u64,
    /// The greatest generation that was seen.
    pub(super) generation: u64,
    /// The record as it was read or written last.
    pub(super) last: Entry,
    /// The token in hand, as a record has it.
    pub(super) own: Wiped,
    /// Fingerprints of what was refused last, tokens and refresh tokens: none of it is taken from a record.
    pub(super) refused: [u64; 4],
    /// The generation of the token that was in hand last.
    pub(super) newest: u64,
    pub(super) rotates: Option<bool>,
    /// Which record has a lease of someone else's, when this machine saw it last, and for how long it has seen it.
    pub(super) seen: (u64, Timestamp, Duration),
    /// A machine with a live token looks again after so long.
    pub(super) agreed: Duration,
    /// The cooldown that was taken from a record: its end there, and here.
    pub(super) told: (u64, Timestamp),
    /// When the store was last read in a cooldown.
    pub(super) looked: Timestamp,
    /// After a failure the store is left alone until then.
    pub(super) down_until: Timestamp,
    pub(super) failures: u32,
    /// The refresh token in hand is in no store yet. The true renewal point of the token: until it is saved, that shows as stale.
    pub(super) unsaved: Option<Timestamp>,
    pub(super) errand: Option<Box<Errand>>,
    /// The last record could be opened, and was none.
    pub(super) misread: bool,
    /// How far the token server's clock is behind this one, in ms; 0: it is not, or that is not known.
    pub(super) behind: i64,
}

impl core::fmt::Debug for Fleet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Fleet").field("generation", &self.generation).field("last", &self.last).finish_non_exhaustive()
    }
}

/// What a lease of a machine's own has to do with that of the fleet.
#[derive(Default)]
pub(super) struct Fence {
    pub(super) stage: Stage,
    /// The store compares: each request is sent under a lease that was written just before.
    pub(super) is_on: bool,
    /// What is sent once that is written.
    pub(super) pending: Option<Next>,
    /// While another's lease runs: when it was seen last, how often, and for how long.
    pub(super) looked: Option<Timestamp>,
    pub(super) looks: u32,
    pub(super) waited: Duration,
    /// The refusal of a refresh token, which is not believed before the store was read again.
    pub(super) doubt: Option<Fault>,
    /// The record was read again for such a doubt.
    pub(super) is_sure: bool,
    /// The credentials were asked for to adopt the record's token.
    pub(super) adopts: bool,
    /// The record as it is written.
    pub(super) written: Entry,
    /// So often somebody else had written first.
    pub(super) outdone: u32,
    /// The lease was written: the fleet waits for this flight.
    pub(super) is_held: bool,
}

impl core::fmt::Debug for Fence {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Fence").field("stage", &self.stage).finish_non_exhaustive()
    }
}

/// A use of the store beside the flight.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) serial: Serial,
    pub(super) until: Timestamp,
    pub(super) purpose: Purpose,
    /// The token in hand came with the flight, and is in no record yet.
    pub(super) brings: bool,
    /// The refresh token is in no store yet.
    pub(super) is_chain: bool,
    pub(super) tries: u32,
    /// The cooldown to save; `null`: a token is saved.
    pub(super) cooldown: Value,
    /// What is being written.
    pub(super) entry: Entry,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Purpose {
    /// Saves a token, or a cooldown.
    Save,
    /// Looks whether another instance has a token in the meantime.
    Look,
    /// Tells the fleet that the tokens were revoked.
    Bury,
}

/// A look at another's lease counts for no more, whatever the clock says.
pub(super) const LONGEST_LOOK: Duration = Duration::from_secs(4);

/// What is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// The record is read.
    Looking,
    /// The lease is written.
    Leasing,
    /// The request, with all that it needs.
    #[default]
    Asking,
}

/// The fleet that a machine belongs to, if any. A module that is built without the feature `sharing` has none ever, and all that
/// is for one falls away.
#[derive(Debug)]
pub(super) struct Membership(Option<Box<Fleet>>);

impl Membership {
    pub(super) fn of(sharing: Sharing) -> Self {
        Membership((SHARES && sharing != Sharing::None).then(Box::default))
    }

    #[inline]
    pub(super) fn as_ref(&self) -> Option<&Fleet> {
        if SHARES { self.0.as_deref() } else { None }
    }

    #[inline]
    pub(super) fn as_mut(&mut self) -> Option<&mut Fleet> {
        if SHARES { self.0.as_deref_mut() } else { None }
    }

    #[inline]
    pub(super) fn is_some(&self) -> bool {
        self.as_ref().is_some()
    }
}

const SHARES: bool = cfg!(feature = "sharing");

impl Fleet {
    pub(super) fn was_refused(&self, secret: &str) -> bool {
        self.refused.contains(&fingerprint(secret, FINGERPRINT))
    }

    /// The clock was set back: each date moves with it.
    pub(super) fn rebase(&mut self, rebased: impl Fn(Timestamp) -> Timestamp) {
        self.down_until = rebased(self.down_until);
        self.looked = rebased(self.looked);
        self.seen.1 = rebased(self.seen.1);
        if let Some(errand) = &mut self.errand {
            errand.until = rebased(errand.until);
        }
        self.unsaved = self.unsaved.map(|_| Timestamp::default());
        self.told = (0, Timestamp::default());
    }

    /// Nothing of a record that is this token or refresh token is taken again.
    pub(super) fn refuse(&mut self, secret: &str) {
        self.refused.rotate_right(1);
        if let Some(first) = self.refused.first_mut() {
            *first = fingerprint(secret, FINGERPRINT);
        }
    }
}
