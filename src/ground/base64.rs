//! Base64 in the two alphabets of RFC 4648.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// RFC 4648 §4, with padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// RFC 4648 §5, without padding.
pub(crate) fn encode_url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// RFC 4648 §5. By hand: the crate's decoder is 1 KB of wasm more. Padding is not allowed by RFC 7515 §2, and sent all the same.
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    if digits.len() < text.len() && text.len() & 3 > 0 {
        return None;
    }
    // Whole at once: what a vector grows out of is not wiped, and it may be of a key.
    let mut out = Vec::with_capacity(digits.len());
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in digits.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held = held.wrapping_add(6);
        if held >= 8 {
            held = held.wrapping_sub(8);
            out.push(bits.wrapping_shr(held) as u8);
        }
    }
    // What is left of the last digit is zero (RFC 4648 §3.5), and less than a digit.
    let left = bits & 1u32.wrapping_shl(held).wrapping_sub(1);
    (held < 6 && left == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_and_decodes() {
        for (bytes, standard, url) in [
            (&b""[..], "", ""),
            (b"f", "Zg==", "Zg"),
            (b"fo", "Zm8=", "Zm8"),
            (b"foo", "Zm9v", "Zm9v"),
            (b"\xfb\xff\xfe", "+//+", "-__-"),
        ] {
            assert_eq!(encode(bytes), standard);
            assert_eq!(encode_url(bytes), url);
            assert_eq!(decode_url(url).as_deref(), Some(bytes));
        }
        for length in 0..=255 {
            let bytes: Vec<u8> = (0..=length).rev().collect();
            assert_eq!(decode_url(&encode_url(&bytes)), Some(bytes));
        }
        assert_eq!(decode_url("Zg==").as_deref(), Some(&b"f"[..]));
        for bad in ["!", "Z", "Zh", "Zg=", "Zg===", "Zm8==", "Zg=a", "Z g", "+/+/", "Zm9v=", "é"] {
            assert_eq!(decode_url(bad), None, "{bad}");
        }
    }
}
