//! Base64 in the two alphabets of RFC 4648.
//!
//! By hand: the engine of the base64 crate, made for speed, is 5.5 KB of wasm, and this is a tenth of it.

/// What follows the letters and the digits in the alphabets of RFC 4648 §4 and §5.
const STANDARD: [u8; 2] = *b"+/";
const URL_SAFE: [u8; 2] = *b"-_";

/// RFC 4648 §4, with padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    let mut out = String::new();
    encode_to(&mut out, bytes.as_ref(), STANDARD);
    while out.len() & 3 > 0 {
        out.push('=');
    }
    out
}

/// RFC 4648 §5, without padding.
pub(crate) fn encode_url(bytes: impl AsRef<[u8]>) -> String {
    let mut out = String::new();
    encode_to(&mut out, bytes.as_ref(), URL_SAFE);
    out
}

fn encode_to(out: &mut String, bytes: &[u8], [minus, slash]: [u8; 2]) {
    let mut digit = |bits: u32| {
        let value = bits as u8 & 0x3f;
        let base = match value {
            0..26 => b'A',
            26..52 => b'a'.wrapping_sub(26),
            52..62 => b'0'.wrapping_sub(52),
            62 => minus.wrapping_sub(62),
            _ => slash.wrapping_sub(63),
        };
        out.push(char::from(base.wrapping_add(value)));
    };
    for group in bytes.chunks(3) {
        let mut bits = 0u32;
        for place in 0..3 {
            bits = bits << 8 | group.get(place).map_or(0, |byte| u32::from(*byte));
        }
        digit(bits >> 18);
        digit(bits >> 12);
        if group.len() > 1 {
            digit(bits >> 6);
        }
        if group.len() > 2 {
            digit(bits);
        }
    }
}

/// RFC 4648 §5. Padding is not allowed by RFC 7515 §2, and sent all the same.
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    if digits.len() < text.len() && text.len() & 3 > 0 {
        return None;
    }
    let mut out = Vec::new();
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
