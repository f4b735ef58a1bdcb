//! The machine's inputs: the outcome of the request in flight, and the API's refusals.

use core::time::Duration;

use crate::answer::challenge::Challenge;
use crate::answer::response::transient;
use crate::ground::credentials::Credentials;
use crate::ground::error::{Error, Reply};
use crate::ground::message::HttpResponse;
use crate::ground::text::{decimal, spaced};
use crate::ground::time::{Timestamp, millis};
use crate::ground::value::Value;
use crate::lifecycle::action::{TokenRequest, TransportFailure, Verdict};
use crate::lifecycle::fleet::Stage;
use crate::lifecycle::identity::is_no_better;
use crate::lifecycle::lease::{Flight, Lease};
use crate::lifecycle::machine::Machine;
use crate::lifecycle::token::Serial;

/// A server's clock that is behind by less is on time.
const CLOCK_BEHIND_MS: i64 = 2_000;

/// The maximum length of a transport's reason, in characters.
const MAX_REASON: usize = 256;

impl Machine {
    /// Takes the credentials that `Next::Credentials` requested. Returns the request's next step, or `None` if it has ended.
    pub fn on_credentials(&mut self, serial: Serial, credentials: Credentials, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let mut lease = self.take_lease(serial)?;
        if lease.exchange.refused.as_ref().is_some_and(|refused| is_no_better(&credentials, refused, now)) {
            // Asked again, and the answer is the same that was just refused.
            let error = self.last_error.clone().unwrap_or_else(|| Box::new(Error::Refused(Reply::default())));
            return self.end(lease, error, now);
        }
        lease.exchange.credentials = Some(credentials.clone());
        if self.client.credentials.first() != Some(&credentials) {
            self.kept = None;
        }
        self.client.credentials = vec![credentials];
        self.index = 0;
        if lease.fence.stage == Stage::Looking {
            // They were asked for to adopt the record's token.
            return self.judge(lease, now);
        }
        self.proceed(lease, now)
    }

    /// Takes the current credentials, if a function provides them. Ends a cooldown that a refusal of the old ones started.
    pub fn replace_credentials(&mut self, credentials: Credentials) {
        let refused = self.client.credentials.first();
        let is_no_better = refused.is_some_and(|refused| is_no_better(&credentials, refused, self.clock));
        if refused != Some(&credentials) {
            self.kept = None;
            self.client.credentials = vec![credentials];
            self.index = 0;
        }
        if is_no_better {
            return;
        }
        self.failures.forget_refusals();
        if matches!(&self.flight, Flight::Cooldown(cooldown) if !cooldown.error.is_transient()) {
            self.flight = Flight::Idle;
        }
    }

    /// Whether the request under way is, byte for byte, one that was handed out before.
    #[cfg(any(test, all(target_arch = "wasm32", feature = "js")))]
    pub(crate) fn repeats(&self) -> bool {
        matches!(&self.flight, Flight::InFlight(lease) if lease.exchange.repeats && lease.fence.stage == Stage::Asking)
    }

    /// Takes the signature that `Next::Sign` requested. Returns the request's next step.
    pub fn on_signature(&mut self, serial: Serial, signature: &[u8], now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let mut lease = self.take_lease(serial)?;
        lease.exchange.sign(signature);
        match lease.exchange.minted(&self.client) {
            Some(granted) => self.land(lease, Ok(granted), now),
            None => self.proceed(lease, now),
        }
    }

    /// Takes a response of the token endpoint. Returns the request's next step, or `None` if it has ended.
    pub fn on_response(&mut self, serial: Serial, response: &HttpResponse, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let Some(mut lease) = self.take_lease(serial) else { return self.on_late_response(serial, response, now) };
        self.compare_clocks(response, now);
        let outcome = if lease.exchange.discovers {
            self.client.learn(&mut lease.exchange, response, now).map(|()| None)
        } else {
            lease.exchange.answer(&self.client, response, now)
        };
        match outcome {
            Ok(None) => self.proceed(lease, now),
            Ok(Some(granted)) => self.land(lease, Ok(granted), now),
            Err(error) if self.signs_anew(&mut lease, &error, response, now) => self.proceed(lease, now),
            Err(error) => self.land(lease, Err(error), now),
        }
    }

    /// How far this clock may be ahead of the server's. A slow answer counts as a clock that is ahead: then the dates of the record are
    /// too early, which costs a renewal; too late, they would cost others their calls.
    fn compare_clocks(&mut self, response: &HttpResponse, now: Timestamp) {
        if let Some(fleet) = self.fleet.as_mut() {
            let ahead = response.date().map_or(0, |date| date.ahead_of(now));
            // It has no fractions.
            fleet.behind = if ahead < -CLOCK_BEHIND_MS { ahead } else { 0 };
        }
    }

    /// The answer to a lease that ended: it counts only if its token is newer than the one held.
    fn on_late_response(&mut self, serial: Serial, response: &HttpResponse, now: Timestamp) -> Option<TokenRequest> {
        let is_it = |lease: &mut Box<Lease>| lease.serial == serial && !lease.exchange.discovers;
        let mut lease = self.lapsed.take_if(is_it)?;
        self.compare_clocks(response, now);
        if let (true, Ok(Some(granted))) = (serial > self.newest, lease.exchange.answer(&self.client, response, now))
            && self.take_granted(&lease, granted, now).is_ok()
        {
            return self.save(serial, Value::Null, true, now);
        }
        None
    }

    /// Takes the failure of a request that got no response. Returns what remains to be done with a shared store.
    pub fn on_failure(&mut self, serial: Serial, failure: TransportFailure, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let lease = self.take_lease(serial)?;
        let mut reply = Reply::default();
        let (kind, reason): (fn(Reply) -> Error, _) = match failure {
            TransportFailure::Timeout => (Error::Timeout, Some(spelt(self.client.timeout()))),
            TransportFailure::Network { reason, is_permanent } => {
                reply.is_permanent = is_permanent;
                (Error::Unreachable, reason)
            }
            TransportFailure::Fetch { reason } => {
                reply.is_permanent = true;
                (Error::Fetch, reason)
            }
            TransportFailure::TooLarge { status } => {
                reply.status = Some(status);
                (Error::BadResponse, Some("the body is larger than 1 MiB".to_owned()))
            }
        };
        reply.reason = Some(reason.as_deref().unwrap_or("the connection was lost").into());
        let next = self.fail(lease, kind, reply, now);
        if !self.fleet.is_some() {
            // Whoever says this does not go on: what comes after a refused refresh is for the next call.
            self.take_lease(serial)?;
            return None;
        }
        next
    }

    /// Ends a request because something is missing on this side: the credentials or the signature.
    pub fn on_unable(&mut self, serial: Serial, path: &str, reason: &str, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let lease = self.take_lease(serial)?;
        let error = self.blamed(Error::options(path, &[reason]));
        self.land(lease, Err(error), now)
    }

    /// Takes the failure of a caller that could not obtain the token. Returns the request's next step, or `None` if it has ended.
    ///
    /// Of the reply count: `status` and `error`, which decide as those of a server do (without them the failure is transient),
    /// `reason`, `is_permanent` and `retry_at`.
    pub fn on_unobtained(&mut self, serial: Serial, reply: Reply, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let lease = self.take_lease(serial)?;
        let is_refusal = reply.error.is_some() || reply.status.is_some_and(|status| status >= 400);
        let kind = transient(reply.status.unwrap_or_default(), reply.error.as_deref());
        let kind = kind.unwrap_or(if is_refusal { Error::Refused } else { Error::Unreachable });
        self.fail(lease, kind, reply, now)
    }

    /// Ends a request by a reply of which some is not from here: what it echoes of the request is redacted.
    fn fail(
        &mut self,
        lease: Box<Lease>,
        kind: fn(Reply) -> Error,
        mut reply: Reply,
        now: Timestamp,
    ) -> Option<TokenRequest> {
        let secrets = lease.exchange.secrets(&self.client);
        let clean = |text: &str| secrets.redact(text, &[], MAX_REASON);
        reply.error = reply.error.as_deref().map(clean);
        reply.reason = reply.reason.as_deref().map(|reason| clean(reason).into());
        self.land(lease, Err(Box::new(kind(reply))), now)
    }

    /// Reports that the credentials function failed but may succeed later. The machine backs off as it does for a server.
    pub fn on_credentials_failure(&mut self, serial: Serial, reason: &str, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let lease = self.take_lease(serial)?;
        let reason = Some(spaced(reason, MAX_REASON).into());
        self.land(lease, Err(Box::new(Error::Credentials(Reply { reason, ..Reply::default() }))), now)
    }

    /// Reports that the task that sent the request is gone. Another caller may send a new one.
    pub fn on_lost(&mut self, serial: Serial, now: Timestamp) {
        self.observe(now);
        self.lose_errand(serial, now);
        if let Some(lease) = self.take_lease(serial) {
            self.lose(lease, now);
        }
    }

    /// Reports that the request was not sent. It does not count as a failure; the next one may be sent at once.
    pub fn on_unsent(&mut self, serial: Serial) {
        self.take_lease(serial);
    }

    /// Reports that the API refused a call with the token of `serial`. Returns whether to repeat the call.
    pub fn on_unauthorized(&mut self, serial: Serial, challenge: &Challenge, now: Timestamp) -> Verdict {
        self.observe(now);
        if !challenge.is_curable() {
            return Verdict::Return;
        }
        // Gone, or a newer one is there: nothing is to be decided on this one.
        let Some(held) = self.token.as_ref().filter(|held| held.serial == serial) else { return Verdict::Retry };
        let verdict = self.refusal.verdict(held, now);
        if verdict == Verdict::Retry {
            self.refuse_token();
            self.token = None;
        }
        verdict
    }

    /// Replaces a machine that is gone and whose last request was `last`. Takes over its token, its refresh token and what it
    /// had in flight. `losses` requests in a row ended this way. A grant that is valid once counts as used.
    pub fn take_over(&mut self, last: Serial, losses: u32, now: Timestamp) {
        self.last_serial = last;
        self.grant_spent = true;
        for _ in 0..losses {
            self.count_loss(None, now);
        }
    }
}

/// `10 s`, `300 ms`
fn spelt(span: Duration) -> String {
    let millis = millis(span);
    if millis.is_multiple_of(1000) {
        [&*decimal(millis / 1000), " s"].concat()
    } else {
        [&*decimal(millis), " ms"].concat()
    }
}
