//! Removes our secrets from texts that others wrote.

use crate::ground::base64;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::encoding::{basic_encode, hex, percent_encode};
use crate::ground::text::{replace, replace_piece, spaced};

/// The values that must not be shown.
#[derive(Default)]
pub(crate) struct Secrets<'s>(Vec<&'s str>);

impl Credentials {
    /// Those of them that must not be shown.
    pub(crate) fn secrets(&self) -> Secrets<'_> {
        let mut secrets = Secrets::default();
        secrets.add_named(&self.0);
        secrets
    }
}

impl<'s> Secrets<'s> {
    pub(crate) fn add(&mut self, secret: &'s str) {
        self.0.push(secret);
    }

    /// All except the ids: an id is not secret, and redacting a value such as `a` would make every sentence unreadable.
    pub(crate) fn add_named(&mut self, secrets: &'s [(String, Secret)]) {
        for (name, secret) in secrets {
            if !name.ends_with("id") {
                self.add(secret.expose());
            }
        }
    }

    /// The server's text, cut to `limit` characters, without control characters and without these secrets, plain or encoded.
    pub(crate) fn redact(&self, text: &str, further: &[Secret], limit: usize) -> String {
        // Nobody reads so many words, and they would be searched for every form of every secret.
        let mut clean = spaced(text, usize::MAX);
        if clean.len() > MAX_WORDS {
            return String::new();
        }
        for secret in &self.0 {
            redact_one(&mut clean, secret);
        }
        for secret in further {
            redact_one(&mut clean, &secret.0);
        }
        spaced(&clean, limit)
    }
}

const MAX_WORDS: usize = 16 * 1024;

const REDACTED: &str = "[redacted]";

fn redact_one(text: &mut String, secret: &str) {
    // No form of it is shorter: a piece of its Base64 lacks at most three characters, and a control character becomes one space.
    let length = secret.bytes().filter(|byte| byte & 0xc0 != 0x80).count(); // characters: `chars().count()` is 0.2 KB
    let shortest = length.min((length / 3).saturating_mul(4).saturating_sub(3));
    if secret.len() < 4 || text.len() < shortest {
        return;
    }
    let secret = spaced(secret, usize::MAX);
    let mut pieces = Vec::new();
    for plain in [&percent_encode(&secret), &basic_encode(&secret), &secret] {
        add_base64(&mut pieces, plain);
    }
    for piece in pieces {
        // The end of the secret is in what follows.
        *text = replace(text, &|rest| rest.strip_prefix(&*piece).map(after_base64), REDACTED);
    }
    *text = replace_piece(text, &secret, REDACTED);
    *text = replace(text, &|rest| strip_encoded(rest, &secret), REDACTED);
}

fn after_base64(text: &str) -> &str {
    let end = text.bytes().position(|b| !b.is_ascii_alphanumeric() && !b"+/-_=".contains(&b)).unwrap_or(text.len());
    text.get(end..).unwrap_or_default()
}

/// What comes behind the secret, if the text begins with it in any percent- or form-encoding, or escaped as in JSON.
fn strip_encoded<'t>(text: &'t str, secret: &str) -> Option<&'t str> {
    let mut rest = text.as_bytes();
    for byte in secret.bytes() {
        rest = match rest {
            [b'%', high, low, after @ ..] if hex(*high, *low) == Some(byte) => after,
            [b'\\', b'u', b'0', b'0', high, low, after @ ..] if hex(*high, *low) == Some(byte) => after,
            [b'\\', escaped, after @ ..] if *escaped == byte => after,
            [b'+', after @ ..] if byte == b' ' => after,
            // A host is shown in lower case.
            [same, after @ ..] if same.eq_ignore_ascii_case(&byte) => after,
            _ => return None,
        };
    }
    text.get(text.len().saturating_sub(rest.len())..)
}

/// What its Base64 is made of wherever it begins in a longer text, without the characters that its neighbours have a part in.
fn add_base64(pieces: &mut Vec<String>, text: &str) {
    for (before, shared) in [("", 0), ("\0", 2), ("\0\0", 3)] {
        let padded = [before, text].concat();
        let whole = (padded.len() / 3).saturating_mul(4);
        for encoded in [base64::encode(&padded), base64::encode_url(&padded)] {
            // Shorter ones are in every text.
            if let Some(piece) = encoded.get(shared..whole)
                && piece.len() > 3
            {
                pieces.push(piece.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_echoes_is_redacted_in_every_form() {
        let secret = "s3 cr+t/?%41\"\\";
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", secret);
        for echoed in [
            secret,
            "s3%20cr%2Bt%2F%3F%2541%22%5C",
            "s3%20cr%2bt%2f%3f%2541%22%5c",
            "s3+cr%2Bt%2F%3F%2541%22%5C",
            "s3%20cr+t/?%2541%22\\",
            r#"s3 cr+t\/?%41\"\\"#,
            r"s3\u0020cr\u002Bt/?%41\u0022\u005c",
        ] {
            let shown = credentials.secrets().redact(&format!("bad secret {echoed} for app"), &[], 512);
            assert_eq!(shown, "bad secret [redacted] for app", "{echoed}");
        }
        assert_eq!(credentials.secrets().redact("a\r\nb\0c", &[], 3), "a  ");
        assert_eq!(credentials.secrets().redact("s3 cr+t/?%4", &[], 512), "s3 cr+t/?%4");
        assert_eq!(credentials.secrets().redact(&"x".repeat(20_000), &[], 512), "");
    }

    #[test]
    fn nor_does_base64_hide_a_secret() {
        let secret = "s3 cr+t/?";
        let credentials = Credentials::new().with("client_secret", secret);
        for plain in [secret, "s3%20cr%2Bt%2F%3F", "s3+cr%2Bt%2F%3F"] {
            for around in ["", "a", "ab", "abc", "ab:"] {
                let text = format!("{around}{plain}{around}");
                for encoded in [base64::encode(&text), base64::encode_url(&text)] {
                    let shown = credentials.secrets().redact(&format!("({encoded})"), &[], 512);
                    let (before, after) = shown.split_once("[redacted]").expect("it is found");
                    // Of the first byte there may be half, in the character that it shares with what is before it.
                    assert!(before.len() <= 1 + (around.len() * 8).div_ceil(6), "{shown}");
                    assert_eq!(after, ")", "{shown}");
                }
            }
        }
    }
}
