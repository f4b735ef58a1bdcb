//! What must hold of the token in hand: I2 to I4 and I8 to I11.

use std::collections::BTreeSet;
use std::time::Duration;

use bearerkit::{Action, Age, Call, Serial, Timestamp, Token, Verdict};

use crate::clock::START;
use crate::plan::{Evidence, Grant, Plan};
use crate::server::Issued;
use crate::watch::{Bar, LEASE_MARGIN, Scene, Sent, shows_no_secret};

const REPLACEMENT_AGE: u64 = 10_000;
const GATE: (u64, u64) = (30_000, 600_000);
const PROGRESS_FLOOR: u64 = 60_000;
/// A life that is stated as no longer than this is none, the second time in a row.
const SHORTEST_LIFE: u64 = 1000;
/// Before its hard expiry a token is renewed, where nobody names another margin.
const MARGIN: u64 = 300_000;
/// Adjusting a clock by so much is not noticed.
const TOLERANCE: u64 = 1000;

#[derive(Debug, Default)]
pub struct Hand {
    held: Option<Held>,
    newest: Serial,
    /// Tokens that the API refused, and that were given up for it.
    spurned: BTreeSet<Serial>,
    /// A token was refused: the next one replaces it.
    replaces: bool,
    replacement: Option<(Serial, Bar)>,
    gate: Option<Gate>,
    /// How many replacements in a row were refused, at the least and at the most.
    gates: (u32, u32),
    /// A token without a life of its own, and the minute for which it is used.
    floored: Option<(Serial, Bar)>,
    /// What was asked for, or came, because the token in hand had too little time left for a call.
    stretched: Option<Serial>,
}

/// A time in which a 401 buys nothing.
#[derive(Debug, Clone, Copy)]
struct Gate {
    least: Bar,
    most: Bar,
    /// Whether it is certain that it opened then.
    is_certain: bool,
    /// Then the API has been quiet for so long that the next gate is a short one.
    quiet: Bar,
}

/// The token as it was seen last.
#[derive(Debug)]
struct Held {
    serial: Serial,
    value: String,
    remaining: u64,
    stated: Option<u64>,
    /// When it came, so little was left of what was stated that it was as good as nothing.
    was_short: bool,
    /// On the machine's clock, and how that was set until then.
    hard_expiry: Timestamp,
    clock: (u64, u64),
    /// By true time.
    at: u64,
}

impl Held {
    /// Whether its dates are as they were.
    fn is_steady(&self, scene: Scene<'_>) -> bool {
        self.clock == (scene.clock.ahead, scene.clock.regained)
    }

    /// It has not expired since, whatever the clock did.
    fn lives(&self, scene: Scene<'_>) -> bool {
        self.clock.0 == scene.clock.ahead && self.remaining > scene.now - self.at + TOLERANCE
    }
}

impl Hand {
    /// I9 and I10, whenever the machine was told something. `sent`: when the request of the token in hand was.
    pub fn look(&mut self, scene: Scene<'_>, sent: impl Fn(Serial) -> Sent) {
        let Some(token) = scene.machine.token() else {
            self.held = None;
            return;
        };
        let seen = Held {
            serial: token.serial,
            value: token.value.expose().to_owned(),
            remaining: scene.until(token.hard_expiry),
            stated: token.expires_at.map(|at| scene.until(at)),
            was_short: is_short(token),
            hard_expiry: token.hard_expiry,
            clock: (scene.clock.ahead, scene.clock.regained),
            at: scene.now,
        };
        assert!(seen.serial >= self.newest, "I9: {:?} took the place of {:?}", seen.serial, self.newest);
        match self.held.take() {
            Some(held) if held.serial == seen.serial => {
                assert!(seen.value == held.value, "I9: the token of {:?} changed", seen.serial);
                assert!(seen.remaining <= held.remaining + TOLERANCE, "I10: {} -> {}", held.remaining, seen.remaining);
                assert!(seen.stated <= held.stated.map(|left| left + TOLERANCE), "I10: the stated expiry");
            }
            held => {
                self.arrived(scene, token, held.as_ref(), sent(token.serial));
                // A token without a life of its own has another minute each time that it comes.
                let is_floored = self.floored.is_some_and(|(floored, _)| floored == seen.serial);
                let same = held.filter(|held| held.value == seen.value && !is_floored);
                if let Some(held) = same.filter(|held| scene.plan.evidence.is_jwt() && held.lives(scene)) {
                    let (before, now) = (held.remaining, seen.remaining);
                    assert!(now <= before + TOLERANCE, "I10: the same JWT lives {now} ms, no more {before}");
                    assert!(seen.stated <= held.stated.map(|left| left + TOLERANCE), "I10: the same JWT's expiry");
                }
                self.stretched.take_if(|serial| *serial != token.serial);
                if core::mem::take(&mut self.replaces) {
                    self.replacement = Some((token.serial, Bar::after(REPLACEMENT_AGE, scene)));
                }
            }
        }
        self.newest = seen.serial;
        self.held = Some(seen);
    }

    /// The points in the life of a new token.
    fn arrived(&mut self, scene: Scene<'_>, token: &Token, held: Option<&Held>, sent: Sent) {
        let (hard, renew) = (scene.until(token.hard_expiry), scene.until(token.renew_at));
        assert!(hard > 0, "I11: dead on arrival");
        let is_second = is_short(token) && held.is_some_and(|held| held.was_short);
        let waited = scene.now - sent.at;
        // A clock that was set ahead meanwhile makes any answer a late one.
        let seemed = waited + scene.clock.ahead - sent.ahead;
        let unknown = || scene.plan.default_life.saturating_sub(seemed);
        let stated = token.expires_at.map_or_else(unknown, |at| scene.until(at));
        if stated < PROGRESS_FLOOR && (hard, renew) == (PROGRESS_FLOOR, PROGRESS_FLOOR) {
            let safety = ((stated + seemed) / 20).clamp(1000, 10_000) + TOLERANCE;
            assert!(is_second || stated <= safety, "I11: {stated} ms are left, and it is used for a minute");
            self.floored = Some((token.serial, Bar::after(PROGRESS_FLOOR, scene)));
            return;
        }
        assert!(!is_second, "I11: a second token that lives a second is used for {hard} ms");
        let issued = issued(scene, token);
        if let Some(slack) = slack(scene, sent, issued) {
            let beyond = (scene.now + hard).saturating_sub(issued.expires);
            assert!(beyond <= slack + scene.clock.slack(hard), "I3: {beyond} ms too long a life, slack {slack}");
        }
        let floor = PROGRESS_FLOOR.min(hard / 2);
        let is_same = held.is_some_and(|held| held.value == token.value.expose());
        if let Some(held) = held.filter(|held| held.is_steady(scene)) {
            let is_later = token.hard_expiry > held.hard_expiry;
            assert!(is_later && !is_same || renew >= floor, "I11: nothing new, and stale after {renew} ms");
        }
        assert!(renew > 0 || hard <= 2, "I11: stale on arrival");
        assert!(renew <= hard.max(floor), "cells: stale after {renew} ms, expired after {hard}");
        let life = match scene.plan.evidence {
            // It may be stale since the clock was set back.
            evidence if is_same && evidence.is_jwt() => return,
            Evidence::Nothing => scene.plan.default_life,
            _ if is_anchored(scene.plan) => issued.life,
            _ => return,
        };
        // As long before the end as the margin says, and by a random part of that.
        let margin = scene.plan.margin.map_or(MARGIN.min(life / 10), |margin| margin.min(life / 2));
        let (early, most) = (hard - renew.min(hard), margin + margin.min(life / 10));
        assert!(early <= most, "I11: of {life} ms, renewed {early} before the end, not {most}");
        let is_put_off = renew <= floor || scene.plan.same_again;
        assert!(early >= margin || is_put_off, "cells: of {life} ms, renewed {early} before the end, not {margin}");
        let is_steady = sent.ahead == scene.clock.ahead && sent.regained == scene.clock.regained;
        // What comes again lives no longer than the first time, when the request may have taken its time.
        if !is_steady || !is_anchored(scene.plan) || is_same {
            return;
        }
        let lost = issued.expires.saturating_sub(scene.now).saturating_sub(hard);
        let most = (issued.life / 20).clamp(1000, 10_000) + waited + 1000 + scene.clock.slack(waited);
        assert!(lost <= most, "I11: a token that lives {} ms is given up {lost} ms before its end", issued.life);
    }

    /// The nine cells, by what one call is told. `began`: when it did, by true time.
    pub fn told(&mut self, scene: Scene<'_>, call: Call, began: u64, action: &Action, sent: impl Fn(Serial) -> Sent) {
        let lives = scene.machine.token().is_some_and(|token| age(token, scene.local()) != Age::Expired);
        // A clock that was set tells nobody how long a call has waited.
        let is_steady = call.since == scene.clock.at(began);
        let waited = if is_steady { scene.now - began } else { 0 };
        let patience = scene.plan.patience.saturating_sub(waited);
        let slack = scene.clock.slack(scene.plan.patience);
        match action {
            Action::Use { token, renew } => {
                self.stretched.take_if(|_| renew.is_some());
                let age = age(token, scene.local());
                assert!(renew.is_none() || age == Age::Stale, "I11: a token that is {age:?} is renewed");
                self.used(scene, token, sent(token.serial));
                let Plan { grant, refresh_kills, .. } = *scene.plan;
                let is_kept = refresh_kills && scene.machine.refresh_token().is_some();
                assert!(renew.is_none() || !is_kept, "cells: a refresh that kills the token in hand is done early");
                let is_put_off = is_kept || grant != Grant::ClientCredentials || scene.machine.flight() != "idle";
                assert!(age != Age::Stale || is_put_off, "cells: a stale token is not renewed");
                // As much as was wanted, or as much as there is.
                let (left, life) = (token.remaining(scene.local()), token.hard_expiry.since(token.received_at));
                let floor = Duration::from_millis(PROGRESS_FLOOR).min(life / 2) + Duration::from_millis(1);
                let is_new = token.received_at >= call.since || call.since > scene.local();
                let suffices = left >= call.min_validity.min(life.saturating_sub(floor));
                assert!(is_new || suffices, "cells: {left:?} are left, and {:?} wanted", call.min_validity);
            }
            _ if lives && call.min_validity.is_zero() => panic!("cells: a live token is hidden by {action:?}"),
            Action::Send(request) => {
                let token = scene.machine.token().filter(|token| self.stretched == Some(token.serial));
                if let Some(token) = token.filter(|_| lives) {
                    // It was asked for more than the one before, and is all there is.
                    let came = scene.local().since(token.received_at).as_millis() as u64;
                    let life = token.hard_expiry.since(token.received_at).as_millis() as u64;
                    assert!(came + TOLERANCE >= PROGRESS_FLOOR.min(life / 2), "I11: renewed again after {came} ms");
                }
                self.stretched = lives.then_some(request.serial);
            }
            Action::Wait { until } => {
                let (wait, flight) = (scene.until(*until), scene.machine.flight());
                let most = match flight {
                    "in_flight" => scene.plan.timeout + LEASE_MARGIN + scene.clock.regained.min(TOLERANCE),
                    "cooldown" => patience + slack,
                    other => panic!("cells: {other}: nothing to wait for"),
                };
                let is_permanent =
                    scene.machine.last_error().and_then(bearerkit::Error::reply).is_some_and(|r| r.is_permanent);
                assert!(flight != "cooldown" || !is_permanent, "I2: nothing is to be waited for");
                assert!((1..=most).contains(&wait), "I2: a wait of {wait} ms ({flight}), {most} at the most");
            }
            Action::Fail(error) => {
                shows_no_secret(error);
                let wait = scene.until(scene.machine.next_request_at(scene.local()));
                match scene.machine.flight() {
                    "cooldown" if error.retry_at().is_some_and(|at| scene.until(at) != wait) => {
                        panic!("I6: asked again in {wait} ms, and {error} says {:?}", error.retry_at())
                    }
                    "cooldown" if error.is_transient() && error.retry_at().is_none() => {
                        panic!("I6: {error} until when?")
                    }
                    "cooldown" if !is_steady || error.reply().is_some_and(|reply| reply.is_permanent) => {}
                    "cooldown" => assert!(wait + slack > patience, "I2: {wait} ms are within patience: {error}"),
                    "idle" => assert!(scene.plan.grant != Grant::ClientCredentials, "I8: {error}"),
                    other => panic!("cells: {other}: too early to fail: {error}"),
                }
            }
        }
    }

    /// I3 and I4.
    fn used(&self, scene: Scene<'_>, token: &Token, sent: Sent) {
        let (serial, local) = (token.serial, scene.local());
        assert!(!self.spurned.contains(&serial), "I4: {serial:?} was refused with 401");
        assert!(age(token, local) != Age::Expired, "I3: {serial:?} is expired, and handed out");
        if let Some((_, bar)) = self.floored.filter(|(floored, _)| *floored == serial) {
            assert!(!bar.is_over(scene), "I3: {serial:?} has no life of its own, and is used for more than a minute");
            return;
        }
        let issued = issued(scene, token);
        let Some(slack) = slack(scene, sent, issued) else {
            let age = (scene.now - sent.at).saturating_sub(scene.clock.slack(scene.now - sent.at));
            let most = scene.plan.default_life + (scene.clock.regained - sent.regained);
            assert!(age <= most, "I3: {serial:?}, of unknown life, is used after {age} ms");
            return;
        };
        let late = scene.now.saturating_sub(issued.expires);
        assert!(late == 0 || late < slack, "I3: {serial:?} is handed out {late} ms after its end (slack {slack})");
    }

    /// A late token counts if there was none that is newer.
    pub fn outdates(&self, serial: Serial) -> bool {
        self.newest > serial
    }

    /// What an answer of the API brought. `held`: the token that was in hand before.
    pub fn judged(
        &mut self,
        scene: Scene<'_>,
        serial: Serial,
        is_curable: bool,
        held: Option<Serial>,
        verdict: Verdict,
    ) {
        if !is_curable || held != Some(serial) {
            let expected = if is_curable { Verdict::Retry } else { Verdict::Return };
            assert_eq!(verdict, expected, "G4: {serial:?}, and {held:?} is held");
            return;
        }
        let may_gate = self.gate.is_some_and(|gate| !gate.most.is_over(scene));
        let must_gate = self.gate.is_some_and(|gate| gate.is_certain && !gate.least.may_be_over(scene));
        let is_replacement = self.replacement.filter(|(replacement, _)| *replacement == serial);
        let may_return = may_gate || is_replacement.is_some_and(|(_, bar)| !bar.is_over(scene));
        let must_return = must_gate || is_replacement.is_some_and(|(_, bar)| !bar.may_be_over(scene));
        match verdict {
            Verdict::Retry => {
                assert!(!must_return, "G5: {serial:?} is renewed again at once");
                assert!(scene.machine.token().is_none(), "I4: {serial:?} is kept");
                self.spurned.insert(serial);
                self.replaces = true;
                // It served for a while, or nothing was refused for long.
                if is_replacement.is_some() || self.gate.is_some_and(|gate| gate.quiet.may_be_over(scene)) {
                    self.gates.0 = 0;
                }
            }
            Verdict::Return => {
                assert!(may_return, "G1: {serial:?} is not renewed");
                if is_replacement.is_some() && !must_gate {
                    let doubled = |times: u32| (GATE.0 << times.min(20)).min(GATE.1);
                    let (least, most) = (doubled(self.gates.0), doubled(self.gates.1));
                    self.gate = Some(Gate {
                        least: Bar::after(least, scene),
                        most: Bar::after(most, scene),
                        is_certain: !may_gate,
                        quiet: Bar::after(least + GATE.1, scene),
                    });
                    self.gates.0 += u32::from(!may_gate);
                    self.gates.1 += 1;
                    self.replacement.take_if(|_| !may_gate);
                }
            }
        }
    }
}

/// What is stated ends so soon that it is as good as nothing.
fn is_short(token: &Token) -> bool {
    token.expires_at.is_some_and(|at| at <= token.received_at.plus(Duration::from_millis(SHORTEST_LIFE)))
}

/// By how much a token may be taken to live longer than it does: what a clock cannot know extends a life, and nothing else does.
/// `None`: nothing says how long it lives.
fn slack(scene: Scene<'_>, sent: Sent, issued: &Issued) -> Option<u64> {
    let Plan { evidence, skew, sends_date, same_again, .. } = *scene.plan;
    if evidence == Evidence::Nothing {
        return None;
    }
    let mut slack = scene.clock.slack(scene.now - sent.at) + (scene.clock.regained - sent.regained);
    if !is_anchored(scene.plan) {
        slack += u64::try_from(skew + scene.clock.behind).unwrap_or(0) + scene.clock.slack(sent.at - START);
    }
    if same_again && matches!(evidence, Evidence::Jwt | Evidence::Disagreeing) && !sends_date {
        // Nothing shows how long ago it was issued: `exp - iat` counts from now.
        slack += sent.at.saturating_sub(issued.at);
    }
    if issued.life <= 2000 {
        slack += 1000; // half of it is kept, and a server rounds by up to a second
    }
    Some(slack)
}

/// By its two points, and not by what it says of itself.
fn age(token: &Token, now: Timestamp) -> Age {
    match (now >= token.renew_at, now >= token.hard_expiry) {
        (_, true) => Age::Expired,
        (true, false) => Age::Stale,
        (false, false) => Age::Fresh,
    }
}

/// Whether the answers say when a token ends, and not on a clock that nobody knows.
pub fn is_anchored(plan: &Plan) -> bool {
    match plan.evidence {
        Evidence::Seconds | Evidence::Text | Evidence::Jwt | Evidence::Disagreeing => true,
        Evidence::AbsoluteSeconds | Evidence::AbsoluteMillis | Evidence::Rfc3339 | Evidence::JwtWithoutIat => {
            plan.sends_date
        }
        Evidence::Nothing => false,
    }
}

fn issued<'s>(scene: Scene<'s>, token: &Token) -> &'s Issued {
    let number = scene.server.look_up(token.value.expose()).expect("a token of this server");
    &scene.server.issued[number]
}
