//! What one seed decides before anything happens: the fleet, its client, its store, and what may go wrong.

use std::time::Duration;

use bearerkit::{ClientConfig, Credentials, Provider, Sharing};
use fastrand::Rng;
use serde_json::json;

/// Begins every secret and every token of this world: whatever shows it, leaks.
pub const MARK: &str = "mk-";
/// How long a value may be out of date in another colo of a store that lags, in ms.
pub const LAG: u64 = 60_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Client credentials, and no refresh tokens.
    Primary,
    /// Client credentials, and a refresh token beside each token.
    Both,
    /// A refresh token alone.
    Refresh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// A refresh token lives on; answers to a refresh omit it.
    Kept,
    /// A new one each time. The old one is good for so many ms more; whoever shows it after that loses the whole family.
    Rotating { grace: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clocks {
    Right,
    /// A fifth of them is wrong by up to five minutes.
    Skewed,
    /// They drift as well, and are set now and then.
    Wild,
}

/// What goes wrong in the store: in per mille of its calls, and now and then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// It never answers.
    pub hangs: u32,
    /// It says that it failed, and nothing was written.
    pub fails: u32,
    /// The write lands after everybody gave it up.
    pub late: u32,
    /// It was written, and whoever wrote it is told that it failed.
    pub lost: u32,
    pub outages: bool,
    pub garbage: bool,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub client: ClientConfig,
    pub sharing: Sharing,
    pub isolates: usize,
    pub colos: usize,
    pub grant: Grant,
    pub rotation: Rotation,
    /// Of an access token, in ms; a whole number of seconds.
    pub life: u64,
    /// The time limits of a token request and of a call of the store, in ms.
    pub timeout: u64,
    pub limit: u64,
    pub patience: u64,
    pub sends_date: bool,
    pub asks: bool,
    pub clocks: Clocks,
    pub faults: Faults,
    /// Token requests and answers that are lost, and exchanges whose holder goes away: in per mille.
    pub losses: u32,
    pub vanishing: u32,
    /// Isolates die and are replaced.
    pub deaths: bool,
    /// The token endpoint is busy, down, silent or refuses now and then.
    pub moods: bool,
    /// The API refuses tokens, tokens are revoked, callers invalidate them.
    pub refusals: bool,
    /// Some calls want a token that lasts.
    pub stretches: bool,
    /// Bursts of calls, by isolate.
    pub bursts: u32,
    /// For how long all this may happen, in ms.
    pub storm: u64,
}

impl Plan {
    pub fn of(dice: &mut Rng) -> Self {
        let sharing = pick(dice, &[Sharing::Atomic, Sharing::Atomic, Sharing::Atomic, Sharing::Hint]);
        let grant = pick(dice, &[Grant::Primary, Grant::Primary, Grant::Both, Grant::Refresh, Grant::Refresh]);
        let rotations = [
            Rotation::Kept,
            Rotation::Rotating { grace: 0 },
            Rotation::Rotating { grace: 0 },
            Rotation::Rotating { grace: 60_000 },
        ];
        let isolates = if dice.u32(0..6) == 0 { dice.usize(8..=30) } else { dice.usize(2..=6) };
        let life = pick(dice, &[60_000, 120_000, 600_000, 3_600_000]);
        // A third of the worlds has a store without faults, a third has holders without faults: what a fault excuses is judged there.
        let (is_sound, are_alive) = (dice.u32(0..3) == 0, dice.u32(0..3) == 0);
        let per_mille =
            |dice: &mut Rng, is_well: bool, most| if is_well || dice.bool() { 0 } else { dice.u32(0..most) };
        let faults = Faults {
            hangs: per_mille(dice, is_sound, 60),
            fails: per_mille(dice, is_sound, 60),
            late: per_mille(dice, is_sound, 40),
            lost: per_mille(dice, is_sound, 60),
            outages: !is_sound && dice.u32(0..3) == 0,
            garbage: !is_sound && dice.u32(0..4) == 0,
        };
        let plan = Plan {
            client: unnamed(),
            sharing,
            isolates,
            colos: dice.usize(1..4),
            grant,
            rotation: pick(dice, &rotations),
            life,
            timeout: pick(dice, &[10_000, 10_000, 2_000]),
            limit: pick(dice, &[1_000, 1_000, 300]),
            patience: pick(dice, &[10_000, 10_000, 0, 30_000]),
            sends_date: dice.u32(0..4) != 0,
            asks: dice.u32(0..5) == 0,
            clocks: pick(dice, &[Clocks::Right, Clocks::Right, Clocks::Skewed, Clocks::Wild]),
            faults,
            losses: per_mille(dice, are_alive, 80),
            vanishing: per_mille(dice, are_alive, 80),
            deaths: !are_alive && dice.bool(),
            moods: dice.bool(),
            refusals: dice.u32(0..3) == 0,
            stretches: dice.u32(0..4) == 0,
            bursts: if isolates > 6 { dice.u32(4..12) } else { dice.u32(10..40) },
            storm: life * dice.u64(2..6) + 30_000,
        };
        Plan { client: plan.client(), ..plan }
    }

    /// The options of the one client that they all are.
    pub fn client(&self) -> ClientConfig {
        let mut options = json!({
            "provider": { "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "client_secret_post" },
            "credentials": { "client_id": "app", "client_secret": secret() },
            "patience": self.patience / 1000, "timeout": self.timeout / 1000,
        });
        if self.grant == Grant::Refresh {
            options["grant"] = json!({ "type": "refresh_token", "refreshToken": format!("{MARK}R3FR-0") });
        }
        let client = ClientConfig::from_json(&options.to_string()).expect("good options");
        let client = client.with_sharing(self.sharing).with_store_timeout(Duration::from_millis(self.limit));
        if self.asks { client.with_asked_credentials() } else { client }
    }

    pub fn is_atomic(&self) -> bool {
        self.sharing == Sharing::Atomic
    }

    pub fn rotates(&self) -> bool {
        matches!(self.rotation, Rotation::Rotating { .. })
    }

    /// How long a lease of the store runs once it is seen.
    pub fn lease(&self) -> u64 {
        self.timeout + 1_000 + 2 * self.limit
    }

    /// How old a token is when somebody renews it at the earliest, by the rule of `schedule`.
    pub fn earliest_renewal(&self) -> u64 {
        let safety = (self.life / 20).clamp(1_000, 10_000).min(self.life / 2);
        let margin = (self.life / 10).min(300_000);
        self.life - safety - 2 * margin
    }
}

/// The client of a plan that is not made yet.
fn unnamed() -> ClientConfig {
    let provider = Provider::from_token_endpoint("https://as.example/token").expect("a URL");
    ClientConfig::new(provider, Credentials::new())
}

pub fn secret() -> String {
    format!("{MARK}S3CR3T")
}

pub fn pick<T: Copy>(dice: &mut Rng, from: &[T]) -> T {
    from[dice.usize(..from.len())]
}
