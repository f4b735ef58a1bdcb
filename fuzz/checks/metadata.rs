//! What an issuer says of itself: taken only from that issuer, and no secret goes where it may not.

use bearerkit::{Action, HttpResponse, Machine, Next, TokenRequest};
use serde_json::{Value, json};
use url::Url;

use super::client::{MARK, NOW, of, shows_nothing, shows_nothing_of};
use super::draw::Draw;
use super::options::{is_sound, is_sound_inquiry};

/// First byte: the client. Second: how its first look is answered. The rest is the metadata.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let (which, status) = (draw.byte(), draw.pick(&[200, 404, 500, 302]));
    is_taken_or_refused(which, status, draw.rest());
}

const ISSUER: &str = "https://as.example/tenant";

fn is_taken_or_refused(which: u8, status: u16, document: &[u8]) {
    let options = options(which);
    let mut machine = Machine::new(of(&options), 1);
    let Action::Send(mut request) = machine.poll(NOW) else { panic!("send") };
    let serial = request.serial;
    asks_for_metadata(&request, "https://as.example/tenant/.well-known/openid-configuration");
    let answer = |status, body: &[u8]| HttpResponse { status, headers: Vec::new(), body: body.to_vec() };
    if status != 200 {
        match machine.on_response(serial, &answer(status, b""), NOW) {
            Some(second) => request = second,
            None => {
                assert_ne!(status, 404);
                return failed(&machine);
            }
        }
        asks_for_metadata(&request, "https://as.example/.well-known/oauth-authorization-server/tenant");
    }
    let Some(mut next) = machine.on_response(serial, &answer(200, document), NOW) else { return failed(&machine) };
    if let Next::Send(http) = &next.next
        && http.method == "GET"
        && http.url.contains("/.well-known/")
    {
        // An error object in it: there is another place to look at.
        assert_eq!(status, 200);
        return asks_for_metadata(&next, "https://as.example/.well-known/oauth-authorization-server/tenant");
    }
    says_so(document, options["allowInsecure"] == json!(true));
    if matches!(next.next, Next::Sign(_)) {
        next = machine.on_signature(serial, b"signature", NOW).expect("the token request");
    }
    let Next::Send(http) = &next.next else { panic!("{next:?}") };
    is_sound(http, &options);
    shows_nothing(&format!("{machine:?}"));
    let body = json!({ "access_token": format!("t0k3n-{MARK}"), "expires_in": 60 }).to_string();
    machine.on_response(serial, &answer(200, body.as_bytes()), NOW);
    assert!(matches!(machine.poll(NOW), Action::Use { .. }), "{:?}", machine.last_error());
    for inquiry in machine.revocations(NOW).unwrap_or_default() {
        is_sound_inquiry(&mut machine, inquiry, &options);
    }
    let token = machine.token().expect("it is in hand").value.clone();
    if let Ok(inquiry) = machine.introspection(&token, NOW) {
        is_sound_inquiry(&mut machine, inquiry, &options);
    }
}

/// Clients that differ in what they say themselves, and in what they could show.
fn options(which: u8) -> Value {
    let mut options = json!({ "provider": { "issuer": ISSUER }, "credentials": { "client_id": "app" } });
    let credentials = &mut options["credentials"];
    if which & 1 == 0 {
        credentials["client_secret"] = json!(format!("s3cr3t-{MARK}"));
    }
    if which & 2 > 0 {
        let key = if which & 4 > 0 { "BgkqhkiG9w0BAQE" } else { "ByqGSM49AgEGCCqGSM49AwEH" };
        let pem = format!("-----BEGIN PRIVATE KEY-----\nMIIEvgIBADAN{key}FAASC{MARK}\n-----END PRIVATE KEY-----");
        credentials["private_key"] = json!(pem);
    }
    if which & 8 > 0 || which & 3 == 1 {
        let auth_method = if which & 1 == 0 { "client_secret_post" } else { "none" };
        options["provider"]["token_endpoint_auth_method"] = json!(auth_method);
    }
    options["allowInsecure"] = json!(which & 16 > 0);
    options
}

fn asks_for_metadata(request: &TokenRequest, url: &str) {
    let Next::Send(http) = &request.next else { panic!("{request:?}") };
    assert_eq!((http.method, http.url.as_str()), ("GET", url));
    let shown: Vec<&str> = http.headers.iter().map(|(_, value)| value.expose()).collect();
    assert_eq!((shown, &http.body), (vec!["application/json"], &None), "nobody is shown a secret for metadata");
}

fn failed(machine: &Machine) {
    let error = machine.last_error().expect("why");
    // The user is to blame for a credential that the server wants and nobody gave, and for nothing that the server says.
    assert!(error.code() != "ERR_OPTIONS" || error.to_string().starts_with("credentials."), "{error}");
    shows_nothing_of(error);
    shows_nothing(&format!("{machine:?}"));
}

/// RFC 8414 §3.3: of this very issuer, and with an endpoint that a secret may be sent to.
fn says_so(document: &[u8], allow_insecure: bool) {
    let text = std::str::from_utf8(document).expect("UTF-8");
    let metadata: Value = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).expect("JSON");
    assert_eq!(metadata["issuer"], ISSUER);
    let url = metadata["token_endpoint"].as_str().expect("an endpoint");
    if let Ok(parsed) = Url::parse(url) {
        let is_loopback = allow_insecure && parsed.scheme() == "http";
        assert!(parsed.scheme() == "https" || is_loopback, "{url}");
        assert!(parsed.username().is_empty() && parsed.password().is_none() && parsed.fragment().is_none(), "{url}");
    }
}
