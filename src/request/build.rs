//! Provider + credentials -> the HTTP request, to the byte.

use crate::config::words::{AuthMethod, Purpose, RequestFormat};
use crate::ground::base64;
use crate::ground::credentials::Secret;
use crate::ground::encoding::basic_encode;
use crate::ground::error::{Error, Fault};
use crate::ground::json::named;
use crate::ground::message::HttpRequest;
use crate::ground::value::Value;
use crate::request::assertion::foreign;
use crate::request::form::{form, json_object};
use crate::request::parameters::parameters;
use crate::request::scope::Scope;

/// Builds the request; `assertion` is the signed JWT of a shape that has one.
///
/// # Errors
/// `ERR_OPTIONS` for a missing variable, a bad URL, a header that cannot be one.
pub(crate) fn build(
    scope: &Scope<'_>,
    grant: Option<&Value>,
    assertion: Option<&Secret>,
) -> Result<HttpRequest, Fault> {
    let shape = &scope.shape;
    let foreign = foreign(scope)?;
    let assertion = foreign.as_ref().or(assertion);
    let mut url = scope.endpoint()?;
    let mut headers = Vec::new();
    for (name, template) in shape.headers() {
        let value = scope.header(&shape.path(&["headers.", name].concat()), template)?;
        add_header(&mut headers, &name.to_ascii_lowercase(), value);
    }
    add_header(&mut headers, "accept", "application/json".to_owned());
    if shape.auth_method() == AuthMethod::SecretBasic {
        add_header(&mut headers, "authorization", basic(scope)?);
    }
    if let Some(jwt) = assertion
        && shape.asserts_for(Purpose::Authorization)
    {
        add_header(&mut headers, "authorization", ["Bearer ", jwt.expose()].concat());
    }
    let parameters = parameters(scope, grant, assertion.map(Secret::expose).unwrap_or_default())?;
    let (content_type, body) = match shape.format() {
        RequestFormat::Json => ("application/json", Some(json_object(&parameters))),
        RequestFormat::Query => {
            form(&parameters).append_to(&mut url);
            ("", None)
        }
        RequestFormat::Nowhere => ("", None),
        RequestFormat::Form => ("application/x-www-form-urlencoded", Some(form(&parameters).0)),
    };
    if body.is_some() {
        add_header(&mut headers, "content-type", content_type.to_owned());
    }
    let method = if shape.is_get() { "GET" } else { "POST" };
    Ok(HttpRequest { method, url, headers, body: body.map(Secret::new) })
}

/// The first of a name counts: the profile's own comes before the standard one.
fn add_header(headers: &mut Vec<(String, Secret)>, name: &str, value: String) {
    if named(headers, name).is_none() {
        headers.push((name.to_owned(), Secret::new(value)));
    }
}

/// RFC 6749 §2.3.1 (both halves form-encoded) or RFC 7617 §2 (as they are).
fn basic(scope: &Scope<'_>) -> Result<String, Fault> {
    let mut id = scope.credential("client_id")?;
    let mut secret = scope.credential("client_secret")?;
    if !scope.shape.is_basic_raw() {
        id = basic_encode(&id);
        secret = basic_encode(&secret);
    } else if id.contains(':') {
        let reason = "contains a colon, which basic_encoding \"raw\" cannot encode";
        return Err(Error::options("credentials.client_id", &[reason]));
    }
    Ok(["Basic ", &base64::encode([&*id, ":", &secret].concat())].concat())
}
