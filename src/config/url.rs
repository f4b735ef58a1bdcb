//! URLs and origins that a secret may be sent to.

use crate::config::schema::texts;
use crate::ground::error::{Error, Fault};
use crate::ground::text::{number, position, split, split_once};
use crate::ground::value::Value;

/// Where `http:` is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Insecure {
    #[default]
    Nowhere,
    /// For tests.
    Loopback,
    /// Inside a network that is trusted.
    Origins(Vec<String>),
}

impl Insecure {
    pub(super) fn read(given: Option<&Value>) -> Self {
        match given {
            Some(Value::Bool(true)) => Insecure::Loopback,
            Some(Value::Array(_)) => Insecure::Origins(texts(given)),
            _ => Insecure::Nowhere,
        }
    }

    pub(super) fn origins(&self) -> &[String] {
        if let Insecure::Origins(origins) = self { origins } else { &[] }
    }
}

/// Refuses a URL that a secret may not be sent to.
///
/// `is_open`: the host may be shown.
///
/// # Errors
/// `ERR_OPTIONS` at `path`: not https, userinfo, a fragment, a bad host.
pub(crate) fn check_url(url: &str, path: &str, insecure: &Insecure, is_open: bool) -> Result<(), Fault> {
    let wrong = |reason| Err(Error::options(path, &[reason]));
    if !url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return wrong("contains a space, a backslash, a control or a non-ASCII character");
    }
    let Some((scheme, authority, after)) = parts(url) else {
        return wrong("is not an absolute URL; it must begin with https://");
    };
    if authority.contains('@') {
        return wrong("may not hold a user name or a password");
    }
    if after.contains('#') {
        return wrong("may not have a fragment");
    }
    let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
        let (address, port) = split_once(inner, "]").unwrap_or_default();
        (address, port)
    } else {
        let at = position(authority, ":").unwrap_or(authority.len());
        authority.split_at_checked(at).unwrap_or_default()
    };
    let is_address = authority.starts_with('[');
    let allowed = |b: u8| match b {
        b'.' => true,
        b':' => is_address,
        b'-' | b'_' | b'~' => !is_address,
        _ if is_address => b.is_ascii_hexdigit(),
        _ => b.is_ascii_alphanumeric(),
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.is_empty() || number(port).is_some_and(|port| port < 65536));
    if host.is_empty() || !host.bytes().all(allowed) || !is_port {
        return wrong("has no valid host; is a variable in it percent-encoded? (`{+host}` inserts it unencoded)");
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => return Ok(()),
        "http" => {}
        _ => return wrong("is not https:"),
    }
    let is_loopback = is_loopback(&host.to_ascii_lowercase());
    let shown = if is_open { authority } else { "host:port" };
    let origin = ["http://", authority].concat().to_ascii_lowercase();
    let listed = insecure.origins();
    for one in listed {
        if origin_of(one).to_ascii_lowercase() == origin {
            return Ok(());
        }
    }
    if is_loopback && *insecure == Insecure::Loopback {
        return Ok(());
    }
    let remedy = if is_loopback && listed.is_empty() {
        "true allows loopback, for tests".to_owned()
    } else {
        ["[\"http://", shown, "\"] allows this one origin (only inside a network that you trust)"].concat()
    };
    Err(Error::options(path, &["is http: to ", shown, "; allowInsecure: ", &remedy]))
}

/// The scheme of a URL, its authority, and what follows.
pub(crate) fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = split_once(url, ":")?;
    let rest = rest.strip_prefix("//")?;
    let (authority, after) = rest.split_at_checked(position(rest, "/?#").unwrap_or(rest.len()))?;
    Some((scheme, authority, after))
}

fn is_loopback(host: &str) -> bool {
    let is_byte = |part: &&str| number(part).is_some_and(|part| part < 256);
    let parts = split(host, ".");
    let is_v4 = parts.len() == 4 && parts.first() == Some(&"127") && parts.iter().all(is_byte);
    is_v4 || host == "localhost" || host.ends_with(".localhost") || host == "::1"
}

/// The origin of a base URL: where the API lies on its host is no matter of origins.
pub(crate) fn origin_of(value: &str) -> &str {
    match parts(value) {
        Some((_, _, after)) => value.get(..value.len().saturating_sub(after.len())).unwrap_or(value),
        None => value,
    }
}

/// An origin that is nothing more, but for a slash at its end.
pub(crate) fn origin_alone<'o>(origin: &'o str, path: &str, insecure: &Insecure) -> Result<&'o str, Fault> {
    if origin.contains('*') {
        return Err(Error::options(path, &["has a wildcard; list each origin"]));
    }
    let alone = origin_of(origin);
    check_url(alone, path, insecure, true)?;
    match origin.get(alone.len()..) {
        Some("" | "/") => Ok(alone),
        _ => Err(Error::options(
            path,
            &["has a path, a query or a fragment; an origin is scheme, host and port only: \"", alone, "\""],
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn urls() {
        let check = |url, insecure: bool| check_url(url, "x", &Insecure::read(Some(&insecure.into())), true).is_ok();
        for good in ["https://as.example/token", "HTTPS://a-b.example:8443/t?x=1", "https://[::1]:1/t", "https://h"] {
            assert!(check(good, false), "{good}");
        }
        for bad in [
            "",
            "as.example/token",
            "http://as.example/t",
            "ftp://h/",
            "https://u:p@h/",
            "https://u@h",
            "https:///t",
            "https://h:99999/",
            "https://h/#f",
            "https://h/a b",
            "https://é.example/",
            "https://h%3A80/",
            "https://h\\@evil/",
            "https:/h",
            "javascript:0",
        ] {
            assert!(!check(bad, false), "{bad}");
        }
        for loopback in ["http://127.0.0.1:1/t", "http://localhost/t", "http://a.localhost/", "http://[::1]:80/"] {
            assert!(check(loopback, true), "{loopback}");
            assert!(!check(loopback, false), "{loopback}");
        }
        for other in
            ["http://127.0.0.1.evil.example/", "http://10.0.0.1/", "http://localhost.evil.example/", "http://127.1/"]
        {
            assert!(!check(other, true), "{other}");
        }
    }

    #[test]
    fn http_goes_where_it_is_named() {
        let complaint = |url, insecure: serde_json::Value, is_open| {
            check_url(url, "x", &Insecure::read(Some(&insecure.into())), is_open)
                .map_err(|fault| fault.message())
                .err()
                .unwrap_or_default()
        };
        let listed = || json!(["http://keycloak:8080", "http://Hydra.auth.svc.cluster.local/"]);
        for good in
            ["http://keycloak:8080/token", "HTTP://KeyCloak:8080", "http://hydra.auth.svc.cluster.local/", "https://h/"]
        {
            assert_eq!(complaint(good, listed(), true), "", "{good}");
        }
        let this = "allows this one origin (only inside a network that you trust)";
        for (url, insecure, is_open, message) in [
            ("http://keycloak/t", listed(), true, format!("keycloak; allowInsecure: [\"http://keycloak\"] {this}")),
            (
                "http://keycloak:8081",
                listed(),
                true,
                format!("keycloak:8081; allowInsecure: [\"http://keycloak:8081\"] {this}"),
            ),
            ("http://localhost", listed(), true, format!("localhost; allowInsecure: [\"http://localhost\"] {this}")),
            ("http://h:1/t", json!(true), true, format!("h:1; allowInsecure: [\"http://h:1\"] {this}")),
            ("http://h:1/t", json!(null), true, format!("h:1; allowInsecure: [\"http://h:1\"] {this}")),
            ("http://s3cr3t/t", json!(null), false, format!("host:port; allowInsecure: [\"http://host:port\"] {this}")),
            ("http://[::1]:8/t", json!(false), true, "[::1]:8; allowInsecure: true allows loopback, for tests".into()),
        ] {
            assert_eq!(complaint(url, insecure, is_open), format!("x: is http: to {message}"));
        }
    }
}
