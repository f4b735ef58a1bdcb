//! Checks early whether a key fits an assertion's algorithm, not at the first token request.

use zeroize::Zeroizing;

use crate::config::assertion::{Algorithm, Assertion};
use crate::config::client::ClientConfig;
use crate::config::der;
use crate::config::shape::RequestShape;
use crate::config::template::{Escape, names, render};
use crate::ground::base64;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::json;
use crate::ground::json::str_at;
use crate::ground::text::{holds, place, position};
use crate::ground::value::Value;

impl ClientConfig {
    /// Checks the keys among the credentials. For callers that sign with them: elsewhere, a key may be the name of one in a key store.
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the path of a key that its algorithm cannot use.
    pub fn check_keys(&self) -> Result<(), Error> {
        for credentials in &self.credentials {
            self.check_keys_among(credentials)?;
        }
        Ok(())
    }

    /// The same for credentials that a function returned.
    pub(crate) fn check_keys_among(&self, credentials: &Credentials) -> Result<(), Fault> {
        if self.has_signer() {
            return Ok(());
        }
        for step in 0..self.provider.steps() {
            self.check_key_of(self.provider.step(step), credentials)?;
        }
        self.check_key_of(self.provider.token(), credentials)?;
        self.check_key_of(self.provider.refresh(), credentials)
    }

    fn check_key_of(&self, shape: RequestShape<'_>, credentials: &Credentials) -> Result<(), Fault> {
        let Some(assertion) = shape.assertion().filter(|assertion| assertion.token().is_none()) else { return Ok(()) };
        let is_template = !names(assertion.key()).is_empty();
        let path = if is_template { shape.path("assertion.key") } else { ["credentials.", assertion.key()].concat() };
        let key = if is_template {
            let value = |name: &str| credentials.value(name).map(Secret::expose).or_else(|| self.variable(name));
            render(assertion.key(), Escape::None, &|name| value(name).map(Into::into)).ok().map(Secret::new)
        } else {
            credentials.value(assertion.key()).cloned()
        };
        let Some(key) = key else { return Ok(()) };
        let wrong = match assertion.decoded(&key) {
            Ok(key) => complaint(assertion.alg(), key.expose()),
            Err(reason) => Some(reason.to_owned()),
        };
        wrong.map_or(Ok(()), |reason| Err(Error::options(&path, &[&reason])))
    }
}

impl Assertion<'_> {
    /// The key as it is signed with. A shared secret that is encoded becomes a JWK, which can hold any bytes.
    ///
    /// # Errors
    /// What is wrong with the encoding.
    pub(crate) fn decoded(&self, key: &Secret) -> Result<Secret, &'static str> {
        let text = key.expose().trim_ascii();
        let (bytes, wrong) = match self.key_encoding() {
            Some("hex") => (hex(text), "is not hexadecimal, as assertion.key_encoding says"),
            Some(_) => (decoded(text), "is not base64, as assertion.key_encoding says"),
            None => return Ok(key.clone()),
        };
        let bytes = Zeroizing::new(bytes.filter(|bytes| !bytes.is_empty()).ok_or(wrong)?);
        let digits = Zeroizing::new(base64::encode_url(&*bytes));
        Ok(Secret::new(["{\"kty\":\"oct\",\"k\":\"", &digits, "\"}"].concat()))
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| (*byte as char).to_digit(16).map(|digit| digit as u8);
    let mut bytes = Vec::with_capacity(text.len());
    for pair in text.as_bytes().chunks(2) {
        let [high, low] = pair else { return None };
        bytes.push(digit(high)? << 4 | digit(low)?);
    }
    Some(bytes)
}

/// Base64 of either alphabet, with line breaks or with what is written for them: `\n`.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'+' => digits.push('-'),
            b'/' => digits.push('_'),
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => digits.push(byte as char),
        }
    }
    base64::decode_url(&digits)
}

const BEGIN: &str = "-----BEGIN ";
const ENCRYPTED: &str = "is encrypted; decrypt it using `openssl pkey -in key.pem -out plain.pem`";

/// What is wrong with a key: PEM (PKCS#8, PKCS#1, SEC 1), a JWK (RFC 7517), or for HS256 and its like a secret. Around the PEM block
/// may stand what tools write there: Bag Attributes, certificates, a byte order mark.
pub(crate) fn complaint(alg: Algorithm, key: &str) -> Option<String> {
    match found(alg, key.trim_ascii()) {
        Err(reason) => Some(reason.to_owned()),
        Ok(found) if found == alg.key_type() => None,
        Ok(found) => {
            Some(["is a key of type ", found, ", but ", alg.name(), " needs one of type ", alg.key_type()].concat())
        }
    }
}

/// The type of a key, or what is wrong with it.
fn found(alg: Algorithm, key: &str) -> Result<&str, &'static str> {
    if key.starts_with('{') {
        return of_jwk(alg, key);
    }
    match block(key) {
        _ if key.is_empty() => Err("is empty"),
        Some(_) if alg.is_symmetric() => Err("is a PEM key, but its algorithm needs a shared secret"),
        Some((label, text)) => of_pem(label, text),
        None if alg.is_symmetric() => Ok("oct"),
        None => Err("is neither PEM nor a JWK"),
    }
}

/// Whether a text holds PEM.
pub(crate) fn is_pem(text: &str) -> bool {
    holds(text, BEGIN)
}

/// The label and the text of the first private key, else of whatever there is.
fn block(mut text: &str) -> Option<(&str, &str)> {
    let mut first = None;
    while let Some(at) = place(text, BEGIN) {
        text = text.get(at.saturating_add(BEGIN.len())..)?;
        let (label, inner) = text.split_at_checked(position(text, "-")?)?;
        let inner = inner.get("-----".len()..)?;
        let found = (label, inner.get(..place(inner, "-----").unwrap_or(inner.len()))?);
        if label.ends_with("PRIVATE KEY") {
            return Some(found);
        }
        first = first.or(Some(found));
    }
    first
}

fn of_pem(label: &str, text: &str) -> Result<&'static str, &'static str> {
    match label {
        "ENCRYPTED PRIVATE KEY" => return Err(ENCRYPTED),
        "OPENSSH PRIVATE KEY" => return Err("is an OpenSSH key; convert it using `ssh-keygen -p -m PKCS8 -f key`"),
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {}
        _ if label.ends_with("PRIVATE KEY") => {
            return Err("is a private key of another kind; convert it using `openssl pkey -in key.pem -out plain.pem`");
        }
        _ => return Err("is a public key or a certificate; give the private key that belongs to it"),
    }
    if holds(text, "ENCRYPTED") {
        return Err(ENCRYPTED);
    }
    let der = decoded(text).map(Zeroizing::new);
    der.and_then(|der| der::key_type(label, &der)).ok_or("is incomplete or damaged; give all of it, from BEGIN to END")
}

fn of_jwk(alg: Algorithm, key: &str) -> Result<&'static str, &'static str> {
    let Ok(jwk) = json::parse(key) else { return Err("begins like a JWK but is not JSON") };
    let member = |name| str_at(&jwk, name).unwrap_or_default();
    let wrong = "is a JWK of the wrong type for its algorithm";
    let wanted = alg.key_type();
    let (is_right, secret) = match member("kty") {
        // What JavaScript has in the place of a key that cannot be written down.
        "CryptoKey" => (
            Algorithm::of(member("alg"))
                .is_some_and(|own| own == alg || wanted == "Ed25519" && own.key_type() == wanted),
            "k",
        ),
        "oct" => (wanted == "oct", "k"),
        "RSA" => (wanted == "RSA", "d"),
        "EC" | "OKP" => (member("crv") == wanted, "d"),
        _ => (false, ""),
    };
    match jwk.as_object().and_then(|jwk| jwk.get(secret)) {
        _ if !is_right => Err(wrong),
        Some(Value::String(_)) => Ok(wanted),
        _ => Err("is a JWK without its private part"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::der::TYPES;
    use Algorithm::{ES256, ES384, ES512, Ed25519, EdDSA, HS256, HS512, PS256, PS384, PS512, RS256, RS384, RS512};

    const RSA: [Algorithm; 6] = [RS256, RS384, RS512, PS256, PS384, PS512];

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let head = match length {
            0..0x80 => vec![tag, length as u8],
            0x80..0x100 => vec![tag, 0x81, length as u8],
            _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        };
        [head, content.to_vec()].concat()
    }

    fn oid(kind: &str) -> Vec<u8> {
        tlv(6, TYPES.iter().find(|(name, _)| *name == kind).unwrap().1)
    }

    /// A key of that kind, its numbers all alike.
    fn der(label: &str, kind: &str) -> Vec<u8> {
        let number = |length| tlv(2, &vec![7; length]);
        let version = tlv(2, &[0]);
        let inner = match label {
            "RSA PRIVATE KEY" => [version, (0..8).flat_map(|_| number(128)).collect()].concat(),
            "EC PRIVATE KEY" => [tlv(2, &[1]), tlv(4, &[7; 66]), tlv(0xa0, &oid(kind)), tlv(0xa1, &[7; 20])].concat(),
            _ => {
                let of_curve = kind.starts_with("P-") || kind == "secp256k1";
                let family = if of_curve { tlv(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]) } else { vec![] };
                [version, tlv(0x30, &[family, oid(kind)].concat()), tlv(4, &[7; 138])].concat()
            }
        };
        tlv(0x30, &inner)
    }

    fn pem_of(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", base64::encode(der))
    }

    fn pem(label: &str, kind: &str) -> String {
        pem_of(label, &der(label, kind))
    }

    #[test]
    fn a_key_of_its_algorithms_kind_passes() {
        for (label, kind, algorithms) in [
            ("PRIVATE KEY", "RSA", &RSA[..]),
            ("RSA PRIVATE KEY", "RSA", &RSA),
            ("PRIVATE KEY", "P-256", &[ES256]),
            ("PRIVATE KEY", "P-384", &[ES384]),
            ("PRIVATE KEY", "P-521", &[ES512]),
            ("EC PRIVATE KEY", "P-256", &[ES256]),
            ("EC PRIVATE KEY", "P-384", &[ES384]),
            ("EC PRIVATE KEY", "P-521", &[ES512]),
            ("PRIVATE KEY", "Ed25519", &[EdDSA, Ed25519]),
            ("PRIVATE KEY", "secp256k1", &[]),
            ("PRIVATE KEY", "RSA-PSS", &[]),
        ] {
            for alg in Algorithm::NAMES.iter().filter_map(|name| Algorithm::of(name)) {
                let found = complaint(alg, &pem(label, kind));
                assert_eq!(found.is_none(), algorithms.contains(&alg), "{alg:?} {label} {kind}: {found:?}");
            }
        }
        for (alg, key) in [
            (HS256, "any secret"),
            (HS512, "any secret"),
            (RS256, r#"{"kty":"RSA","n":"x","e":"AQAB","d":"y"}"#),
            (ES512, r#" {"kty":"EC","crv":"P-521","x":"x","y":"y","d":"z"}"#),
            (EdDSA, r#"{"kty":"OKP","crv":"Ed25519","x":"x","d":"z"}"#),
            (HS256, r#"{"kty":"oct","k":"c2VjcmV0"}"#),
            (ES256, r#"{"kty":"CryptoKey","alg":"ES256","k":"1"}"#),
            (Ed25519, r#"{"kty":"CryptoKey","alg":"EdDSA","k":"1"}"#),
        ] {
            assert_eq!(complaint(alg, key), None, "{alg:?} {key}");
        }
    }

    #[test]
    fn what_tools_write_around_a_key_is_no_obstacle() {
        let certificate = pem_of("CERTIFICATE", &der("PRIVATE KEY", "P-384"));
        let parameters = pem_of("EC PARAMETERS", &oid("P-256"));
        for around in [
            "",
            "Bag Attributes\n    localKeyID: 01 02\nKey Attributes: <No Attributes>\n",
            &certificate,
            &parameters,
            "\u{feff}",
            "  ",
        ] {
            for (alg, label, kind) in [
                (RS256, "PRIVATE KEY", "RSA"),
                (ES256, "PRIVATE KEY", "P-256"),
                (ES256, "EC PRIVATE KEY", "P-256"),
                (RS256, "RSA PRIVATE KEY", "RSA"),
            ] {
                let key = format!("{around}{}{around}", pem(label, kind));
                for key in [key.replace('\n', "\\n"), key.replace('\n', "\\r\\n"), key.replace('\n', " \r\n  "), key] {
                    assert!(is_pem(&key) && complaint(alg, &key).is_none(), "{key}");
                    // What else is there says nothing of the key.
                    assert!(complaint(EdDSA, &key).is_some());
                }
            }
        }
    }

    #[test]
    fn any_other_is_told_why() {
        let rsa = pem("PRIVATE KEY", "RSA");
        let encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n";
        for (alg, key, why) in [
            (ES256, &*rsa, "is a key of type RSA, but ES256 needs one of type P-256"),
            (ES256, &*pem("EC PRIVATE KEY", "P-384"), "is a key of type P-384, but ES256 needs one of type P-256"),
            (RS256, &*pem("PRIVATE KEY", "P-256"), "is a key of type P-256, but RS256 needs one of type RSA"),
            (HS256, &*rsa, "shared secret"),
            (HS256, "", "empty"),
            (RS256, "", "empty"),
            (RS256, &*pem_of("RSA PRIVATE KEY", &der("PRIVATE KEY", "RSA")), "incomplete"),
            (RS256, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "incomplete"),
            (RS256, "-----BEGIN PRIVATE KEY-----\nnot base64!\n-----END PRIVATE KEY-----", "incomplete"),
            (RS256, "-----BEGIN PRIVATE KEY-----", "incomplete"),
            (RS256, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END", "openssl pkey -in"),
            (RS256, encrypted, "openssl pkey -in"),
            (EdDSA, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END", "ssh-keygen -p -m PKCS8"),
            (RS256, "-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END", "of another kind"),
            (RS256, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END", "public key"),
            (RS256, "hunter2", "neither"),
            (RS256, "{", "not JSON"),
            (RS256, r#"{"kty":"EC","crv":"P-256","d":"z"}"#, "wrong type"),
            (ES256, r#"{"kty":"EC","crv":"P-384","d":"z"}"#, "wrong type"),
            (ES256, r#"{"kty":"EC","crv":"P-256"}"#, "private part"),
            (HS256, r#"{"kty":"RSA","d":"z"}"#, "wrong type"),
            (RS256, r#"{"kty":"CryptoKey","alg":"PS256","k":"1"}"#, "wrong type"),
        ] {
            let found = complaint(alg, key).unwrap_or_default();
            assert!(found.contains(why), "{alg:?} {key}: {found}");
        }
    }

    #[test]
    fn a_key_that_was_cut_off_anywhere_is_told_so_and_never_shown() {
        for (label, kind, alg) in
            [("PRIVATE KEY", "P-256", ES256), ("EC PRIVATE KEY", "P-521", ES512), ("RSA PRIVATE KEY", "RSA", RS256)]
        {
            let whole = der(label, kind);
            for length in 0..whole.len() {
                let found = complaint(alg, &pem_of(label, &whole[..length])).unwrap_or_default();
                assert_eq!(found, "is incomplete or damaged; give all of it, from BEGIN to END", "{label} {length}");
            }
            let longer = [&*whole, &[0]].concat();
            assert!(complaint(alg, &pem_of(label, &longer)).is_some());
        }
    }

    #[test]
    fn an_encoded_secret_becomes_a_jwk() {
        let decoded = |encoding: &str, key: &str| {
            let given = crate::ground::value::json!({ "alg": "HS256", "key_encoding": encoding });
            let assertion = Assertion { given: &given, signs_with_secret: false };
            assertion.decoded(&Secret::new(key)).map(|key| key.expose().to_owned())
        };
        let jwk = |k: &str| Ok(format!("{{\"kty\":\"oct\",\"k\":\"{k}\"}}"));
        assert_eq!(decoded("utf8", "00ff"), Ok("00ff".to_owned()));
        assert_eq!(decoded("hex", "00fF10\n"), jwk("AP8Q"));
        assert_eq!(decoded("base64", "+/8="), jwk("-_8"));
        assert_eq!(decoded("base64url", "-_8"), jwk("-_8"));
        for (encoding, bad) in
            [("hex", "0"), ("hex", "0g"), ("hex", ""), ("base64", "a"), ("base64", "é"), ("base64url", "!!")]
        {
            assert!(decoded(encoding, bad).is_err_and(|reason| reason.contains(encoding.get(..3).unwrap())), "{bad}");
        }
    }
}
