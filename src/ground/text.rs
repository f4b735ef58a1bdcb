//! Pieces of text. The standard library's searchers are compiled anew for each pattern and closure; what stands here by hand
//! says what it saves of the wasm module (gzip).

/// Appends one digit of base 16 at the most.
pub(crate) fn push_digit(out: &mut String, digit: u8, letters: u8) {
    out.push(char::from(if digit < 10 {
        b'0'.saturating_add(digit)
    } else {
        letters.saturating_add(digit.saturating_sub(10))
    }));
}

/// A number in decimal digits.
pub(crate) fn decimal(number: u64) -> String {
    itoa::Buffer::new().format(number).to_owned()
}

/// All decimal digits, as many as there may be; `None` for anything else, [`u64::MAX`] for what is too large.
pub(crate) fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && digits(text) == text.len();
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// How many decimal digits a text begins with.
pub(crate) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// How many ASCII letters a text begins with.
pub(crate) fn letters(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_alphabetic).count()
}

/// Where the first of these ASCII characters stands. By hand: 0.9 KB.
pub(crate) fn position(text: &str, characters: &str) -> Option<usize> {
    match characters.as_bytes() {
        [one] => text.bytes().position(|b| b == *one),
        several => text.bytes().position(|b| several.contains(&b)),
    }
}

/// Where a piece is in a text first. By hand: 0.7 KB.
pub(crate) fn place(text: &str, piece: &str) -> Option<usize> {
    text.as_bytes().windows(piece.len().max(1)).position(|window| window == piece.as_bytes())
}

/// Whether a piece is in a text.
pub(crate) fn holds(text: &str, piece: &str) -> bool {
    place(text, piece).is_some()
}

/// What stands before and behind the first of these ASCII characters. By hand: 1 KB.
pub(crate) fn split_once<'t>(text: &'t str, characters: &str) -> Option<(&'t str, &'t str)> {
    let at = position(text, characters)?;
    Some((text.get(..at)?, text.get(at.saturating_add(1)..)?))
}

/// The pieces between these ASCII characters, empty ones too. By hand: 1.2 KB.
pub(crate) fn split<'t>(text: &'t str, characters: &str) -> Vec<&'t str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((piece, after)) = split_once(rest, characters) {
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// Bytes as text, with U+FFFD for each that is none. By hand: 1 KB.
pub(crate) fn lossy(mut bytes: &[u8]) -> String {
    let mut out = String::new();
    loop {
        match core::str::from_utf8(bytes) {
            Ok(text) => {
                out.push_str(text);
                return out;
            }
            Err(error) => {
                let (good, bad) = bytes.split_at_checked(error.valid_up_to()).unwrap_or_default();
                out.push_str(core::str::from_utf8(good).unwrap_or_default());
                out.push(char::REPLACEMENT_CHARACTER);
                bytes = bad.get(1..).unwrap_or_default();
            }
        }
    }
}

pub(crate) fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// So many characters, with a space for each control character.
pub(crate) fn spaced(text: &str, limit: usize) -> String {
    text.chars().take(limit).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text with every occurrence of a piece replaced.
pub(crate) fn replace_piece(text: &str, piece: &str, by: &str) -> String {
    replace(text, &|rest| rest.strip_prefix(piece), by)
}

/// A text with every piece replaced. By hand: `str::replace` is 4 KB. `strip` gives what comes behind a piece, if its text begins with one.
pub(crate) fn replace(text: &str, strip: &dyn for<'t> Fn(&'t str) -> Option<&'t str>, by: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match strip(rest) {
            Some(after) if after.len() < rest.len() => {
                out.push_str(by);
                rest = after;
            }
            _ => {
                out.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_every_occurrence() {
        assert_eq!(replace_piece("é-abab-aba", "aba", "<>"), "é-<>b-<>");
        assert_eq!(replace_piece("abc", "", "<>"), "abc");
    }

    #[test]
    fn numbers_both_ways() {
        for n in [0, 7, 10, 1_234_567_890, u64::MAX] {
            assert_eq!(decimal(n), n.to_string());
            assert_eq!(number(&n.to_string()), Some(n));
        }
        assert_eq!(number("99999999999999999999999"), Some(u64::MAX));
        for text in ["", "-1", "+1", "1.5", " 1", "٣"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn splits() {
        assert_eq!(split("é=1,b;", ",;"), ["é=1", "b", ""]);
        assert_eq!(split("", ","), [""]);
        assert_eq!(split_once("a=b=c", "="), Some(("a", "b=c")));
        assert_eq!(split_once("abc", "="), None);
    }

    #[test]
    fn bytes_that_are_no_text() {
        for (bytes, text) in [
            (&b""[..], ""),
            ("é".as_bytes(), "é"),
            (b"a\xe9b\xff", "a\u{fffd}b\u{fffd}"),
            (b"\xf0\x9f", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(lossy(bytes), text);
        }
    }

    #[test]
    fn a_control_character_is_a_space() {
        assert_eq!(spaced("a\0b\u{7f}c\u{9f}é\nd", 8), "a b c é ");
        assert!(has_control("\u{80}") && !has_control("é\u{a0}"));
    }
}
