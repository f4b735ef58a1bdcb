//! The seal of one client's records: what they are called, how they are closed and opened.

use core::fmt;

use aes_gcm::aead::{Aead as _, Payload};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::config::schema::kind;
use crate::ground::base64::{decode_url, encode_url};
use crate::ground::credentials::Secret;
use crate::ground::error::{Error, Fault};
use crate::ground::json::{self, Wiped, get};
use crate::seal::canonical::canonical;
use crate::seal::hex;
use crate::seal::identity::{first_credentials, identity};
use crate::seal::keys::{Keys, StoreKey};
use crate::seal::requirements::{check_key, check_names};

const NONCE: usize = 12;
const TAG: usize = 16;
/// Deno KV takes 64 KiB with what it adds; a record is a few hundred bytes, or a few thousand.
const MOST_BYTES: usize = 60 * 1024;

/// Names, seals and opens the records of one client.
///
/// It is made from the same options as the client itself, written as JSON, because they are what the record's name is a hash of.
#[derive(Clone)]
pub struct Seal {
    name: String,
    /// The first one seals, each opens.
    keys: Vec<Keys>,
}

/// Why a record cannot be sealed. [`Stored::Failed`](crate::Stored::Failed) is what the machine is told.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealError {
    /// Sealed, the record would have more than 60 KiB, which not every store takes.
    TooLarge,
    /// The system has no random numbers for the nonce.
    NoRandomNumbers,
}

impl Seal {
    /// Reads the options of a client, as [`ClientConfig::from_json`](crate::ClientConfig::from_json) takes them, and derives the
    /// record's name and keys. Leave `credentials` out for a client made `with_asked_credentials`.
    ///
    /// Without a key it is derived from the credentials; a rotated secret then costs one token request.
    ///
    /// # Errors
    /// `ERR_OPTIONS` if the options are no JSON, if `name` or `key` is missing where the record could otherwise be mistaken or
    /// lost, and if the key, or the credential that stands in for it, is too short. The options are not checked as
    /// `ClientConfig::from_json` checks them.
    pub fn new(options: &str, key: Option<StoreKey>) -> Result<Self, Error> {
        Ok(Seal::read(options, key)?)
    }

    fn read(options: &str, key: Option<StoreKey>) -> Result<Self, Fault> {
        let options = Wiped(json::parse(options).map_err(|reason| Error::options("", &[reason]))?);
        if !options.0.is_object() {
            return Err(Error::options("", &["expected an object, found ", kind(&options.0)]));
        }
        key.as_ref().map_or(Ok(()), check_key)?;
        check_names(&options.0, key.is_some())?;
        let keys = match (&key, first_credentials(&options.0)) {
            (Some(StoreKey { first, other }), _) => {
                core::iter::once(first).chain(other).map(|secret| Keys::derive(secret)).collect()
            }
            (None, Some(credentials)) => {
                vec![Keys::derive(Zeroizing::new(canonical(credentials)?).as_bytes())]
            }
            (None, None) => Vec::new(),
        };
        let identity = identity(&options.0)?;
        let digest = match keys.first() {
            Some(first) if get(&options.0, "name").is_none() => first.mac(identity.as_bytes()),
            _ => Sha256::digest(identity.as_bytes()).into(),
        };
        Ok(Seal { name: ["bearerkit:1:", &hex(&digest)].concat(), keys })
    }

    /// The record's key in the store: `bearerkit:1:` and 64 hexadecimal digits. It tells nothing of the options.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seals a record for this name, with a new random nonce. The text has the letters, digits and `.`, `-`, `_` only.
    ///
    /// Shape: `bk1.da806e84.AAECAwQFBgcICQoL…`
    ///
    /// # Errors
    /// If the record is too large, or if the system has no random numbers.
    pub fn seal(&self, record: &str) -> Result<String, SealError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| SealError::NoRandomNumbers)?;
        self.seal_with(record, nonce)
    }

    /// Opens a sealed record. `None` for what was sealed with another key, for another name or by another version, and for what
    /// was changed on the way: that is [`Loaded::Unreadable`](crate::Loaded::Unreadable).
    pub fn open(&self, sealed: &str) -> Option<Secret> {
        let (id, bytes) = parts(sealed)?;
        let (nonce, msg) = bytes.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let aad = self.additional(id);
        // Ids have four bytes: two keys may have the same.
        let mut candidates = self.keys.iter().filter(|keys| keys.id == id);
        candidates.find_map(|keys| {
            let opened = keys.cipher.decrypt(&nonce.into(), Payload { msg, aad: aad.as_bytes() }).ok()?;
            String::from_utf8(opened).ok().map(Secret)
        })
    }

    /// A nonce that comes twice gives the key away.
    fn seal_with(&self, record: &str, nonce: [u8; NONCE]) -> Result<String, SealError> {
        let keys = self.keys.first().ok_or(SealError::TooLarge)?;
        let aad = self.additional(&keys.id);
        let payload = Payload { msg: record.as_bytes(), aad: aad.as_bytes() };
        // The cipher refuses 64 GiB and more.
        let encrypted = keys.cipher.encrypt(&nonce.into(), payload).map_err(|_| SealError::TooLarge)?;
        let sealed = ["bk1.", &keys.id, ".", &encode_url([&nonce[..], &encrypted].concat())].concat();
        if sealed.len() > MOST_BYTES { Err(SealError::TooLarge) } else { Ok(sealed) }
    }

    /// Bound to the name: a record that was moved to another one does not open.
    fn additional(&self, id: &str) -> String {
        ["bk1.", id, "|", &self.name].concat()
    }
}

/// The key's id, and nonce, text and tag.
fn parts(sealed: &str) -> Option<(&str, Vec<u8>)> {
    if sealed.len() > MOST_BYTES {
        return None;
    }
    let (id, text) = sealed.strip_prefix("bk1.")?.split_once('.')?;
    let is_id = id.len() == 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    // Padding is forgiven elsewhere. Here there is one way to write a record.
    let bytes = if is_id && !text.ends_with('=') { decode_url(text)? } else { return None };
    (bytes.len() >= NONCE.saturating_add(TAG)).then_some((id, bytes))
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SealError::TooLarge => "the sealed record would be larger than 60 KiB",
            SealError::NoRandomNumbers => "the system has no random numbers for the nonce",
        })
    }
}

impl core::error::Error for SealError {}

#[cfg(test)]
#[path = "vectors.rs"]
mod tests;
