//! The core alone, next to the crate `oauth2` on the same input.
//!
//! `poll/fresh` is what every call costs while there is a token (aim: under 50 ns; `tests/no_alloc.rs` counts its
//! allocations). `request` and `response` are the two halves of a token request, `exchange` is the whole of it. In
//! `oauth2` the halves lie inside `request()`: its request is built and then not sent, and a response is what its
//! `StandardTokenResponse` reads from the body. Only bearerkit's half also reads the headers and the JWT, sets the
//! renewal point and builds the header that carries the token.
#![allow(clippy::expect_used, clippy::panic)] // a bench that cannot begin should not run

use std::convert::Infallible;
use std::hint::black_box;
use std::io;

use bearerkit::{Action, ClientConfig, Credentials, HttpResponse, Machine, Provider, TokenRequest};
use criterion::{BatchSize, Criterion};
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{ClientId, ClientSecret, EndpointNotSet, EndpointSet, Scope, TokenResponse, TokenUrl, http};

type Client = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

const ENDPOINT: &str = "https://auth.fuse.me/oauth/token";
const CLIENT_ID: &str = "9bU4tDq8jB1JY0mP";
const CLIENT_SECRET: &str = "kTq-0hD_YpR3sWcE7vXzLmNbJfGaUoIe";
const NOW: bearerkit::Timestamp = bearerkit::Timestamp::from_secs(1_700_000_000);

/// Few machines at a time: thousands, as criterion would make them, measure the heap and not the core.
const BATCH: BatchSize = BatchSize::NumIterations(64);

/// A JWT as Fuse's are, of 24 hours.
const BODY: &str = concat!(
    r#"{"access_token":""#,
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Ik5rUTRSak0yUVRsR1JUVTJSa00xTmtFNVJqWTFSRE5DUmpNMk5rWTFSRE5DUmpNMk5rWTFSQSJ9.",
    "eyJpc3MiOiJodHRwczovL2F1dGguZnVzZS5tZS8iLCJzdWIiOiI5YlU0dERxOGpCMUpZMG1QQGNsaWVudHMiLCJhdWQiOiJodHRwczovL2FwaS5mdXNlLm1lIiwi",
    "aWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwODY0MDAsInNjb3BlIjoicmVhZDpvcmRlcnMgd3JpdGU6b3JkZXJzIiwiZ3R5IjoiY2xpZW50LWNyZWRlbnRpYWxzIn0.",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    r#"","token_type":"Bearer","expires_in":86400,"scope":"read:orders write:orders"}"#,
);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    poll(&mut criterion);
    request(&mut criterion);
    response(&mut criterion);
    exchange(&mut criterion);
    criterion.final_summary();
}

fn poll(criterion: &mut Criterion) {
    let mut machine = machine();
    acquire(&mut machine, &answer());
    assert!(matches!(machine.poll(NOW), Action::Use { renew: None, .. }));
    criterion.bench_function("poll/fresh", |bencher| bencher.iter(|| machine.poll(black_box(NOW))));
}

fn request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    group.bench_function("bearerkit", |bencher| bencher.iter_batched_ref(machine, take_off, BATCH));
    let client = client();
    group.bench_function("oauth2", |bencher| {
        bencher.iter(|| {
            let unsent = |request: http::Request<Vec<u8>>| {
                black_box(request);
                Err(io::Error::from(io::ErrorKind::Other))
            };
            client.exchange_client_credentials().add_scopes(scopes()).request(&unsent).map(|_| ())
        });
    });
    group.finish();
}

fn response(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("response");
    let answer = answer();
    let in_flight = || {
        let mut machine = machine();
        let serial = take_off(&mut machine).serial;
        (machine, serial)
    };
    group.bench_function("bearerkit", |bencher| {
        let land = |(machine, serial): &mut (Machine, bearerkit::Serial)| machine.on_response(*serial, &answer, NOW);
        bencher.iter_batched_ref(in_flight, land, BATCH);
    });
    group.bench_function("oauth2", |bencher| {
        bencher.iter(|| serde_json::from_slice::<BasicTokenResponse>(black_box(BODY.as_bytes())));
    });
    group.finish();
}

fn exchange(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("exchange");
    group.bench_function("bearerkit", |bencher| {
        let exchange = |machine: &mut Machine| acquire(machine, &answer());
        bencher.iter_batched_ref(machine, exchange, BATCH);
    });
    let client = client();
    group.bench_function("oauth2", |bencher| {
        bencher.iter(|| {
            let server = |request: http::Request<Vec<u8>>| {
                black_box(request);
                let response = http::Response::builder().header("content-type", "application/json");
                Ok::<_, Infallible>(response.body(BODY.as_bytes().to_vec()).unwrap_or_default())
            };
            let token = client.exchange_client_credentials().add_scopes(scopes()).request(&server);
            token.map(|token| token.access_token().secret().len())
        });
    });
    group.finish();
}

fn machine() -> Machine {
    let provider = Provider::from_token_endpoint(ENDPOINT).expect("the endpoint is not empty");
    let credentials = Credentials::new().with("client_id", CLIENT_ID).with("client_secret", CLIENT_SECRET);
    Machine::new(ClientConfig::new(provider, credentials).with_scope(["read:orders", "write:orders"]), 1)
}

fn take_off(machine: &mut Machine) -> TokenRequest {
    match machine.poll(black_box(NOW)) {
        Action::Send(request) => request,
        other => panic!("nothing in hand, nothing under way: send, and not {other:?}"),
    }
}

fn answer() -> HttpResponse {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    HttpResponse { status: 200, headers, body: BODY.as_bytes().to_vec() }
}

fn acquire(machine: &mut Machine, answer: &HttpResponse) {
    let serial = take_off(machine).serial;
    machine.on_response(serial, answer, NOW);
    assert!(machine.token().is_some());
}

fn client() -> Client {
    BasicClient::new(ClientId::new(CLIENT_ID.into()))
        .set_client_secret(ClientSecret::new(CLIENT_SECRET.into()))
        .set_token_uri(TokenUrl::new(ENDPOINT.into()).expect("a URL"))
}

fn scopes() -> [Scope; 2] {
    ["read:orders", "write:orders"].map(|scope| Scope::new(scope.into()))
}
