//! What goes with a token to the API.

use crate::config::client::ClientConfig;
use crate::config::shape::RequestShape;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::Fault;
use crate::ground::json::{Object, str_at};
use crate::ground::value::Value;
use crate::request::scope::{Scope, Trial};

/// What goes with a token to the API.
#[derive(Default)]
pub(crate) struct Attached {
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) defaults: Vec<(String, Secret)>,
    pub(crate) query: Vec<(String, Secret)>,
}

/// Fills in `resource_request`.
pub(crate) fn attach(
    client: &ClientConfig,
    credentials: &Credentials,
    captured: &[(String, Secret)],
    access_token: &Secret,
    trial: Option<Trial>,
) -> Result<Attached, Fault> {
    let mut scope = Scope::new(client, RequestShape::of(&Value::Null), credentials, captured);
    scope.access_token = Some(access_token);
    scope.trial = trial;
    let mut attached = Attached::default();
    let bearer = Object::new().text("authorization", "Bearer {access_token}").take();
    let given = client.provider.resource("headers").unwrap_or(&bearer);
    for (name, header) in given.as_object().into_iter().flatten() {
        if !header.is_null() {
            let path = ["provider.resource_request.headers.", name].concat();
            let header_of = (name.to_ascii_lowercase(), Secret::new(scope.header(&path, header)?));
            if !scope.is_personal(header) {
                attached.defaults.push(header_of.clone());
            }
            attached.headers.push(header_of);
        }
    }
    let given = client.provider.resource("query").and_then(Value::as_object);
    for (name, template) in given.into_iter().flatten() {
        let path = ["provider.resource_request.query.", name].concat();
        attached.query.push((name.clone(), Secret::new(scope.filled(&path, template.as_str().unwrap_or_default())?)));
    }
    Ok(attached)
}

/// Whether the API takes as its authorization what the server handed out, word for word: then a token that brings its scheme
/// (`Bearer abc`) keeps it, or it would go out without any.
pub(crate) fn keeps_scheme(client: &ClientConfig) -> bool {
    let headers = client.provider.resource("headers").unwrap_or(&Value::Null);
    ["authorization", "Authorization"].iter().any(|name| str_at(headers, name) == Some("{access_token}"))
}
