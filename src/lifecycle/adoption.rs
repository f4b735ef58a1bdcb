//! The record's token: whether it is better than the one in hand, and what it is on this machine's clock.

use core::time::Duration;
use std::sync::Arc;

use crate::ground::credentials::Credentials;
use crate::ground::error::Error;
use crate::ground::time::Timestamp;
use crate::lifecycle::machine::{CLOCK_TOLERANCE, Machine};
use crate::lifecycle::record::SharedToken;
use crate::lifecycle::schedule::schedule;
use crate::lifecycle::token::{Age, Serial, Token, shown};
use crate::request::resource::attach;

/// Only a token that is no older says, if the API refuses it too, that no other would help. An older one, or one from a clock that is
/// ahead of this one, may just have ended.
const YOUNG: Duration = Duration::from_secs(30);

/// What became of the record's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adoption {
    /// It is in hand.
    Fresh,
    /// It is in hand, and due to be renewed.
    Stale,
    /// A header needs a credential that a function knows.
    Needs,
    /// There is none, or it is no better.
    None,
}

impl Machine {
    /// Takes the record's token if it is better than the one in hand.
    pub(super) fn adopt(&mut self, serial: Serial, now: Timestamp) -> Adoption {
        let Some(token) = self.better(now).cloned() else { return Adoption::None };
        let Some(fleet) = self.fleet.as_mut() else { return Adoption::None };
        let captured = fleet.last.captured.clone();
        let none = Credentials::new();
        let credentials = self.client.credentials.get(self.index).unwrap_or(&none);
        let attached = match attach(&self.client, credentials, &captured, &token.value, None) {
            Ok(attached) => attached,
            Err(error) => {
                let needs = self.client.asks_for_credentials && self.client.credentials.is_empty();
                if needs && matches!(&*error, Error::Options { path, .. } if path.starts_with("credentials")) {
                    return Adoption::Needs;
                }
                fleet.misread = true;
                return Adoption::None;
            }
        };
        let scope = fleet.last.scope.clone();
        fleet.own = Some(token.clone());
        // Written by a clock that is ahead: then this one is behind, and no span grows by it.
        let sent = token.sent.min(now);
        let is_young = token.sent <= now.plus(CLOCK_TOLERANCE) && now.since(sent) < YOUNG;
        let here = |at: Timestamp| sent.plus(at.since(token.sent));
        let hard_expiry = here(token.hard);
        let planned = schedule(sent, token.lifetime, self.client.refresh_margin(), self.dice.u64(..)).renew_at;
        let renew_at = planned.max(token.floor.map(here).unwrap_or_default()).min(hard_expiry);
        self.is_saved();
        self.token = Some(Arc::new(Token {
            value: token.value,
            token_type: token.kind,
            scope: scope.clone(),
            headers: attached.headers,
            defaults: attached.defaults,
            query: attached.query,
            captured: shown(&captured),
            warning: None,
            serial,
            expires_at: token.expires.map(here),
            renew_at,
            hard_expiry,
            received_at: sent,
        }));
        self.captured = captured;
        self.granted_scope = scope;
        if !self.shares_refresh_token() {
            // It came with another token, and the grant serves as well.
            self.refresh_token = None;
        }
        if is_young {
            self.replaces(serial, now);
        }
        (self.newest, self.stretched, self.grant_spent) = (serial, None, true);
        self.failures.forget();
        self.last_error = None;
        if now < renew_at { Adoption::Fresh } else { Adoption::Stale }
    }

    /// The record's token, if it is alive, newer than the one in hand, and none that was refused here.
    fn better(&self, now: Timestamp) -> Option<&SharedToken> {
        let fleet = self.fleet.as_ref()?;
        let token = fleet.last.token.as_ref()?;
        let is_live = self.token.as_ref().is_some_and(|held| held.age(now) != Age::Expired);
        let held = fleet.own.as_ref().filter(|_| is_live).map_or(0, |own| own.generation);
        let left: Duration = token.hard.since(now.max(token.sent));
        let is_newer = token.generation > held.max(fleet.refused_generation);
        (is_newer && !left.is_zero() && !fleet.was_refused(token.value.expose())).then_some(token)
    }

    /// The token in hand is good for nothing any more: it is not taken from a record again.
    pub(super) fn refuse_token(&mut self) {
        if let (Some(fleet), Some(token)) = (self.fleet.as_mut(), &self.token) {
            fleet.refuse(token.value.expose());
            let own = fleet.own.take().map_or(0, |own| own.generation);
            fleet.refused_generation = fleet.refused_generation.max(own);
        }
    }
}
