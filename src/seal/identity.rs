//! What tells one record from another, as text; names are hashes of it. `pkg-template/stores/identity.js` says the same in
//! JavaScript, and `tests/vectors/stores.json` has examples that both read.
//!
//! It is the client's options as JSON, with these changes:
//!
//! 1. Without `patience`, `timeout`, `refreshMargin`, `origins`; and, in a `provider` that is an object, without `$schema`,
//!    `documentation`, `name`.
//! 2. `scope` becomes a set: split at spaces, empty parts left out, each once, sorted by UTF-16 code units. If it is not among
//!    the options, it stays out: an empty set is another identity.
//! 3. `credentials` becomes the first of two. If a function gives them, there are none. With `name`, only `client_id` and
//!    `username` of them stay (none of both: no `credentials` at all), and `grant.password` is left out, so that a rotated
//!    secret does not move the record.
//! 4. The JSON is that of RFC 8785: no white space, members sorted by their UTF-16 code units, numbers and strings as ECMAScript
//!    writes them: of the shortest forms of a double the closest, of two as close the even one. `null` stays.

use zeroize::Zeroizing;

use crate::config::schema::texts;
use crate::ground::error::Fault;
use crate::ground::json::get;
use crate::ground::value::{Map, Value};
use crate::seal::canonical::{canonical, object, string};

/// They shape the client, and not the token.
const APART: &[&str] = &["patience", "timeout", "refreshMargin", "origins"];
/// For people, not for the protocol: a corrected link in a profile must not move a record.
const PROSE: &[&str] = &["$schema", "documentation", "name"];
/// Not secret, and not rotated: with `options.name` these are what of the credentials still tells two clients apart.
pub(super) const PUBLIC: &[&str] = &["client_id", "username"];

/// # Errors
/// `ERR_OPTIONS` for what JavaScript refuses to write as JSON.
pub(super) fn identity(options: &Value) -> Result<Zeroizing<String>, Fault> {
    let is_named = get(options, "name").is_some();
    let mut members = Vec::new();
    for (name, value) in options.as_object().into_iter().flatten() {
        let text = match (name.as_str(), value) {
            (apart, _) if APART.contains(&apart) => continue,
            ("scope", _) if is_texts(value) => scope_set(value),
            ("provider", Value::Object(provider)) => without(provider, PROSE)?,
            ("grant", Value::Object(grant)) if is_named => without(grant, &["password"])?,
            ("credentials", _) => match credentials(options, is_named)? {
                Some(text) => text,
                None => continue,
            },
            _ => canonical(value)?,
        };
        members.push((name.as_str(), text));
    }
    Ok(Zeroizing::new(object(members)))
}

/// The first credentials of the options; `None` if a function gives them.
pub(super) fn first_credentials(options: &Value) -> Option<&Value> {
    let given = get(options, "credentials")?;
    if given.is_array() { given.get(0) } else { Some(given) }
}

fn credentials(options: &Value, is_named: bool) -> Result<Option<String>, Fault> {
    let Some(first) = first_credentials(options) else { return Ok(None) };
    if !is_named {
        return canonical(first).map(Some);
    }
    let mut public = Vec::new();
    for name in PUBLIC {
        if let Some(value) = get(first, name) {
            public.push((*name, canonical(value)?));
        }
    }
    Ok(if public.is_empty() { None } else { Some(object(public)) })
}

fn without(members: &Map<String, Value>, names: &[&str]) -> Result<String, Fault> {
    let mut kept = Vec::new();
    for (name, value) in members {
        if !names.contains(&name.as_str()) {
            kept.push((name.as_str(), canonical(value)?));
        }
    }
    Ok(object(kept))
}

/// What is no scope stays as it is: the client refuses it.
fn is_texts(scope: &Value) -> bool {
    scope.is_string() || scope.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

/// JavaScript splits here at the space alone, and so must this.
fn scope_set(scope: &Value) -> String {
    let joined = texts(Some(scope)).join(" ");
    let mut scopes: Vec<&str> = joined.split(' ').filter(|scope| !scope.is_empty()).collect();
    scopes.sort_by(|one, other| one.encode_utf16().cmp(other.encode_utf16()));
    scopes.dedup();
    let written: Vec<String> = scopes.into_iter().map(string).collect();
    ["[", &written.join(","), "]"].concat()
}
