//! Any sequence of inputs, and after each what must hold of the machine (`machine/watch.rs`).

mod plan;
mod step;
mod watch;

use std::time::Duration;

use bearerkit::{
    Action, Call, Challenge, Credentials, HttpResponse, Machine, Next, Serial, Timestamp, TokenRequest, Verdict,
};

use super::client::{MARK, NOW, shows_nothing, shows_nothing_of};
use super::draw::Draw;
use plan::CODE;
pub use plan::{PLANS, Plan};
pub use step::{Answer, Step};
use watch::Watch;

/// First byte: which client; then a seed of a byte, and one step after the other.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let which = draw.below(PLANS);
    let mut world = World::new(Plan::new(which), u64::from(draw.byte()));
    while !draw.is_empty() {
        let step = Step::draw(&mut draw);
        world.take(&step);
    }
    world.comes_to_a_token();
}

/// Later than this no clock is, so that nothing is cut at the end of time.
const LAST: Timestamp = Timestamp::from_millis(1 << 60);

/// A machine, its clock, and who watches it.
pub struct World {
    machine: Machine,
    now: Timestamp,
    plan: Plan,
    watch: Watch,
    /// How many answers were made up.
    made: u32,
    /// All that the last request shows, which a server may echo.
    shown: String,
}

impl World {
    pub fn new(plan: Plan, seed: u64) -> Self {
        let machine = Machine::new(plan.client.clone(), seed);
        World { machine, now: NOW, watch: Watch::new(&plan), plan, made: 0, shown: String::new() }
    }

    pub fn take(&mut self, step: &Step) {
        if cfg!(test) && std::env::var_os("FUZZED").is_some() {
            println!("{:?} {}: {step:?}", self.now, self.machine.flight());
        }
        match step {
            Step::Poll { waited, validity } => {
                let since = Timestamp::from_millis(self.now.as_millis().saturating_add_signed(waited.saturating_neg()));
                self.poll(Call { since, min_validity: Duration::from_secs(*validity) });
            }
            Step::Answer { back, answer } => {
                let response = self.response(answer);
                let life = answer.life().filter(|_| self.plan.states_life);
                self.answer(self.serial(*back), &response, life);
            }
            Step::Fail { back, failure } => {
                self.input(*back, |machine, serial, now| {
                    machine.on_failure(serial, failure.clone(), now);
                    None
                });
            }
            Step::Lost(back) => {
                self.input(*back, |machine, serial, now| {
                    machine.on_lost(serial, now);
                    None
                });
            }
            Step::Unable(back) => {
                self.input(*back, |machine, serial, now| {
                    if serial.0.is_multiple_of(2) {
                        machine.on_unable(serial, "credentials", "cannot be had", now);
                    } else {
                        machine.on_credentials_failure(serial, "they cannot be had", now);
                    }
                    None
                });
            }
            Step::Credentials { back, number } => {
                let credentials = credentials(*number);
                self.input(*back, |machine, serial, now| machine.on_credentials(serial, credentials, now));
            }
            Step::Sign { back, signature } => {
                self.input(*back, |machine, serial, now| machine.on_signature(serial, signature, now));
            }
            Step::Unauthorized { back, status, header } => self.unauthorized(self.serial(*back), *status, header),
            Step::Pass(span) => self.now = self.now.plus(Duration::from_millis(*span)),
            Step::Back(span) => self.now = self.now.minus(Duration::from_millis(*span)),
            Step::Set(instant) => self.now = *instant,
            Step::Reach { point, late } => {
                let at = self.point(*point);
                self.now = if *late >= 0 { at.plus(ms(*late)) } else { at.minus(ms(*late)) };
            }
            Step::Saw(span) => {
                let latest = self.now.plus(Duration::from_millis(*span));
                self.watch.saw(latest);
                self.machine.saw(latest);
            }
            Step::Settle => {
                self.watch.tell(self.now);
                self.watch.lapse(self.now);
                self.machine.settle(self.now);
            }
            Step::Reseed(seed) => self.machine.reseed(*seed),
            Step::Invalidate => {
                self.watch.given_up(self.machine.token().map(|token| token.serial));
                self.machine.invalidate();
                assert!(self.machine.token().is_none());
            }
            Step::Forget => {
                self.watch.given_up(self.machine.token().map(|token| token.serial));
                self.machine.forget();
                assert!(self.machine.token().is_none() && self.machine.refresh_token().is_none());
            }
            Step::Replace(number) => {
                let is_transient = self.machine.last_error().is_some_and(|error| error.is_transient());
                self.machine.replace_credentials(credentials(*number));
                self.watch.replaced(&self.machine, is_transient);
            }
        }
        self.now = self.now.min(LAST);
        self.watch.look(&self.machine, self.now);
    }

    /// Serials are counted back from the last one.
    fn serial(&self, back: u32) -> Serial {
        Serial(self.watch.last().0.wrapping_sub(back))
    }

    fn point(&self, point: u8) -> Timestamp {
        let of_token = |at: fn(&bearerkit::Token) -> Timestamp| self.machine.token().map(|token| at(token));
        let at = match point % 5 {
            0 => of_token(|token| token.renew_at),
            1 => of_token(|token| token.hard_expiry),
            2 => of_token(|token| token.received_at),
            3 => self.machine.last_error().and_then(|error| error.retry_at()),
            _ => None,
        };
        at.unwrap_or_else(|| self.machine.next_request_at(self.now))
    }

    fn poll(&mut self, call: Call) -> Action {
        self.watch.tell(self.now);
        self.watch.lapse(self.now);
        let action = self.machine.poll_for(call, self.now);
        match &action {
            Action::Fail(error) => shows_nothing_of(error),
            other => shows_nothing(&format!("{other:?}")),
        }
        self.watch.told(&self.machine, call, self.now, &action);
        if let Action::Use { renew: Some(request), .. } | Action::Send(request) = &action {
            self.shows(request);
        }
        self.watch.look(&self.machine, self.now);
        action
    }

    fn answer(&mut self, serial: Serial, response: &HttpResponse, life: Option<u64>) {
        self.watch.answered(serial, life);
        let back = self.watch.last().0.wrapping_sub(serial.0);
        self.input(back, |machine, serial, now| machine.on_response(serial, response, now));
    }

    /// Something is said of a token request.
    fn input(
        &mut self,
        back: u32,
        told: impl FnOnce(&mut Machine, Serial, Timestamp) -> Option<TokenRequest>,
    ) -> Option<TokenRequest> {
        let serial = self.serial(back);
        self.watch.tell(self.now);
        let next = told(&mut self.machine, serial, self.now);
        shows_nothing(&format!("{next:?}"));
        match &next {
            Some(request) => {
                self.watch.proceeded(serial, request, self.now);
                self.shows(request);
            }
            None => self.watch.ended(serial),
        }
        self.watch.look(&self.machine, self.now);
        next
    }

    fn shows(&mut self, request: &TokenRequest) {
        self.shown = shown(request);
        let is_spent = self.watch.has_held() && self.shown.contains(CODE);
        assert!(!is_spent, "RFC 6749 §4.1.2: a code that brought a token is shown again");
    }

    fn unauthorized(&mut self, serial: Serial, status: u16, header: &str) {
        let held = self.machine.token().map(|token| token.serial);
        let challenge = Challenge::new(status, Some(header), None);
        self.watch.tell(self.now);
        let verdict = self.machine.on_unauthorized(serial, &challenge, self.now);
        match verdict {
            Verdict::Retry => assert!(challenge.is_curable(), "G4: {status} {header}"),
            Verdict::Return => assert!(!challenge.is_curable() || held == Some(serial), "G4: {held:?}, not {serial:?}"),
        }
        let is_kept = self.machine.token().map(|token| token.serial) == held;
        assert_eq!(is_kept, verdict == Verdict::Return || held != Some(serial), "I4: {verdict:?} of {serial:?}");
        if !is_kept {
            self.watch.given_up(held);
        }
    }

    fn response(&mut self, answer: &Answer) -> HttpResponse {
        self.made += 1;
        answer.response(&self.plan, self.made, &self.shown)
    }

    /// I8 and J3: whatever was said before, a healthy server and an honest driver come to a token; but not by a grant that was used up.
    pub fn comes_to_a_token(mut self) {
        self.watch.given_up(self.machine.token().map(|token| token.serial));
        self.machine.invalidate();
        let last = self.watch.last();
        self.input(0, |machine, _, now| {
            machine.on_lost(last, now);
            None
        });
        self.now = self.machine.next_request_at(self.now).max(self.now);
        let mut request = match self.poll(Call { since: self.now, min_validity: Duration::ZERO }) {
            Action::Send(request) => request,
            other => {
                let is_spent = !self.plan.is_renewable && matches!(other, Action::Fail(_));
                assert!(is_spent, "I8: {other:?}");
                return;
            }
        };
        for _ in 0..8 {
            let serial = request.serial;
            let next = match request.next {
                Next::Load { .. } | Next::Store { .. } => panic!("S13: nothing is shared here"),
                Next::Credentials => {
                    let fresh = credentials(200);
                    self.input(0, |machine, serial, now| machine.on_credentials(serial, fresh, now))
                }
                Next::Sign(_) => self.input(0, |machine, serial, now| machine.on_signature(serial, b"signature", now)),
                Next::Obtain { .. } | Next::Send(_) => {
                    let response = self.response(&Answer::Grant { life: 3600, token: 0, refreshes: 0 });
                    self.watch.answered(serial, Some(3600));
                    self.input(0, |machine, serial, now| machine.on_response(serial, &response, now))
                }
            };
            match next {
                Some(next) => request = next,
                None => break,
            }
        }
        let action = self.poll(Call { since: self.now, min_validity: Duration::ZERO });
        assert!(matches!(action, Action::Use { .. }), "I8: {action:?}");
    }
}

/// Of a request that is to be sent: its URL, its headers, its body.
fn shown(request: &TokenRequest) -> String {
    let Next::Send(http) = &request.next else { return String::new() };
    let headers = http.headers.iter().map(|(_, value)| value.expose());
    let body = http.body.as_ref().map_or("", |body| body.expose());
    [http.url.as_str(), body].into_iter().chain(headers).collect::<Vec<_>>().join("\n")
}

fn ms(span: i8) -> Duration {
    Duration::from_millis(span.unsigned_abs().into())
}

fn credentials(number: u8) -> Credentials {
    Credentials::new().with("client_id", "app").with("client_secret", format!("s3cr3t-{MARK}-{number}"))
}
