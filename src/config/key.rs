//! Checks early whether a key fits an assertion's algorithm, not at the first token request.

use crate::config::assertion::Algorithm;
use crate::config::client::ClientConfig;
use crate::config::shape::RequestShape;
use crate::ground::error::{Error, Fault};
use crate::ground::json;
use crate::ground::json::str_at;
use crate::ground::text::position;

impl ClientConfig {
    /// Checks the keys among the credentials. For callers that sign with them: elsewhere, a key may be the name of one in a key store.
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the path of a key that its algorithm cannot use.
    pub fn check_keys(&self) -> Result<(), Error> {
        for step in 0..self.provider.steps() {
            self.check_keys_of(self.provider.step(step))?;
        }
        self.check_keys_of(self.provider.token())?;
        self.check_keys_of(self.provider.refresh())?;
        Ok(())
    }

    fn check_keys_of(&self, shape: RequestShape<'_>) -> Result<(), Fault> {
        let Some(assertion) = shape.assertion().filter(|assertion| assertion.token().is_none()) else { return Ok(()) };
        for credentials in &self.credentials {
            let key = credentials.value(assertion.key());
            if let Some(reason) = key.and_then(|key| complaint(assertion.alg(), key.expose())) {
                return Err(Error::options(&["credentials.", assertion.key()].concat(), &[reason]));
            }
        }
        Ok(())
    }
}

/// How `rsaEncryption` (RFC 8017 appendix C) looks in a PEM. What stands before it has always the same length.
const RSA: &[&str] = &["BgkqhkiG9w0BAQE"];
/// `id-ecPublicKey` with the curve `secp256r1` (RFC 5480 §2.1.1), with the public key behind the private one and without.
const P256: &[&str] = &["ByqGSM49AgEGCCqGSM49AwEH", "KoZIzj0CAQYIKoZIzj0D"];

const BEGIN: &str = "-----BEGIN ";
const PKCS8: &str = "-----BEGIN PRIVATE KEY-----";

/// What is wrong with a key: PEM (PKCS#8, also with literal `\n`), a JWK (RFC 7517), or for HS256 a secret. Around the PEM block
/// may stand what tools write there: Bag Attributes, certificates, a byte order mark.
pub(crate) fn complaint(alg: Algorithm, key: &str) -> Option<&'static str> {
    let key = key.trim_ascii();
    if key.starts_with('{') {
        return of_jwk(alg, key);
    }
    match alg {
        Algorithm::HS256 if key.is_empty() => Some("is empty"),
        Algorithm::HS256 if block(key, BEGIN).is_some() => Some("is a PEM key, but HS256 needs a shared secret"),
        Algorithm::HS256 => None,
        _ => match (block(key, PKCS8), block(key, BEGIN)) {
            (Some(pem), _) => of_pem(alg, pem),
            (None, Some(_)) => {
                Some("is PEM, but not PKCS#8 (BEGIN PRIVATE KEY); convert it by `openssl pkcs8 -topk8 -nocrypt`")
            }
            (None, None) => Some("is neither PEM (PKCS#8) nor a JWK"),
        },
    }
}

/// Whether a text holds PEM.
pub(crate) fn is_pem(text: &str) -> bool {
    block(text, BEGIN).is_some()
}

/// The text of the first block with that beginning, wherever it stands.
fn block<'k>(text: &'k str, begin: &str) -> Option<&'k str> {
    let at = text.as_bytes().windows(begin.len()).position(|window| window == begin.as_bytes())?;
    let inner = text.get(at.saturating_add(begin.len())..)?;
    // Base64 has no hyphen.
    inner.get(..position(inner, "-").unwrap_or(inner.len()))
}

fn of_jwk(alg: Algorithm, key: &str) -> Option<&'static str> {
    let Ok(jwk) = json::parse(key) else { return Some("begins like a JWK but is not JSON") };
    let (kty, secret) = match alg {
        Algorithm::HS256 => ("oct", "k"),
        Algorithm::ES256 => ("EC", "d"),
        Algorithm::RS256 | Algorithm::PS256 => ("RSA", "d"),
    };
    let is_curve = kty != "EC" || str_at(&jwk, "crv") == Some("P-256");
    match str_at(&jwk, secret) {
        _ if str_at(&jwk, "kty") != Some(kty) || !is_curve => Some("is a JWK of the wrong type for its algorithm"),
        None => Some("is a JWK without its private part"),
        Some(_) => None,
    }
}

fn of_pem(alg: Algorithm, key: &str) -> Option<&'static str> {
    let marks = if alg == Algorithm::ES256 { P256 } else { RSA };
    let has = |mark: &&str| key.as_bytes().windows(mark.len()).any(|window| window == mark.as_bytes());
    (!marks.iter().any(has)).then_some("is a key of the wrong type for its algorithm")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Algorithm::{ES256, HS256, PS256, RS256};

    /// The beginnings of PKCS#8 keys: what names their kind.
    const RSA_PEM: &str = "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n";
    const P256_PEM: &str =
        "-----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w\\n-----END PRIVATE KEY-----";
    const P384_PEM: &str =
        "-----BEGIN PRIVATE KEY-----\nMIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGe\n-----END PRIVATE KEY-----";

    #[test]
    fn a_key_of_its_algorithms_kind_passes() {
        for (alg, key) in [
            (RS256, RSA_PEM),
            (PS256, RSA_PEM),
            (ES256, P256_PEM),
            (HS256, "any secret"),
            (RS256, r#"{"kty":"RSA","n":"x","e":"AQAB","d":"y"}"#),
            (ES256, r#" {"kty":"EC","crv":"P-256","x":"x","y":"y","d":"z"}"#),
            (HS256, r#"{"kty":"oct","k":"c2VjcmV0"}"#),
        ] {
            assert_eq!(complaint(alg, key), None, "{alg:?} {key}");
        }
    }

    #[test]
    fn what_tools_write_around_a_key_is_no_obstacle() {
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIBBAEqhkjOPQIBBggqhkjOPQMBBw\n-----END CERTIFICATE-----\n";
        for around in [
            "",
            "Bag Attributes\n    localKeyID: 01 02\nKey Attributes: <No Attributes>\n",
            certificate,
            "\u{feff}",
            "  ",
        ] {
            for (alg, key) in [(RS256, RSA_PEM), (ES256, P256_PEM)] {
                let key = format!("{around}{key}{around}");
                assert!(is_pem(&key) && complaint(alg, &key).is_none(), "{key}");
            }
            // What else is there says nothing of the key.
            assert!(complaint(ES256, &format!("{around}{RSA_PEM}{around}")).is_some());
        }
    }

    #[test]
    fn any_other_is_told_why() {
        for (alg, key, why) in [
            (ES256, RSA_PEM, "wrong type"),
            (ES256, P384_PEM, "wrong type"),
            (RS256, P256_PEM, "wrong type"),
            (HS256, RSA_PEM, "shared secret"),
            (HS256, "", "empty"),
            (RS256, "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "openssl"),
            (RS256, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "wrong type"),
            (RS256, "hunter2", "neither"),
            (RS256, "", "neither"),
            (RS256, "{", "not JSON"),
            (RS256, r#"{"kty":"EC","crv":"P-256","d":"z"}"#, "wrong type"),
            (ES256, r#"{"kty":"EC","crv":"P-384","d":"z"}"#, "wrong type"),
            (ES256, r#"{"kty":"EC","crv":"P-256"}"#, "private part"),
            (HS256, r#"{"kty":"RSA","d":"z"}"#, "wrong type"),
        ] {
            let found = complaint(alg, key).unwrap_or_default();
            assert!(found.contains(why), "{alg:?} {key}: {found}");
        }
    }
}
