//! One token request from start to end: credentials, steps, signature, token request.

use core::time::Duration;

use fastrand::Rng;

use crate::answer::response;
use crate::answer::response::{Captured, Granted, Reading, Times};
use crate::config::client::ClientConfig;
use crate::config::grant::GRANT_SECRETS;
use crate::config::shape::RequestShape;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::Fault;
use crate::ground::json::{object_at, set};
use crate::ground::message::{HttpRequest, HttpResponse};
use crate::ground::redact::Secrets;
use crate::ground::text::{decimal, push_digit, split};
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::record::Record;
use crate::request::assertion::{SigningInput, signing_input};
use crate::request::build::build;
use crate::request::metadata::metadata_request;
use crate::request::resource::keeps_scheme;
use crate::request::scope::Scope;

/// The next step of a token request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)]
pub enum Next {
    /// Read the shared record, not before `at`, and pass it to `on_loaded`.
    Load {
        /// When to read it.
        at: Timestamp,
    },
    /// Write the shared record over the one that this request read or wrote last, and pass the outcome to `on_stored`.
    Store {
        /// The text to seal and write.
        record: Record,
        /// How long the store has to keep it at least.
        ttl: Duration,
    },
    /// Get the credentials and pass them to `on_credentials`.
    Credentials,
    /// Sign this input and pass the signature to `on_signature`.
    Sign(SigningInput),
    /// Send this request and pass the response to `on_response`, or the failure to `on_failure`.
    Send(HttpRequest),
}

/// Which grant a token request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Primary,
    Refresh,
}

/// The state of one token request. `Debug` shows nothing that was captured: a step's token is among it.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) kind: Kind,
    pub(crate) credentials: Option<Credentials>,
    /// Those that were refused, once others are tried.
    pub(crate) refused: Option<Credentials>,
    /// Where these credentials stand among those of the options.
    pub(crate) index: usize,
    /// When the request that is under way was sent.
    pub(crate) sent: Timestamp,
    pub(crate) refresh_token: Option<Secret>,
    /// What is under way is the request for the issuer's metadata.
    pub(crate) discovers: bool,
    /// They are not at the first of their two places.
    pub(crate) tried: bool,
    pub(super) granted_scope: Option<String>,
    pub(super) step: usize,
    pub(super) captured: Captured,
    pub(super) assertion: Option<Secret>,
    pub(super) signing: Option<SigningInput>,
    /// Whose answer is awaited.
    pub(super) host: Option<Box<str>>,
    /// What it sends is what the exchange before it sent.
    pub(super) repeats: bool,
}

/// The request that was built last, if it is that of the primary grant and nothing in it varies: then the next one is not built
/// again. What can vary in it but the credentials (a `{uuid}`, an assertion, what a step or an issuer said) keeps it from being kept.
pub(crate) struct Kept {
    credentials: Credentials,
    request: HttpRequest,
    host: Box<str>,
}

impl core::fmt::Debug for Kept {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Kept").field("host", &self.host).finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Exchange").field("kind", &self.kind).field("step", &self.step).finish_non_exhaustive()
    }
}

impl Exchange {
    pub(crate) fn primary(client: &ClientConfig, index: usize, now: Timestamp) -> Self {
        Exchange {
            kind: Kind::Primary,
            // A function is asked for each token request, so that a rotated secret is seen.
            credentials: client.credentials.get(index).filter(|_| !client.asks_for_credentials).cloned(),
            index,
            refused: None,
            sent: now,
            refresh_token: None,
            discovers: false,
            tried: false,
            granted_scope: None,
            step: 0,
            captured: Vec::new(),
            assertion: None,
            signing: None,
            host: None,
            repeats: false,
        }
    }

    /// A refresh keeps what earlier answers captured, and asks for no more scope than was granted (RFC 6749 §6).
    pub(crate) fn refresh(
        client: &ClientConfig,
        index: usize,
        now: Timestamp,
        token: Secret,
        captured: Captured,
        granted_scope: Option<String>,
    ) -> Self {
        Exchange {
            kind: Kind::Refresh,
            refresh_token: Some(token),
            granted_scope,
            captured,
            ..Exchange::primary(client, index, now)
        }
    }

    /// Returns the next step. A returned request counts as sent `now`; `signed_at`: the time that a signature states.
    ///
    /// # Errors
    /// `ERR_OPTIONS` if the request cannot be built.
    pub(crate) fn next(
        &mut self,
        client: &ClientConfig,
        dice: &mut Rng,
        now: Timestamp,
        signed_at: Timestamp,
        kept: &mut Option<Box<Kept>>,
    ) -> Result<Next, Fault> {
        (self.host, self.repeats) = (None, false);
        let Some(credentials) = &self.credentials else { return Ok(Next::Credentials) };
        let scope = self.scope(client, credentials, dice, signed_at);
        if !client.provider.is_known(now) {
            let request = metadata_request(&scope, self.tried)?;
            (self.host, *kept) = (Some(self.host_of(client, &request)), None);
            (self.discovers, self.sent) = (true, now);
            return Ok(Next::Send(request));
        }
        if self.assertion.is_none()
            && let Some(input) = signing_input(&scope)?
        {
            (self.signing, self.sent) = (Some(input.clone()), now);
            return Ok(Next::Sign(input));
        }
        let is_steady = self.is_steady(client);
        if let Some(kept) = kept.as_ref().filter(|kept| is_steady && kept.credentials == *credentials) {
            (self.host, self.repeats, self.sent) = (Some(kept.host.clone()), true, now);
            return Ok(Next::Send(kept.request.clone()));
        }
        let request = build(&scope, self.grant(client), self.assertion.as_ref())?;
        let host = self.host_of(client, &request);
        *kept = (is_steady && !scope.varies.get()).then(|| {
            let (credentials, request) = (credentials.clone(), request.clone());
            Box::new(Kept { credentials, request, host: host.clone() })
        });
        (self.host, self.sent) = (Some(host), now);
        Ok(Next::Send(request))
    }

    fn host_of(&self, client: &ClientConfig, request: &HttpRequest) -> Box<str> {
        self.secrets(client).redact(request.host(), &[], usize::MAX).into()
    }

    /// Whether the request is made of the options and the credentials alone, and of no moment.
    fn is_steady(&self, client: &ClientConfig) -> bool {
        let is_alone = client.provider.steps() == 0 && client.provider.text("issuer").is_none();
        is_alone && self.kind == Kind::Primary && self.assertion.is_none()
    }

    pub(crate) fn sign(&mut self, signature: &[u8]) {
        self.assertion = self.signing.take().map(|input| input.signed(signature));
    }

    /// Whether there is a signature, which is forgotten.
    pub(crate) fn unsign(&mut self) -> bool {
        self.assertion.take().is_some()
    }

    /// Reads the issuer's metadata.
    ///
    /// # Errors
    /// As those of a token answer.
    pub(crate) fn document(&self, response: &HttpResponse, now: Timestamp) -> Result<Value, Fault> {
        let times = Times { sent: self.sent, received: now };
        let shape = RequestShape::of(&Value::Null).response();
        let secrets = self.credentials.as_ref().map(Credentials::secrets).unwrap_or_default();
        response::parse_document(shape, response, times, &secrets)
    }

    /// Reads a response; returns `None` after a step's, which is followed by the next request.
    ///
    /// # Errors
    /// Why the response contains no token, or a step's response lacks what it has to capture.
    pub(crate) fn answer(
        &mut self,
        client: &ClientConfig,
        response: &HttpResponse,
        now: Timestamp,
    ) -> Result<Option<Box<Granted>>, Fault> {
        let times = Times { sent: self.sent, received: now };
        let secrets = self.secrets(client);
        let shape = self.shape(client).response();
        if self.steps_are_done(client) {
            let reading = Reading {
                earlier: &self.captured,
                keeps_scheme: keeps_scheme(client),
                exchanges: self.exchanges(client),
            };
            let granted = response::parse(shape, response, times, &secrets, reading);
            return granted.map(Some).map_err(|fault| self.dated(client, fault, now));
        }
        let captured = response::parse_step(shape, response, times, &secrets);
        let captured = captured.map_err(|fault| self.dated(client, fault, now))?;
        self.step = self.step.saturating_add(1);
        self.assertion = None;
        for (name, value) in captured {
            self.capture(&name, value);
        }
        Ok(None)
    }

    /// All that the request shows and its answer may echo: what is redacted in the server's words.
    pub(crate) fn secrets<'s>(&'s self, client: &'s ClientConfig) -> Secrets<'s> {
        let mut secrets = self.credentials.as_ref().map(Credentials::secrets).unwrap_or_default();
        for secret in [&self.refresh_token, &self.assertion].into_iter().flatten() {
            secrets.add(secret.expose());
        }
        for name in GRANT_SECRETS {
            if let Some(secret) = client.grant_member(name) {
                secrets.add(secret);
            }
        }
        // An assertion, a device code, another's token: what any other grant shows is as good as a secret, but for what says
        // where the token goes (RFC 8693 §2.1).
        for (name, value) in client.grant().and_then(|grant| object_at(grant, "parameters")).into_iter().flatten() {
            let is_open = name.ends_with("_type") || name.ends_with("id");
            if !is_open && !["audience", "resource", "scope"].contains(&&**name) {
                secrets.add(value.as_str().unwrap_or_default());
            }
        }
        secrets.add_named(&self.captured);
        secrets
    }

    /// Keeps what a step found, by its name and by that of the step: `url`, `step1.url`.
    pub(crate) fn capture(&mut self, name: &str, value: Secret) {
        let long = ["step", &decimal(self.step as u64), ".", name].concat();
        for name in [&long, name] {
            set(&mut self.captured, name, value.clone());
        }
    }

    /// Starts again with another credential.
    pub(crate) fn restart(&mut self, credentials: Option<Credentials>, index: usize) {
        self.refused = core::mem::replace(&mut self.credentials, credentials);
        self.index = index;
        self.assertion = None;
        if self.kind == Kind::Primary {
            self.step = 0;
            self.captured.clear();
        }
    }

    pub(crate) fn skip_steps(&mut self, client: &ClientConfig) {
        self.step = client.provider.steps();
    }

    fn steps_are_done(&self, client: &ClientConfig) -> bool {
        self.kind == Kind::Refresh || self.step >= client.provider.steps()
    }

    pub(crate) fn shape<'c>(&self, client: &'c ClientConfig) -> RequestShape<'c> {
        match self.kind {
            Kind::Refresh => client.provider.refresh(),
            Kind::Primary if self.step < client.provider.steps() => client.provider.step(self.step),
            Kind::Primary => client.provider.token(),
        }
    }

    pub(crate) fn grant<'c>(&self, client: &'c ClientConfig) -> Option<&'c Value> {
        match self.kind {
            Kind::Refresh => None,
            Kind::Primary => client.grant().filter(|_| self.steps_are_done(client)),
        }
    }

    pub(crate) fn scope<'s>(
        &'s self,
        client: &'s ClientConfig,
        credentials: &'s Credentials,
        dice: &mut Rng,
        now: Timestamp,
    ) -> Scope<'s> {
        let shape = self.shape(client);
        let mut scope = Scope::new(client, shape, credentials, &self.captured);
        scope.refresh_token = self.refresh_token.as_ref();
        scope.uuid = uuid(dice);
        scope.now = now;
        if shape.sends_scope() {
            let asked = client.scope().filter(|_| self.steps_are_done(client));
            scope.requested = asked.unwrap_or_else(|| shape.scope());
        }
        if let Some(granted) = &self.granted_scope {
            let granted = split(granted, &[" ,", shape.scope_separator()].concat());
            scope.requested.retain(|scope| granted.contains(&scope.as_str()));
        }
        scope
    }
}

/// A random UUID (RFC 9562 §5.4).
pub(super) fn uuid(dice: &mut Rng) -> String {
    let mut uuid = String::with_capacity(36);
    for place in 0..36 {
        match place {
            8 | 13 | 18 | 23 => uuid.push('-'),
            14 => uuid.push('4'),
            19 => push_digit(&mut uuid, (dice.u64(..) & 3) as u8 | 8, b'a'),
            _ => push_digit(&mut uuid, (dice.u64(..) & 15) as u8, b'a'),
        }
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::provider::Provider;
    use crate::lifecycle::action::{Action, TokenRequest};
    use crate::lifecycle::machine::Machine;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn machine(profile: &str) -> Machine {
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
        Machine::new(ClientConfig::new(Provider::from_json(profile).unwrap(), credentials), 1)
    }

    /// The next token request, which is answered, and whether it repeats the one before.
    fn sent(machine: &mut Machine) -> (HttpRequest, bool) {
        machine.invalidate();
        let Action::Send(TokenRequest { serial, next: Next::Send(request), .. }) = machine.poll(NOW) else { panic!() };
        let repeats = machine.repeats();
        let body = br#"{"access_token": "a", "expires_in": 3600}"#.to_vec();
        machine.on_response(serial, &HttpResponse { status: 200, headers: vec![], body }, NOW);
        (request, repeats)
    }

    #[test]
    fn a_request_in_which_nothing_varies_is_kept() {
        let mut machine = machine(r#"{"token_endpoint": "https://as.example/token"}"#);
        let (first, repeats) = sent(&mut machine);
        assert!(!repeats);
        for _ in 0..3 {
            assert_eq!(sent(&mut machine), (first.clone(), true));
        }
    }

    #[test]
    fn other_credentials_and_a_uuid_end_that() {
        let mut machine = machine(r#"{"token_endpoint": "https://as.example/token"}"#);
        let (first, _) = sent(&mut machine);
        machine.replace_credentials(Credentials::new().with("client_id", "app").with("client_secret", "another"));
        let (second, repeats) = sent(&mut machine);
        assert!(!repeats && second.headers != first.headers);
        assert_eq!(sent(&mut machine), (second, true));

        let profile = r#"{"token_endpoint": "https://as.example/token", "parameters": {"nonce": "{uuid}"}}"#;
        let mut machine = self::machine(profile);
        let (first, _) = sent(&mut machine);
        let (second, repeats) = sent(&mut machine);
        assert!(!repeats && second.body != first.body);
    }
}
