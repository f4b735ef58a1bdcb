//! Base64 in both alphabets, out and in, against the base64 crate.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use bearerkit::{Action, Machine, Next, read_jwt_dates};
use serde_json::json;

use super::client::{self, NOW, client, form, header};
use super::draw::Draw;

/// First byte: what becomes of the rest.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    match draw.below(3) {
        0 => header_is_standard(&draw.text()),
        1 => signature_is_url_safe(draw.rest()),
        _ => claims_are_read(draw.rest()),
    }
}

/// Out, with padding: a header of the profile.
fn header_is_standard(text: &str) {
    let mut options = client::options(json!({ "headers": { "x-key": { "base64": "{key}" } } }));
    // As a JWK: in any other credential a control character is refused.
    let text = format!("{{{text}");
    options["credentials"]["key"] = text.as_str().into();
    let request = client::request(client::of(&options));
    let decoded = BASE64_STANDARD.decode(header(&request, "x-key").expect("the header")).expect("base64");
    assert_eq!(decoded, text.as_bytes());
}

/// Out, without padding: the signature of an assertion.
fn signature_is_url_safe(signature: &[u8]) {
    let mut machine = Machine::new(client(json!({ "token_endpoint_auth_method": "client_secret_jwt" })), 1);
    let Action::Send(first) = machine.poll(NOW) else { panic!("send") };
    let signed = machine.on_signature(first.serial, signature, NOW).expect("a request");
    let Next::Send(http) = signed.next else { panic!("{signed:?}") };
    let body = form(http.body.expect("a body").expose());
    let (_, jwt) = body.iter().find(|(name, _)| name == "client_assertion").expect("an assertion");
    let parts: Vec<&str> = jwt.split('.').collect();
    assert_eq!(parts.len(), 3);
    for part in &parts[..2] {
        let part = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
        assert!(serde_json::from_slice::<serde_json::Value>(&part).expect("JSON").is_object());
    }
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(parts[2]).expect("base64url"), signature);
}

/// In, with and without padding: claims whose length is that of the input.
fn claims_are_read(bytes: &[u8]) {
    let filler: String = bytes.iter().map(|byte| char::from(byte & 0x7f)).collect();
    let exp = bytes.len() as u64;
    let claims = json!({ "exp": exp, "filler": filler }).to_string();
    for payload in [BASE64_URL_SAFE_NO_PAD.encode(&claims), BASE64_URL_SAFE.encode(&claims)] {
        let dates = read_jwt_dates(&format!("e30.{payload}.")).expect("a JWT");
        assert_eq!(dates.exp, Some(exp));
    }
}
