//! Answers of a token endpoint, read by profiles of every kind.

use std::time::Duration;

use bearerkit::{ClientConfig, HttpResponse, MAX_RETRY_AFTER, Timestamp};
use serde_json::{Value, json};

use super::client::{self, NOW, SECRET, is_header_value};
use super::draw::Draw;

/// Eleven bytes: the profile and two instants. Then the status, header lines, an empty one, the body.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let client = reader(&mut draw);
    let sent = draw.pick(&[NOW, Timestamp::default(), Timestamp::MAX, Timestamp::from_secs(4_000_000_000)]);
    let span = Duration::from_millis(u64::from(draw.byte()) << draw.below(48));
    let received = if draw.below(4) == 0 { sent.minus(span) } else { sent.plus(span) };
    let response = response(&mut draw);
    is_sound(&client, &response, sent, received);
}

const STATUSES: [u16; 16] = [200, 201, 204, 299, 302, 400, 401, 403, 404, 408, 425, 429, 500, 503, 0, 65535];

/// The status, header lines, an empty one, the body.
pub fn response(draw: &mut Draw<'_>) -> HttpResponse {
    let status = draw.pick(&STATUSES);
    let mut headers = Vec::new();
    loop {
        let line = draw.line();
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    HttpResponse { status, headers, body: draw.rest().to_vec() }
}

/// A profile that reads an answer in one of a million ways: nine bytes.
fn reader(draw: &mut Draw<'_>) -> ClientConfig {
    let mut response = json!({ "format": draw.pick(&["json", "form", "text"]) });
    let places: [(&str, Value); 4] = match draw.below(4) {
        1 => [
            ("access_token", json!("/d/0/t")),
            ("refresh_token", json!("/d/0/r")),
            ("error", json!("/d/e")),
            ("error_description", json!("/d/m")),
        ],
        2 => [
            ("access_token", json!("header:x-token")),
            ("refresh_token", json!(null)),
            ("error", json!("header:x-error")),
            ("error_description", json!("")),
        ],
        3 => [
            ("access_token", json!("")),
            ("token_type", json!(null)),
            ("error", json!(null)),
            ("scope", json!("/a~1b/~0")),
        ],
        _ => [
            ("access_token", json!("/access_token")),
            ("token_type", json!("/token_type")),
            ("scope", json!("/scope")),
            ("refresh_token", json!("/refresh_token")),
        ],
    };
    for (name, place) in places {
        response[name] = place;
    }
    let source = draw.pick(&["auto", "expires_in", "expires_at", "jwt_exp", "fixed"]);
    response["expiry"] = json!({ "source": source, "seconds": 60 });
    let choices: [(&str, &[&str]); 3] = [
        ("unit", &["", "s", "ms", "min", "d:hh:mm"]),
        ("format", &["", "unix", "unix_ms", "rfc3339"]),
        ("pointer", &["", "/expires_in", "/d/0/x", "header:x-expires", "/"]),
    ];
    for (name, words) in choices {
        let word = draw.pick(words);
        if !word.is_empty() {
            response["expiry"][name] = json!(word);
        }
    }
    let further = draw.byte();
    if further & 1 > 0 {
        response["error_when"] = json!({ "pointer": "/code", "not": [0, "ok", null, [1], 1.5] });
    }
    if further & 2 > 0 {
        response["capture"] = json!({ "url": "/url", "deep.er": "/d/0/0", "h": "header:x-token" });
    }
    if further & 4 > 0 {
        response["token_types"] = draw.pick(&[json!(null), json!([]), json!(["mac", "Bearer"]), json!("token")]);
    }
    let mut profile = json!({ "response": response });
    if further & 8 > 0 {
        let headers =
            json!({ "x-key": "{access_token}", "Authorization": { "scheme": "X", "base64": "{access_token}:" } });
        profile["resource_request"] = json!({ "headers": headers, "query": { "t": "{access_token}" } });
    }
    if further & 2 > 0 && further & 16 > 0 {
        profile["resource_request"]["headers"] = json!({ "x-url": "{url} {deep.er}" });
    }
    let mut options = client::options(profile);
    if further & 32 > 0 {
        options["refreshMargin"] = json!(draw.pick(&[0.0, 0.5, 3600.0, 86_400.0]));
        options["defaultLifetime"] = json!(draw.pick(&[0.001, 1.0, 2_592_000.0]));
    }
    client::of(&options)
}

/// What is read is usable and bounded, and what is not says why without a secret.
pub fn is_sound(client: &ClientConfig, response: &HttpResponse, sent: Timestamp, received: Timestamp) {
    let (token, refresh_token) = match client.parse_token_response(response, sent, received) {
        Ok(found) => found,
        Err(error) => {
            let shown = format!("{error} {error:?}");
            assert!(!shown.chars().any(char::is_control), "a log line could be forged: {shown:?}");
            assert!(!shown.contains(SECRET), "{shown}");
            assert!(error.retry_at().is_none_or(|at| at.since(received) <= MAX_RETRY_AFTER), "{error:?}");
            let Some(reply) = error.reply() else { return };
            assert_eq!(reply.status, Some(response.status));
            for (text, limit) in [(&reply.error, 128), (&reply.description, 512)] {
                let text = text.as_deref().unwrap_or("fine");
                assert!((1..=limit).contains(&text.chars().count()), "{text:?}");
            }
            return;
        }
    };
    assert!((200..300).contains(&response.status));
    let value = token.value.expose();
    assert!((1..=65536).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(is_header_value(&token.token_type), "{:?}", token.token_type);
    for (name, value) in &token.headers {
        assert!(is_header_value(value.expose()), "{name}");
    }
    assert!(refresh_token.is_none_or(|token| !token.expose().is_empty()));
    assert!(token.hard_expiry >= sent.min(received));
    // A token without a life of its own is used for a minute.
    let minute = token.received_at.plus(Duration::from_secs(60));
    let is_lifeless = (token.renew_at, token.hard_expiry) == (minute, minute);
    assert!(is_lifeless || token.expires_at.is_none_or(|stated| token.hard_expiry <= stated), "{token:?}");
    assert_eq!(token.received_at, received);
    assert!(token.renew_at <= token.hard_expiry.max(received), "{token:?}");
    let shown = format!("{:?} {response:?}", (&token.value, &token.headers, &token.query));
    assert!(value.len() < 12 || !shown.contains(value), "{shown}");
}
