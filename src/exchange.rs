//! One way to a token, from the first request to the answer that counts: credentials, steps, signature, token request.

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::config::{ClientConfig, Grant};
use crate::credentials::{Credentials, Secret};
use crate::error::Error;
use crate::provider::{RequestShape, ResponseShape};
use crate::request::{self, HttpRequest, Scope, SigningInput, Trial};
use crate::response::{self, Granted, HttpResponse, Times};
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

/// The state of one token request.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) kind: Kind,
    pub(crate) credentials: Option<Credentials>,
    /// Where these credentials stand among those of the options.
    pub(crate) index: usize,
    /// Whether another credential was tried already.
    pub(crate) switched: bool,
    /// When the request that is under way was sent.
    pub(crate) sent: Timestamp,
    refresh_token: Option<Secret>,
    granted_scope: Option<String>,
    step: usize,
    captured: BTreeMap<String, String>,
    assertion: Option<Secret>,
    signing: Option<SigningInput>,
}

impl Exchange {
    pub(crate) fn primary(client: &ClientConfig, index: usize, now: Timestamp) -> Self {
        Exchange {
            kind: Kind::Primary,
            // A function is asked for each token request, so that a rotated secret is seen.
            credentials: client.credentials.get(index).filter(|_| !client.asks_for_credentials).cloned(),
            index,
            switched: false,
            sent: now,
            refresh_token: None,
            granted_scope: None,
            step: 0,
            captured: BTreeMap::new(),
            assertion: None,
            signing: None,
        }
    }

    /// A refresh keeps what earlier answers captured, and asks for no more scope than was granted (RFC 6749 §6).
    pub(crate) fn refresh(
        client: &ClientConfig,
        index: usize,
        now: Timestamp,
        token: Secret,
        captured: BTreeMap<String, String>,
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

    /// What is to be done next. A request that is handed out counts as sent `now`.
    ///
    /// # Errors
    /// `ERR_OPTIONS` where the request cannot be made.
    pub(crate) fn next(&mut self, client: &ClientConfig, dice: &mut Rng, now: Timestamp) -> Result<Next, Error> {
        let Some(credentials) = &self.credentials else { return Ok(Next::Credentials) };
        let (shape, _) = self.shape(client);
        let scope = self.scope(client, credentials, dice, now);
        if self.assertion.is_none()
            && let Some(input) = request::signing_input(shape, &scope)?
        {
            self.signing = Some(input.clone());
            return Ok(Next::Sign(input));
        }
        let grant = self.grant(client);
        let request = request::build(shape, &scope, grant.as_ref(), self.assertion.as_ref())?;
        self.sent = now;
        Ok(Next::Send(request))
    }

    pub(crate) fn sign(&mut self, signature: &[u8]) {
        self.assertion = self.signing.take().map(|input| input.signed(signature));
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
    ) -> Result<Option<Granted>, Error> {
        let times = Times { sent: self.sent, received: now };
        let none = Credentials::new();
        let credentials = self.credentials.as_ref().unwrap_or(&none);
        let (_, shape) = self.shape(client);
        if self.steps_are_done(client) {
            return response::parse(shape, response, times, credentials, &self.captured).map(Some);
        }
        let captured = response::parse_step(shape, response, times, credentials)?;
        self.step = self.step.saturating_add(1);
        self.assertion = None;
        for (name, value) in captured {
            self.captured.insert(format!("step{}.{name}", self.step), value.clone());
            self.captured.insert(name, value);
        }
        Ok(None)
    }

    /// Begins anew with another credential.
    pub(crate) fn restart(&mut self, credentials: Option<Credentials>, index: usize) {
        self.credentials = credentials;
        self.index = index;
        self.switched = true;
        self.assertion = None;
        if self.kind == Kind::Primary {
            self.step = 0;
            self.captured.clear();
        }
    }

    pub(crate) fn skip_steps(&mut self, client: &ClientConfig) {
        self.step = client.provider.steps.len();
    }

    fn steps_are_done(&self, client: &ClientConfig) -> bool {
        self.kind == Kind::Refresh || self.step >= client.provider.steps.len()
    }

    fn shape<'c>(&self, client: &'c ClientConfig) -> (&'c RequestShape, &'c ResponseShape) {
        let provider = &client.provider;
        match (self.kind, provider.steps.get(self.step)) {
            (Kind::Refresh, _) => (&provider.refresh, &provider.refresh_response),
            (Kind::Primary, Some(step)) => (&step.request, &step.response),
            (Kind::Primary, None) => (&provider.token, &provider.response),
        }
    }

    fn grant(&self, client: &ClientConfig) -> Option<Grant> {
        match self.kind {
            Kind::Refresh => None,
            Kind::Primary => client.grant.clone().filter(|_| self.steps_are_done(client)),
        }
    }

    fn scope<'s>(
        &'s self,
        client: &'s ClientConfig,
        credentials: &'s Credentials,
        dice: &mut Rng,
        now: Timestamp,
    ) -> Scope<'s> {
        let (shape, _) = self.shape(client);
        let in_step = !self.steps_are_done(client);
        let asked = if in_step { &shape.scope } else { client.scope.as_ref().unwrap_or(&shape.scope) };
        let mut requested = if shape.sends_scope { asked.clone() } else { Vec::new() };
        if let Some(granted) = &self.granted_scope {
            let separators = |c: char| c == ' ' || c == ',' || shape.scope_separator.contains(c);
            let granted: Vec<&str> = granted.split(separators).collect();
            requested.retain(|scope| granted.contains(&scope.as_str()));
        }
        Scope {
            refresh_token: self.refresh_token.as_ref(),
            requested,
            uuid: uuid(dice),
            now,
            ..Scope::new(client, credentials, &self.captured)
        }
    }
}

/// A random UUID (RFC 9562 §5.4).
fn uuid(dice: &mut Rng) -> String {
    let bits = dice.u128(..) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// What carries a token to the API: headers and query parameters.
pub(crate) type Attached = (Vec<(String, Secret)>, Vec<(String, Secret)>);

/// Fills in `resource_request`.
pub(crate) fn attach(
    client: &ClientConfig,
    credentials: &Credentials,
    captured: &BTreeMap<String, String>,
    access_token: &Secret,
) -> Result<Attached, Error> {
    attach_in(client, credentials, captured, access_token, None)
}

fn attach_in(
    client: &ClientConfig,
    credentials: &Credentials,
    captured: &BTreeMap<String, String>,
    access_token: &Secret,
    trial: Option<Trial>,
) -> Result<Attached, Error> {
    let scope = Scope { access_token: Some(access_token), trial, ..Scope::new(client, credentials, captured) };
    let resource = &client.provider.resource;
    let (mut headers, mut query) = (Vec::new(), Vec::new());
    for (name, header) in &resource.headers {
        let path = format!("provider.resource_request.headers.{name}");
        headers.push((name.clone(), Secret::new(scope.header(None, &path, header)?)));
    }
    for (name, template) in &resource.query {
        let path = format!("provider.resource_request.query.{name}");
        query.push((name.clone(), Secret::new(scope.query(&path, template)?)));
    }
    Ok((headers, query))
}

impl ClientConfig {
    /// Makes every request that this client may send, and sends none: what is missing or wrong shows now.
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the path of what is missing or wrong.
    pub fn check(&self) -> Result<(), Error> {
        self.check_environment()?;
        let none = [Credentials::new()];
        let (list, trial) = match self.credentials.as_slice() {
            [] => (none.as_slice(), Trial::Credentials),
            given => (given, Trial::Captures),
        };
        for credentials in list {
            self.check_with(credentials, trial)?;
        }
        crate::config::origins(self).map(|_| ())
    }

    fn check_with(&self, credentials: &Credentials, trial: Trial) -> Result<(), Error> {
        let mut exchange = Exchange::primary(self, 0, Timestamp::default());
        let mut dice = Rng::with_seed(0);
        let made_up = Secret::new("trial");
        for number in 0..=self.provider.steps.len() {
            exchange.step = number;
            exchange.try_out(self, credentials, trial, &mut dice)?;
            let (_, shape) = exchange.shape(self);
            let names: Vec<String> = shape.capture.keys().cloned().chain(["access_token".to_owned()]).collect();
            for name in names.into_iter().filter(|_| number < self.provider.steps.len()) {
                exchange.captured.insert(format!("step{}.{name}", number.saturating_add(1)), "trial".into());
                exchange.captured.insert(name, "trial".into());
            }
        }
        let captures = self.provider.response.capture.keys().map(|name| (name.clone(), "trial".to_owned()));
        exchange.captured.extend(captures);
        exchange.kind = Kind::Refresh;
        exchange.refresh_token = Some(made_up.clone());
        exchange.try_out(self, credentials, trial, &mut dice)?;
        attach_in(self, credentials, &exchange.captured, &made_up, Some(trial)).map(|_| ())
    }
}

impl Exchange {
    fn try_out(&self, client: &ClientConfig, credentials: &Credentials, trial: Trial, dice: &mut Rng) -> Result<(), Error> {
        let (shape, _) = self.shape(client);
        let scope = Scope { trial: Some(trial), ..self.scope(client, credentials, dice, Timestamp::default()) };
        request::signing_input(shape, &scope)?;
        let assertion = shape.assertion.as_ref().map(|_| Secret::new("trial"));
        request::build(shape, &scope, self.grant(client).as_ref(), assertion.as_ref()).map(|_| ())
    }
}
