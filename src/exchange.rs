//! One way to a token, from the first request to the answer that counts: credentials, steps, signature, token request.

use crate::value::Value;
use fastrand::Rng;

use crate::config::ClientConfig;
use crate::credentials::{Credentials, Secret};
use crate::discovery;
use crate::error::{Error, Fault};
use crate::json::{Object, object_at, set, str_at};
use crate::provider::RequestShape;
use crate::request::{self, HttpRequest, Scope, SigningInput, Trial};
use crate::response::{self, Captured, Granted, HttpResponse, Times};
use crate::text::{concat, decimal, lower, push, push_digit, split};
use crate::time::Timestamp;

/// What whoever carries out a token request does next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)]
pub enum Next {
    /// Ask for the credentials, and hand them to `on_credentials`.
    Credentials,
    /// Sign, and hand the signature to `on_signature`.
    Sign(SigningInput),
    /// Send, and hand the answer to `on_response` or its absence to `on_failure`.
    Send(HttpRequest),
}

/// Which grant a token request shows.
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
    granted_scope: Option<String>,
    step: usize,
    captured: Captured,
    assertion: Option<Secret>,
    signing: Option<SigningInput>,
    /// Whose answer is awaited.
    pub(crate) host: Option<Box<str>>,
    /// What it sends is what the exchange before it sent.
    pub(crate) repeats: bool,
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

    /// What is to be done next. A request that is handed out counts as sent `now`; `signed_at`: what a signature says of the time.
    ///
    /// # Errors
    /// `ERR_OPTIONS` where the request cannot be made.
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
            let request = discovery::request(&scope, self.tried)?;
            (self.host, *kept) = (Some(self.host_of(client, &request)), None);
            (self.discovers, self.sent) = (true, now);
            return Ok(Next::Send(request));
        }
        if self.assertion.is_none()
            && let Some(input) = request::signing_input(&scope)?
        {
            self.signing = Some(input.clone());
            return Ok(Next::Sign(input));
        }
        let is_steady = self.is_steady(client);
        if let Some(kept) = kept.as_ref().filter(|kept| is_steady && kept.credentials == *credentials) {
            (self.host, self.repeats, self.sent) = (Some(kept.host.clone()), true, now);
            return Ok(Next::Send(kept.request.clone()));
        }
        let request = request::build(&scope, self.grant(client), self.assertion.as_ref())?;
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
        let none = Credentials::new();
        let shape = RequestShape::of(&Value::Null).response();
        response::parse_document(shape, response, times, self.credentials.as_ref().unwrap_or(&none))
    }

    /// Takes an answer in; `None` after a step's, which is followed by the next request.
    ///
    /// # Errors
    /// Why the answer holds no token, or a step's not what it was made for.
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
            return response::parse(shape, response, times, &secrets, &self.captured, keeps_scheme(client)).map(Some);
        }
        let captured = response::parse_step(shape, response, times, &secrets)?;
        self.step = self.step.saturating_add(1);
        self.assertion = None;
        for (name, value) in captured {
            self.capture(&name, value);
        }
        Ok(None)
    }

    /// All that the request shows and its answer may echo: what is redacted in the server's words.
    pub(crate) fn secrets(&self, client: &ClientConfig) -> Credentials {
        let mut secrets = self.credentials.clone().unwrap_or_default();
        let own = [("request.refresh_token", &self.refresh_token), ("request.assertion", &self.assertion)];
        for (name, secret) in own {
            if let Some(secret) = secret {
                secrets = secrets.with(name, secret.expose());
            }
        }
        for name in ["password", "refreshToken", "code", "codeVerifier"] {
            if let Some(secret) = client.grant_member(name) {
                secrets = secrets.with(concat(&["grant.", name]), secret);
            }
        }
        // An assertion, a device code, another's token: what any other grant shows is as good as a secret, but for what says
        // where the token goes (RFC 8693 §2.1).
        for (name, value) in client.grant().and_then(|grant| object_at(grant, "parameters")).into_iter().flatten() {
            if !name.ends_with("_type") && !["audience", "resource", "scope"].contains(&&**name) {
                secrets = secrets.with(concat(&["grant.parameters.", name]), value.as_str().unwrap_or_default());
            }
        }
        for (name, value) in &self.captured {
            secrets = secrets.with(concat(&["captured.", name]), value.expose());
        }
        secrets
    }

    /// Keeps what a step found, by its name and by that of the step: `url`, `step1.url`.
    fn capture(&mut self, name: &str, value: Secret) {
        let long = concat(&["step", &decimal(self.step as u64), ".", name]);
        for name in [&long, name] {
            set(&mut self.captured, name, value.clone());
        }
    }

    /// Begins anew with another credential.
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

    fn shape<'c>(&self, client: &'c ClientConfig) -> RequestShape<'c> {
        match self.kind {
            Kind::Refresh => client.provider.refresh(),
            Kind::Primary if self.step < client.provider.steps() => client.provider.step(self.step),
            Kind::Primary => client.provider.token(),
        }
    }

    fn grant<'c>(&self, client: &'c ClientConfig) -> Option<&'c Value> {
        match self.kind {
            Kind::Refresh => None,
            Kind::Primary => client.grant().filter(|_| self.steps_are_done(client)),
        }
    }

    fn scope<'s>(
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
            let granted = split(granted, &concat(&[" ,", shape.scope_separator()]));
            scope.requested.retain(|scope| granted.contains(&scope.as_str()));
        }
        scope
    }
}

/// A random UUID (RFC 9562 §5.4).
fn uuid(dice: &mut Rng) -> String {
    let mut uuid = String::with_capacity(36);
    for place in 0..36 {
        match place {
            8 | 13 | 18 | 23 => push(&mut uuid, '-'),
            14 => push(&mut uuid, '4'),
            19 => push_digit(&mut uuid, (dice.u64(..) & 3) as u8 | 8, b'a'),
            _ => push_digit(&mut uuid, (dice.u64(..) & 15) as u8, b'a'),
        }
    }
    uuid
}

/// Whether the API takes as its authorization what the server handed out, word for word: then a token that brings its scheme
/// (`Bearer abc`) keeps it, or it would go out without any.
fn keeps_scheme(client: &ClientConfig) -> bool {
    let headers = client.provider.resource("headers").unwrap_or(&Value::Null);
    ["authorization", "Authorization"].iter().any(|name| str_at(headers, name) == Some("{access_token}"))
}

/// What goes with a token to the API.
#[derive(Default)]
pub(crate) struct Attached {
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) defaults: Vec<(String, Secret)>,
    pub(crate) query: Vec<(String, Secret)>,
}

/// Fills in `resource_request`.
pub(crate) fn attach(
    client: &ClientConfig,
    credentials: &Credentials,
    captured: &[(String, Secret)],
    access_token: &Secret,
    trial: Option<Trial>,
) -> Result<Attached, Fault> {
    let mut scope = Scope::new(client, RequestShape::of(&Value::Null), credentials, captured);
    scope.access_token = Some(access_token);
    scope.trial = trial;
    let mut attached = Attached::default();
    let bearer = Object::new().text("authorization", "Bearer {access_token}").take();
    let given = client.provider.resource("headers").unwrap_or(&bearer);
    for (name, header) in given.as_object().into_iter().flatten() {
        if !header.is_null() {
            let path = concat(&["provider.resource_request.headers.", name]);
            let header_of = (lower(name), Secret::new(scope.header(&path, header)?));
            if !scope.is_personal(header) {
                attached.defaults.push(header_of.clone());
            }
            attached.headers.push(header_of);
        }
    }
    let given = client.provider.resource("query").and_then(Value::as_object);
    for (name, template) in given.into_iter().flatten() {
        let path = concat(&["provider.resource_request.query.", name]);
        attached.query.push((name.clone(), Secret::new(scope.filled(&path, template.as_str().unwrap_or_default())?)));
    }
    Ok(attached)
}

impl ClientConfig {
    /// Makes every request that this client may send, and sends none: what is missing or wrong shows now.
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the path of what is missing or wrong.
    pub fn check(&self) -> Result<(), Error> {
        self.check_variables()?;
        self.check_environment()?;
        crate::config::check_insecure(self)?;
        let none = [Credentials::new()];
        let (list, trial) = match self.credentials.as_slice() {
            [] => (none.as_slice(), Trial::Credentials),
            given => (given, Trial::Captures),
        };
        for credentials in list {
            self.check_with(credentials, trial)?;
        }
        crate::config::origins(self)?;
        Ok(())
    }

    fn check_with(&self, credentials: &Credentials, trial: Trial) -> Result<(), Fault> {
        let mut exchange = Exchange::primary(self, 0, Timestamp::default());
        let mut dice = Rng::with_seed(0);
        let made_up = Secret::new("trial");
        for number in 0..=self.provider.steps() {
            exchange.step = number;
            exchange.try_out(self, credentials, trial, &mut dice)?;
            if number < self.provider.steps() {
                let capture = exchange.shape(self).response().capture();
                exchange.step = number.saturating_add(1);
                exchange.capture("access_token", made_up.clone());
                for (name, _) in capture {
                    exchange.capture(name, made_up.clone());
                }
            }
        }
        for (name, _) in self.provider.token().response().capture() {
            set(&mut exchange.captured, name, made_up.clone());
        }
        exchange.kind = Kind::Refresh;
        exchange.refresh_token = Some(made_up.clone());
        exchange.try_out(self, credentials, trial, &mut dice)?;
        attach(self, credentials, &exchange.captured, &made_up, Some(trial)).map(|_| ())
    }
}

impl Exchange {
    fn try_out(
        &self,
        client: &ClientConfig,
        credentials: &Credentials,
        trial: Trial,
        dice: &mut Rng,
    ) -> Result<(), Fault> {
        let mut scope = self.scope(client, credentials, dice, Timestamp::default());
        scope.trial = Some(trial);
        request::signing_input(&scope)?;
        let assertion = scope.shape.assertion().map(|_| Secret::new("trial"));
        request::build(&scope, self.grant(client), assertion.as_ref())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Action, Machine, TokenRequest};
    use crate::provider::Provider;

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
