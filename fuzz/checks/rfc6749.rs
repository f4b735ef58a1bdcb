//! The answer of a plain RFC 6749 server, against a second reading of it by the book.

use bearerkit::{ClientConfig, Error, HttpResponse, Timestamp, Token};
use serde_json::{Value, json};

use super::client::{NOW, client};
use super::draw::Draw;
use super::{answer, jwt, retry_after};

/// First byte: the status. Then header lines, an empty one, the body.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let response = answer::response(&mut draw);
    agree(&client(json!({})), &response);
}

/// What the book says of an answer.
#[derive(Debug, PartialEq)]
enum Reading {
    Granted { token: String, token_type: String, refresh_token: Option<String>, scope: Option<String> },
    Failed { code: &'static str, error: Option<String> },
}

pub fn agree(client: &ClientConfig, response: &HttpResponse) {
    let found = client.parse_token_response(response, NOW, NOW);
    let document = document(&response.body);
    if document.as_ref().is_some_and(|document| jwt::depth(document) > 60) {
        return;
    }
    // What is no JSON by the book may be read all the same, where it says more than the status.
    if document.is_none() && !matches!(response.status, 429 | 408 | 425 | 500..|..200| 300..400) {
        return;
    }
    let expected = read(response.status, document.as_ref());
    match (&found, &expected) {
        (Ok((token, refresh_token)), Reading::Granted { .. }) => {
            let found = Reading::Granted {
                token: token.value.expose().to_owned(),
                token_type: token.token_type.clone(),
                refresh_token: refresh_token.as_ref().map(|token| token.expose().to_owned()),
                scope: token.scope.clone(),
            };
            assert_eq!(found, expected);
            lives_as_long(token, response, &document.expect("it was granted"));
        }
        (Err(error), Reading::Failed { code, error: expected }) => {
            assert_eq!(error.code(), *code, "{error}");
            // What a server echoes is redacted, cut and cleaned: another check.
            let is_plain = |text: &&String| text.len() < 40 && text.bytes().all(|byte| byte.is_ascii_digit());
            if let Some(expected) = expected.as_ref().filter(is_plain) {
                let found = error.reply().and_then(|reply| reply.error.as_deref());
                assert!(found == Some(expected) || found == Some("[redacted]"), "{expected}: {error}");
            }
            waits_as_long(error, response);
            echoes_no_token(error, document.as_ref());
        }
        _ => panic!("{found:?}, and by the book {expected:?}"),
    }
}

fn document(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()
}

fn read(status: u16, document: Option<&Value>) -> Reading {
    let member = |name: &str| document.and_then(|document| document.get(name));
    let error = member("error").and_then(code);
    let failed = |code| Reading::Failed { code, error: error.clone().filter(|_| code != "ERR_BAD_RESPONSE") };
    match (status, error.as_deref()) {
        (429, _) => failed("ERR_RATE_LIMITED"),
        (408 | 425 | 500.., _) => failed("ERR_UNREACHABLE"),
        (..200 | 300..400, _) => failed("ERR_BAD_RESPONSE"),
        (_, Some("temporarily_unavailable" | "server_error")) => failed("ERR_UNREACHABLE"),
        (400.., _) => failed("ERR_REFUSED"),
        (200.., error) => {
            let text = |name: &str| member(name).and_then(scalar);
            let trimmed = |text: String| Some(text.trim_ascii().to_owned()).filter(|text| !text.is_empty());
            let token_type = text("token_type").and_then(trimmed);
            let is_known = token_type.as_deref().is_none_or(|found| found.eq_ignore_ascii_case("bearer"));
            let token = member("access_token").and_then(Value::as_str);
            let token = token.map(|token| bare(token, token_type.as_deref().unwrap_or_default()));
            let is_token =
                |token: &&str| (1..=65536).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
            let token = token.filter(is_token);
            let is_well = token.is_some() && member("error").is_none_or(is_harmless);
            if error.is_some() && !is_well {
                return failed("ERR_REFUSED");
            }
            match token.filter(|_| is_known) {
                None => failed("ERR_BAD_RESPONSE"),
                Some(token) => Reading::Granted {
                    token: token.to_owned(),
                    token_type: token_type.unwrap_or_else(|| "Bearer".to_owned()),
                    refresh_token: text("refresh_token").filter(|found| !found.is_empty()),
                    scope: text("scope").filter(|found| !found.is_empty()),
                },
            }
        }
    }
}

/// Without the scheme that it brings.
fn bare<'t>(token: &'t str, token_type: &str) -> &'t str {
    match token.trim_ascii().split_once([' ', '\t']) {
        Some((scheme, bare)) if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case(token_type) => {
            bare.trim_ascii()
        }
        _ => token,
    }
}

/// An error that says that all is well.
fn is_harmless(error: &Value) -> bool {
    const GOOD: [&str; 6] = ["", "0", "ok", "success", "none", "false"];
    match error {
        Value::Null => true,
        Value::Bool(fails) => !fails,
        Value::Number(_) => error.as_f64() == Some(0.0),
        Value::String(text) => GOOD.contains(&text.trim_ascii().to_ascii_lowercase().as_str()),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => {
            let code = ["code", "error", "type", "status"].iter().find_map(|name| members.get(*name));
            code.map_or(members.is_empty(), is_harmless)
        }
    }
}

/// `null`, `false`, `0` and `[]` say that there is none.
fn code(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Number(number) if number.as_f64() == Some(0.0) => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Array(items) => (!items.is_empty()).then(|| "error".to_owned()),
        Value::Object(members) => {
            let code = ["code", "error", "type", "status"].iter().find_map(|name| members.get(*name));
            code.and_then(scalar).or(Some("error".to_owned())).filter(|code| !code.is_empty())
        }
        other => scalar(other),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) => Some(value.to_string()),
        // How a number that is not whole is written is not said anywhere.
        Value::Number(number) => Some(if number.is_f64() { ours(number.as_f64()?) } else { number.to_string() }),
        _ => None,
    }
}

/// Six decimals.
fn ours(number: f64) -> String {
    let (sign, number) = (if number < 0.0 { "-" } else { "" }, number.abs());
    let micros = number * 1e6;
    let (whole, fraction) =
        if micros < 1e18 { ((micros as u64) / 1_000_000, (micros as u64) % 1_000_000) } else { (number as u64, 0) };
    let decimals = format!(".{fraction:06}");
    format!("{sign}{whole}{}", decimals.trim_end_matches('0').trim_end_matches('.'))
}

/// The stated expiry, on the local clock: DESIGN §5, `auto`.
fn lives_as_long(token: &Token, response: &HttpResponse, document: &Value) {
    let date = response.header("date").map(|date| (date, retry_after::date(date)));
    // Ours reads more dates than httpdate does.
    let Ok(date) = date.map_or(Ok(None), |(_, at)| at.map(Some).ok_or(())) else { return };
    let claims = jwt::naive(token.value.expose()).unwrap_or_default();
    // Ours reads dates there too.
    let is_read = |claim: &Value| !claim.is_string() || jwt::whole(claim).is_some();
    if !is_read(&claims["exp"]) || !is_read(&claims["iat"]) {
        return;
    }
    let issued = jwt::date(&claims["iat"]).filter(|iat| *iat > 0).map(Timestamp::from_secs);
    let life = |until: Timestamp, from: Timestamp| until.since(from).as_millis();
    let of_jwt = jwt::date(&claims["exp"]).map(Timestamp::from_secs).map(|exp| match (issued, date) {
        (None, None) => life(exp, NOW),
        (issued, date) => issued.iter().chain(&date).map(|from| life(exp, *from)).min().expect("one at least"),
    });
    let Ok(stated) = number(&document["expires_in"]) else { return };
    let server = date.or(issued).unwrap_or(NOW);
    let stated = stated.map(|number| match number {
        ..1_000_000_000 => u128::from(number) * 1000,
        _ => life(jwt::magnitude(number), server),
    });
    let year = 366 * 86_400 * 1000;
    let expected = stated.into_iter().chain(of_jwt).filter(|life| *life <= year).min();
    let at = |life: u128| u64::try_from(u128::from(NOW.as_millis()) + life).unwrap_or(u64::MAX);
    assert_eq!(token.expires_at.map(Timestamp::as_millis), expected.map(at), "{document}");
}

/// A number, or one in a string; an error where the text may be a date or a span.
fn number(value: &Value) -> Result<Option<u64>, ()> {
    match value {
        Value::Number(_) => Ok(jwt::whole(value)),
        Value::String(_) => jwt::whole(value).map(Some).ok_or(()),
        _ => Ok(None),
    }
}

/// H5: an error that comes with a token in it does not show that.
fn echoes_no_token(error: &Error, document: Option<&Value>) {
    let Some((document, reply)) = document.zip(error.reply()) else { return };
    for token in ["access_token", "refresh_token"].iter().filter_map(|name| document.get(*name)?.as_str()) {
        let is_plain = token.len() >= 4 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let said = [&reply.error, &reply.description].into_iter().flatten();
        let shows_it = said.flat_map(|said| said.split("[redacted]")).any(|said| said.contains(token));
        assert!(!is_plain || !shows_it, "{token}: {error}");
    }
}

/// `Retry-After` counts wherever the token endpoint says no.
fn waits_as_long(error: &Error, response: &HttpResponse) {
    if error.reply().is_none() {
        return;
    }
    let named = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
    let values: Vec<&str> = named.map(|(_, value)| value.trim_ascii()).collect();
    let is_number = |value: &&str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let longest = values.iter().map(|value| value.parse().unwrap_or(u64::MAX).min(3600)).max();
    if values.iter().all(is_number) {
        let expected = longest.map(|seconds| NOW.plus(std::time::Duration::from_secs(seconds)));
        assert_eq!(error.retry_at(), expected);
    }
}
