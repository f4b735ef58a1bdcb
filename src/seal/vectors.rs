//! `tests/vectors/stores.json`, which JavaScript reads too (`tests/seal.test.mjs`): what needs a nonce, or a name of one's own.

use super::*;

fn vectors() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/stores.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect(path)).expect("JSON")
}

/// The vectors of one kind; the test that finds none would pass.
fn each(kind: &str) -> Vec<serde_json::Value> {
    let found = vectors()[kind].as_array().expect(kind).clone();
    assert!(found.len() > 1, "{kind}");
    found
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

/// A text, or `{ hex }`.
fn key(given: &serde_json::Value) -> Keys {
    let hex = || unhex(given["hex"].as_str().expect("hex"));
    Keys::derive(&given.as_str().map_or_else(hex, |text| text.as_bytes().to_vec()))
}

fn seal_for(name: &serde_json::Value, keys: &[serde_json::Value]) -> Seal {
    Seal { name: name.as_str().expect("a name").to_owned(), keys: keys.iter().map(key).collect() }
}

#[test]
fn the_identity_is_that_of_javascript() {
    for vector in each("identities") {
        let options = json::parse(&vector["options"].to_string()).expect("JSON");
        assert_eq!(identity(&options).unwrap().as_str(), vector["identity"], "{}", vector["what"]);
    }
}

#[test]
fn seals_as_javascript_does() {
    for vector in each("sealed") {
        let seal = seal_for(&vector["name"], core::slice::from_ref(&vector["key"]));
        let nonce = unhex(vector["nonce"].as_str().unwrap()).try_into().unwrap();
        let record = vector["record"].as_str().unwrap();
        let sealed = seal.seal_with(record, nonce).unwrap();
        assert_eq!(sealed, vector["sealed"], "{}", vector["what"]);
        assert_eq!(seal.open(&sealed).unwrap().expose(), record);
    }
}

#[test]
fn opens_what_javascript_opens_and_nothing_else() {
    for (kind, vector) in
        ["opens", "unopenable"].into_iter().flat_map(|kind| each(kind).into_iter().map(move |v| (kind, v)))
    {
        let seal = seal_for(&vector["name"], vector["keys"].as_array().unwrap());
        let opened = seal.open(vector["sealed"].as_str().unwrap());
        let expected = vector["record"].as_str().filter(|_| kind == "opens");
        assert_eq!(opened.as_ref().map(Secret::expose), expected, "{}", vector["what"]);
    }
}

#[test]
fn opens_nothing_that_was_changed() {
    let vector = &each("sealed")[0];
    let seal = seal_for(&vector["name"], core::slice::from_ref(&vector["key"]));
    let sealed = vector["sealed"].as_str().unwrap();
    for at in 0..sealed.len() {
        for other in ["A", "z", "0", ".", "é"].into_iter().filter(|other| *other != &sealed[at..=at]) {
            let changed = [&sealed[..at], other, &sealed[at + 1..]].concat();
            assert!(seal.open(&changed).is_none(), "{at}: {other}");
        }
    }
}

#[test]
fn what_is_no_text_does_not_open() {
    let vector = &each("sealed")[0];
    let seal = seal_for(&vector["name"], core::slice::from_ref(&vector["key"]));
    let aad = seal.additional(&seal.keys[0].id);
    let encrypted = seal.keys[0].cipher.encrypt(&[7; NONCE].into(), Payload { msg: b"\xff", aad: aad.as_bytes() });
    let bytes = [&[7; NONCE][..], &encrypted.unwrap()].concat();
    assert!(seal.open(&["bk1.", &seal.keys[0].id, ".", &encode_url(bytes)].concat()).is_none());
}

#[test]
fn of_two_keys_with_one_id_each_is_tried() {
    let vector = &each("sealed")[0];
    let mut seal = seal_for(&vector["name"], &[serde_json::json!("the other key, for tests"), vector["key"].clone()]);
    seal.keys[0].id = seal.keys[1].id.clone();
    let opened = seal.open(vector["sealed"].as_str().unwrap()).unwrap();
    assert_eq!(opened.expose(), vector["record"]);
}
