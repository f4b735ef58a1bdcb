//! Base64 in the two alphabets of RFC 4648.
//!
//! By slices: the functions of the base64 crate that allocate hold an `expect`, and its message links the `Debug` of half the
//! standard library into the wasm module.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, NO_PAD, PAD};

const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PAD);

/// Padding is not allowed by RFC 7515 §2, and sent all the same.
const LENIENT: GeneralPurposeConfig = NO_PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// RFC 4648 §4, with padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    encode_with(&STANDARD, bytes.as_ref())
}

/// RFC 4648 §5, without padding.
pub(crate) fn encode_url(bytes: impl AsRef<[u8]>) -> String {
    encode_with(&URL_SAFE, bytes.as_ref())
}

#[inline(never)]
fn encode_with(engine: &GeneralPurpose, bytes: &[u8]) -> String {
    let mut out = vec![0; bytes.len().div_ceil(3).saturating_mul(4)];
    // The buffer is large enough, and what is written is ASCII.
    let written = engine.encode_slice(bytes, &mut out).unwrap_or(0);
    out.truncate(written);
    String::from_utf8(out).unwrap_or_default()
}

/// RFC 4648 §5, padded or not.
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    let mut out = vec![0; text.len().div_ceil(4).saturating_mul(3)];
    let written = URL_SAFE.decode_slice(text, &mut out).ok()?;
    out.truncate(written);
    Some(out)
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
        assert_eq!(decode_url("Zg==").as_deref(), Some(&b"f"[..]));
        for bad in ["!", "Z", "Zh", "Zg=a", "Z g"] {
            assert_eq!(decode_url(bad), None, "{bad}");
        }
    }
}
