//! The metadata of an authorization server: RFC 8414, and OpenID Connect Discovery 1.0 §4.

use crate::config::assertion::Algorithm;
use crate::config::client::ClientConfig;
use crate::config::key;
use crate::config::schema::texts;
use crate::config::url::check_url;
use crate::config::words::AuthMethod;
use crate::ground::credentials::Credentials;
use crate::ground::error::{Error, Fault};
use crate::ground::json::{Object, get, str_at};
use crate::ground::message::HttpResponse;
use crate::ground::value::{Map, Value};

/// How many characters of an issuer's identifier are shown at most.
const MAX_ISSUER: usize = 160;

const ENDPOINTS: [&str; 4] =
    ["token_endpoint", "revocation_endpoint", "introspection_endpoint", "authorization_endpoint"];

impl ClientConfig {
    /// Completes the profile with the metadata. `given`: the issuer of the request.
    ///
    /// # Errors
    /// `ERR_BAD_RESPONSE` if they belong to another issuer, or contain a URL that a secret may not be sent to.
    pub(crate) fn completed(
        &self,
        metadata: &Value,
        given: &str,
        credentials: &Credentials,
        response: &HttpResponse,
    ) -> Result<Value, Fault> {
        let said = str_at(metadata, "issuer").ok_or_else(|| no_metadata(response, &[]))?;
        if given != said {
            return Err(mismatch(response, credentials, given, said));
        }
        let mut profile = self.provider.own();
        for name in ENDPOINTS {
            match str_at(metadata, name) {
                // Nobody but the user writes templates.
                Some(url) if url.contains('{') => {
                    return Err(bad(
                        response,
                        &["the metadata's ", name, " is not a URL that a secret may be sent to"],
                    ));
                }
                Some(url) => {
                    check_url(url, name, self.allow_insecure(), true)
                        .map_err(|fault| bad(response, &["the metadata's ", &fault.message()]))?;
                    add(&mut profile, name, url.into());
                }
                None if name == "token_endpoint" => {
                    return Err(bad(response, &["the metadata has no token_endpoint"]));
                }
                None => {}
            }
        }
        if !profile.contains_key("token_endpoint_auth_method") {
            authenticate(&mut profile, metadata, credentials, self.has_signer());
        }
        for endpoint in ["revocation_endpoint", "introspection_endpoint"] {
            authenticate_at(endpoint, &mut profile, metadata, credentials, self.has_signer());
        }
        Ok(Value::Object(profile))
    }
}

/// The ways to authenticate, the best first, each with the credential that it needs.
const METHODS: [(AuthMethod, &str); 5] = [
    (AuthMethod::PrivateKeyJwt, "private_key"),
    (AuthMethod::SecretBasic, "client_secret"),
    (AuthMethod::SecretPost, "client_secret"),
    (AuthMethod::SecretJwt, "client_secret"),
    (AuthMethod::Public, "client_id"),
];

/// The algorithms that a key may do, the best first.
const ALGORITHMS: [Algorithm; 11] = [
    Algorithm::ES256,
    Algorithm::EdDSA,
    Algorithm::PS256,
    Algorithm::RS256,
    Algorithm::ES384,
    Algorithm::RS384,
    Algorithm::Ed25519,
    Algorithm::PS384,
    Algorithm::ES512,
    Algorithm::PS512,
    Algorithm::RS512,
];

/// The best way to authenticate that the server supports and the credentials serve.
fn chosen(supported: &[String], credentials: &Credentials, has_signer: bool) -> Option<AuthMethod> {
    let serves = |(method, credential): &(AuthMethod, &str)| {
        let is_given = credentials.value(credential).is_some() || *method == AuthMethod::PrivateKeyJwt && has_signer;
        is_given && supported.iter().any(|supported| supported == method.word())
    };
    METHODS.into_iter().find(serves).map(|(method, _)| method)
}

/// Chooses a way to authenticate at the token endpoint.
fn authenticate(profile: &mut Map<String, Value>, metadata: &Value, credentials: &Credentials, has_signer: bool) {
    let supported = texts(get(metadata, "token_endpoint_auth_methods_supported"));
    let Some(method) = chosen(&supported, credentials, has_signer) else { return };
    add(profile, "token_endpoint_auth_method", method.word().into());
    if method == AuthMethod::Public {
        // Named, or it would not be sent.
        add(profile, "client_id", "{client_id}".into());
    }
    if let (true, Some(key)) = (method == AuthMethod::PrivateKeyJwt, credentials.value("private_key")) {
        let names = texts(get(metadata, "token_endpoint_auth_signing_alg_values_supported"));
        let fits = |alg: &Algorithm| {
            // Where nothing is listed, the default goes first: it is what an RSA key is taken for.
            let is_known =
                if names.is_empty() { *alg != Algorithm::PS256 } else { names.iter().any(|name| name == alg.name()) };
            is_known && key::complaint(*alg, key.expose()).is_none()
        };
        if let Some(alg) = ALGORITHMS.into_iter().find(fits) {
            add(profile, "assertion", Object::new().text("alg", alg.name()).take());
        }
    }
}

/// Chooses a way to authenticate at another endpoint, where the one of the token endpoint is not supported.
fn authenticate_at(
    endpoint: &str,
    profile: &mut Map<String, Value>,
    metadata: &Value,
    credentials: &Credentials,
    has_signer: bool,
) {
    let supported = texts(get(metadata, &[endpoint, "_auth_methods_supported"].concat()));
    let own = profile.get("token_endpoint_auth_method").and_then(Value::as_str).unwrap_or("client_secret_basic");
    if supported.iter().any(|method| method == own) {
        return;
    }
    if let Some(method) = chosen(&supported, credentials, has_signer) {
        add(profile, &[endpoint, "_auth_method"].concat(), method.word().into());
    }
}

/// The profile's own members take precedence.
fn add(profile: &mut Map<String, Value>, name: &str, value: Value) {
    if !profile.contains_key(name) {
        profile.insert(name.to_owned(), value);
    }
}

/// Both issuers are shown, so that the right one can be copied.
fn mismatch(response: &HttpResponse, credentials: &Credentials, given: &str, said: &str) -> Fault {
    let slash = if given.strip_suffix('/') == Some(said) || said.strip_suffix('/') == Some(given) {
        ", which differ only in the trailing slash"
    } else {
        ""
    };
    let shown = |issuer: &str| credentials.secrets().redact(issuer, &[], MAX_ISSUER);
    let (said, given) = (shown(said), shown(given));
    let remedy = "; if the first one is right, copy it into provider.issuer";
    bad(response, &["its metadata has issuer \"", &said, "\", and provider.issuer is \"", &given, "\"", slash, remedy])
}

/// The response to the metadata request is not metadata.
pub(crate) fn no_metadata(response: &HttpResponse, why: &[&str]) -> Fault {
    bad(response, &["this is not an issuer's metadata", &why.concat(), "; check provider.issuer"])
}

pub(crate) fn bad(response: &HttpResponse, reason: &[&str]) -> Fault {
    Error::bad_response(response.status, reason)
}
