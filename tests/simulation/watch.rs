//! What must hold of the token requests of one machine: I1, I6, I7 and I11, by a model that knows the truth.

use bearerkit::{HttpRequest, Machine, Serial, Timestamp, TokenRequest};

use crate::clock::Clock;
use crate::hand::Hand;
use crate::plan::{Grant, MARK, Plan};
use crate::server::{Advice, Server, Truth};

/// A lease is this much longer than the time limit.
pub const LEASE_MARGIN: u64 = 1000;
const BACKOFF: (u64, u64) = (1000, 60_000);
const BACKOFF_FLOOR: u64 = 100;
const REFUSED: (u64, u64) = (30_000, 600_000);
/// So many lost requests in a row are taken over at once.
const FREE_LOSSES: u32 = 2;

/// One machine and all that is known around it, at one instant.
#[derive(Clone, Copy)]
pub struct Scene<'s> {
    pub plan: &'s Plan,
    pub server: &'s Server,
    pub machine: &'s Machine,
    pub clock: &'s Clock,
    /// The true time.
    pub now: u64,
}

impl Scene<'_> {
    pub fn local(&self) -> Timestamp {
        self.clock.at(self.now)
    }

    /// From the local time until then, in ms.
    pub fn until(&self, at: Timestamp) -> u64 {
        at.since(self.local()).as_millis() as u64
    }
}

/// An instant before which a machine may not act. Its clock, set ahead, brings it nearer; set back, it takes it along.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    since: u64,
    until: u64,
    ahead: u64,
    regained: u64,
}

impl Bar {
    pub fn after(span: u64, scene: Scene<'_>) -> Self {
        let Clock { ahead, regained, .. } = *scene.clock;
        Bar { since: scene.now, until: scene.now + span, ahead, regained }
    }

    /// Whether it may be over, by the clock of the machine.
    pub fn may_be_over(&self, scene: Scene<'_>) -> bool {
        let set_ahead = scene.clock.ahead - self.ahead;
        scene.now + set_ahead + scene.clock.slack(self.until - self.since) >= self.until
    }

    /// Whether it must be over.
    pub fn is_over(&self, scene: Scene<'_>) -> bool {
        let regained = scene.clock.regained - self.regained;
        scene.now >= self.until + regained + scene.clock.slack(self.until - self.since)
    }
}

/// When a token request was sent last.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    pub serial: Serial,
    pub at: u64,
    pub ahead: u64,
    pub regained: u64,
}

#[derive(Debug, Default)]
pub struct Watch {
    lease: Option<(Serial, Bar)>,
    cooldown: Option<(Bar, Truth)>,
    /// Failures in a row, by kind.
    transient: u32,
    refused: u32,
    /// Requests in a row of which nobody said what became of them.
    lost: u32,
    /// The one that was lost last: its answer may still count.
    lapsed: Option<Serial>,
    /// What is good for nothing any more, and from which request on: refresh tokens that were refused, a code that brought a token.
    spent: Vec<(String, Serial)>,
    sent: Vec<Sent>,
    pub hand: Hand,
    /// How many of those who carried out a request were lost.
    pub vanished: u64,
}

impl Watch {
    /// The machine may have ended a lease; nothing else does without a word. `is_new`: another one has begun since.
    pub fn settled(&mut self, scene: Scene<'_>, is_new: bool) {
        if !is_new && scene.machine.flight() == "in_flight" {
            return;
        }
        if let Some((serial, bar)) = self.lease.take() {
            assert!(bar.may_be_over(scene), "I1: the lease of {serial:?} ends early");
            self.lose(scene, serial);
        }
    }

    /// I6: those who vanish one after the other do not drain the token endpoint.
    fn lose(&mut self, scene: Scene<'_>, serial: Serial) {
        self.lapsed = Some(serial);
        self.lost += 1;
        if self.lost > FREE_LOSSES {
            self.transient += 1;
            self.cooldown = Some((Bar::after(BACKOFF_FLOOR, scene), Truth::Transient(None)));
        }
    }

    /// I1, I6, I7: nothing forbids a new token request.
    pub fn launched(&mut self, scene: Scene<'_>, request: &TokenRequest) {
        let serial = request.serial;
        assert!(self.lease.is_none(), "I1: {serial:?} is sent while another lease runs");
        if let Some((bar, truth)) = &self.cooldown {
            assert!(bar.may_be_over(scene), "I6, I7: {serial:?} is sent in the cooldown after {truth:?}");
        }
        let last = self.sent.last().map_or(Serial(0), |sent| sent.serial);
        assert!(serial > last, "I9: {serial:?} follows {last:?}");
        assert_eq!(scene.machine.flight(), "in_flight", "I1: {serial:?} has no lease");
        self.sent.push(Sent { serial, at: 0, ahead: 0, regained: 0 });
        self.cooldown = None;
        self.leased(scene, request);
    }

    /// A request that goes on with another credential, a signature, another grant: its lease begins anew.
    pub fn proceeded(&mut self, scene: Scene<'_>, request: &TokenRequest) {
        let holder = self.lease.as_ref().map(|(serial, _)| *serial);
        assert_eq!(holder, Some(request.serial), "I1: only the flight that holds the lease goes on");
        self.leased(scene, request);
    }

    fn leased(&mut self, scene: Scene<'_>, request: &TokenRequest) {
        let span = scene.until(request.deadline);
        assert_eq!(span, scene.plan.timeout + LEASE_MARGIN, "I1: the lease of {:?}", request.serial);
        self.lease = Some((request.serial, Bar::after(span, scene)));
        let Clock { ahead, regained, .. } = *scene.clock;
        let sent = Sent { serial: request.serial, at: scene.now, ahead, regained };
        *self.sent.last_mut().expect("it was launched") = sent;
    }

    /// Whoever carried it out is said to be gone.
    pub fn lost(&mut self, scene: Scene<'_>, serial: Serial) {
        if self.lease.take_if(|(leased, _)| *leased == serial).is_some() {
            self.lose(scene, serial);
        }
    }

    /// It ended before anything was sent.
    pub fn unsent(&mut self, serial: Serial) {
        self.lease.take_if(|(leased, _)| *leased == serial);
    }

    /// F5: a refresh token that was refused is dropped.
    pub fn drops_what_was_refused(&mut self, scene: Scene<'_>, serial: Serial, truth: Truth) {
        let Truth::RefreshRefused(number) = truth else { return };
        let Some((_, lease)) = self.lease.filter(|(leased, _)| *leased == serial) else { return };
        let shown = format!("{MARK}R3FR-{number}");
        let is_kept = scene.machine.refresh_token().is_some_and(|token| token.expose() == shown);
        assert!(!is_kept || lease.may_be_over(scene), "F5: the refused refresh token of {serial:?} is kept");
        if !is_kept {
            self.spent.push((shown, serial));
        }
    }

    /// Whether that request has the lease, and has it for sure.
    pub fn leases(&self, scene: Scene<'_>, serial: Serial) -> bool {
        self.lease.is_some_and(|(leased, bar)| leased == serial && !bar.may_be_over(scene))
    }

    /// F5: this request brought a token, and a code is good for one. Another may have been begun before that was known.
    pub fn spends_a_code(&mut self, request: &HttpRequest) {
        let next = Serial(self.sent.last().map_or(0, |sent| sent.serial.0 + 1));
        self.spent.extend(shown(request).filter(|shown| shown.ends_with("C0DE")).map(|code| (code.to_owned(), next)));
    }

    /// F5: what is spent is not shown again.
    pub fn shows(&self, serial: Serial, request: &HttpRequest) {
        for (spent, from) in &self.spent {
            let is_shown = serial >= *from && shown(request).any(|shown| shown == spent);
            assert!(!is_shown, "F5: {serial:?} shows what was spent by {from:?}");
        }
    }

    /// The end of a token request, with what its last answer meant.
    pub fn landed(&mut self, scene: Scene<'_>, serial: Serial, truth: Truth) {
        let is_held = scene.machine.token().is_some_and(|token| token.serial == serial);
        if matches!(truth, Truth::Granted(_)) && is_held {
            (self.transient, self.refused, self.lost) = (0, 0, 0);
        }
        let Some((_, lease)) = self.lease.take_if(|(leased, _)| *leased == serial) else {
            if self.lapsed.take_if(|lapsed| *lapsed == serial).is_some() && matches!(truth, Truth::Granted(_)) {
                assert!(is_held || self.hand.outdates(serial), "I9: the token of {serial:?} came late, and is dropped");
            }
            return;
        };
        if let Truth::Granted(_) = truth {
            let is_late = lease.may_be_over(scene);
            assert!(is_late || scene.machine.flight() == "idle", "cells: a token came: {}", scene.machine.flight());
            return;
        }
        if matches!(truth, Truth::RefreshRefused(_)) && scene.plan.grant == Grant::ClientCredentials {
            // Whoever carried it out stopped there: the other grant is for the next call.
            return assert_eq!(scene.machine.flight(), "idle", "F7: another grant waits for a refused refresh token");
        }
        assert_eq!(scene.machine.flight(), "cooldown", "I6, I7: after {truth:?}");
        let span = scene.until(scene.machine.next_request_at(scene.local()));
        let (least, most) = self.cooldown_after(scene, truth);
        assert!((least..=most).contains(&span), "I6, I7: {span} ms after {truth:?}, not {least} to {most}");
        let error = scene.machine.last_error().expect("I6, I7: why it failed");
        assert_eq!(error.is_transient(), matches!(truth, Truth::Transient(_)), "I6, I7: {error} after {truth:?}");
        shows_no_secret(error);
        self.cooldown = Some((Bar::after(least, scene), truth));
    }

    fn cooldown_after(&mut self, scene: Scene<'_>, truth: Truth) -> (u64, u64) {
        let doubled = |(base, cap): (u64, u64), times: u32| (base << times.min(20)).min(cap);
        let Truth::Transient(advice) = truth else {
            self.refused += 1;
            let span = doubled(REFUSED, self.refused - 1);
            return (span, span);
        };
        self.transient += 1;
        let asked = match advice {
            Some(Advice::Seconds(seconds)) => seconds.min(3600) * 1000,
            // By the server's clock, where it shows that.
            Some(Advice::Date { at, clock }) if scene.plan.sends_date => at.saturating_sub(clock) * 1000,
            Some(Advice::Date { at, .. }) => scene.until(Timestamp::from_secs(at)).min(3_600_000),
            None => 0,
        };
        match asked {
            0 => (BACKOFF_FLOOR, doubled(BACKOFF, self.transient - 1)),
            asked => (asked, (asked + (asked / 20).min(5000)).min(3_600_000)),
        }
    }

    /// Other credentials than those that were refused.
    pub fn replaced(&mut self) {
        self.refused = 0;
        self.cooldown.take_if(|(_, truth)| truth.is_refusal());
    }

    /// When the request of that serial was sent.
    pub fn sent(&self, serial: Serial) -> Sent {
        *self.sent.iter().rev().find(|sent| sent.serial == serial).expect("I9: what is held was asked for")
    }
}

/// The values of a form.
fn shown(request: &HttpRequest) -> impl Iterator<Item = &str> {
    let body = request.body.as_ref().map(|body| body.expose()).unwrap_or_default();
    body.split('&').filter_map(|pair| Some(pair.split_once('=')?.1))
}

/// I13
pub fn shows_no_secret(shown: &(impl core::fmt::Debug + core::fmt::Display)) {
    let text = format!("{shown} {shown:?}");
    // The second one is the mark of a secret, base64.
    assert!(!text.contains(MARK) && !text.contains("bWstUzNDUjNU"), "I13: {text}");
}
