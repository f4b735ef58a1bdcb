//! Suggests the known name that an unknown one was probably meant to be.

/// `; is "scope" meant?`, or nothing where no name is near.
pub(crate) fn meant(word: &str, names: &[&str]) -> String {
    nearest(word, names).map_or_else(String::new, |name| ["; is \"", name, "\" meant?"].concat())
}

/// The same name written in another way (`clientId`), else one that is a letter or two away.
pub(crate) fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    let word = plain(word);
    // Of a short word a letter or two may be anything.
    let (mut best, mut least) = (None, (word.len() / 3).min(2).saturating_add(1));
    for name in names {
        let plain = plain(name);
        while let Some(fewer) = least.checked_sub(1)
            && is_within(&word, &plain, fewer)
        {
            (best, least) = (Some(*name), fewer);
        }
    }
    best
}

/// Without what two people may write in two ways.
fn plain(name: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            plain.push(byte.to_ascii_lowercase());
        }
    }
    plain
}

/// Whether so many letters put in, taken out or changed make the other word. Two that are swapped count twice.
fn is_within(mut one: &[u8], mut other: &[u8], steps: usize) -> bool {
    while let ([a, after @ ..], [b, behind @ ..]) = (one, other)
        && a == b
    {
        (one, other) = (after, behind);
    }
    // The depth is that of the steps, whatever the words are.
    let Some(left) = steps.checked_sub(1) else { return one.is_empty() && other.is_empty() };
    let (after, behind) = (one.get(1..).unwrap_or_default(), other.get(1..).unwrap_or_default());
    is_within(after, other, left) || is_within(one, behind, left) || is_within(after, behind, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name() {
        let names = ["scope", "client_id", "environment", "base_url", "codeVerifier", "region"];
        for (word, near) in [
            ("scopes", Some("scope")),
            ("Scope", Some("scope")),
            ("clientId", Some("client_id")),
            ("CLIENT-ID", Some("client_id")),
            ("clinet_id", Some("client_id")),
            ("envirnment", Some("environment")),
            ("enviroment_", Some("environment")),
            ("baseURL", Some("base_url")),
            ("code_verfier", Some("codeVerifier")),
            ("regin", Some("region")),
            ("legions", Some("region")),
            ("sc", None),
            ("", None),
            ("tenant", None),
            ("url", None),
            ("sandbox_environment", None),
        ] {
            assert_eq!(nearest(word, &names), near, "{word}");
        }
        assert_eq!(meant("scopes", &names), "; is \"scope\" meant?");
        assert_eq!(meant("colour", &names), "");
    }

    #[test]
    fn long_words_are_no_trouble() {
        let long = "a".repeat(1 << 20);
        assert_eq!(nearest(&long, &[&format!("{long}b")[..], "a"]), Some(&format!("{long}b")[..]));
        assert_eq!(nearest(&long, &["b"]), None);
    }
}
