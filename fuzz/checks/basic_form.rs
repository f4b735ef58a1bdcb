//! Credentials there and back: HTTP Basic, a form, a query, JSON, each read by a decoder that is not ours.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bearerkit::{ClientConfig, HttpRequest};
use serde_json::{Value, json};

use super::client::{self, form, header, is_header_value};
use super::draw::Draw;

/// The id, as long as the first byte says; the rest is the secret.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let id = draw.piece();
    come_back(&id, &draw.text());
}

const FORMS: [(&str, &str, &str); 5] = [
    ("client_secret_basic", "form", "form"),
    ("client_secret_basic", "raw", "form"),
    ("client_secret_post", "form", "form"),
    ("client_secret_post", "form", "query"),
    ("client_secret_post", "form", "json"),
];

pub fn come_back(id: &str, secret: &str) {
    for (auth_method, basic_encoding, request_format) in FORMS {
        let mut options = client::options(json!({ "token_endpoint_auth_method": auth_method,
            "basic_encoding": basic_encoding, "request_format": request_format }));
        options["credentials"] = json!({ "client_id": id, "client_secret": secret });
        let is_plain = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        let is_good = is_plain(id) && is_plain(secret) && (basic_encoding == "form" || !id.contains(':'));
        let client = match ClientConfig::from_json(&options.to_string()) {
            Ok(client) => client,
            Err(error) => {
                assert!(!is_good, "{error}: {id:?}, {secret:?}");
                assert!(error.to_string().starts_with("credentials."), "{error}");
                continue;
            }
        };
        assert!(is_good, "{id:?}, {secret:?}");
        let request = client::request(client);
        let found = match (auth_method, request_format) {
            ("client_secret_basic", _) => basic(&request, basic_encoding),
            (_, "json") => of_json(&request),
            _ => pairs(&request, request_format),
        };
        assert_eq!(found, (id.to_owned(), secret.to_owned()), "{auth_method} {basic_encoding} {request_format}");
        let value = |name| header(&request, name).unwrap_or_default();
        assert!(is_header_value(value("authorization")));
        // A3: in one place only, and never in a URL unless the profile says so.
        assert_eq!(value("authorization").is_empty(), auth_method == "client_secret_post");
        assert_eq!(request.url.contains('?'), request_format == "query");
    }
}

fn basic(request: &HttpRequest, basic_encoding: &str) -> (String, String) {
    let encoded = header(request, "authorization").and_then(|value| value.strip_prefix("Basic ")).expect("Basic");
    let pair = String::from_utf8(BASE64_STANDARD.decode(encoded).expect("base64")).expect("UTF-8");
    let (id, secret) = pair.split_once(':').expect("a colon");
    if basic_encoding == "raw" {
        return (id.to_owned(), secret.to_owned());
    }
    let found = form(&format!("{id}={secret}"));
    found.into_iter().next().expect("a pair")
}

fn pairs(request: &HttpRequest, request_format: &str) -> (String, String) {
    let text = match request_format {
        "query" => request.url.split_once('?').expect("a query").1,
        _ => request.body.as_ref().expect("a body").expose(),
    };
    let pairs = form(text);
    assert_eq!(pairs.len(), 3, "{pairs:?}");
    let value = |name: &str| pairs.iter().find(|(known, _)| known == name).expect("a member").1.clone();
    (value("client_id"), value("client_secret"))
}

fn of_json(request: &HttpRequest) -> (String, String) {
    let body: Value = serde_json::from_str(request.body.as_ref().expect("a body").expose()).expect("JSON");
    let value = |name: &str| body[name].as_str().expect("a string").to_owned();
    (value("client_id"), value("client_secret"))
}
