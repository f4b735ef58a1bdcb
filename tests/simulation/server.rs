//! The token server: what it grants, what it refuses, and the ways in which it fails.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearerkit::{HttpRequest, HttpResponse, Timestamp};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::clock::START;
use crate::plan::{Evidence, MARK, Plan, Rotation, pick, secret};

/// A token, as the server knows it. All times are true ones.
#[derive(Debug, Clone)]
pub struct Issued {
    pub value: String,
    pub life: u64,
    pub at: u64,
    pub expires: u64,
    pub is_revoked: bool,
}

/// What an answer means, whatever it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    Granted(usize),
    /// The same request may succeed later, after that advice.
    Transient(Option<Advice>),
    Refused,
    /// The refresh token of that number is no good any more.
    RefreshRefused(usize),
}

impl Truth {
    pub fn is_refusal(self) -> bool {
        matches!(self, Truth::Refused | Truth::RefreshRefused(_))
    }
}

/// A `Retry-After` that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    Seconds(u64),
    /// In seconds since the epoch; `clock` is what the server's clock shows.
    Date {
        at: u64,
        clock: u64,
    },
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub response: HttpResponse,
    pub truth: Truth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// 5xx and 408.
    Down,
    Busy,
    /// Nothing comes back.
    Silent,
    /// Blames the client's credentials.
    Refusing,
    /// Refuses the request for another reason.
    Strict,
    /// 200 with something that is no token answer.
    Babbling,
}

pub struct Server {
    pub mood: Mood,
    /// The oldest secret that is still good, and the newest one.
    pub secrets: (u32, u32),
    pub issued: Vec<Issued>,
    pub requests: u64,
    refresh_tokens: Vec<bool>,
    code_is_used: bool,
}

impl Server {
    pub fn new() -> Self {
        // The first refresh token is the one that the options of a client may name.
        let refresh_tokens = vec![true];
        let issued = Vec::new();
        Server { mood: Mood::Well, secrets: (0, 1), issued, requests: 0, refresh_tokens, code_is_used: false }
    }

    /// The token of that value.
    pub fn look_up(&self, value: &str) -> Option<usize> {
        value.rsplit('-').next()?.parse().ok()
    }

    pub fn revoke_all(&mut self) {
        self.issued.iter_mut().for_each(|token| token.is_revoked = true);
    }

    /// `None`: it never answers.
    pub fn serve(&mut self, plan: &Plan, request: &HttpRequest, now: u64, dice: &mut Rng) -> Option<Answer> {
        self.requests += 1;
        let clock = now.saturating_add_signed(plan.skew) / 1000;
        let body = request.body.as_ref().map(|body| body.expose()).unwrap_or_default();
        let shown = |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let echo = format!(
            "no {} with {} for {}",
            shown("client_secret").unwrap_or("secret"),
            shown("refresh_token").or(shown("code")).unwrap_or("nothing"),
            URL_SAFE_NO_PAD.encode(shown("client_secret").unwrap_or("app"))
        );
        let mut answer = match self.mood {
            Mood::Silent => return None,
            Mood::Down => down(pick(dice, &[500, 502, 503, 504, 408]), clock, dice),
            Mood::Busy => down(429, clock, dice),
            Mood::Refusing => refused(401, "invalid_client", &echo),
            Mood::Strict => match dice.u32(0..4) {
                0 => refused(400, "invalid_scope", &echo),
                1 => refused(403, "", &echo),
                2 => plain(404, "<html>no such page</html>", Truth::Refused),
                _ => refused(200, "unsupported_grant_type", &echo),
            },
            Mood::Babbling => babble(dice),
            Mood::Well => self.grant(plan, &shown, &echo, now, dice),
        };
        if plan.sends_date {
            answer.response.headers.push(("Date".into(), http_date(clock)));
        }
        Some(answer)
    }

    fn grant<'b>(
        &mut self,
        plan: &Plan,
        shown: &dyn Fn(&str) -> Option<&'b str>,
        echo: &str,
        now: u64,
        dice: &mut Rng,
    ) -> Answer {
        let (oldest, newest) = self.secrets;
        if shown("client_secret").is_some_and(|shown| !(oldest..=newest).any(|number| secret(number) == shown)) {
            return refused(401, "invalid_client", echo);
        }
        let mut next = None;
        if let Some(shown) = shown("refresh_token") {
            let number = self.look_up(shown).unwrap_or(usize::MAX);
            let is_honoured = match plan.rotation {
                Rotation::Never => false,
                Rotation::Sometimes => dice.bool(),
                Rotation::UntilDate => now < START + plan.storm / 2,
                _ => true,
            };
            if !is_honoured {
                return Answer { truth: Truth::RefreshRefused(number), ..refused_whim(echo, dice) };
            }
            if self.refresh_tokens.get(number) != Some(&true) {
                if plan.rotation == Rotation::Family {
                    self.refresh_tokens.fill(false);
                }
                let answer = refused(400, pick(dice, &["invalid_grant", "invalid_request"]), echo);
                return Answer { truth: Truth::RefreshRefused(number), ..answer };
            }
            if matches!(plan.rotation, Rotation::Strict | Rotation::Family) {
                self.refresh_tokens[number] = false;
                next = Some(self.refresh_token());
            }
        } else {
            if shown("code").is_some() && core::mem::replace(&mut self.code_is_used, true) {
                return refused(400, "invalid_grant", echo);
            }
            next = (plan.rotation != Rotation::None).then(|| self.refresh_token());
        }
        let number = self.token(plan, now, dice);
        let mut body = self.body(plan, number, now);
        if let Some(refresh_token) = next {
            body["refresh_token"] = json!(refresh_token);
        }
        plain(200, &body.to_string(), Truth::Granted(number))
    }

    fn refresh_token(&mut self) -> String {
        self.refresh_tokens.push(true);
        format!("{MARK}R3FR-{}", self.refresh_tokens.len() - 1)
    }

    fn token(&mut self, plan: &Plan, now: u64, dice: &mut Rng) -> usize {
        if let Some(last) = self.issued.last() {
            let is_good = !last.is_revoked && last.expires > now + 15_000;
            if plan.same_again && is_good {
                return self.issued.len() - 1;
            }
        }
        let life = pick(dice, &plan.lives);
        // What servers do: `exp` is a whole number.
        let clock = now.saturating_add_signed(plan.skew);
        let exp = clock / 1000 + life;
        let number = self.issued.len();
        let claims = match plan.evidence {
            Evidence::Jwt => Some(json!({ "exp": exp, "iat": clock / 1000 })),
            Evidence::Disagreeing => Some(json!({ "exp": exp, "iat": clock / 1000, "nbf": 0 })),
            Evidence::JwtWithoutIat => Some(json!({ "exp": exp })),
            _ => None,
        };
        let claims = claims.map(|claims| format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims.to_string())));
        let value = format!("{}{MARK}T0KEN-{number}", claims.unwrap_or_default());
        let expires = (exp * 1000).saturating_add_signed(-plan.skew);
        self.issued.push(Issued { value, life: life * 1000, at: now, expires, is_revoked: false });
        number
    }

    fn body(&self, plan: &Plan, number: usize, now: u64) -> Value {
        let token = &self.issued[number];
        let mut body = json!({ "access_token": token.value, "token_type": "Bearer" });
        let exp = token.expires.saturating_add_signed(plan.skew) / 1000;
        let left = exp.saturating_sub(now.saturating_add_signed(plan.skew) / 1000);
        body["expires_in"] = match plan.evidence {
            Evidence::Seconds => json!(left),
            Evidence::Text => json!(left.to_string()),
            Evidence::AbsoluteSeconds => json!(exp),
            Evidence::AbsoluteMillis => json!(exp * 1000),
            Evidence::Rfc3339 => json!(rfc3339(exp)),
            Evidence::Disagreeing => json!(left + 86_400),
            Evidence::Jwt | Evidence::JwtWithoutIat | Evidence::Nothing => Value::Null,
        };
        body
    }
}

fn down(status: u16, clock: u64, dice: &mut Rng) -> Answer {
    let (header, advice) = match dice.u32(0..9) {
        0 => ("0".to_owned(), Some(Advice::Seconds(0))),
        1 => ("3".to_owned(), Some(Advice::Seconds(3))),
        2 => (" 30 ".to_owned(), Some(Advice::Seconds(30))),
        3 => ("99999999999999999999".to_owned(), Some(Advice::Seconds(u64::MAX))),
        4 => (http_date(clock + 20), Some(Advice::Date { at: clock + 20, clock })),
        5 => (http_date(clock - 20), Some(Advice::Date { at: clock - 20, clock })),
        6 => ("in a while".to_owned(), None),
        7 => ("-5".to_owned(), None),
        _ => (String::new(), None),
    };
    let mut answer = plain(status, r#"{"error":"slow_down"}"#, Truth::Transient(advice));
    answer.response.headers.push(("Retry-After".into(), header));
    answer
}

fn refused(status: u16, error: &str, echo: &str) -> Answer {
    let body = json!({ "error": error, "error_description": echo });
    plain(status, &body.to_string(), Truth::Refused)
}

/// The ways in which servers say that this refresh token is not for this client.
fn refused_whim(echo: &str, dice: &mut Rng) -> Answer {
    match dice.u32(0..9) {
        0 => refused(400, "unauthorized_client", echo),
        1 => refused(400, "invalid_client", echo),
        2 => refused(401, "invalid_client", echo),
        3 => refused(401, "", echo),
        4 => refused(403, "access_denied", echo),
        5 => refused(400, "server_error", echo),
        6 => refused(200, "unsupported_grant_type", echo),
        7 => plain(200, r#"{"message":"no"}"#, Truth::Refused),
        _ => plain(404, "<html>no such page</html>", Truth::Refused),
    }
}

fn babble(dice: &mut Rng) -> Answer {
    let body = pick(
        dice,
        &[
            "",
            "{",
            "null",
            "[]",
            "<html>mk-T0KEN-0</html>",
            r#"{"access_token":""}"#,
            r#"{"access_token":"mk-T0KEN 0"}"#,
            r#"{"access_token":{"mk-T0KEN-0":1}}"#,
            r#"{"access_token":"mk-T0KEN-0","token_type":"mac"}"#,
            "{\"access_token\":\"mk-T0KEN\u{e9}\"}",
        ],
    );
    plain(pick(dice, &[200, 200, 302]), body, Truth::Refused)
}

fn plain(status: u16, body: &str, truth: Truth) -> Answer {
    Answer { response: HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() }, truth }
}

fn http_date(seconds: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// An HTTP date, put in another form.
fn rfc3339(seconds: u64) -> String {
    let date = http_date(seconds);
    let parts: Vec<&str> = date.split(' ').collect();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|month| *month == parts[2]).expect("a month") + 1;
    let text = format!("{}-{month:02}-{}T{}Z", parts[3], parts[1], parts[4]);
    assert_eq!(Timestamp::from_rfc3339(&text), Some(Timestamp::from_secs(seconds)));
    text
}
