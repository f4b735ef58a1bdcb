//! The keys of a store: what seals a record, and what names it.

use aes_gcm::{Aes256Gcm, KeyInit as _};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::seal::hex;

/// The key that seals the records of a store: a text or bytes, 16 bytes or more. Every instance of the client has the same one.
///
/// Two keys are for a rotation: the first one seals, both open. It takes three deploys: `[old, new]`, `[new, old]`, `[new]`.
///
/// ```
/// use bearerkit::seal::StoreKey;
/// let one = StoreKey::new("a text of 16 bytes or more");
/// let two = StoreKey::new([7; 32]).with_other("a text of 16 bytes or more");
/// assert!(!format!("{one:?} {two:?}").contains("text"));
/// ```
#[derive(Clone)]
pub struct StoreKey {
    pub(super) first: Zeroizing<Vec<u8>>,
    pub(super) other: Option<Zeroizing<Vec<u8>>>,
}

impl StoreKey {
    /// Creates a key; [`Seal::new`](super::Seal::new) checks its length.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        StoreKey { first: Zeroizing::new(key.into()), other: None }
    }

    /// Adds a second key, which opens records and seals none.
    pub fn with_other(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.other = Some(Zeroizing::new(key.into()));
        self
    }
}

impl core::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What is derived from one key.
#[derive(Clone)]
pub(super) struct Keys {
    /// Which key sealed a record: eight hexadecimal digits. Two keys may have the same.
    pub(super) id: String,
    pub(super) cipher: Aes256Gcm,
    naming: Zeroizing<[u8; 32]>,
}

impl Keys {
    pub(super) fn derive(secret: &[u8]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"bearerkit"), secret);
        let sealing = expand::<32>(&hkdf, b"seal 1");
        Keys {
            id: hex(&*expand::<4>(&hkdf, b"id 1")),
            cipher: Aes256Gcm::new(&(*sealing).into()),
            naming: expand(&hkdf, b"name 1"),
        }
    }

    pub(super) fn mac(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&hmac_block(&self.naming).into());
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

fn expand<const LENGTH: usize>(hkdf: &Hkdf<Sha256>, info: &[u8]) -> Zeroizing<[u8; LENGTH]> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    // RFC 5869 §2.3: only more than 255 hashes are refused.
    let _ = hkdf.expand(info, &mut *bytes);
    bytes
}

/// RFC 2104: a key that is shorter than a block of the hash is filled up with zeros. The type takes whole blocks, and then no
/// length can be wrong.
fn hmac_block(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    block
}
