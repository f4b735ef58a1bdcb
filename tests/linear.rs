//! The challenge parser looks at each byte a few times: counted, not measured.
//!
//! It is compiled here once more, on readers of text that count the bytes they look at.
#![cfg(not(target_arch = "wasm32"))]
#![allow(dead_code)] // this file uses its part

#[path = "../src/challenge.rs"]
#[allow(unreachable_pub)]
mod challenge;
mod json {
    pub(crate) fn named<'p, T>(pairs: &'p [(String, T)], name: &str) -> Option<&'p T> {
        pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}
mod schema {
    pub(crate) fn is_token(b: u8) -> bool {
        super::look(1);
        b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
    }
}
mod text {
    pub(crate) fn has(text: &str, character: &str) -> bool {
        position(text, character).is_some()
    }

    pub(crate) fn position(text: &str, characters: &str) -> Option<usize> {
        let at = text.bytes().position(|b| characters.bytes().any(|c| c == b));
        super::look(at.map_or(text.len(), |at| at + 1));
        at
    }

    pub(crate) fn lower(text: &str) -> String {
        super::look(text.len());
        text.to_ascii_lowercase()
    }

    pub(crate) fn push(out: &mut String, c: char) {
        super::look(c.len_utf8());
        out.push(c);
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
            challenge::parse_challenges(&header);
            let looks = LOOKS.get();
            assert!(looks <= 8 * header.len(), "{before}{piece}…: {looks} looks at {} bytes", header.len());
        }
    }
}
