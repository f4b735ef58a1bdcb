//! What an API's response says about the token, and whether a new one may help.

use crate::config::schema::is_token;
use crate::ground::json::named;
use crate::ground::text::{holds, position};

/// One challenge of a `WWW-Authenticate` header.
///
/// Shape: `Bearer realm="api", error="invalid_token"` or `Negotiate abc==`. Source: RFC 9110 §11.3.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthChallenge {
    /// In lower case: `bearer`.
    pub scheme: String,
    /// The token68 form, where the challenge has it instead of parameters.
    pub token68: Option<String>,
    /// Names in lower case, quotes resolved, in order.
    pub parameters: Vec<(String, String)>,
}

/// Why an API refused a request, as far as it says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// The HTTP status of the API's response.
    pub status: u16,
    /// The error code: of a `Bearer` challenge (RFC 6750 §3.1), or what the profile's `resource_request.error` found.
    pub error: Option<String>,
    /// Whether a rule of the profile's `resource_request.invalid_token_when` matches the response.
    pub by_profile: bool,
}

const INVALID: &str = "invalid_token";

impl Challenge {
    /// Combines a response's status, its `WWW-Authenticate` (several headers joined by a comma) and the code in its body.
    pub fn new(status: u16, www_authenticate: Option<&str>, body_error: Option<String>) -> Self {
        let header = www_authenticate.unwrap_or_default();
        let found = parse_challenges(header);
        for challenge in &found {
            if (challenge.scheme == "bearer" || challenge.scheme == "dpop")
                && let Some(error) = named(&challenge.parameters, "error")
            {
                return Challenge { status, error: Some(error.clone()), by_profile: false };
            }
        }
        // Without the comma before it, or without a scheme, it says the same.
        let is_said = found.is_empty() && holds(header, "error=\"invalid_token\"");
        Challenge { status, error: if is_said { Some(INVALID.to_owned()) } else { body_error }, by_profile: false }
    }

    /// Whether a new token may help: after a 401, `invalid_token` with any 4xx, or a match of the profile's rules, unless the
    /// response says `insufficient_scope`.
    ///
    /// A 401 without a challenge, or with one that cannot be parsed, is curable too.
    pub fn is_curable(&self) -> bool {
        let error = self.error.as_deref();
        let is_named = matches!(self.status, 400..500) && error == Some(INVALID);
        (self.status == 401 || is_named || self.by_profile) && error != Some("insufficient_scope")
    }
}

/// Parses the challenges of a `WWW-Authenticate` header; returns `[]` if it cannot be parsed. Takes linear time.
///
/// Source: RFC 9110 §11.6.1 and §5.6 (lists, tokens, quoted strings).
///
/// ```
/// let found = bearerkit::parse_challenges(r#"Basic realm="a, b", Bearer error="invalid_token""#);
/// assert_eq!(found[1].scheme, "bearer");
/// assert_eq!(found[1].parameters, [("error".to_owned(), "invalid_token".to_owned())]);
/// ```
pub fn parse_challenges(header: &str) -> Vec<AuthChallenge> {
    Parser { rest: header }.challenges().unwrap_or_default()
}

struct Parser<'h> {
    rest: &'h str,
}

impl<'h> Parser<'h> {
    fn challenges(mut self) -> Option<Vec<AuthChallenge>> {
        let mut challenges: Vec<AuthChallenge> = Vec::new();
        // Empty list elements are allowed (RFC 9110 §5.6.1.2).
        while self.skip_separators() {
            let name = self.token()?;
            let spaces = self.skip_spaces();
            match challenges.last_mut() {
                // `name=` continues the challenge before; a scheme is followed by a space, a comma or the end.
                Some(challenge) if self.rest.starts_with('=') && challenge.token68.is_none() => {
                    let value = self.value()?;
                    challenge.parameters.push((name.to_ascii_lowercase(), value));
                }
                _ => challenges.push(self.challenge(name, spaces)?),
            }
            self.skip_spaces();
            if !self.rest.is_empty() && !self.rest.starts_with(',') {
                return None;
            }
        }
        Some(challenges)
    }

    /// What follows a scheme: nothing, a token68, or the first of its parameters.
    fn challenge(&mut self, scheme: &str, spaces: bool) -> Option<AuthChallenge> {
        let mut challenge = AuthChallenge { scheme: scheme.to_ascii_lowercase(), ..AuthChallenge::default() };
        if self.rest.is_empty() || self.rest.starts_with(',') {
            return Some(challenge);
        }
        if !spaces {
            return None;
        }
        if let Some(token68) = self.token68() {
            challenge.token68 = Some(token68.to_owned());
        } else {
            let name = self.token()?;
            self.skip_spaces();
            let value = self.value()?;
            challenge.parameters.push((name.to_ascii_lowercase(), value));
        }
        Some(challenge)
    }

    /// Up to the next comma or the end, if all of it is a token68 and not `name=value`.
    fn token68(&mut self) -> Option<&'h str> {
        let end = position(self.rest, ", \t").unwrap_or(self.rest.len());
        let (candidate, after) = self.rest.split_at_checked(end)?;
        let mut body = candidate;
        while let Some(shorter) = body.strip_suffix('=') {
            body = shorter;
        }
        let mut next = Parser { rest: after };
        next.skip_spaces();
        let is_token68 = !body.is_empty()
            && (next.rest.is_empty() || next.rest.starts_with(','))
            && body.bytes().all(|b| b.is_ascii_alphanumeric() || "-._~+/".bytes().any(|mark| mark == b));
        is_token68.then(|| {
            self.rest = after;
            candidate
        })
    }

    /// `= token` or `= "quoted \" string"`, with the spaces that RFC 9110 tolerates.
    fn value(&mut self) -> Option<String> {
        self.rest = self.rest.strip_prefix('=')?;
        self.skip_spaces();
        let Some(quoted) = self.rest.strip_prefix('"') else { return self.token().map(str::to_owned) };
        let (mut value, mut rest) = (String::new(), quoted);
        loop {
            let (text, marked) = rest.split_at_checked(position(rest, "\"\\")?)?;
            value.push_str(text);
            let mut characters = marked.chars();
            if characters.next() == Some('"') {
                self.rest = characters.as_str();
                return Some(value);
            }
            value.push(characters.next()?);
            rest = characters.as_str();
        }
    }

    fn token(&mut self) -> Option<&'h str> {
        let end = self.rest.bytes().position(|b| !is_token(b)).unwrap_or(self.rest.len());
        let (token, after) = self.rest.split_at_checked(end)?;
        self.rest = after;
        (!token.is_empty()).then_some(token)
    }

    fn skip_spaces(&mut self) -> bool {
        self.skip(" \t")
    }

    /// Whether anything follows the commas.
    fn skip_separators(&mut self) -> bool {
        self.skip(" \t,");
        !self.rest.is_empty()
    }

    /// Whether any of these was skipped.
    fn skip(&mut self, characters: &str) -> bool {
        let before = self.rest.len();
        while self.rest.get(..1).is_some_and(|first| position(characters, first).is_some()) {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        self.rest.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scheme(name=value,…)`, `scheme:token68`, joined by `;`
    fn show(header: &str) -> String {
        let one = |c: AuthChallenge| match c.token68 {
            Some(token68) => format!("{}:{token68}", c.scheme),
            None => {
                let parameters: Vec<String> = c.parameters.iter().map(|(n, v)| format!("{n}={v}")).collect();
                format!("{}({})", c.scheme, parameters.join(","))
            }
        };
        parse_challenges(header).into_iter().map(one).collect::<Vec<_>>().join(";")
    }

    #[test]
    fn vectors() {
        for (header, expected) in [
            ("Bearer", "bearer()"),
            (r#"BEARER Realm="x""#, "bearer(realm=x)"),
            (r#"Bearer realm="a, b=\"c\"", error=invalid_token"#, r#"bearer(realm=a, b="c",error=invalid_token)"#),
            (r#"Bearer realm = "x" , error = invalid_token"#, "bearer(realm=x,error=invalid_token)"),
            (r#"Basic realm="x", Bearer error="invalid_token""#, "basic(realm=x);bearer(error=invalid_token)"),
            ("Negotiate abc==, Bearer", "negotiate:abc==;bearer()"),
            ("Negotiate, Basic realm=x", "negotiate();basic(realm=x)"),
            (", ,Bearer error=x,, ,", "bearer(error=x)"),
            (r#"NewAuth a="1", Bearer, b=2"#, "newauth(a=1);bearer(b=2)"),
            ("", ""),
            (r#"Bearer realm="open"#, ""),
            (r#"Bearer realm="x\"#, ""),
            ("Bearer realm=x error=y", ""),
            ("=x", ""),
            ("Bearer @", ""),
        ] {
            assert_eq!(show(header), expected, "{header}");
        }
    }

    #[test]
    fn what_a_new_token_cures() {
        let of = |status, header: &str, body: Option<&str>| {
            Challenge::new(status, Some(header), body.map(str::to_owned)).is_curable()
        };
        assert!(of(401, r#"Bearer error="invalid_token""#, None));
        assert!(of(401, "", None));
        assert!(of(401, "Bearer @ malformed", None));
        assert!(of(401, "", Some("invalid_token")));
        assert!(!of(401, r#"Bearer error="insufficient_scope""#, None));
        assert!(!of(401, "", Some("insufficient_scope")));
        for status in [400, 403, 498] {
            assert!(of(status, r#"Bearer realm="api", error="invalid_token""#, None), "{status}");
            assert!(of(status, "DPoP error=invalid_token", None), "{status}");
            assert!(!of(status, "Bearer", None), "{status}");
            assert!(!of(status, r#"Bearer error="insufficient_scope""#, None), "{status}");
            assert!(!of(status, r#"Basic error="invalid_token""#, None), "{status}");
            assert!(!of(status, r#"Bearer @ error="server_error""#, None), "{status}");
            // Written as they should not be.
            for header in [r#"Bearer realm="x" error="invalid_token""#, r#"Bearer realm="x"; error="invalid_token""#] {
                assert!(of(status, header, None), "{status} {header}");
            }
        }
        for status in [200, 302, 500, 503] {
            assert!(!of(status, r#"Bearer error="invalid_token""#, None), "{status}");
        }
    }

    #[test]
    fn is_linear() {
        for piece in ["a,", "a=\"", "Bearer a=b ", "\\", "{", "Basic x==,"] {
            parse_challenges(&piece.repeat(65_536 / piece.len()));
        }
    }
}
