//! What the core does by itself for the sake of its size, against the crates that do it for everyone else.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use bearerkit::{Action, ClientConfig, HttpRequest, Machine, Next, Timestamp, parse_retry_after};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn dates_like_httpdate() {
    // Every 470 days and some seconds from 1970 to 9999.
    for number in 0..6_200u64 {
        let seconds = number * (470 * 86_400 + 4321);
        let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let now = Timestamp::from_secs(seconds.saturating_sub(60));
        let expected = Timestamp::from_secs(seconds).since(now);
        assert_eq!(parse_retry_after(&date, now), Some(expected), "{date}");
    }
    for bad in
        ["Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:37", "06 Nov 1994"]
    {
        assert!(httpdate::parse_http_date(bad).is_err());
        assert_eq!(parse_retry_after(bad, Timestamp::from_secs(1)), None, "{bad}");
    }
}

fn request(id: &str, secret: &str, auth_method: &str) -> HttpRequest {
    let provider = json!({ "token_endpoint": "https://as.example/t", "token_endpoint_auth_method": auth_method });
    let options = json!({ "provider": provider, "credentials": { "client_id": id, "client_secret": secret } });
    let client = ClientConfig::from_json(&options.to_string()).expect("good options");
    let Action::Send(request) = Machine::new(client, 1).poll(Timestamp::from_secs(1)) else { panic!("send") };
    let Next::Send(http) = request.next else { panic!("a request") };
    http
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().expect("UTF-8").into_owned()
}

#[test]
fn basic_and_forms_come_back_as_they_went() {
    let every: String = (' '..='\u{17f}').filter(|c| !c.is_control()).chain("€😀%41+&=,".chars()).collect();
    for length in [1, 2, 3, 4, 61, every.chars().count()] {
        let secret: String = every.chars().rev().take(length).collect();
        let id: String = every.chars().take(length).collect();
        let basic = request(&id, &secret, "client_secret_basic");
        let header = basic.headers.iter().find(|(name, _)| name == "authorization").expect("Basic").1.expose();
        let encoded = header.strip_prefix("Basic ").expect("Basic");
        let pair = base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64");
        let pair = String::from_utf8(pair).expect("ASCII");
        let (found_id, found_secret) = pair.split_once(':').expect("a colon");
        assert_eq!((decoded(found_id), decoded(found_secret)), (id.clone(), secret.clone()));

        let post = request(&id, &secret, "client_secret_post");
        let body = post.body.expect("a form");
        let found: Vec<String> =
            body.expose().split('&').map(|pair| decoded(pair.split_once('=').expect("=").1)).collect();
        assert_eq!(found, ["client_credentials".to_owned(), id, secret]);
    }
}
