//! The parsers of challenges, dates and spans look at each byte a few times: counted, not measured.
//!
//! They are compiled here once more, on readers of text that count the bytes they look at.
#![cfg(not(target_arch = "wasm32"))]
#![allow(dead_code)] // this file uses its part

#[path = "../src"]
mod answer {
    #[path = "answer/challenge.rs"]
    #[allow(unreachable_pub)]
    pub(crate) mod challenge;
}
mod config {
    pub(crate) mod schema {
        pub(crate) fn is_token(b: u8) -> bool {
            crate::look(1);
            b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
        }
    }
}
#[path = "../src"]
mod ground {
    #[path = "ground/date.rs"]
    #[allow(unreachable_pub)]
    pub(crate) mod date;
    #[path = "ground/time.rs"]
    #[allow(unreachable_pub, missing_docs)]
    pub(crate) mod time;
    pub(crate) mod json {
        pub(crate) fn named<'p, T>(pairs: &'p [(String, T)], name: &str) -> Option<&'p T> {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value)
        }
    }
    pub(crate) mod text {
        pub(crate) fn decimal(number: u64) -> String {
            number.to_string()
        }

        pub(crate) fn holds(text: &str, piece: &str) -> bool {
            crate::look(text.len());
            text.contains(piece)
        }

        pub(crate) fn position(text: &str, characters: &str) -> Option<usize> {
            let at = text.bytes().position(|b| characters.bytes().any(|c| c == b));
            crate::look(at.map_or(text.len(), |at| at + 1));
            at
        }

        pub(crate) fn digits(text: &str) -> usize {
            counted(text.bytes().take_while(u8::is_ascii_digit).count())
        }

        pub(crate) fn letters(text: &str) -> usize {
            counted(text.bytes().take_while(u8::is_ascii_alphabetic).count())
        }

        fn counted(length: usize) -> usize {
            crate::look(length + 1);
            length
        }

        pub(crate) fn number(digits: &str) -> Option<u64> {
            crate::look(digits.len());
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| digits.parse().unwrap_or(u64::MAX))
        }

        pub(crate) fn split_once<'t>(text: &'t str, characters: &str) -> Option<(&'t str, &'t str)> {
            position(text, characters).map(|at| (&text[..at], &text[at + 1..]))
        }
    }
}

use std::cell::Cell;

thread_local! {
    static LOOKS: Cell<usize> = const { Cell::new(0) };
}

fn look(bytes: usize) {
    LOOKS.set(LOOKS.get() + bytes);
}

#[test]
fn challenges_are_read_in_linear_time() {
    let pieces = [
        "a,",
        "a=\"",
        "a=b,",
        "Bearer a=b ",
        "\\",
        "{",
        "Basic x==,",
        "Bearer realm=\"x\", ",
        "a ",
        "=",
        "é",
        "\"\\",
        "a b==, ",
        ", ",
        "\t",
        "a = b , ",
        "a=\"\\\"\" ,",
    ];
    for piece in pieces {
        for before in ["", "Bearer ", "Bearer a=", "Bearer a=\"", "Bearer abc"] {
            let header = [before, &piece.repeat(65_536 / piece.len())].concat();
            LOOKS.set(0);
            answer::challenge::parse_challenges(&header);
            let looks = LOOKS.get();
            assert!(looks <= 8 * header.len(), "{before}{piece}…: {looks} looks at {} bytes", header.len());
        }
    }
}

#[test]
fn dates_and_spans_are_read_in_linear_time() {
    let pieces =
        ["1", "a", " ", "Nov ", "1 ", "1:", ":1", "T2313", "+01", ".5", "1h", "1 hour ", "P", "T", "1d", "(", "-", "Z"];
    for piece in pieces {
        for before in ["", "Tue, 14 Nov 2023 23:13:20", "2023-11-14T23:13:20", "20231114T", "P1D", "PT", "1h", "15 "] {
            let text = [before, &piece.repeat(65_536 / piece.len())].concat();
            for is_date in [true, false] {
                LOOKS.set(0);
                let _ = if is_date {
                    ground::time::Timestamp::from_rfc3339(&text).is_some()
                } else {
                    ground::date::span(&text).is_some()
                };
                assert!(LOOKS.get() <= 16 * text.len(), "{before}{piece}…: {} looks", LOOKS.get());
            }
        }
    }
}
