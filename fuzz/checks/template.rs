//! `{variable}` substitution wherever a profile has templates, against a renderer that is written another way.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bearerkit::ClientConfig;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::client::{self, form, header};
use super::draw::Draw;

/// The first line is a template; each other one is `name=value`, among the credentials and the variables in turn.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    let template = text(draw.line());
    let mut given = Given::default();
    let mut in_turn = [true, false].into_iter().cycle();
    while !draw.is_empty() {
        let line = text(draw.line());
        if let Some((name, value)) = line.split_once('=') {
            given.add(in_turn.next() == Some(true), name, value);
        }
    }
    if names(&template).iter().all(|name| given.look_up(name).is_some() || !BUILT_IN.contains(&name.as_str())) {
        given.fills(&template);
    }
}

const BUILT_IN: [&str; 7] =
    ["access_token", "refresh_token", "scope", "token_endpoint", "uuid", "client_id", "client_secret"];

#[derive(Debug, Default)]
struct Given {
    credentials: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
}

impl Given {
    fn add(&mut self, is_credential: bool, name: &str, value: &str) {
        let is_reserved = ["client_id", "client_secret", "token_endpoint", "environment"].contains(&name);
        if is_reserved || !is_name(name) || value.chars().any(char::is_control) {
            return;
        }
        if is_credential && !value.is_empty() {
            self.credentials.insert(name.to_owned(), value.to_owned());
        } else {
            self.variables.insert(name.to_owned(), value.to_owned());
        }
    }

    fn look_up(&self, name: &str) -> Option<&str> {
        self.credentials.get(name).or_else(|| self.variables.get(name)).map(String::as_str)
    }

    fn client(&self, profile: Value) -> Result<ClientConfig, bearerkit::Error> {
        let mut options = client::options(profile.clone());
        if let Some(url) = profile.get("token_endpoint") {
            options["provider"]["token_endpoint"] = url.clone();
        }
        for (name, value) in &self.credentials {
            options["credentials"][name] = json!(value);
        }
        // One that nothing names is refused.
        let named = names(&profile.to_string());
        let variables = self.variables.iter().filter(|(name, _)| named.contains(name));
        options["variables"] = json!(variables.collect::<BTreeMap<_, _>>());
        ClientConfig::from_json(&options.to_string())
    }

    fn fills(&self, template: &str) {
        let filled = render(template, |name, is_raw| {
            let value = self.look_up(name)?;
            Some((value.to_owned(), is_raw || value.starts_with("http")))
        });
        self.in_json(template, filled.as_deref().ok());
        self.in_a_form(template, filled.as_deref().ok());
        self.in_a_header(template, filled.as_deref());
        self.in_a_url(template);
    }

    /// A member whose variable is absent is left out; so is a parameter that its variables leave empty.
    fn in_json(&self, template: &str, filled: Option<&str>) {
        let profile = json!({ "request_format": "json", "parameters": { "p": template, "q": [{ "r": template }] } });
        let request = client::request(self.client(profile).expect("good options"));
        let body: Value = serde_json::from_str(request.body.expect("a body").expose()).expect("JSON");
        assert_eq!(body["p"].as_str(), filled.filter(|filled| !filled.is_empty() || template.is_empty()));
        assert_eq!(body["q"][0]["r"].as_str(), filled);
    }

    fn in_a_form(&self, template: &str, filled: Option<&str>) {
        let request = client::request(self.client(json!({ "parameters": { "p": template } })).expect("good options"));
        let body = form(request.body.expect("a body").expose());
        let found = body.iter().find(|(name, _)| name == "p").map(|(_, value)| value.as_str());
        assert_eq!(found, filled.filter(|filled| !filled.is_empty()));
    }

    fn in_a_header(&self, template: &str, filled: Result<&str, &String>) {
        let client = self.client(json!({ "headers": { "x-key": { "base64": template } } }));
        match filled {
            Ok(filled) => {
                let request = client::request(client.expect("good options"));
                let decoded = BASE64_STANDARD.decode(header(&request, "x-key").expect("it")).expect("base64");
                assert_eq!(String::from_utf8(decoded).expect("UTF-8"), filled);
            }
            Err(name) => {
                let error = client.expect_err("a header needs it").to_string();
                assert!(
                    error.starts_with("provider.headers.x-key: ") && error.contains(&format!("{{{name}}}")),
                    "{error}"
                );
            }
        }
    }

    /// `{x}` is percent-encoded and `{+x}` is not; what a URL cannot hold is refused.
    fn in_a_url(&self, template: &str) {
        const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        let template = format!("https://as.example/{template}");
        let client = self.client(json!({ "token_endpoint": template }));
        let url = render(&template, |name, is_raw| {
            let value = self.look_up(name)?;
            Some((if is_raw { value.to_owned() } else { utf8_percent_encode(value, ENCODED).to_string() }, is_raw))
        });
        let is_good = |url: &str| url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#".contains(&byte));
        match url {
            Ok(url) if is_good(&url) => assert_eq!(client::request(client.expect("a good URL")).url, url),
            _ => {
                let error = client.expect_err("no URL to send a secret to").to_string();
                assert!(error.starts_with("provider.token_endpoint: "), "{error}");
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

/// The pieces of a template: text, and `(name, is_raw)`.
fn pieces(template: &str) -> Vec<Result<(String, bool), char>> {
    let characters: Vec<char> = template.chars().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let behind = &characters[at + 1..];
        let end = behind.iter().position(|c| *c == '}').filter(|_| characters[at] == '{');
        let inner: Option<String> = end.map(|end| behind[..end].iter().collect());
        let variable = inner.as_deref().map(|inner| match inner.strip_prefix('+') {
            Some(name) => (name, true),
            None => (inner, false),
        });
        match variable.filter(|(name, _)| is_name(name) && name.len() <= 64) {
            Some((name, is_raw)) => {
                pieces.push(Ok((name.to_owned(), is_raw)));
                at += end.unwrap_or(0) + 2;
            }
            None => {
                pieces.push(Err(characters[at]));
                at += 1;
            }
        }
    }
    pieces
}

fn names(template: &str) -> Vec<String> {
    pieces(template).into_iter().filter_map(|piece| Some(piece.ok()?.0)).collect()
}

/// The error is the name of the first variable that nobody gave. `value`: also whether it may be a base URL, whose slashes at
/// its end and the one behind it are one.
fn render(template: &str, value: impl Fn(&str, bool) -> Option<(String, bool)>) -> Result<String, String> {
    let mut out = String::new();
    let mut base = String::new();
    for piece in pieces(template) {
        let (next, is_base) = match piece {
            Ok((name, is_raw)) => value(&name, is_raw).ok_or(name)?,
            Err(c) => (c.to_string(), false),
        };
        out.push_str(if next.starts_with('/') { base.trim_end_matches('/') } else { &base });
        base = if is_base { next.clone() } else { String::new() };
        if !is_base {
            out.push_str(&next);
        }
    }
    Ok(out + &base)
}
