//! The weather: when the server, the API, a clock, the secrets or an isolate change, and when all is well again.

use std::sync::Arc;

use bearerkit::Token;

use crate::hand::is_anchored;
use crate::plan::{Grant, Secrets, pick};
use crate::server::Mood;
use crate::world::{Event, RECOVERY, World};

/// How the API feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiMood {
    Well,
    /// 401, whatever it is shown.
    Closed,
    /// The token is good, and its scope is not.
    TooNarrow,
    Down,
}

impl World {
    pub fn at_api(&mut self, at: usize, life: u32, caller: u32, token: Arc<Token>) {
        let number = self.server.look_up(token.value.expose()).expect("a token of this server");
        let issued = &self.server.issued[number];
        let is_good = !issued.is_revoked && self.now < issued.expires && issued.value == token.value.expose();
        let refusals =
            [None, Some("Bearer error=\"invalid_token\""), Some("Bearer @"), Some("Negotiate, Basic realm=x")];
        let (status, error) = match self.api {
            ApiMood::Closed => (401, pick(&mut self.dice, &refusals)),
            ApiMood::TooNarrow => (pick(&mut self.dice, &[401, 403]), Some("Bearer error=\"insufficient_scope\"")),
            ApiMood::Down => (503, None),
            ApiMood::Well if is_good => (200, None),
            ApiMood::Well => (401, pick(&mut self.dice, &refusals)),
        };
        let after = self.latency();
        self.later(after, Event::Answered { at, life, caller, token, status, error });
    }

    /// Something changes: the server, the API, a clock, the secrets, an isolate.
    pub fn weather(&mut self) {
        if self.is_calm {
            return;
        }
        let at = self.dice.usize(..self.isolates.len());
        match self.dice.u32(0..20) {
            0..8 => {
                let moods = [
                    Mood::Well,
                    Mood::Well,
                    Mood::Well,
                    Mood::Down,
                    Mood::Busy,
                    Mood::Silent,
                    Mood::Refusing,
                    Mood::Strict,
                    Mood::Babbling,
                ];
                self.server.mood = pick(&mut self.dice, &moods);
                let mood = self.server.mood;
                self.note(at, format_args!("the server is {mood:?}"));
            }
            8..13 => {
                let moods = [ApiMood::Well, ApiMood::Well, ApiMood::Closed, ApiMood::TooNarrow, ApiMood::Down];
                self.api = pick(&mut self.dice, &moods);
                let mood = self.api;
                self.note(at, format_args!("the API is {mood:?}"));
            }
            13 => {
                self.server.revoke_all();
                self.note(at, format_args!("every token is revoked"));
            }
            14 => {
                let newest = self.server.secrets.1;
                self.server.secrets = if self.plan.secrets == Secrets::Asked {
                    (newest + self.dice.u32(0..2), newest + 1)
                } else {
                    (self.dice.u32(0..2), 1)
                };
                let (oldest, newest) = self.server.secrets;
                self.note(at, format_args!("good secrets: {oldest} to {newest}"));
            }
            15 => {
                // It is told no time with it.
                let isolate = &mut self.isolates[at];
                isolate.machine.invalidate();
                isolate.look(&self.plan, &self.server, self.now);
                self.note(at, format_args!("invalidated"));
            }
            16 => {
                let life = self.isolates[at].life + 1;
                self.isolates[at] = self.isolate(life);
                self.note(at, format_args!("dies"));
            }
            _ if self.plan.jumps => {
                let spans = [300, 900, 1500, 20_000, 120_000, 3_600_000, 86_400_000];
                let span: i64 = pick(&mut self.dice, &spans);
                let by = if self.dice.bool() { span } else { -span };
                self.isolates[at].clock.jump(by);
                self.note(at, format_args!("the clock is set by {by}"));
            }
            _ => {}
        }
        let after = self.spread(1, self.plan.storm / 6);
        self.later(after, Event::Weather);
    }

    /// From here on all is well.
    pub fn calm(&mut self) {
        self.note(0, format_args!("calm"));
        self.is_calm = true;
        self.server.mood = Mood::Well;
        let (oldest, newest) = self.server.secrets;
        // With two credentials, one that is good suffices.
        self.server.secrets = (if self.plan.secrets == Secrets::Two { oldest } else { 0 }, newest);
        self.api = ApiMood::Well;
        (self.plan.losses, self.plan.duplicates, self.plan.vanishing) = (0, 0, 0);
        for at in 0..self.isolates.len() {
            // What waits began at the latest when a clock that was set back was looked at.
            self.tell(at, |machine, local| machine.settle(local));
            self.check(at, |watch, scene| watch.settled(scene, false));
            let after = self.spread(RECOVERY, RECOVERY * 2);
            self.later(after, Event::Last { at, left: 4 });
        }
    }

    /// I8 is not for those whose only grant is spent, nor for tokens that end before they can be shown.
    pub fn can_succeed(&self) -> bool {
        // Where nothing says when they end, each of them costs a 401, and two within ten seconds are one too many.
        let least = if is_anchored(&self.plan) { 5 } else { 60 };
        self.plan.grant == Grant::ClientCredentials && self.plan.lives.iter().all(|life| *life >= least)
    }
}
