//! Puts a granted token on the local clock and into the machine.

use core::time::Duration;
use std::sync::Arc;

use crate::answer::jwt::read_jwt_dates;
use crate::answer::response::{Granted, is_no_access_token};
use crate::config::client::ClientConfig;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::message::HttpResponse;
use crate::ground::time::Timestamp;
use crate::lifecycle::exchange::{Exchange, Kind};
use crate::lifecycle::fleet::Fence;
use crate::lifecycle::lease::Lease;
use crate::lifecycle::machine::Machine;
use crate::lifecycle::schedule::{PROGRESS_FLOOR, half, schedule};
use crate::lifecycle::token::{Age, Serial, Token, shown};
use crate::request::resource::{Attached, attach};

/// A stated life that is no longer than this is none, if that of the token before it was no longer either.
const SHORTEST_LIFE: Duration = Duration::from_secs(1);

impl Machine {
    /// Puts a granted token on the local clock and into the machine. `came`: when anyone had it first.
    #[allow(clippy::boxed_local)] // unboxed, it would be copied on its way here
    pub(super) fn accept(
        &mut self,
        lease: &Lease,
        granted: Box<Granted>,
        came: Timestamp,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let none = Credentials::new();
        let credentials = lease.exchange.credentials.as_ref().unwrap_or(&none);
        let mut attached = attach(&self.client, credentials, &granted.captured, &granted.access_token, None)
            .map_err(|error| Error::bad_response(200, &["its values cannot be sent to the API: ", &error.message()]))?;
        let mut token_type = granted.token_type.unwrap_or_else(|| "Bearer".into());
        if is_no_access_token(&token_type) {
            // The driver asks for this spelling.
            (attached, token_type) = (Attached::default(), "N_A".into());
        }
        let sent = lease.exchange.sent.min(now);
        let margin = self.client.refresh_margin();
        let lifetime = granted.lifetime.unwrap_or(self.client.default_lifetime());
        let mut points = schedule(sent, lifetime, margin, self.dice.u64(..));
        let mut expires_at = granted.lifetime.map(|lifetime| sent.plus(lifetime));
        let is_short = |expires_at: Option<Timestamp>, came: Timestamp| {
            expires_at.is_some_and(|at| at <= came.plus(SHORTEST_LIFE))
        };
        let mut is_lifeless = points.hard_expiry <= now;
        let mut brings_nothing_new = points.renew_at <= now;
        if let Some(held) = &self.token {
            let is_same = held.value == granted.access_token;
            // Its dates stand in it, and coming again adds nothing to them. One that had expired by this clock was not.
            if is_same
                && held.age(now) != Age::Expired
                && read_jwt_dates(held.value.expose()).is_some_and(|dates| dates.exp.is_some())
            {
                points.hard_expiry = points.hard_expiry.min(held.hard_expiry);
                points.renew_at = points.renew_at.min(held.renew_at);
                expires_at = expires_at.min(held.expires_at);
            }
            is_lifeless |= is_short(expires_at, now) && is_short(held.expires_at, held.received_at);
            brings_nothing_new |= is_same || points.hard_expiry <= held.hard_expiry;
        }
        // The rule of progress: whatever the answers say, no server makes a token request per call. Servers that hand out the
        // same token until its last minute exist (Toast, Feishu, WSO2), and ones whose `expires_in: 0` means "never".
        if is_lifeless {
            points.hard_expiry = now.plus(PROGRESS_FLOOR);
            points.renew_at = points.hard_expiry;
        } else if brings_nothing_new {
            let floor = PROGRESS_FLOOR.min(half(points.hard_expiry.since(now)));
            points.renew_at = points.renew_at.max(now.plus(floor));
        }
        self.token = Some(Arc::new(Token {
            value: granted.access_token,
            token_type,
            scope: granted.scope.clone(),
            issued_token_type: granted.issued_token_type,
            headers: attached.headers,
            defaults: attached.defaults,
            query: attached.query,
            captured: shown(&granted.captured),
            warning: granted.warning,
            serial: lease.serial,
            expires_at,
            renew_at: points.renew_at,
            hard_expiry: points.hard_expiry,
            received_at: came,
        }));
        self.captured = granted.captured;
        // Where a refresh says nothing of it, it is as it was (RFC 6749 §6).
        if granted.scope.is_some() || lease.exchange.kind == Kind::Primary {
            self.granted_scope = granted.scope;
        }
        if let Some(refresh_token) = granted.refresh_token {
            self.refresh_token = Some(refresh_token);
        }
        self.grant_spent = true;
        self.newest = lease.serial;
        self.stretched = lease.stretches.then_some(lease.serial);
        self.index = lease.exchange.index;
        self.failures.forget();
        self.last_error = None;
        Ok(())
    }

    /// Takes what the server granted.
    pub(super) fn take_granted(&mut self, lease: &Lease, granted: Box<Granted>, now: Timestamp) -> Result<(), Fault> {
        let (lifetime, brought) = (granted.lifetime, granted.refresh_token.is_some());
        self.accept(lease, granted, now, now)?;
        self.tell_fleet(lease, lease.exchange.sent.min(now), lifetime, brought);
        self.replaces(lease.serial, now);
        Ok(())
    }

    /// It takes the place of a token that the API refused, if one was.
    pub(super) fn replaces(&mut self, serial: Serial, now: Timestamp) {
        if core::mem::take(&mut self.refusal.pending) {
            self.refusal.replacement = Some((serial, now));
        }
    }

    /// Takes an answer for that of a request just sent.
    pub(crate) fn take(&mut self, response: &HttpResponse, sent: Timestamp, now: Timestamp) -> Result<(), Fault> {
        let mut exchange = Exchange::primary(&self.client, 0, sent);
        exchange.skip_steps(&self.client);
        exchange.credentials = self.client.credentials.first().cloned();
        let granted = exchange.answer(&self.client, response, now)?;
        let lease = Box::new(Lease {
            serial: Serial(1),
            until: now,
            exchange,
            stretches: false,
            skew_before: None,
            fence: Fence::default(),
        });
        granted.map_or(Ok(()), |granted| self.accept(&lease, granted, now, now))
    }
}

impl ClientConfig {
    /// Parses a token response without a machine: `sent` is when its request was sent, `received` when the response arrived.
    ///
    /// # Errors
    /// Why the response contains no usable token: see the variants of [`Error`].
    pub fn parse_token_response(
        &self,
        response: &HttpResponse,
        sent: Timestamp,
        received: Timestamp,
    ) -> Result<(Arc<Token>, Option<Secret>), Error> {
        let mut machine = Machine::new(self.clone(), 0);
        machine.take(response, sent, received)?;
        let none = || Error::bad_response(response.status, &["there is no token in it"]);
        Ok((machine.token().cloned().ok_or_else(none)?, machine.refresh_token().cloned()))
    }
}
