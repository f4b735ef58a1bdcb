//! Names, seals and opens the records of a shared store, as the npm package does: a Rust program and a Worker that have the same
//! options and the same key share one record. Cargo feature `seal`; natively only.
//!
//! A machine made [`with_sharing`](crate::ClientConfig::with_sharing) asks for two more things:
//! [`Next::Load`](crate::Next::Load) reads the record, and [`Next::Store`](crate::Next::Store) writes it. You do both with your
//! store: a [`Seal`] says under which name, and makes the text that is stored.
//!
//! ```
//! use bearerkit::seal::{Seal, StoreKey};
//! use bearerkit::{ClientConfig, Loaded, Sharing};
//!
//! let options = r#"{
//!     "provider": "https://login.acme.example/oauth/token",
//!     "credentials": { "client_id": "app", "client_secret": "s3cr3t" }
//! }"#;
//! let client = ClientConfig::from_json(options)?.with_sharing(Sharing::Atomic);
//! let seal = Seal::new(options, Some(StoreKey::new("16 bytes or more, from a secret")))?;
//! assert!(seal.name().starts_with("bearerkit:1:"));
//!
//! // Next::Store: write the sealed text over the one that was read or written last.
//! let sealed = seal.seal(r#"{"generation":1}"#)?;
//! assert!(sealed.starts_with("bk1.") && !sealed.contains("generation"));
//!
//! // Next::Load: read the text, open it, and hand it to `on_loaded`.
//! let opened = seal.open(&sealed);
//! let found = opened.as_ref().map_or(Loaded::Unreadable, |record| Loaded::Record(record.expose()));
//! assert_eq!(found, Loaded::Record(r#"{"generation":1}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A record is sealed by AES-256-GCM with the name as additional data, so that somebody with the store can delay a record, delete
//! it or put an older one in its place, but neither read nor forge one.

mod canonical;
mod identity;
mod keys;
mod requirements;
mod sealed;

pub use keys::StoreKey;
pub use sealed::{Seal, SealError};

use crate::ground::text::push_digit;

/// Two lower-case digits a byte.
fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        push_digit(&mut out, byte >> 4, b'a');
        push_digit(&mut out, byte & 0xf, b'a');
    }
    out
}
