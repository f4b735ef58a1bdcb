//! What a server says over and over, 64 KiB of it: libFuzzer's own time limit sees what is not linear.
//!
//! For the challenges `tests/linear.rs` counts.

use bearerkit::{HttpResponse, Timestamp, parse_challenges, parse_retry_after, read_jwt_dates};
use serde_json::json;

use super::client::{NOW, client};
use super::draw::Draw;

const SIZE: usize = 64 * 1024;

/// First byte: who reads it. Then what comes once before, as long as its first byte says; the rest is repeated.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let reader = draw.byte();
    let before = draw.piece();
    let piece = draw.text();
    if !piece.is_empty() {
        read(reader, &[before, piece.repeat(SIZE / piece.len())].concat());
    }
}

fn read(reader: u8, text: &str) {
    match reader % 6 {
        0 => drop(parse_challenges(text)),
        1 => drop(read_jwt_dates(text)),
        2 => drop(parse_retry_after(text, NOW)),
        3 => drop(Timestamp::from_rfc3339(text)),
        4 => answer(json!({}), text),
        _ => answer(json!({ "response": { "format": "form" } }), text),
    }
}

fn answer(profile: serde_json::Value, body: &str) {
    let response = HttpResponse { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() };
    let _ = client(profile).parse_token_response(&response, NOW, NOW);
}
