//! The record's token: whether it is better than the one in hand, and what it is on this machine's clock.

use core::time::Duration;
use std::sync::Arc;

use crate::answer::response::Granted;
use crate::ground::credentials::Secret;
use crate::ground::error::{Error, Fault};
use crate::ground::json::{Object, Wiped, get, str_at};
use crate::ground::text::holds;
use crate::ground::time::{Timestamp, millis};
use crate::ground::value::Value;
use crate::lifecycle::exchange::Exchange;
use crate::lifecycle::fleet::Fence;
use crate::lifecycle::lease::Lease;
use crate::lifecycle::machine::{CLOCK_TOLERANCE, Machine};
use crate::lifecycle::record::{MAX_LIFETIME, captured, generation, number, scope};
use crate::lifecycle::schedule::schedule;
use crate::lifecycle::token::Serial;

/// Only a token that is no older says, if the API refuses it too, that no other would help. An older one, or one from a clock that is
/// ahead of this one, may just have ended.
const YOUNG: Duration = Duration::from_secs(30);

/// What became of the record's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adoption {
    /// It is in hand.
    Done,
    /// A header needs a credential that a function knows.
    Needs,
    /// There is none, or it is no better.
    None,
}

impl Machine {
    /// Takes the record's token if it is better than the one in hand.
    pub(super) fn adopt(&mut self, serial: Serial, now: Timestamp) -> Adoption {
        let Some(token) = self.better(now).cloned().map(Wiped) else { return Adoption::None };
        let token = &token.0;
        let written = Timestamp::from_millis(number(token, "sent"));
        // Written by a clock that is ahead: then this one is behind, and no span grows by it.
        let sent = written.min(now);
        let mut exchange = Exchange::primary(&self.client, self.index, sent);
        exchange.credentials = self.client.credentials.get(self.index).cloned();
        let granted = Box::new(Granted {
            access_token: Secret::new(str_at(token, "value").unwrap_or_default()),
            token_type: str_at(token, "type").map(str::to_owned),
            refresh_token: None,
            scope: scope(token),
            captured: captured(token),
            lifetime: Some(Duration::from_millis(number(token, "lifetime"))),
            issued_token_type: str_at(token, "issued").map(str::to_owned),
            warning: None,
        });
        let fence = Fence::default();
        let lease = Lease { serial, until: now, exchange, stretches: false, skew_before: None, fence };
        let accepted = self.accept(&lease, granted, sent, now);
        let Some(fleet) = self.fleet.as_mut() else { return Adoption::None };
        if let Err(error) = accepted {
            let needs = self.client.asks_for_credentials && self.client.credentials.is_empty();
            fleet.misread = !needs;
            return if needs && is_credential(&error) { Adoption::Needs } else { Adoption::None };
        }
        fleet.newest = generation(token);
        fleet.own = Wiped(token.clone());
        // It has a renewal point of its own, and what the one before it brought is superseded.
        fleet.unsaved = None;
        if get(token, "expires").and_then(Value::as_bool) == Some(false)
            && let Some(held) = self.token.as_mut().and_then(Arc::get_mut)
        {
            // Its server states none: the lifetime is the one that the options name.
            held.expires_at = None;
        }
        if !self.shares_refresh_token() {
            // It came with another token, and the grant serves as well.
            self.refresh_token = None;
        }
        if written <= now.plus(CLOCK_TOLERANCE) && now.since(sent) < YOUNG {
            self.replaces(serial, now);
        }
        Adoption::Done
    }

    /// The record's token, if it is alive, newer than the one in hand, and none that was refused here.
    fn better(&self, now: Timestamp) -> Option<&Value> {
        let fleet = self.fleet.as_ref()?;
        let token = fleet.last.token()?;
        let held = if self.is_live(now) { generation(&fleet.own.0) } else { 0 };
        let sent = Timestamp::from_millis(number(token, "sent"));
        let lifetime = Duration::from_millis(number(token, "lifetime"));
        // None is taken that is older than the last one in hand. Of that generation there may be another: whoever could not write
        // had its own.
        let is_good = generation(token) > held
            && generation(token) >= fleet.newest
            && schedule(sent, lifetime, None, 0).hard_expiry > now.max(sent)
            && !fleet.was_refused(str_at(token, "value").unwrap_or_default());
        is_good.then_some(token)
    }

    /// What the record will say of the token just granted. `sent`: when it was asked for. Its dates are on the earlier of two clocks,
    /// this one and the token server's.
    pub(super) fn tell_fleet(&mut self, lease: &Lease, sent: Timestamp, lifetime: Option<Duration>, brought: bool) {
        let (Some(fleet), Some(token)) = (self.fleet.as_mut(), &self.token) else { return };
        if let Some(renew_at) = &mut fleet.unsaved {
            *renew_at = token.renew_at;
        }
        let shown = lease.exchange.refresh_token.as_ref();
        if shown.is_some() {
            let is_other = brought && self.refresh_token.as_ref() != shown;
            fleet.rotates = Some(is_other || fleet.rotates == Some(true));
        }
        // What it lives here is what it lives there, be it that the rule of progress gave it a minute.
        let lives = lifetime.unwrap_or(self.client.default_lifetime());
        let is_as_planned = schedule(sent, lives, None, 0).hard_expiry == token.hard_expiry;
        let lives = if is_as_planned { lives } else { token.hard_expiry.since(sent) };
        let mut captured = Object::new();
        for (name, value) in &self.captured {
            captured.text(name, value.expose());
        }
        let mut own = Object::new();
        own.value("generation", fleet.generation.saturating_add(1).into())
            .text("value", token.value.expose())
            .text("type", token.token_type.as_str())
            .text("issued", token.issued_token_type.as_deref())
            .text("scope", self.granted_scope.as_deref())
            .object("captured", &mut captured)
            .value("sent", sent.skewed(fleet.behind).as_millis().into())
            .value("lifetime", millis(lives).min(MAX_LIFETIME).into())
            .value("expires", lifetime.is_some().into());
        fleet.own = Wiped(own.take());
        fleet.newest = generation(&fleet.own.0);
    }

    /// The token in hand is good for nothing any more: it is not taken from a record again.
    pub(super) fn refuse_token(&mut self) {
        if let (Some(fleet), Some(token)) = (self.fleet.as_mut(), &self.token) {
            fleet.refuse(token.value.expose());
            fleet.own = Wiped::default();
        }
    }
}

fn is_credential(error: &Fault) -> bool {
    matches!(&**error, Error::BadResponse(reply) if reply.reason.as_deref().is_some_and(|reason| holds(reason, "credentials")))
}
