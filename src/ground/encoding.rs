//! The encodings in which text travels: percent, form, Basic. By hand: the percent-encoding crate is 2.1 KB of wasm more.

use crate::ground::text::{lossy, push_digit};

/// RFC 3986 §2.3: what is never percent-encoded, beside letters and digits.
const UNRESERVED: &str = "-._~";

/// The form serializer of the URL standard, but for the comma: Fusio's document shows its scopes joined by bare commas,
/// and a decoder reads `,` and `%2C` alike.
const FORM: &str = "*-._,+";

/// The same to the letter, since the halves of Basic credentials are compared by servers that decode nothing.
const BASIC: &str = "*-._+";

pub(crate) fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    encode(text, UNRESERVED, &mut out);
    out
}

/// `application/x-www-form-urlencoded`, one name or value (RFC 6749 appendix B).
pub(crate) fn form_encode(text: &str) -> String {
    let mut out = String::new();
    encode(text, FORM, &mut out);
    out
}

/// One half of Basic credentials, as RFC 6749 §2.3.1 wants it.
pub(crate) fn basic_encode(text: &str) -> String {
    let mut out = String::new();
    encode(text, BASIC, &mut out);
    out
}

/// `kept`: the punctuation that stays as it is. A `+` at its end stands for the space instead (the form encoding).
fn encode(text: &str, kept: &str, out: &mut String) {
    let (kept, plus) = kept.strip_suffix('+').map_or((kept, false), |kept| (kept, true));
    for byte in text.bytes() {
        if byte == b' ' && plus {
            out.push('+');
        } else if byte.is_ascii_alphanumeric() || kept.bytes().any(|k| k == byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            push_digit(out, byte >> 4, b'A');
            push_digit(out, byte & 0xf, b'A');
        }
    }
}

/// What a form says of one name or value. A bad sequence becomes U+FFFD, which no token may hold.
pub(crate) fn form_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match hex(*high, *low) {
                Some(byte) => {
                    rest = after;
                    byte
                }
                None => b'%',
            },
            (other, _) => *other,
        });
    }
    lossy(&bytes)
}

/// Two digits of base 16.
pub(crate) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_encoding() {
        assert_eq!(form_encode("a b&c=é+,~*"), "a+b%26c%3D%C3%A9%2B,%7E*");
        assert_eq!(basic_encode("a b&c=é+,~*"), "a+b%26c%3D%C3%A9%2B%2C%7E*");
        assert_eq!(form_decode("a+b%26c%3d%C3%A9%2B,%7E*"), "a b&c=é+,~*");
        assert_eq!(form_decode("100%,%zz%4"), "100%,%zz%4");
        assert_eq!(form_decode("%ff"), "\u{fffd}");
    }
}
