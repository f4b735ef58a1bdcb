//! Sealed records: the vectors that JavaScript reads too, and random options through both.
#![cfg(all(feature = "seal", not(target_arch = "wasm32")))]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use bearerkit::seal::{Seal, SealError, StoreKey};
use fastrand::Rng;
use serde_json::{Value, json};

fn path(name: &str) -> String {
    [env!("CARGO_MANIFEST_DIR"), "/tests/", name].concat()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text, `{ hex }`, or `null`.
fn key(given: &Value) -> Option<StoreKey> {
    match given {
        Value::Null => None,
        Value::String(text) => Some(StoreKey::new(text.as_str())),
        other => Some(StoreKey::new(unhex(other["hex"].as_str().expect("hex")))),
    }
}

#[test]
fn names_and_ids_are_those_of_javascript() {
    let vectors: Value = serde_json::from_str(&fs::read_to_string(path("vectors/stores.json")).unwrap()).unwrap();
    let identities = vectors["identities"].as_array().unwrap();
    assert!(identities.len() > 10);
    for vector in identities {
        let seal = Seal::new(&vector["options"].to_string(), key(&vector["key"])).unwrap();
        assert_eq!(seal.name(), vector["name"], "{}", vector["what"]);
        let sealed = seal.seal("{}").unwrap();
        assert_eq!(sealed.split('.').nth(1), vector["id"].as_str(), "{}", vector["what"]);
    }
}

const OPTIONS: &str = r#"{ "provider": "https://as.example/token", "name": "shop",
    "credentials": { "client_id": "app", "client_secret": "fake-secret-0123456789" } }"#;
const FIRST: &str = "the first key of two";
const SECOND: &str = "the second key of two";

fn sealed_by(key: StoreKey) -> Seal {
    Seal::new(OPTIONS, Some(key)).unwrap()
}

#[test]
fn a_key_is_rotated_by_three_deploys() {
    let deploys = [
        sealed_by(StoreKey::new(FIRST)),
        sealed_by(StoreKey::new(FIRST).with_other(SECOND)),
        sealed_by(StoreKey::new(SECOND).with_other(FIRST)),
        sealed_by(StoreKey::new(SECOND)),
    ];
    for (number, seals) in deploys.iter().enumerate() {
        let sealed = seals.seal("{}").unwrap();
        for (other, opens) in deploys.iter().enumerate() {
            // Two deploys at once are neighbours, and each opens what the other has sealed.
            let expected = match number {
                0 | 1 => other <= 2,
                _ => other >= 1,
            };
            assert_eq!(opens.open(&sealed).is_some(), expected, "sealed by deploy {number}, opened by {other}");
        }
        assert_eq!(seals.name(), deploys[0].name());
    }
}

#[test]
fn each_record_has_a_nonce_of_its_own() {
    let seal = sealed_by(StoreKey::new(FIRST));
    let mut nonces: Vec<String> =
        (0..500).map(|_| seal.seal("{}").unwrap().split('.').nth(2).unwrap()[..16].to_owned()).collect();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 500);
}

#[test]
fn a_record_that_is_too_large_is_refused_before_it_is_written() {
    let seal = sealed_by(StoreKey::new(FIRST));
    let most = (60 * 1024 - 13) * 3 / 4 - 28;
    let largest = "x".repeat(most);
    let sealed = seal.seal(&largest).unwrap();
    assert!(sealed.len() <= 60 * 1024);
    assert_eq!(seal.open(&sealed).unwrap().expose(), largest);
    assert_eq!(seal.seal(&"x".repeat(most + 3)), Err(SealError::TooLarge));
}

#[test]
fn nothing_secret_is_shown() {
    let key = StoreKey::new(FIRST);
    let seal = sealed_by(key.clone());
    let opened = seal.open(&seal.seal("fake-token").unwrap()).unwrap();
    for shown in [format!("{key:?}"), format!("{seal:?}"), format!("{opened:?}")] {
        assert!(!["fake", "first", "client_id"].iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}

/// The same options, keys and records through Node: one name, and each opens what the other has sealed.
#[test]
fn random_options_are_named_and_sealed_alike_in_javascript() {
    let seed = std::env::var("SEED").map_or_else(|_| any_seed(), |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    let mut draw = Draw(Rng::with_seed(seed));
    let cases: Vec<Case> = (0..400).map(|_| draw.case()).collect();
    let answers = ask_javascript(&cases);
    assert_eq!(answers.len(), cases.len());
    let mut refused = 0;
    for (case, answer) in cases.iter().zip(&answers) {
        let of = format!("SEED={seed} {}", case.options);
        let seal = match &case.seal {
            Ok(seal) => seal,
            Err(error) => {
                assert_eq!(less_the_remedy(error), answer["error"].as_str().map_or("", less_the_remedy), "{of}");
                refused += 1;
                continue;
            }
        };
        assert_eq!(answer["name"], seal.name(), "{of} {answer}");
        assert_eq!(answer["opened"], case.record.as_str(), "{of}");
        let opened = seal.open(answer["sealed"].as_str().expect("text")).expect("what JavaScript has sealed");
        assert_eq!(opened.expose(), case.record, "{of}");
    }
    assert!((20..200).contains(&refused), "SEED={seed} {refused} of {} refused", cases.len());
}

#[allow(clippy::disallowed_methods)] // another one each time
fn any_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    now.as_nanos() as u64
}

/// What to write instead is another thing in each language.
fn less_the_remedy(message: &str) -> &str {
    message.rsplit_once("; ").map_or(message, |(what, _)| what)
}

struct Case {
    options: String,
    keys: Vec<Vec<u8>>,
    record: String,
    seal: Result<Seal, String>,
}

fn ask_javascript(cases: &[Case]) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg(path("seal/javascript.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs node");
    let mut input = node.stdin.take().expect("a pipe");
    let lines: Vec<String> = cases.iter().map(question).collect();
    let writes = std::thread::spawn(move || lines.iter().try_for_each(|line| writeln!(input, "{line}")));
    let answers = BufReader::new(node.stdout.take().expect("a pipe")).lines();
    let answers = answers.map(|line| serde_json::from_str(&line.expect("a line")).expect("JSON")).collect();
    writes.join().expect("no panic").expect("node reads all of it");
    assert!(node.wait().expect("node ends").success());
    answers
}

fn question(case: &Case) -> String {
    let keys: Vec<String> = case.keys.iter().map(|key| hex(key)).collect();
    let sealed = case.seal.as_ref().ok().map(|seal| seal.seal(&case.record).expect("it is small"));
    json!({ "options": case.options, "keys": keys, "record": case.record, "sealed": sealed }).to_string()
}

/// Draws options as JSON texts, in all the ways to write one.
struct Draw(Rng);

impl Draw {
    fn case(&mut self) -> Case {
        let is_named = self.0.bool();
        let options = self.options(is_named);
        let keys: Vec<Vec<u8>> = (0..self.0.usize(0..=2)).map(|_| self.key()).collect();
        let key = match &keys[..] {
            [] => None,
            [one] => Some(StoreKey::new(one.clone())),
            [one, other, ..] => Some(StoreKey::new(one.clone()).with_other(other.clone())),
        };
        let seal = Seal::new(&options, key).map_err(|error| error.to_string());
        Case { options, keys, record: self.characters(), seal }
    }

    /// Sometimes one that is too short.
    fn key(&mut self) -> Vec<u8> {
        let length = if self.0.u8(..20) == 0 { self.0.usize(..16) } else { 16 + self.0.usize(..40) };
        (0..length).map(|_| self.0.u8(..)).collect()
    }

    fn options(&mut self, is_named: bool) -> String {
        let mut members = vec![("provider".to_owned(), self.provider())];
        if self.0.u8(..10) > 0 {
            members.push(("credentials".to_owned(), self.credentials()));
        }
        if is_named {
            members.push(("name".to_owned(), self.text()));
        }
        for known in
            ["scope", "patience", "timeout", "refreshMargin", "origins", "defaultLifetime", "grant", "variables"]
        {
            if self.0.u8(..3) == 0 {
                members.push((known.to_owned(), self.known(known)));
            }
        }
        for _ in 0..self.0.usize(..4) {
            // None that the code knows: what these have to be is said above.
            members.push((["x-", &self.name()].concat(), self.value(3)));
        }
        self.object(members)
    }

    fn known(&mut self, name: &str) -> String {
        match name {
            "scope" if self.0.u8(..4) == 0 => self.value(2),
            "scope" if self.0.bool() => self.scope(),
            "scope" | "origins" => {
                let items = (0..self.0.usize(..4)).map(|_| self.scope()).collect::<Vec<_>>();
                ["[", &items.join(","), "]"].concat()
            }
            "grant" => {
                let kind = format!("\"{}\"", self.pick(&["password", "client_credentials", "refresh_token"]));
                let members = [("type", kind), ("username", self.text()), ("password", self.text())];
                self.object(members.map(|(name, value)| (name.to_owned(), value)).into())
            }
            "variables" => {
                let members = (0..self.0.usize(..4)).map(|_| (self.name(), self.text())).collect();
                self.object(members)
            }
            _ => self.number(),
        }
    }

    fn scope(&mut self) -> String {
        let scopes: Vec<&str> =
            (0..self.0.usize(..5)).map(|_| self.pick(&["read", "write", "", "～", "😀", "a\\tb", "Read"])).collect();
        format!("\"{}\"", scopes.join(" "))
    }

    fn provider(&mut self) -> String {
        if self.0.bool() {
            return "\"https:\\/\\/as.example\\/token\"".to_owned();
        }
        let mut members: Vec<(String, String)> =
            ["$schema", "documentation", "name", "token_endpoint"].map(|name| (name.to_owned(), self.text())).into();
        members.push((self.name(), self.value(3)));
        self.object(members)
    }

    fn credentials(&mut self) -> String {
        let one = |draw: &mut Self| {
            let length = draw.0.usize(10..60);
            let secret: String = (0..length).map(|_| draw.character()).collect();
            let mut members = vec![("client_secret".to_owned(), draw.written(&secret))];
            for name in ["client_id", "username", "private_key"] {
                if draw.0.bool() {
                    members.push((name.to_owned(), draw.text()));
                }
            }
            draw.object(members)
        };
        match self.0.u8(..10) {
            // What no client takes.
            0 => self.pick(&["null", "true", "5", "[null]"]).to_owned(),
            1 => format!("[{}]", one(self)),
            2 | 3 => format!("[{}, {}]", one(self), one(self)),
            _ => one(self),
        }
    }

    fn value(&mut self, depth: usize) -> String {
        match self.0.u8(..if depth == 0 { 4 } else { 6 }) {
            0 => self.pick(&["true", "false", "null"]).to_owned(),
            1 => self.text(),
            2 | 3 => self.number(),
            4 => {
                let items: Vec<String> = (0..self.0.usize(..4)).map(|_| self.value(depth - 1)).collect();
                format!("[{}]", items.join(self.pick(&[",", " ,\n"])))
            }
            _ => {
                let members = (0..self.0.usize(..6)).map(|_| (self.name(), self.value(depth - 1))).collect();
                self.object(members)
            }
        }
    }

    fn object(&mut self, mut members: Vec<(String, String)>) -> String {
        self.0.shuffle(&mut members);
        let members: Vec<String> = members
            .into_iter()
            .map(|(name, value)| format!("{}{}{value}", self.written(&name), self.pick(&[":", ": ", "\t:\r\n"])))
            .collect();
        format!("{{{}}}", members.join(self.pick(&[",", ", "])))
    }

    /// Any double, and the edges at which JavaScript changes the form.
    fn number(&mut self) -> String {
        let sign = self.pick(&["", "-"]);
        match self.0.u8(..7) {
            // Halfway between two of 17 digits: there Rust and JavaScript print different ones.
            6 => format!("{sign}{}.{}", self.0.u64(1 << 50..1 << 51), self.pick(&["25", "75", "125", "5"])),
            0 => format!("{sign}{}", self.0.u64(..)),
            1 => format!("{sign}{}", self.0.u32(..2000)),
            2 => format!("{sign}{}{}{}", self.0.u64(..), self.pick(&["e", "E+", "e-"]), self.0.u32(..40)),
            3 => format!("{sign}{}.{:03}0e{}", self.0.u8(..10), self.0.u32(..1000), self.0.i32(-12..26)),
            4 => format!("{sign}0.{}{}", "0".repeat(self.0.usize(..9)), self.0.u64(..)),
            _ => {
                let double = f64::from_bits(self.0.u64(..));
                if double.is_finite() { format!("{double:e}") } else { "5e-324".to_owned() }
            }
        }
    }

    fn name(&mut self) -> String {
        let known = [
            "a",
            "A",
            "aa",
            "10",
            "9",
            "",
            "__proto__",
            "constructor",
            "toString",
            "name",
            "～",
            "😀",
            "é",
            "\u{e000}",
        ];
        if self.0.bool() { self.pick(&known).to_owned() } else { self.characters() }
    }

    fn text(&mut self) -> String {
        let characters = self.characters();
        self.written(&characters)
    }

    fn characters(&mut self) -> String {
        (0..self.0.usize(..12)).map(|_| self.character()).collect()
    }

    fn character(&mut self) -> char {
        match self.0.u8(..5) {
            0 => char::from(self.0.u8(..0x20)),
            1 => self.pick(&[
                '"',
                '\\',
                '/',
                '\u{7f}',
                '\u{85}',
                '\u{2028}',
                '\u{feff}',
                '\u{fffd}',
                '\u{ffff}',
                '😀',
                '\u{10ffff}',
            ]),
            2 => self.0.char(..),
            _ => self.0.alphanumeric(),
        }
    }

    /// As a JSON string: each character as it is, or escaped in one of the ways there are.
    fn written(&mut self, text: &str) -> String {
        let mut out = String::from("\"");
        for c in text.chars() {
            let must_escape = c < '\x20' || c == '"' || c == '\\';
            if !must_escape && self.0.u8(..8) > 0 {
                out.push(c);
                continue;
            }
            let short = "\u{8}\t\n\u{c}\r\"\\/".find(c).map(|at| &"btnfr\"\\/"[at..=at]);
            match short.filter(|_| self.0.bool()) {
                Some(short) => out.extend(["\\", short]),
                None => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                    out.push_str(&if self.0.bool() { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") });
                }),
            }
        }
        out.push('"');
        out
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.0.usize(..from.len())]
    }
}
