//! What one seed decides before anything happens: the client, the provider and the weather.

use bearerkit::ClientConfig;
use fastrand::Rng;
use serde_json::{Value, json};

/// Begins every secret and every token of this world: what shows it, leaks.
pub const MARK: &str = "mk-";

/// Where the answers say when a token expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    Seconds,
    Text,
    AbsoluteSeconds,
    AbsoluteMillis,
    Rfc3339,
    Jwt,
    JwtWithoutIat,
    /// `expires_in` says a day more than the token's `exp`.
    Disagreeing,
    Nothing,
}

impl Evidence {
    pub fn is_jwt(self) -> bool {
        matches!(self, Evidence::Jwt | Evidence::JwtWithoutIat | Evidence::Disagreeing)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// No refresh tokens.
    None,
    /// One that lives on; answers to a refresh omit it.
    Kept,
    /// A new one each time, and the old one is refused.
    Strict,
    /// As strict, and whoever shows an old one loses all.
    Family,
    /// Handed out beside client credentials, and never honoured.
    Never,
    /// Now and then.
    Sometimes,
    /// Until half of the storm is over.
    UntilDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    One,
    Two,
    Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    ClientCredentials,
    Code,
    RefreshToken,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub client: ClientConfig,
    pub grant: Grant,
    pub secrets: Secrets,
    pub rotation: Rotation,
    pub evidence: Evidence,
    /// In seconds; each token gets one of them.
    pub lives: Vec<u64>,
    /// The server hands out the token that it has until it is about to expire.
    pub same_again: bool,
    /// A refresh kills the old access token, and so it is not done early.
    pub refresh_kills: bool,
    pub sends_date: bool,
    /// How far the server's clock is ahead of the true one, in ms.
    pub skew: i64,
    pub patience: u64,
    pub timeout: u64,
    /// The one that the options name, in ms.
    pub margin: Option<u64>,
    pub default_life: u64,
    pub isolates: usize,
    /// Bursts of calls, by isolate.
    pub bursts: u32,
    /// In per mille of all exchanges.
    pub losses: u32,
    pub duplicates: u32,
    pub vanishing: u32,
    /// A transport without a time limit: answers come after their lease.
    pub is_lax: bool,
    pub jumps: bool,
    /// How long it storms, in ms.
    pub storm: u64,
}

const LIVES: [&[u64]; 9] =
    [&[3600], &[3600, 1800, 60], &[60], &[10], &[1, 2, 5], &[86_400], &[2_592_000], &[0, 1, 3600], &[300, 7200]];

impl Plan {
    pub fn of(dice: &mut Rng) -> Self {
        let secrets = pick(dice, &[Secrets::One, Secrets::One, Secrets::One, Secrets::Two, Secrets::Asked]);
        let grants = [Grant::ClientCredentials, Grant::ClientCredentials, Grant::ClientCredentials, Grant::Code];
        let grant = if dice.u32(0..12) == 0 { Grant::RefreshToken } else { pick(dice, &grants) };
        let rotations = [Rotation::None, Rotation::None, Rotation::Kept, Rotation::Strict, Rotation::Family];
        let whims = [Rotation::Never, Rotation::Sometimes, Rotation::UntilDate];
        let is_whim = grant == Grant::ClientCredentials && dice.u32(0..4) == 0;
        let evidence = [
            Evidence::Seconds,
            Evidence::Seconds,
            Evidence::Text,
            Evidence::AbsoluteSeconds,
            Evidence::AbsoluteMillis,
            Evidence::Rfc3339,
            Evidence::Jwt,
            Evidence::JwtWithoutIat,
            Evidence::Disagreeing,
            Evidence::Nothing,
        ];
        let patience = pick(dice, &[0, 1, 10, 10, 10, 60]);
        let timeout = pick(dice, &[2, 10, 10, 30]);
        let margin = pick(dice, &[None, None, None, Some(0), Some(30), Some(3600)]);
        let default_life = pick(dice, &[3600, 3600, 60]);
        let lives = LIVES[dice.usize(..LIVES.len())].to_vec();
        let longest = lives.iter().copied().max().unwrap_or(0).max(600) * 1000;
        let fierce = dice.u32(0..4);
        let per_mille = |dice: &mut Rng, most: u32| if fierce == 0 { 0 } else { dice.u32(0..most * fierce) };
        let refresh_kills = dice.u32(0..4) == 0;
        let is_signed = dice.u32(0..8) == 0 && secrets == Secrets::One;
        Plan {
            refresh_kills,
            client: client(grant, secrets, is_signed, refresh_kills, (patience, timeout, margin, default_life)),
            grant,
            secrets,
            rotation: pick(dice, if is_whim { &whims } else { &rotations }),
            evidence: pick(dice, &evidence),
            same_again: dice.u32(0..6) == 0,
            sends_date: dice.bool(),
            skew: pick(dice, &[0, 0, 900, -900, 60_000, -60_000, 86_400_000, -86_400_000]),
            patience: patience * 1000,
            timeout: timeout * 1000,
            margin: margin.map(|margin| margin * 1000),
            default_life: default_life * 1000,
            isolates: dice.usize(1..4),
            bursts: dice.u32(4..16),
            losses: per_mille(dice, 100),
            duplicates: per_mille(dice, 60),
            vanishing: per_mille(dice, 100),
            is_lax: dice.u32(0..4) == 0,
            jumps: dice.u32(0..3) == 0,
            storm: longest * dice.u64(1..4),
            lives,
        }
    }
}

type Spans = (u64, u64, Option<u64>, u64);

fn client(grant: Grant, secrets: Secrets, is_signed: bool, kills: bool, spans: Spans) -> ClientConfig {
    let (patience, timeout, margin, default_life) = spans;
    let mut options = json!({
        "provider": { "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "client_secret_post",
                      "refresh_invalidates_access_token": kills },
        "credentials": credentials(0), "patience": patience, "timeout": timeout, "defaultLifetime": default_life,
    });
    if is_signed {
        options["provider"]["token_endpoint_auth_method"] = json!("client_secret_jwt");
    }
    if let Some(margin) = margin {
        options["refreshMargin"] = json!(margin);
    }
    if secrets == Secrets::Two {
        options["credentials"] = json!([credentials(0), credentials(1)]);
    }
    match grant {
        Grant::ClientCredentials => {}
        Grant::Code => {
            let redirect = "https://me.example/";
            options["grant"] =
                json!({ "type": "authorization_code", "code": format!("{MARK}C0DE"), "redirectUri": redirect });
        }
        Grant::RefreshToken => {
            options["grant"] = json!({ "type": "refresh_token", "refreshToken": format!("{MARK}R3FR-0") });
        }
    }
    let client = ClientConfig::from_json(&options.to_string()).expect("good options");
    if secrets == Secrets::Asked { client.with_asked_credentials() } else { client }
}

fn credentials(generation: u32) -> Value {
    json!({ "client_id": "app", "client_secret": secret(generation) })
}

/// The client's secret of that generation.
pub fn secret(generation: u32) -> String {
    format!("{MARK}S3CR3T-{generation}")
}

pub fn pick<T: Copy>(dice: &mut Rng, from: &[T]) -> T {
    from[dice.usize(..from.len())]
}
