//! Tokens that were made elsewhere, or here: the identity that a platform vouches for, and a JWT that is the API's token.

use crate::answer::jwt::read_jwt_dates;
use crate::answer::response::{Captured, Granted};
use crate::config::client::ClientConfig;
use crate::config::grant::GRANT_SECRETS;
use crate::config::words::{GrantType, Purpose};
use crate::ground::credentials::Credentials;
use crate::ground::error::{Error, Fault};
use crate::ground::time::Timestamp;
use crate::lifecycle::exchange::{Exchange, Kind, Next};

impl Exchange {
    /// The signed JWT, where the profile says that it is the token.
    pub(super) fn minted(&mut self, client: &ClientConfig) -> Option<Box<Granted>> {
        let assertion = self.shape(client).assertion().filter(|one| one.purpose() == Purpose::AccessToken)?;
        let access_token = self.assertion.take()?;
        let lifetime = expiry(access_token.expose()).map_or(assertion.lifetime(), |exp| exp.since(self.sent));
        Some(Box::new(Granted {
            access_token,
            token_type: None,
            refresh_token: None,
            scope: None,
            issued_token_type: None,
            captured: Captured::new(),
            lifetime: Some(lifetime),
            warning: None,
        }))
    }

    /// Whether this step is the one for which the fleet has a lease: a request, or the signature that makes the token.
    pub(super) fn spends(&self, client: &ClientConfig, next: &Next) -> bool {
        let is_minted = || self.shape(client).assertion().is_some_and(|one| one.purpose() == Purpose::AccessToken);
        matches!(next, Next::Send(_) | Next::Obtain { .. }) || matches!(next, Next::Sign(_)) && is_minted()
    }

    /// Whether it is a token exchange.
    pub(super) fn exchanges(&self, client: &ClientConfig) -> bool {
        let of_profile = || self.shape(client).grant_type().and_then(GrantType::of);
        let grant_type = client.grant_type().or_else(of_profile);
        self.kind == Kind::Primary && grant_type == Some(GrantType::TokenExchange)
    }

    /// A refusal of an identity that has expired says so. Nobody looks at its date before: the local clock may be wrong.
    pub(super) fn dated(&self, client: &ClientConfig, mut fault: Fault, now: Timestamp) -> Fault {
        let Error::Refused(reply) = &mut *fault else { return fault };
        let mut dead = None;
        if let Some(credentials) = &self.credentials {
            for (name, value) in &credentials.0 {
                if is_dead(value.expose(), now) {
                    dead = Some(("credentials.", &**name));
                }
            }
        }
        for name in GRANT_SECRETS {
            if client.grant_member(name).is_some_and(|jwt| is_dead(jwt, now)) {
                dead = Some(("grant.", name));
            }
        }
        if let Some((place, name)) = dead {
            reply.reason = Some(["the JWT in ", place, name, " has expired"].concat().into());
        }
        fault
    }
}

/// Whether it is a JWT that has expired.
fn is_dead(jwt: &str, now: Timestamp) -> bool {
    expiry(jwt).is_some_and(|exp| exp <= now)
}

/// When a JWT expires; `None`: it is none, or does not say.
fn expiry(jwt: &str) -> Option<Timestamp> {
    Some(Timestamp::from_secs(read_jwt_dates(jwt)?.exp?))
}

/// Whether other credentials than the refused ones would be refused as well: they are the same, but for JWTs that the platform made
/// anew while the refused ones still held. It makes one for each token request, and no server is to get a request per call.
pub(super) fn is_no_better(credentials: &Credentials, refused: &Credentials, now: Timestamp) -> bool {
    for (name, new) in &credentials.0 {
        let Some(old) = refused.value(name) else { return false };
        let is_renewed = || expiry(new.expose()).is_some() && expiry(old.expose()).is_some_and(|exp| exp > now);
        if new != old && !is_renewed() {
            return false;
        }
    }
    credentials.0.len() == refused.0.len()
}
