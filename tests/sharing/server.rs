//! The token server: it rotates refresh tokens, with or without a grace period, and revokes the family of one that is shown again.

use std::time::{Duration, UNIX_EPOCH};

use bearerkit::{HttpRequest, HttpResponse};
use fastrand::Rng;
use serde_json::json;

use crate::plan::{Grant, MARK, Plan, Rotation, pick};

/// An access token. All times are true ones.
#[derive(Debug, Clone)]
pub struct Issued {
    pub value: String,
    pub expires: u64,
    pub is_revoked: bool,
    pub family: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Live,
    Rotated { at: u64 },
}

#[derive(Debug, Clone, Copy)]
struct RefreshToken {
    family: usize,
    state: State,
}

/// What an answer means, whatever it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// That access token, and the refresh token that came with it.
    Granted(usize, Option<usize>),
    /// The same request may succeed later, after so many ms.
    Transient(Option<u64>),
    Refused,
    RefreshRefused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    Down,
    Busy,
    Silent,
    /// Blames the client's credentials.
    Refusing,
}

pub struct Server {
    pub mood: Mood,
    pub issued: Vec<Issued>,
    pub requests: u64,
    refresh_tokens: Vec<RefreshToken>,
    /// Which families are dead.
    dead: Vec<bool>,
}

impl Server {
    pub fn new() -> Self {
        // The first refresh token is the one that the options may name.
        let refresh_tokens = vec![RefreshToken { family: 0, state: State::Live }];
        Server { mood: Mood::Well, issued: Vec::new(), requests: 0, refresh_tokens, dead: vec![false] }
    }

    pub fn look_up(value: &str) -> usize {
        value.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(usize::MAX)
    }

    /// The access token of that value, which this server must have issued.
    pub fn issued(&self, value: &str) -> Option<&Issued> {
        self.issued.get(Server::look_up(value)).filter(|issued| issued.value == value)
    }

    pub fn revoke_all(&mut self) {
        self.issued.iter_mut().for_each(|token| token.is_revoked = true);
    }

    /// Whether somebody may still refresh with that token.
    pub fn honours(&self, refresh_token: &str, plan: &Plan, now: u64) -> bool {
        let Some(token) = self.refresh_tokens.get(Server::look_up(refresh_token)) else { return false };
        let is_good = match (token.state, plan.rotation) {
            (State::Live, _) => true,
            (State::Rotated { at }, Rotation::Rotating { grace }) => now < at + grace,
            (State::Rotated { .. }, Rotation::Kept) => false,
        };
        is_good && !self.dead[token.family]
    }

    /// Whether the refresh token of the options leads to nothing any more.
    pub fn is_family_dead(&self) -> bool {
        self.dead[0]
    }

    /// `None`: it never answers.
    pub fn serve(
        &mut self,
        plan: &Plan,
        request: &HttpRequest,
        now: u64,
        dice: &mut Rng,
    ) -> Option<(HttpResponse, Truth)> {
        self.requests += 1;
        let (mut response, truth) = match self.mood {
            Mood::Silent => return None,
            Mood::Down => (plain(pick(dice, &[500, 502, 503]), "{}"), Truth::Transient(None)),
            Mood::Busy => {
                let wait = pick(dice, &[5_u64, 30, 60]);
                let mut response = plain(429, "{}");
                response.headers.push(("retry-after".into(), wait.to_string()));
                (response, Truth::Transient(Some(wait * 1000)))
            }
            Mood::Refusing => (plain(401, r#"{"error":"invalid_client"}"#), Truth::Refused),
            Mood::Well => self.grant(plan, request, now),
        };
        if plan.sends_date {
            let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(now / 1000));
            response.headers.push(("Date".into(), date));
        }
        Some((response, truth))
    }

    fn grant(&mut self, plan: &Plan, request: &HttpRequest, now: u64) -> (HttpResponse, Truth) {
        let (family, next) = match shown(request) {
            Some(shown) => {
                if !self.honours(&shown, plan, now) {
                    // Reuse: nobody knows who of the two is the thief.
                    if let Some(token) = self.refresh_tokens.get(Server::look_up(&shown)) {
                        self.kill(token.family);
                    }
                    return (plain(400, r#"{"error":"invalid_grant"}"#), Truth::RefreshRefused);
                }
                let number = Server::look_up(&shown);
                let family = self.refresh_tokens[number].family;
                let next = plan.rotates().then(|| {
                    if self.refresh_tokens[number].state == State::Live {
                        self.refresh_tokens[number].state = State::Rotated { at: now };
                    }
                    self.refresh_token(family)
                });
                (Some(family), next)
            }
            None if plan.grant == Grant::Both => {
                self.dead.push(false);
                let family = self.dead.len() - 1;
                (Some(family), Some(self.refresh_token(family)))
            }
            None => (None, None),
        };
        let number = self.issued.len();
        let value = format!("{MARK}T0KEN-{number}");
        self.issued.push(Issued { value: value.clone(), expires: now + plan.life, is_revoked: false, family });
        let mut body = json!({ "access_token": value, "token_type": "Bearer", "expires_in": plan.life / 1000 });
        if let Some(next) = next {
            body["refresh_token"] = json!(format!("{MARK}R3FR-{next}"));
        }
        (plain(200, &body.to_string()), Truth::Granted(number, next))
    }

    fn kill(&mut self, family: usize) {
        self.dead[family] = true;
        for token in self.issued.iter_mut().filter(|token| token.family == Some(family)) {
            token.is_revoked = true;
        }
    }

    fn refresh_token(&mut self, family: usize) -> usize {
        self.refresh_tokens.push(RefreshToken { family, state: State::Live });
        self.refresh_tokens.len() - 1
    }
}

/// The refresh token that a request shows.
pub fn shown(request: &HttpRequest) -> Option<String> {
    let body = request.body.as_ref().map(|body| body.expose()).unwrap_or_default();
    body.split('&').find_map(|pair| Some(pair.strip_prefix("refresh_token=")?.to_owned()))
}

fn plain(status: u16, body: &str) -> HttpResponse {
    HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}
