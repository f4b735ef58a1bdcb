//! Private keys in DER: of which type they are, and whether all of it is there.

/// The DER of object identifiers, by the type of the key that they name: RFC 8017 appendix C, RFC 5480 §2.1.1, RFC 8410 §3.
pub(crate) const TYPES: [(&str, &[u8]); 7] = [
    ("RSA", &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]),
    // By its own name, which WebCrypto does not read.
    ("RSA-PSS", &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]),
    ("P-256", &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
    ("P-384", &[0x2b, 0x81, 4, 0, 0x22]),
    ("P-521", &[0x2b, 0x81, 4, 0, 0x23]),
    ("secp256k1", &[0x2b, 0x81, 4, 0, 10]),
    ("Ed25519", &[0x2b, 0x65, 0x70]),
];

/// The type of a key in DER; `None` for what is none, or only a part of one.
pub(crate) fn key_type(label: &str, der: &[u8]) -> Option<&'static str> {
    let (key, after) = element(der, 0x30)?;
    if !after.is_empty() {
        return None;
    }
    let (_, inner) = element(key, 0x02)?;
    let named = match label {
        // RFC 8017 appendix A.1.2: the modulus, and seven numbers more.
        "RSA PRIVATE KEY" => {
            let mut inner = inner;
            for _ in 0..8 {
                inner = element(inner, 0x02)?.1;
            }
            return Some("RSA");
        }
        // RFC 5915 §3: the number, and which curve it is on.
        "EC PRIVATE KEY" => element(element(inner, 0x04)?.1, 0xa0)?.0,
        // RFC 5958 §2
        _ => {
            let (algorithm, inner) = element(inner, 0x30)?;
            element(inner, 0x04)?;
            algorithm
        }
    };
    let names = |oid: &[u8]| named.windows(oid.len()).any(|window| window == oid);
    Some(TYPES.iter().find(|(_, oid)| names(oid)).map_or("unknown", |(name, _)| *name))
}

/// What is in the first element, which has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length > 0x80 {
        let octets;
        (octets, rest) = rest.split_at_checked(length & 0x7f)?;
        length = octets.iter().fold(0, |length, octet| (length & 0xff_ffff) << 8 | usize::from(*octet));
    }
    if *found == tag { rest.split_at_checked(length) } else { None }
}
