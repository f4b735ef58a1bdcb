//! What an authorization server says of itself: RFC 8414, and OpenID Connect Discovery 1.0 §4.

use core::time::Duration;

use crate::config::assertion::Algorithm;
use crate::config::client::ClientConfig;
use crate::config::key;
use crate::config::schema::texts;
use crate::config::url::check_url;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::json::{Object, get, str_at};
use crate::ground::message::{HttpRequest, HttpResponse};
use crate::ground::text::{concat, has, position, split_once};
use crate::ground::time::Timestamp;
use crate::ground::value::{Map, Value};
use crate::lifecycle::exchange::Exchange;
use crate::request::build::Scope;

/// How long the metadata are used before they are read again.
const KEPT: Duration = Duration::from_secs(86_400);
/// How much longer, where they could not be read again.
pub(crate) const POSTPONED: Duration = Duration::from_secs(3600);

/// Of an issuer's identifier no more characters are shown.
const MAX_ISSUER: usize = 160;

const ENDPOINTS: [&str; 4] =
    ["token_endpoint", "revocation_endpoint", "introspection_endpoint", "authorization_endpoint"];

/// The issuer's identifier, its template filled in.
///
/// # Errors
/// `ERR_OPTIONS` where it is none: RFC 8414 §2 wants https, and neither query nor fragment.
pub(crate) fn issuer(scope: &Scope<'_>) -> Result<String, Fault> {
    let path = "provider.issuer";
    let issuer = scope.url(path, scope.client.provider.text("issuer").unwrap_or_default())?;
    if has(&issuer, "?") { Err(Error::options(path, &["may not have a query"])) } else { Ok(issuer) }
}

/// The request for its metadata. There are two places for them; `tried`: not at the first one.
pub(crate) fn request(scope: &Scope<'_>, tried: bool) -> Result<HttpRequest, Fault> {
    let issuer = issuer(scope)?;
    let issuer = issuer.strip_suffix('/').unwrap_or(&issuer);
    let url = if tried {
        let (scheme, rest) = split_once(issuer, ":").unwrap_or_default();
        let rest = rest.get(2..).unwrap_or_default();
        let end = position(rest, "/").unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        concat(&[scheme, "://", authority, "/.well-known/oauth-authorization-server", path])
    } else {
        concat(&[issuer, "/.well-known/openid-configuration"])
    };
    let headers = vec![("accept".to_owned(), Secret::new("application/json"))];
    Ok(HttpRequest { method: "GET", url, headers, body: None })
}

impl ClientConfig {
    /// Takes the answer to that request in: what follows is the token request, or a look at the other place.
    ///
    /// # Errors
    /// Why there are no metadata that can be used.
    pub(crate) fn learn(
        &mut self,
        exchange: &mut Exchange,
        response: &HttpResponse,
        now: Timestamp,
    ) -> Result<(), Fault> {
        match self.profile_of(exchange, response, now) {
            Ok(profile) => self.provider.discovered(profile, now.plus(KEPT)),
            Err(error) if matches!(*error, Error::Refused(_)) && !exchange.tried => exchange.tried = true,
            Err(error) if self.provider.postpone(now.plus(POSTPONED)) => drop(error),
            Err(error) if matches!(*error, Error::Refused(_)) => {
                return Err(bad(
                    response,
                    &["no metadata of the issuer are at .well-known/openid-configuration or \
                    .well-known/oauth-authorization-server"],
                ));
            }
            Err(error) => return Err(error),
        }
        exchange.discovers = false;
        Ok(())
    }

    /// What the metadata name and the profile does not.
    fn profile_of(&self, exchange: &Exchange, response: &HttpResponse, now: Timestamp) -> Result<Value, Fault> {
        let none_at_all = |why: &[&str]| {
            bad(response, &["this is not the metadata of an issuer", &concat(why), "; is provider.issuer right?"])
        };
        let metadata = exchange.document(response, now).map_err(|error| match &*error {
            Error::BadResponse(reply) => {
                // What follows is about token endpoints.
                let reason = reply.reason.as_deref().unwrap_or_default();
                none_at_all(&[": ", split_once(reason, ",").map_or(reason, |(what, _)| what)])
            }
            _ => error,
        })?;
        let none = Credentials::new();
        let credentials = exchange.credentials.as_ref().unwrap_or(&none);
        let scope = Scope::new(self, self.provider.token(), credentials, &[]);
        let (given, said) = (issuer(&scope)?, str_at(&metadata, "issuer").ok_or_else(|| none_at_all(&[]))?);
        if given != said {
            return Err(mismatch(response, credentials, &given, said));
        }
        let mut profile = self.provider.own();
        for name in ENDPOINTS {
            match str_at(&metadata, name) {
                // Nobody but the user writes templates.
                Some(url) if has(url, "{") => {
                    return Err(bad(response, &["the metadata's ", name, " is no URL that a secret may be sent to"]));
                }
                Some(url) => {
                    check_url(url, name, self.allow_insecure(), true)
                        .map_err(|fault| bad(response, &["the metadata's ", &fault.message()]))?;
                    add(&mut profile, name, url.into());
                }
                None if name == "token_endpoint" => {
                    return Err(bad(response, &["the metadata name no token_endpoint"]));
                }
                None => {}
            }
        }
        if !profile.contains_key("token_endpoint_auth_method") {
            authenticate(&mut profile, &metadata, credentials);
        }
        Ok(Value::Object(profile))
    }
}

/// Chooses a way to authenticate that the server supports and the credentials serve.
fn authenticate(profile: &mut Map<String, Value>, metadata: &Value, credentials: &Credentials) {
    let supported = texts(get(metadata, "token_endpoint_auth_methods_supported"));
    for (method, credential) in [
        ("private_key_jwt", "private_key"),
        ("client_secret_basic", "client_secret"),
        ("client_secret_post", "client_secret"),
        ("client_secret_jwt", "client_secret"),
        ("none", "client_id"),
    ] {
        if !supported.iter().any(|supported| supported == method) || credentials.value(credential).is_none() {
            continue;
        }
        add(profile, "token_endpoint_auth_method", method.into());
        if method == "none" {
            // Named, or it would not be sent.
            add(profile, "client_id", "{client_id}".into());
        }
        if let (true, Some(key)) = (method == "private_key_jwt", credentials.value(credential)) {
            let algorithms = texts(get(metadata, "token_endpoint_auth_signing_alg_values_supported"));
            let fits = |alg: &Algorithm| {
                algorithms.iter().any(|name| name == alg.name()) && key::complaint(*alg, key.expose()).is_none()
            };
            if let Some(alg) = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256].into_iter().find(fits) {
                add(profile, "assertion", Object::new().text("alg", alg.name()).take());
            }
        }
        return;
    }
}

/// What the profile says itself counts.
fn add(profile: &mut Map<String, Value>, name: &str, value: Value) {
    if !profile.contains_key(name) {
        profile.insert(name.to_owned(), value);
    }
}

/// Both issuers are shown: one of them is to be copied.
fn mismatch(response: &HttpResponse, credentials: &Credentials, given: &str, said: &str) -> Fault {
    let slash = if given.strip_suffix('/') == Some(said) || said.strip_suffix('/') == Some(given) {
        ", which differ in the slash at the end alone"
    } else {
        ""
    };
    let shown = |issuer: &str| credentials.redact(issuer, &[], MAX_ISSUER);
    let (said, given) = (shown(said), shown(given));
    let remedy = "; copy the first one into provider.issuer, if that is whom you mean";
    bad(response, &["its metadata say issuer \"", &said, "\", and provider.issuer is \"", &given, "\"", slash, remedy])
}

fn bad(response: &HttpResponse, reason: &[&str]) -> Fault {
    Error::bad_response(response.status, reason)
}
