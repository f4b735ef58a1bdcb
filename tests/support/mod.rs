//! A machine with a clock of its own: the tests say what happens, and when.
#![allow(dead_code, unreachable_pub)] // each test file uses its part

use std::time::Duration;

use bearerkit::{
    Action, Call, Challenge, ClientConfig, Error, HttpRequest, HttpResponse, Machine, Next, Serial, Timestamp, Token,
    TokenRequest, TransportFailure, Verdict,
};
use serde_json::{Value, json};

pub struct Bench {
    pub machine: Machine,
    pub now: Timestamp,
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn plain_options() -> Value {
    json!({ "provider": "https://as.example/token", "credentials": { "client_id": "app", "client_secret": "s3cr3t" } })
}

/// A connection that broke, and may hold the next time.
pub fn network() -> TransportFailure {
    TransportFailure::Network { reason: Some("ECONNRESET".into()), is_permanent: false }
}

impl Bench {
    pub fn plain() -> Self {
        Bench::of(plain_options())
    }

    /// A plain client with further members among its options.
    pub fn with(further: Value) -> Self {
        let mut options = plain_options();
        for (name, value) in further.as_object().expect("an object") {
            options[name] = value.clone();
        }
        Bench::of(options)
    }

    pub fn of(options: Value) -> Self {
        let client = ClientConfig::from_json(&options.to_string()).expect("good options");
        Bench { machine: Machine::new(client, 42), now: Timestamp::from_secs(1_700_000_000) }
    }

    pub fn wait(&mut self, span: Duration) -> &mut Self {
        self.now = self.now.plus(span);
        self
    }

    pub fn poll(&mut self) -> Action {
        self.machine.poll(self.now)
    }

    pub fn poll_since(&mut self, since: Timestamp) -> Action {
        self.machine.poll_for(Call { since, min_validity: Duration::ZERO }, self.now)
    }

    pub fn send(&mut self) -> TokenRequest {
        match self.poll() {
            Action::Send(request) => request,
            other => panic!("expected to send, found {other:?}"),
        }
    }

    pub fn used(&mut self) -> (std::sync::Arc<Token>, Option<TokenRequest>) {
        match self.poll() {
            Action::Use { token, renew } => (token, renew),
            other => panic!("expected a token, found {other:?}"),
        }
    }

    pub fn failed(&mut self) -> Error {
        match self.poll() {
            Action::Fail(error) => error,
            other => panic!("expected to fail, found {other:?}"),
        }
    }

    pub fn answer(&mut self, serial: Serial, status: u16, body: Value) -> Option<TokenRequest> {
        self.answer_with(serial, status, &[], body)
    }

    pub fn answer_with(
        &mut self,
        serial: Serial,
        status: u16,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Option<TokenRequest> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = HttpResponse { status, headers, body: body.to_string().into_bytes() };
        self.machine.on_response(serial, &response, self.now)
    }

    pub fn grant(&mut self, serial: Serial, token: &str, expires_in: u64) {
        self.answer(serial, 200, json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in }));
    }

    /// Sends, and is granted a token of an hour.
    pub fn obtain(&mut self, token: &str) -> Serial {
        let request = self.send();
        self.grant(request.serial, token, 3600);
        request.serial
    }

    /// A call every `step`, each token request answered by `answer`, which is told its number. Returns how many there were.
    pub fn use_until(&mut self, end: Timestamp, step: Duration, mut answer: impl FnMut(&mut Self, Serial, u64)) -> u64 {
        let mut requests = 0;
        while self.now < end {
            let request = match self.poll() {
                Action::Use { renew, .. } => renew,
                Action::Send(request) => Some(request),
                other => panic!("{other:?}"),
            };
            if let Some(request) = request {
                requests += 1;
                answer(self, request.serial, requests);
            }
            self.wait(step);
        }
        requests
    }

    pub fn fail(&mut self, serial: Serial, failure: TransportFailure) {
        self.machine.on_failure(serial, failure, self.now);
    }

    pub fn unauthorized(&mut self, serial: Serial) -> Verdict {
        self.machine.on_unauthorized(serial, &Challenge::new(401, None, None), self.now)
    }
}

pub fn http(request: &TokenRequest) -> &HttpRequest {
    match &request.next {
        Next::Send(http) => http,
        other => panic!("expected a request, found {other:?}"),
    }
}

pub fn body(request: &TokenRequest) -> &str {
    http(request).body.as_ref().map(|body| body.expose()).unwrap_or_default()
}
