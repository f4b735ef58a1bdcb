//! Sealed records: whatever lies in the store opens as what was sealed, or not at all.

use std::sync::OnceLock;

use bearerkit::seal::{Seal, StoreKey};

use super::draw::Draw;

/// First byte: the rest is a text that somebody has put there, or a record, and what becomes of it in the store.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let [seal, other_name, other_key] = seals();
    if draw.below(2) == 0 {
        let text = draw.text();
        // libFuzzer puts back what it saw in a comparison, so that some of it was sealed here.
        if let Some(record) = seal.open(&text) {
            let bytes = 12 + record.expose().len() + 16;
            assert_eq!(text.len(), "bk1.01234567.".len() + (bytes * 8).div_ceil(6), "{text}");
            assert!(other_name.open(&text).is_none() && other_key.open(&text).is_none());
        }
        return;
    }
    let record = draw.piece();
    let sealed = seal.seal(&record).expect("it is small");
    assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)), "{sealed}");
    assert_eq!(seal.open(&sealed).expect("as it was sealed").expose(), record);
    assert!(other_name.open(&sealed).is_none() && other_key.open(&sealed).is_none());
    let changed = changed(&sealed, draw);
    assert_eq!(seal.open(&changed).is_some(), changed == sealed, "{sealed} {changed}");
}

/// Bits are flipped, bytes taken out and put in.
fn changed(sealed: &str, mut draw: Draw<'_>) -> String {
    let mut bytes = sealed.as_bytes().to_vec();
    while !draw.is_empty() {
        let (what, at) = (draw.below(4), usize::from(draw.byte()) << 8 | usize::from(draw.byte()));
        let at = at % (bytes.len() + 1);
        match what {
            0 => bytes.insert(at, draw.byte()),
            1 => bytes.truncate(at.max(bytes.len().saturating_sub(3))),
            _ if at == bytes.len() => {}
            2 => drop(bytes.remove(at)),
            _ => bytes[at] ^= 1 << draw.below(8),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One client's, that of a client with another name, and one with another key.
fn seals() -> &'static [Seal; 3] {
    static SEALS: OnceLock<[Seal; 3]> = OnceLock::new();
    SEALS.get_or_init(|| {
        [("one", "the key of these records"), ("two", "the key of these records"), ("one", "another key than theirs")]
            .map(|(name, key)| {
                let options = format!(r#"{{ "provider": "https://as.example/token", "name": "{name}" }}"#);
                Seal::new(&options, Some(StoreKey::new(key))).expect("good options")
            })
    })
}
