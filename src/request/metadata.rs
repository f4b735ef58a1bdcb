//! The request for what an issuer says of itself: RFC 8414 §3, OpenID Connect Discovery 1.0 §4.

use crate::ground::credentials::Secret;
use crate::ground::error::Fault;
use crate::ground::message::HttpRequest;
use crate::ground::text::{position, split_once};
use crate::request::scope::Scope;

/// The request for its metadata. There are two places for them; `tried`: not at the first one.
pub(crate) fn metadata_request(scope: &Scope<'_>, tried: bool) -> Result<HttpRequest, Fault> {
    let issuer = scope.issuer()?;
    let issuer = issuer.strip_suffix('/').unwrap_or(&issuer);
    let url = if tried {
        let (scheme, rest) = split_once(issuer, ":").unwrap_or_default();
        let rest = rest.get(2..).unwrap_or_default();
        let end = position(rest, "/").unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        [scheme, "://", authority, "/.well-known/oauth-authorization-server", path].concat()
    } else {
        [issuer, "/.well-known/openid-configuration"].concat()
    };
    let headers = vec![("accept".to_owned(), Secret::new("application/json"))];
    Ok(HttpRequest { method: "GET", url, headers, body: None })
}
