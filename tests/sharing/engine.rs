//! The store of the fleet: one that compares, or one that lags from colo to colo and takes one write a second.
//!
//! What is sealed is modelled by a number: nobody can read it, forge it, or move it to another name. That the real seal keeps
//! this promise is for its own tests (pkg-template/stores, feature `seal`); so is S11, the scan of what is written.

use bearerkit::{Loaded, Sharing};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::plan::{LAG, pick};

/// What the judges know of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub generation: u64,
    pub at: u64,
    pub token: Option<String>,
    pub token_generation: u64,
    pub refresh: Option<String>,
    pub cooldown: Option<u64>,
    pub lease: Option<u64>,
}

impl Seen {
    fn of(text: &str) -> Self {
        let record: Value = serde_json::from_str(text).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Seen {
            generation: record["generation"].as_u64().unwrap_or(0),
            at: record["at"].as_u64().unwrap_or(0),
            token: text(&record["token"]["value"]),
            token_generation: record["token"]["generation"].as_u64().unwrap_or(0),
            refresh: text(&record["refresh"]),
            cooldown: record["cooldown"]["until"].as_u64(),
            lease: record["lease"]["by"].as_u64(),
        }
    }
}

#[derive(Debug)]
struct Sealed {
    text: String,
    is_ours: bool,
    seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Written,
    Outdone,
    /// More than one write a second.
    Limited,
}

/// How a store is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Down {
    /// It says so.
    Refuses,
    /// It says nothing.
    Hangs,
}

#[derive(Debug)]
pub struct Engine {
    sharing: Sharing,
    pub value: Option<String>,
    /// What each colo has cached, misses too, and until when.
    colos: Vec<Option<(Option<String>, u64)>>,
    written_at: Option<u64>,
    vault: Vec<Sealed>,
    /// All that was ever there.
    history: Vec<String>,
    pub down: Option<Down>,
    /// When somebody put something there that is not of this fleet.
    pub clobbered_at: u64,
}

impl Engine {
    pub fn new(sharing: Sharing, colos: usize) -> Self {
        Engine {
            sharing,
            value: None,
            colos: vec![None; colos],
            written_at: None,
            vault: Vec::new(),
            history: Vec::new(),
            down: None,
            clobbered_at: 0,
        }
    }

    pub fn seal(&mut self, text: &str) -> String {
        self.vault.push(Sealed { text: text.to_owned(), is_ours: true, seen: Seen::of(text) });
        format!("bk1.{}", self.vault.len() - 1)
    }

    fn sealed(&self, value: &str) -> Option<&Sealed> {
        let number: usize = value.strip_prefix("bk1.")?.parse().ok()?;
        self.vault.get(number).filter(|sealed| sealed.is_ours)
    }

    pub fn open(&self, value: Option<&str>) -> Loaded<'_> {
        match value {
            None => Loaded::Nothing,
            Some(value) => self.sealed(value).map_or(Loaded::Unreadable, |sealed| Loaded::Record(&sealed.text)),
        }
    }

    /// What the judges know of that value.
    pub fn seen(&self, value: Option<&str>) -> Option<&Seen> {
        value.and_then(|value| self.sealed(value)).map(|sealed| &sealed.seen)
    }

    pub fn now(&self) -> Option<&Seen> {
        self.seen(self.value.as_deref())
    }

    pub fn get(&mut self, colo: usize, now: u64) -> Option<String> {
        if self.sharing == Sharing::Atomic {
            return self.value.clone();
        }
        match &self.colos[colo] {
            Some((value, until)) if now < *until => value.clone(),
            _ => {
                self.colos[colo] = Some((self.value.clone(), now + LAG));
                self.value.clone()
            }
        }
    }

    pub fn set(&mut self, value: &str, over: Option<&str>, colo: usize, now: u64) -> Outcome {
        if self.sharing == Sharing::Atomic && self.value.as_deref() != over {
            return Outcome::Outdone;
        }
        if self.sharing == Sharing::Hint && self.written_at.is_some_and(|at| now < at + 1_000) {
            return Outcome::Limited;
        }
        self.written_at = Some(now);
        self.put(Some(value.to_owned()));
        self.colos[colo] = Some((self.value.clone(), now + LAG));
        Outcome::Written
    }

    fn put(&mut self, value: Option<String>) {
        self.history.extend(value.clone());
        self.value = value;
    }

    /// Somebody else writes there, or the disk does.
    pub fn clobber(&mut self, dice: &mut Rng, may_evict: bool, now: u64) -> String {
        self.clobbered_at = now;
        let what = dice.u32(if may_evict { 0 } else { 1 }..10);
        let value = match what {
            0 => None,
            1 => Some((0..dice.usize(0..40)).map(|_| dice.alphanumeric()).collect()),
            2 => Some("bk1.".into()),
            3 => Some("bk2.0".into()),
            4 => {
                // A record of another name does not open.
                let text = r#"{"generation":900,"token":{"generation":900,"value":"mk-F0REIGN-0"}}"#;
                self.vault.push(Sealed { text: text.into(), is_ours: false, seen: Seen::default() });
                Some(format!("bk1.{}", self.vault.len() - 1))
            }
            5 | 6 if !self.history.is_empty() => Some(self.history[dice.usize(..self.history.len())].clone()),
            _ => {
                let text = self.value.as_deref().and_then(|value| self.sealed(value)).map(|sealed| sealed.text.clone());
                let text = spoilt(&text.unwrap_or_default(), dice);
                // To the judges there is nothing in it.
                self.vault.push(Sealed { text, is_ours: true, seen: Seen::default() });
                Some(format!("bk1.{}", self.vault.len() - 1))
            }
        };
        self.put(value);
        format!("{:?}", self.value.as_deref().map(|value| self.open(Some(value))))
    }
}

/// A record that opens and must not be believed: as a bug in another version would write it.
fn spoilt(text: &str, dice: &mut Rng) -> String {
    let Ok(Value::Object(mut record)) = serde_json::from_str(text) else { return "{".into() };
    let wrong = [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!(1.5), json!(1e300), json!(true)];
    let wrong = wrong[dice.usize(..wrong.len())].clone();
    let year_2099 = json!(4_073_000_000_000_u64);
    match dice.u32(0..8) {
        0 => return text[..text.len() / 2].to_owned(),
        1 => {
            record.insert("generation".into(), wrong);
        }
        2 => {
            record.insert("at".into(), wrong);
        }
        3 if record.contains_key("token") => record["token"]["hard"] = year_2099,
        4 if record.contains_key("token") => record["token"]["value"] = json!("mk-T0KEN-0\r\nx-evil: 1"),
        5 if record.contains_key("token") => {
            let name = pick(dice, &["generation", "value", "sent", "lifetime", "hard"]);
            // Another value would be another token, which no seal lets in.
            record["token"][name] = if wrong == "x" { json!(7) } else { wrong };
        }
        6 if record.contains_key("cooldown") => record["cooldown"]["until"] = year_2099,
        7 if record.contains_key("lease") => record["lease"]["ms"] = json!(86_400_000),
        _ => return "[]".into(),
    }
    Value::Object(record).to_string()
}
