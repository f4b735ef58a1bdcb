//! The requests of the five shipped profiles, to the byte, against the samples of the providers' documents.

use bearerkit::{Action, ClientConfig, HttpRequest, HttpResponse, Machine, Next, Timestamp};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

fn profile(json: &str) -> Value {
    serde_json::from_str(json).expect("a profile")
}

fn fuse() -> Value {
    profile(include_str!("../providers/fuse.json"))
}
fn basic_token_v2() -> Value {
    profile(include_str!("../providers/basic-token-v2.json"))
}
fn apsis_one() -> Value {
    profile(include_str!("../providers/apsis-one.json"))
}
fn fuuffy() -> Value {
    profile(include_str!("../providers/fuuffy.json"))
}
fn fusio() -> Value {
    profile(include_str!("../providers/fusio.json"))
}
fn fusio_login() -> Value {
    profile(include_str!("../providers/fusio-login.json"))
}

fn machine(options: Value) -> Machine {
    Machine::new(ClientConfig::from_json(&options.to_string()).expect("good options"), 1)
}

fn send(machine: &mut Machine) -> (bearerkit::Serial, HttpRequest) {
    match machine.poll(NOW) {
        Action::Send(request) => match request.next {
            Next::Send(http) => (request.serial, http),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn answer(machine: &mut Machine, serial: bearerkit::Serial, body: &str) {
    let response = HttpResponse { status: 200, headers: vec![], body: body.as_bytes().to_vec() };
    machine.on_response(serial, &response, NOW);
}

fn body(request: &HttpRequest) -> &str {
    request.body.as_ref().map(|body| body.expose()).unwrap_or_default()
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
}

#[test]
fn fuse_asks_with_json_and_an_audience() {
    let credentials = json!({ "client_id": "id", "client_secret": "secret" });
    let (_, request) = send(&mut machine(json!({ "provider": fuse(), "credentials": credentials })));
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://auth.fuse.me/oauth/token"));
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    let expected = json!({
        "client_id": "id", "client_secret": "secret", "audience": "https://api.fuse.me", "grant_type": "client_credentials",
    });
    assert_eq!(serde_json::from_str::<Value>(body(&request)).expect("JSON"), expected);
    let sandbox = json!({ "provider": fuse(), "credentials": credentials, "variables": { "environment": "sandbox" } });
    assert_eq!(send(&mut machine(sandbox)).1.url, "https://auth-sandbox.fuse.me/oauth/token");
}

#[test]
fn fuse_s_own_token_lives_24_hours() {
    let document = include_str!("vectors/fuse-sample-token.txt").trim();
    let options = json!({ "provider": fuse(), "credentials": { "client_id": "id", "client_secret": "secret" } });
    let mut machine = machine(options);
    let (serial, _) = send(&mut machine);
    answer(
        &mut machine,
        serial,
        &json!({ "access_token": document, "expires_in": 86400, "token_type": "Bearer" }).to_string(),
    );
    let Action::Use { token, .. } = machine.poll(NOW) else { panic!() };
    assert_eq!(token.expires_at, Some(NOW.plus(std::time::Duration::from_secs(86_400))));
}

#[test]
fn basic_token_v2_sends_the_pair_as_it_is() {
    let options = json!({
        "provider": basic_token_v2(), "variables": { "base_url": "https://api.example.com" },
        "credentials": { "client_id": "my app+%41", "client_secret": "s:e/c=" },
    });
    let (_, request) = send(&mut machine(options));
    assert_eq!(request.url, "https://api.example.com/oauth/v2/token");
    assert_eq!(header(&request, "authorization"), Some("Basic bXkgYXBwKyU0MTpzOmUvYz0="));
    assert_eq!(header(&request, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(body(&request), "grant_type=client_credentials");
}

#[test]
fn apsis_one_s_sample_request() {
    let options = json!({ "provider": apsis_one(), "credentials": {
        "client_id": "b49b39a0-82a1-11ec-8017-5d554e8551d6",
        "client_secret": "4n0TpfkaedYOkIljy0mtAs4Y2r2qR5XGrBhpt20Cf3LYaE45piAPunlVAq4jbJBV",
    } });
    let (_, request) = send(&mut machine(options));
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://api.apsis.one/oauth/token"));
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    // The document's sample, without the blanks of its layout.
    assert_eq!(
        body(&request),
        concat!(
            r#"{"grant_type":"client_credentials","client_id":"b49b39a0-82a1-11ec-8017-5d554e8551d6","#,
            r#""client_secret":"4n0TpfkaedYOkIljy0mtAs4Y2r2qR5XGrBhpt20Cf3LYaE45piAPunlVAq4jbJBV"}"#
        )
    );
}

#[test]
fn fuuffy_s_sample_request_in_both_environments() {
    let options = |environment: &str| {
        json!({ "provider": fuuffy(), "variables": { "environment": environment },
                "credentials": { "client_id": "YOUR_CLIENT_ID", "client_secret": "YOUR_CLIENT_SECRET" } })
    };
    let (_, request) = send(&mut machine(options("testing")));
    assert_eq!(request.url, "https://testing-api-gateway.fuuffy.com/v1/auth/token");
    assert_eq!(
        body(&request),
        "grant_type=client_credentials&client_id=YOUR_CLIENT_ID&client_secret=YOUR_CLIENT_SECRET"
    );
    assert_eq!(send(&mut machine(options("production"))).1.url, "https://api-gateway.fuuffy.com/v1/auth/token");
    let unknown = ClientConfig::from_json(&options("staging").to_string()).unwrap_err();
    assert_eq!(unknown.to_string(), "variables.environment: expected production | testing");
}

#[test]
fn fuuffy_s_sample_answer() {
    let options = json!({ "provider": fuuffy(), "credentials": { "client_id": "id", "client_secret": "secret" } });
    let mut machine = machine(options);
    let (serial, _) = send(&mut machine);
    let sample = r#"{
"data": {
"access_token": "sk-418e41a74ca2e7d941fa4456d73dbed7",
"token_type": "Bearer",
"expires_in": 3600
}
}"#;
    answer(&mut machine, serial, sample);
    let Action::Use { token, .. } = machine.poll(NOW) else { panic!() };
    assert_eq!(token.headers[0].1.expose(), "Bearer sk-418e41a74ca2e7d941fa4456d73dbed7");
    assert_eq!(token.expires_at, Some(NOW.plus(std::time::Duration::from_secs(3600))));
}

/// The document's own client, whose Basic header it shows.
fn fusio_options(more: Value) -> Value {
    let mut options = json!({
        "provider": fusio(), "variables": { "base_url": "https://127.0.0.1" },
        "credentials": {
            "client_id": "6c613945-8d5a-4a0d-b660-09de5fbdb753",
            "client_secret": "31e093f98ead22efc21b38a87a2a5bd71fc12bede3379f5eae6c6f7da9dabc5f",
        },
    });
    for (name, value) in more.as_object().expect("an object") {
        options[name] = value.clone();
    }
    options
}

#[test]
fn fusio_s_sample_request_and_its_refresh() {
    let mut machine = machine(fusio_options(json!({ "scope": ["authorization", "backend"] })));
    let (serial, request) = send(&mut machine);
    assert_eq!(request.url, "https://127.0.0.1/authorization/token");
    assert_eq!(
        header(&request, "authorization"),
        Some(
            "Basic NmM2MTM5NDUtOGQ1YS00YTBkLWI2NjAtMDlkZTVmYmRiNzUzOjMxZTA5M2Y5OGVhZDIyZWZjMjFiMzhhODdhMmE1YmQ3MWZjMTJiZWRlMzM3OWY1ZWFlNmM2ZjdkYTlkYWJjNWY="
        )
    );
    assert_eq!(body(&request), "grant_type=client_credentials&scope=authorization,backend");
    // `expires_in` as release 4.0.2 sends it: an absolute time.
    let sample = r#"{"access_token": "first", "token_type": "bearer", "expires_in": 1700172800,
        "refresh_token": "65e95c8da122a0a5522f-534b054a029019548036c8253d591309247d2899223a6a7b-907deae7ff", "scope": "authorization"}"#;
    answer(&mut machine, serial, sample);
    let Action::Use { token, .. } = machine.poll(NOW) else { panic!() };
    assert_eq!(token.expires_at, Some(Timestamp::from_secs(1_700_172_800)));

    machine.invalidate();
    let (_, request) = send(&mut machine);
    assert_eq!(header(&request, "authorization"), None);
    assert_eq!(
        body(&request),
        concat!(
            "grant_type=refresh_token&refresh_token=65e95c8da122a0a5522f-534b054a029019548036c8253d591309247d2899223a6a7b-907deae7ff",
            "&client_id=6c613945-8d5a-4a0d-b660-09de5fbdb753",
            "&client_secret=31e093f98ead22efc21b38a87a2a5bd71fc12bede3379f5eae6c6f7da9dabc5f"
        )
    );
}

#[test]
fn fusio_s_other_grants() {
    let body_of = |grant: Value| {
        let (_, request) = send(&mut machine(fusio_options(json!({ "grant": grant }))));
        body(&request).to_owned()
    };
    let password = json!({ "type": "password", "username": "test", "password": "p&w" });
    assert_eq!(body_of(password), "grant_type=password&username=test&password=p%26w");
    let code = json!({ "type": "authorization_code", "code": "c", "redirectUri": "https://me/b", "codeVerifier": "v" });
    assert_eq!(body_of(code), "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fme%2Fb&code_verifier=v");
    let refresh = json!({ "type": "refresh_token", "refreshToken": "rt" });
    assert!(body_of(refresh).starts_with("grant_type=refresh_token&refresh_token=rt&client_id="));
}

#[test]
fn fusio_s_login() {
    let options = json!({ "provider": fusio_login(), "variables": { "base_url": "https://127.0.0.1" },
                          "credentials": { "username": "[username]", "password": "[password]" } });
    let mut machine = machine(options);
    let (serial, request) = send(&mut machine);
    assert_eq!(request.url, "https://127.0.0.1/consumer/login");
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    let sent: Value = serde_json::from_str(body(&request)).expect("JSON");
    assert_eq!(sent, json!({ "username": "[username]", "password": "[password]" }));
    let sample = include_str!("vectors/fusio-sample-login.json");
    answer(&mut machine, serial, sample);
    // iat 1491167236, exp 1491170836: an hour, whatever the local clock says.
    let Action::Use { token, .. } = machine.poll(NOW) else { panic!() };
    assert_eq!(token.expires_at, Some(NOW.plus(std::time::Duration::from_secs(3600))));
}
