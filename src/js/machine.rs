//! The machine for JavaScript. Times are `Date.now()` numbers, serials are numbers, results are plain objects.

use core::time::Duration;
use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::convert::{self, error, headers, instant, request, thrown, to_js};
use crate::config::client::ClientConfig;
use crate::config::origins::origins;
#[cfg(feature = "sharing")]
use crate::config::sharing::Sharing;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault, Reply};
use crate::ground::json;
use crate::ground::json::Object;
use crate::ground::message::HttpResponse;
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::action::{Call, TokenRequest, TransportFailure, Verdict};
use crate::lifecycle::exchange::Next;
#[cfg(feature = "sharing")]
use crate::lifecycle::fleet::{Loaded, Stored};
use crate::lifecycle::machine::Machine;
use crate::lifecycle::token::{Age, Serial, Token};
use crate::request::assertion::signed;

/// One client's token and the request that may be under way for the next.
#[wasm_bindgen(js_name = Machine)]
#[derive(Debug)]
pub struct JsMachine {
    machine: Machine,
}

#[wasm_bindgen(js_class = Machine)]
impl JsMachine {
    /// `options`: the client's, as JSON. `asks`: the credentials come from a function.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, asks: bool) -> Result<JsMachine, JsValue> {
        trap!("new");
        let mut client = ClientConfig::read(options).map_err(thrown)?;
        if asks {
            client = client.with_asked_credentials();
        } else if client.credentials.is_empty() {
            return Err(thrown(Error::options("credentials", &["missing"])));
        }
        client.check().map_err(thrown)?;
        Ok(JsMachine { machine: Machine::new(client, 0) })
    }

    /// For callers that sign with the keys among the options.
    pub fn check_keys(&self) -> Result<(), JsValue> {
        self.machine.client().check_keys().map_err(thrown)
    }

    #[cfg(feature = "sharing")]
    /// Shares the token through a store. `limit`: what one call of it may take, in ms.
    pub fn share(&mut self, is_atomic: bool, limit: f64) {
        let sharing = if is_atomic { Sharing::Atomic } else { Sharing::Hint };
        self.machine.share(sharing, instant(limit).since(Timestamp::default()));
    }

    /// A Worker's top level has no randomness, so the seed comes with the first call.
    pub fn reseed(&mut self, seed: u64) {
        self.machine.reseed(seed);
    }

    /// Called after a trap, when the machine in which it happened is gone.
    pub fn take_over(&mut self, last: u32, losses: u32, now: f64) {
        self.machine.take_over(Serial(last), losses, instant(now));
    }

    /// `latest`: the latest instant that the caller has seen since the last poll.
    pub fn poll(&mut self, now: f64, since: f64, min_validity: f64, latest: f64) -> JsValue {
        trap!("poll");
        self.machine.saw(instant(latest));
        let min_validity = Duration::try_from_secs_f64(min_validity).unwrap_or_default();
        let call = Call { since: instant(since), min_validity };
        let action = self.machine.poll_for(call, instant(now));
        convert::action(action, self.machine.repeats()).into_js()
    }

    /// The cached token, with everything that a caller needs to use it.
    pub fn token(&self) -> JsValue {
        held(self.machine.token())
    }

    /// `credentials`: as JSON.
    pub fn on_credentials(&mut self, serial: u32, credentials: &str, now: f64) -> JsValue {
        // What a function returns is looked at as what the options hold is.
        let given = read_credentials(credentials).and_then(|credentials| {
            self.machine.client().check_keys_among(&credentials)?;
            Ok(credentials)
        });
        match given {
            Ok(credentials) => {
                let request = self.machine.on_credentials(Serial(serial), credentials, instant(now));
                self.next(request)
            }
            Err(cause) => {
                let Error::Options { path, reason } = &*cause else { return JsValue::NULL };
                let request = self.machine.on_unable(Serial(serial), path, reason, instant(now));
                self.next(request)
            }
        }
    }

    /// Takes the current credentials; ends a cooldown that a refusal of others started.
    pub fn replace_credentials(&mut self, credentials: &str) {
        if let Ok(credentials) = read_credentials(credentials) {
            self.machine.replace_credentials(credentials);
        }
    }

    pub fn on_signature(&mut self, serial: u32, signature: &[u8], now: f64) -> JsValue {
        let request = self.machine.on_signature(Serial(serial), signature, instant(now));
        self.next(request)
    }

    /// `flat`: see `headers`. Returns what to send next, or the resulting token, or `null`.
    pub fn on_response(&mut self, serial: u32, status: u16, flat: &str, body: Vec<u8>, now: f64) -> JsValue {
        trap!("on_response");
        let response = HttpResponse { status, headers: headers(flat), body };
        let request = self.machine.on_response(Serial(serial), &response, instant(now));
        self.next_or_token(request, Serial(serial))
    }

    #[cfg(feature = "sharing")]
    /// `found`: `record` and the record, `nothing`, `unreadable`, or `failed`. Returns as `on_response` does.
    pub fn on_loaded(&mut self, serial: u32, found: &str, record: Option<String>, now: f64) -> JsValue {
        trap!("on_loaded");
        let found = match (found, &record) {
            ("record", Some(record)) => Loaded::Record(record),
            ("nothing", _) => Loaded::Nothing,
            ("unreadable", _) => Loaded::Unreadable,
            _ => Loaded::Failed,
        };
        let request = self.machine.on_loaded(Serial(serial), found, instant(now));
        self.next_or_token(request, Serial(serial))
    }

    #[cfg(feature = "sharing")]
    /// `outcome`: `written`, `outdone`, or `failed`.
    pub fn on_stored(&mut self, serial: u32, outcome: &str, now: f64) -> JsValue {
        trap!("on_stored");
        let outcome = match outcome {
            "written" => Stored::Written,
            "outdone" => Stored::Outdone,
            _ => Stored::Failed,
        };
        let request = self.machine.on_stored(Serial(serial), outcome, instant(now));
        self.next(request)
    }

    /// `failure`: `timeout`, `too_large`, `fetch`, or anything else for a network error.
    pub fn on_failure(
        &mut self,
        serial: u32,
        failure: &str,
        status: u16,
        reason: Option<String>,
        is_permanent: bool,
        now: f64,
    ) -> JsValue {
        trap!("on_failure");
        let failure = match failure {
            "timeout" => TransportFailure::Timeout,
            "too_large" => TransportFailure::TooLarge { status },
            "fetch" => TransportFailure::Fetch { reason },
            _ => TransportFailure::Network { reason, is_permanent },
        };
        let request = self.machine.on_failure(Serial(serial), failure, instant(now));
        self.next(request)
    }

    /// `path`: what is wrong; `undefined` for a credentials function that may succeed later, and empty for a signer that may.
    pub fn on_unable(&mut self, serial: u32, path: Option<String>, reason: &str, now: f64) -> JsValue {
        let request = match path {
            Some(path) if path.is_empty() => self.machine.on_signer_failure(Serial(serial), reason, instant(now)),
            Some(path) => self.machine.on_unable(Serial(serial), &path, reason, instant(now)),
            None => self.machine.on_credentials_failure(Serial(serial), reason, instant(now)),
        };
        self.next(request)
    }

    /// The token function threw. `retry_at`: what it said of that, in ms.
    #[allow(clippy::too_many_arguments)]
    pub fn on_unobtained(
        &mut self,
        serial: u32,
        status: Option<u16>,
        error: Option<String>,
        reason: String,
        is_permanent: bool,
        retry_at: f64,
        now: f64,
    ) -> JsValue {
        trap!("on_unobtained");
        let (reason, retry_at) = (Some(reason.into()), Some(instant(retry_at)));
        let reply = Reply { status, error, reason, is_permanent, retry_at, ..Reply::default() };
        let request = self.machine.on_unobtained(Serial(serial), reply, instant(now));
        self.next(request)
    }

    /// A foreign text without the secrets and tokens that are known here.
    pub fn redact(&self, text: &str) -> String {
        self.machine.redact(text, usize::MAX)
    }

    pub fn on_lost(&mut self, serial: u32, now: f64) {
        self.machine.on_lost(Serial(serial), instant(now));
    }

    pub fn on_unsent(&mut self, serial: u32) {
        self.machine.on_unsent(Serial(serial));
    }

    /// Whether a call that carried the token of `serial` is worth one more try; `undefined` where the answer says nothing of the
    /// token. `flat`: see `headers`. `body`: where the profile looks for something in it.
    pub fn on_unauthorized(&mut self, serial: u32, status: u16, flat: &str, body: Vec<u8>, now: f64) -> Option<bool> {
        trap!("on_unauthorized");
        let response = HttpResponse { status, headers: headers(flat), body };
        let challenge = self.machine.client().read_challenge(&response);
        (status == 401 || challenge.is_curable())
            .then(|| self.machine.on_unauthorized(Serial(serial), &challenge, instant(now)) == Verdict::Retry)
    }

    pub fn invalidate(&mut self) {
        trap!("invalidate");
        self.machine.invalidate();
    }

    /// Called after a revocation. Returns how the fleet is told of it, if there is one.
    pub fn forget(&mut self, now: f64) -> JsValue {
        let request = self.machine.forget_everywhere(instant(now));
        self.next(request)
    }

    /// The tokens to revoke. `held`: the access token, where the machine does not have it.
    pub fn revocations(&self, held: Option<String>) -> Result<JsValue, JsValue> {
        trap!("revocations");
        let held = held.as_deref().or(self.machine.token().map(|token| token.value.expose()));
        let refresh_token = self.machine.revocable().map_err(thrown)?.map(Secret::expose);
        let mut list = Vec::new();
        for (token, hint) in [(refresh_token, "refresh_token"), (held, "access_token")] {
            if token.is_some() {
                list.push(Object::new().text("token", token).text("hint", hint).take());
            }
        }
        Ok(to_js(&Value::Array(list)))
    }

    /// The request about a token, or what has to be signed first: that is then `input`. `hint`: that of a revocation.
    pub fn inquiry(
        &mut self,
        token: &str,
        hint: Option<String>,
        input: Option<String>,
        signature: &[u8],
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let endpoint = if hint.is_some() { "revocation_endpoint" } else { "introspection_endpoint" };
        let jwt = input.map(|input| signed(&input, signature));
        let (token, now) = (Secret::new(token), instant(now));
        let next = self.machine.inquire(endpoint, &token, hint.as_deref(), jwt.as_ref(), now).map_err(thrown)?;
        let host = match &next {
            Next::Send(http) => Some(self.redact(http.host()).into()),
            _ => None,
        };
        let next = TokenRequest { serial: Serial(0), deadline: Timestamp::default(), host, next };
        Ok(request(&next, false).into_js())
    }

    /// How far ahead the clock of whoever checks signatures is, in ms.
    pub fn clock_skew(&self) -> f64 {
        self.machine.clock_skew() as f64
    }

    /// What the driver has to know about the options: the origins, and how the token is sent.
    pub fn terms(&self) -> Result<JsValue, JsValue> {
        let client = self.machine.client();
        let mut fields = Object::new();
        fields
            .texts("origins", origins(client).map_err(thrown)?.as_ref())
            .flag("authorizes", self.authorizes())
            .flag("discovers", client.provider.text("issuer").is_some())
            .text("provider", client.provider.name());
        Ok(fields.into_js())
    }

    pub fn explain(&mut self, now: f64) -> JsValue {
        trap!("explain");
        let now = instant(now);
        self.machine.settle(now);
        let held = self.machine.token();
        let age = held.map_or("none", |held| match held.age(now) {
            Age::Fresh => "fresh",
            Age::Stale => "stale",
            Age::Expired => "expired",
        });
        let store = self.machine.store_state().map(|state| {
            let mut fields = Object::new();
            fields
                .text("state", if state.retry_at.is_some() { "down" } else { "ok" })
                .number("generation", state.generation)
                .flag("isSaved", state.is_saved)
                .flag("isUnsafe", state.is_unsafe)
                .flag("isMisread", state.is_misread)
                .date("retryAt", state.retry_at);
            fields.take()
        });
        let mut fields = Object::new();
        fields
            .value("store", store.into())
            .text("token", age)
            .text("flight", self.machine.flight())
            .value("serial", held.map(|held| held.serial.0).into())
            .date("expiresAt", held.and_then(|held| held.expires_at))
            .date("renewAt", held.map(|held| held.renew_at))
            .date("hardExpiry", held.map(|held| held.hard_expiry))
            .flag("refreshToken", self.machine.refresh_token().is_some())
            .date("nextRequestAt", self.machine.next_request_at(now))
            .value("lastError", self.machine.last_error().map(|cause| error(cause).take()).into());
        fields.into_js()
    }
}

impl JsMachine {
    fn next(&self, request: Option<TokenRequest>) -> JsValue {
        let Some(request) = request else { return JsValue::NULL };
        let mut fields = convert::request(&request, self.machine.repeats());
        if self.machine.flight() != "in_flight" {
            // What remains is between the machine and the store: callers wait no longer.
            fields.flag("isOver", true);
        }
        fields.into_js()
    }

    fn next_or_token(&self, request: Option<TokenRequest>, serial: Serial) -> JsValue {
        match request {
            None => held(self.machine.token().filter(|token| token.serial == serial)),
            request => self.next(request),
        }
    }

    /// Whether the token travels in a header named `authorization`.
    fn authorizes(&self) -> bool {
        let headers = self.machine.client().provider.resource("headers").and_then(Value::as_object);
        headers.is_none_or(|headers| headers.keys().any(|name| name.eq_ignore_ascii_case("authorization")))
    }
}

fn held(token: Option<&Arc<Token>>) -> JsValue {
    trap!("token");
    token.map_or(JsValue::NULL, |held| convert::token(held).into_js())
}

fn read_credentials(text: &str) -> Result<Credentials, Fault> {
    let value = json::parse(text).map_err(|reason| Error::options("credentials", &[reason]))?;
    Credentials::read(&value, &mut "credentials".to_owned())
}
