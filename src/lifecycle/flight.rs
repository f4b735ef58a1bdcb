//! The one token request that may be in flight: its lease, its stages, its end.

use crate::answer::response::Granted;
use crate::config::words::GrantType;
use crate::ground::error::{Error, Fault, Reply};
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::action::TokenRequest;
use crate::lifecycle::discovery::POSTPONED;
use crate::lifecycle::exchange::{Exchange, Kind, Next};
use crate::lifecycle::fleet::{Fence, Stage};
use crate::lifecycle::lease::{Flight, LEASE_MARGIN, Lease};
use crate::lifecycle::machine::Machine;
use crate::lifecycle::token::Serial;

/// How many lost requests in a row may be replaced without a cooldown.
const FREE_LOSSES: u32 = 2;

impl Machine {
    /// Opens a lease for the next token request.
    pub(super) fn take_off(&mut self, now: Timestamp, stretches: bool) -> Result<TokenRequest, Fault> {
        let request = if self.fleet.is_some() {
            // Another instance may have a token, or a grant, that this one has not.
            let exchange = Exchange::primary(&self.client, self.index, now);
            let lease = self.lease(exchange, now, stretches);
            self.look_first(lease, now)
        } else {
            let exchange = self.exchange(false, now)?;
            let lease = self.lease(exchange, now, stretches);
            self.proceed(lease, now)
        };
        if let Some(request) = request {
            return Ok(request);
        }
        Err(match &self.flight {
            Flight::Cooldown(cooldown) => cooldown.error.clone(),
            _ => Error::options("", &["no request can be built from them"]),
        })
    }

    fn lease(&mut self, exchange: Exchange, now: Timestamp, stretches: bool) -> Box<Lease> {
        let (serial, fence) = (self.next_serial(), Fence::default());
        Box::new(Lease { serial, until: now, exchange, stretches, skew_before: None, fence })
    }

    pub(super) fn next_serial(&mut self) -> Serial {
        self.last_serial = Serial(self.last_serial.0.wrapping_add(1));
        self.last_serial
    }

    /// What the next token request presents: the refresh token where there is one. `spares_it`: the other grant, where there is one.
    pub(super) fn exchange(&self, spares_it: bool, now: Timestamp) -> Result<Exchange, Fault> {
        match self.refresh_token.clone().filter(|_| !spares_it) {
            Some(token) => {
                let (captured, granted) = (self.captured.clone(), self.granted_scope.clone());
                Ok(Exchange::refresh(&self.client, self.index, now, token, captured, granted))
            }
            None if self.has_primary_grant() => Ok(Exchange::primary(&self.client, self.index, now)),
            None => {
                if let Some(error) = &self.last_error
                    && !error.is_transient()
                {
                    return Err(error.clone());
                }
                let spent = "the grant was already used, and there is no refresh token";
                Err(Box::new(Error::Refused(Reply { description: Some(spent.into()), ..Reply::default() })))
            }
        }
    }

    pub(super) fn has_primary_grant(&self) -> bool {
        match self.client.grant_type() {
            Some(GrantType::RefreshToken) => false,
            Some(GrantType::AuthorizationCode) => !self.grant_spent,
            _ => true,
        }
    }

    /// A late response used up the code while this request was in flight, and a code may be presented only once.
    pub(super) fn is_overtaken(&self, lease: &Lease) -> bool {
        lease.exchange.kind == Kind::Primary && !self.has_primary_grant()
    }

    /// The flight's next need, and the lease that covers it.
    pub(super) fn proceed(&mut self, mut lease: Box<Lease>, now: Timestamp) -> Option<TokenRequest> {
        if self.is_overtaken(&lease) {
            self.flight = Flight::Idle;
            return None;
        }
        let signed_at = now.skewed(self.skew);
        match lease.exchange.next(&self.client, &mut self.dice, now, signed_at, &mut self.kept) {
            Ok(next) if lease.fence.is_on && lease.exchange.spends(&self.client, &next) => self.fence(lease, next, now),
            Ok(next) => Some(self.hand_out(lease, next, now)),
            Err(error) => {
                let error = self.blamed(error);
                self.land(lease, Err(error), now)
            }
        }
    }

    /// The flight's next need, and when it has to be met.
    pub(super) fn hand_out(&mut self, mut lease: Box<Lease>, next: Next, now: Timestamp) -> TokenRequest {
        lease.until = now.plus(self.client.timeout()).plus(LEASE_MARGIN);
        let host = lease.exchange.host.clone();
        let request = TokenRequest { serial: lease.serial, deadline: lease.until, host, next };
        self.flight = Flight::InFlight(lease);
        request
    }

    /// Wrong credentials from a function are not a mistake in the options.
    pub(super) fn blamed(&self, fault: Fault) -> Fault {
        match &*fault {
            Error::Options { path, reason } if self.client.asks_for_credentials && path.starts_with("credentials") => {
                let reason = if path == "credentials" { reason.clone() } else { fault.message() };
                let (reason, is_permanent) = (Some(reason.into()), true);
                Box::new(Error::Credentials(Reply { reason, is_permanent, ..Reply::default() }))
            }
            _ => fault,
        }
    }

    pub(super) fn take_lease(&mut self, serial: Serial) -> Option<Box<Lease>> {
        match core::mem::replace(&mut self.flight, Flight::Idle) {
            Flight::InFlight(lease) if lease.serial == serial => Some(lease),
            other => {
                self.flight = other;
                None
            }
        }
    }

    /// Ends a flight, or continues it with another grant or another credential.
    pub(super) fn land(
        &mut self,
        mut lease: Box<Lease>,
        outcome: Result<Box<Granted>, Fault>,
        now: Timestamp,
    ) -> Option<TokenRequest> {
        let outcome = outcome.and_then(|granted| self.take_granted(&lease, granted, now));
        let Err(mut error) = outcome else {
            self.flight = Flight::Idle;
            return self.save(lease.serial, Value::Null, true, now);
        };
        if let Some(reply) = error.reply_mut() {
            reply.host = lease.exchange.host.clone();
            reply.is_obtained = self.client.provider.is_obtained();
        }
        self.last_error = Some(error.clone());
        if let Some(before) = lease.skew_before.take() {
            self.skew = before;
        }
        if lease.exchange.discovers {
            // The server's word about itself is no word about what would have been shown to it.
            self.client.provider.postpone(now.plus(POSTPONED));
            return self.end(lease, error, now);
        }
        // Only a refusal of the primary grant speaks about the credentials: servers refuse the refresh tokens that they hand out
        // with any 4xx and any code (Fusio's invalid_request, an unauthorized_client), or with what is no answer at all.
        let is_refresh = lease.exchange.kind == Kind::Refresh;
        let is_refused = match &*error {
            Error::Refused(_) => true,
            Error::BadResponse(_) => is_refresh && self.has_primary_grant(),
            _ => is_refresh && matches!(error.status(), Some(400..=407 | 409..=424)),
        };
        if is_refused && is_refresh && self.fleet.is_some() && !lease.fence.is_sure {
            // Another instance may have rotated it.
            lease.fence.doubt = Some(error);
            return self.look(lease, now, now);
        }
        if is_refused && is_refresh && self.has_primary_grant() {
            self.drop_refresh_token(&lease);
            lease.exchange = Exchange::primary(&self.client, lease.exchange.index, now);
            return self.proceed(lease, now);
        }
        if error.blames_credentials() && lease.exchange.refused.is_none() && !self.is_overtaken(&lease) {
            if self.client.asks_for_credentials {
                lease.exchange.restart(None, 0);
                return self.proceed(lease, now);
            }
            let other = 1usize.saturating_sub(lease.exchange.index);
            if let Some(credentials) = self.client.credentials.get(other).filter(|_| self.client.credentials.len() > 1)
            {
                lease.exchange.restart(Some(credentials.clone()), other);
                return self.proceed(lease, now);
            }
        }
        if is_refused && !error.blames_credentials() {
            match lease.exchange.kind {
                Kind::Refresh => self.drop_refresh_token(&lease),
                Kind::Primary => self.grant_spent = true,
            }
        }
        self.end(lease, error, now)
    }

    /// Ends a flight in a cooldown, and tells the fleet.
    pub(super) fn end(&mut self, lease: Box<Lease>, error: Fault, now: Timestamp) -> Option<TokenRequest> {
        self.cool_down(error, now);
        self.share_cooldown(&lease, now)
    }

    /// Drops the refused refresh token, unless a late response has replaced it in the meantime.
    pub(super) fn drop_refresh_token(&mut self, lease: &Lease) {
        if let (Some(fleet), Some(refused)) = (self.fleet.as_mut(), &lease.exchange.refresh_token) {
            fleet.refuse(refused.expose());
        }
        if self.refresh_token.as_ref() == lease.exchange.refresh_token.as_ref() {
            self.refresh_token = None;
        }
    }

    pub(super) fn cool_down(&mut self, error: Fault, now: Timestamp) -> Option<TokenRequest> {
        let cooldown = self.failures.cooldown(error, now, &mut self.dice);
        self.last_error = Some(cooldown.error.clone());
        self.flight = Flight::Cooldown(cooldown);
        None
    }

    /// Ends what has run out.
    pub(super) fn lapse(&mut self, now: Timestamp) {
        self.lapse_errand(now);
        match core::mem::replace(&mut self.flight, Flight::Idle) {
            Flight::InFlight(lease) if now >= lease.until => self.lose(lease, now),
            Flight::Cooldown(cooldown) if now >= cooldown.until => {}
            running => self.flight = running,
        }
    }

    /// The outcome of this request will never be reported.
    pub(super) fn lose(&mut self, lease: Box<Lease>, now: Timestamp) {
        if lease.fence.stage != Stage::Asking {
            return;
        }
        let host = lease.exchange.host.clone();
        self.lapsed = Some(lease);
        self.count_loss(host, now);
    }

    /// The next request may be sent at once, unless too many were lost in a row.
    pub(super) fn count_loss(&mut self, host: Option<Box<str>>, now: Timestamp) {
        if self.failures.lost() > FREE_LOSSES {
            let reason = Some("the callers were gone before the response came".into());
            self.cool_down(Box::new(Error::Unreachable(Reply { host, reason, ..Reply::default() })), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::client::ClientConfig;
    use crate::config::provider::Provider;
    use crate::config::sharing::Sharing;
    use crate::ground::credentials::Credentials;
    use crate::lifecycle::action::Action;
    use crate::lifecycle::fleet::{Loaded, Stored};

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    #[test]
    fn a_request_whose_lease_was_lost_to_another_is_not_said_to_be_repeated() {
        let provider = Provider::from_token_endpoint("https://as.example/token").unwrap();
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
        let mut machine = Machine::new(ClientConfig::new(provider, credentials).with_sharing(Sharing::Atomic), 1);
        let Action::Send(TokenRequest { serial, .. }) = machine.poll(NOW) else { panic!() };
        machine.on_loaded(serial, Loaded::Nothing, NOW);
        machine.on_stored(serial, Stored::Outdone, NOW);
        machine.on_loaded(serial, Loaded::Nothing, NOW);
        let request = machine.on_stored(serial, Stored::Written, NOW);
        assert!(matches!(request, Some(TokenRequest { next: Next::Send(_), .. })));
        assert!(!machine.repeats());
    }
}
