//! What a shared store wants of a client's options, as `pkg-template/stores/check.js` does: the same sentences but for the remedy.

use crate::ground::error::{Error, Fault};
use crate::ground::json::{get, str_at};
use crate::ground::text::decimal;
use crate::ground::value::Value;
use crate::seal::canonical::canonical;
use crate::seal::identity::{PUBLIC, first_credentials};
use crate::seal::keys::StoreKey;

const SHORTEST_KEY: usize = 16;
const SHORTEST_SECRET: usize = 16;

/// What lives by a refresh token: without its record the chain is lost.
const CHAINS: &[&str] = &["refresh_token", "authorization_code"];

const PASS_KEY: &str =
    "; pass a `StoreKey` to `Seal::new`, the same in every process, made with `openssl rand -base64 32`";

/// # Errors
/// `ERR_OPTIONS` if a key is too short.
pub(super) fn check_key(key: &StoreKey) -> Result<(), Fault> {
    let places = if key.other.is_some() { ["store key[0]", "store key[1]"] } else { ["store key", ""] };
    for (bytes, place) in core::iter::once(&key.first).chain(&key.other).zip(places) {
        if bytes.len() < SHORTEST_KEY {
            let (length, least) = (decimal(bytes.len() as u64), decimal(SHORTEST_KEY as u64));
            return Err(Error::options(place, &["has ", &length, " bytes, and ", &least, " are required", PASS_KEY]));
        }
    }
    Ok(())
}

/// Whether these options can have a record: where it could be another client's, or be lost with a rotated secret, `name` and `key`
/// are required.
///
/// # Errors
/// `ERR_OPTIONS` with the one that is missing.
pub(super) fn check_names(options: &Value, has_key: bool) -> Result<(), Fault> {
    if let Some((for_name, for_key)) = reason(options) {
        if get(options, "name").is_none() {
            let required = ["is required with store where ", &for_name, "; write name: \"…\", one for each tenant"];
            return Err(Error::options("name", &required));
        }
        if !has_key {
            return Err(Error::options(KEY, &["is required where ", &for_key, PASS_KEY]));
        }
    }
    if has_key || longest_secret(options)? >= SHORTEST_SECRET {
        return Ok(());
    }
    let least = decimal(SHORTEST_SECRET as u64);
    let every = ["is required where every secret of the credentials has fewer than ", &least, " characters, "].concat();
    Err(Error::options(KEY, &[&every, "since a key that is derived from them could be guessed", PASS_KEY]))
}

const KEY: &str = "store key";

/// Why `name`, and why `key` is required.
fn reason(options: &Value) -> Option<(String, String)> {
    if get(options, "credentials").is_none() {
        let asks = "a function gives the credentials, since ";
        return Some((
            [asks, "two functions cannot be told apart in another process"].concat(),
            [asks, "no key can be derived from them"].concat(),
        ));
    }
    let of_grant = get(options, "grant").and_then(|grant| get(grant, "type")).filter(|kind| !kind.is_null());
    let kind = match of_grant {
        Some(kind) => kind.as_str(),
        None => get(options, "provider").and_then(|provider| str_at(provider, "grant_type")),
    };
    let kind = kind.filter(|kind| CHAINS.contains(kind))?;
    let chain = ["the grant is ", kind, ", since "].concat();
    Some((
        [&chain, "the record of a rotated refresh token would be lost with the next client secret"].concat(),
        [&chain, "a rotated refresh token sealed by the client secret would be lost with it"].concat(),
    ))
}

/// How many characters the longest of them has; a key as an object counts as its JSON.
fn longest_secret(options: &Value) -> Result<usize, Fault> {
    let mut longest = 0;
    for (name, value) in first_credentials(options).and_then(Value::as_object).into_iter().flatten() {
        if !PUBLIC.contains(&name.as_str()) {
            let length = match value.as_str() {
                Some(text) => text.chars().count(),
                None => canonical(value)?.chars().count(),
            };
            longest = longest.max(length);
        }
    }
    Ok(longest)
}
