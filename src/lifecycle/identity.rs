//! Tokens that were made elsewhere, or here: the identity that a platform vouches for, and a JWT that is the API's token.

use crate::answer::jwt::read_jwt_dates;
use crate::answer::response::{Captured, Granted};
use crate::config::client::ClientConfig;
use crate::config::grant::GRANT_SECRETS;
use crate::config::words::{GrantType, Purpose};
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::time::Timestamp;
use crate::lifecycle::exchange::{Exchange, Kind};

impl Exchange {
    /// The signed JWT, where the profile says that it is the token.
    pub(super) fn minted(&mut self, client: &ClientConfig) -> Option<Box<Granted>> {
        let assertion = self.shape(client).assertion().filter(|one| one.purpose() == Purpose::AccessToken)?;
        let access_token = self.assertion.take()?;
        let exp = read_jwt_dates(access_token.expose()).and_then(|dates| dates.exp);
        let lifetime = exp.map_or(assertion.lifetime(), |exp| Timestamp::from_secs(exp).since(self.sent));
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

    /// Whether it is a token exchange.
    pub(super) fn exchanges(&self, client: &ClientConfig) -> bool {
        let of_profile = || self.shape(client).grant_type().and_then(GrantType::of);
        let grant_type = client.grant_type().or_else(of_profile);
        self.kind == Kind::Primary && grant_type == Some(GrantType::TokenExchange)
    }

    /// A refusal of an identity that has expired says so. Nobody looks at its date before: the local clock may be wrong.
    pub(super) fn dated(&self, client: &ClientConfig, mut fault: Fault, now: Timestamp) -> Fault {
        let Error::Refused(reply) = &mut *fault else { return fault };
        let credentials = self.credentials.iter().flat_map(|credentials| &credentials.0);
        let dead =
            credentials.filter(|(_, value)| is_expired(value.expose(), now)).map(|(name, _)| ["credentials.", name]);
        let of_grant =
            GRANT_SECRETS.into_iter().filter(|name| client.grant_member(name).is_some_and(|jwt| is_expired(jwt, now)));
        if let Some(place) = dead.chain(of_grant.map(|name| ["grant.", name])).next() {
            reply.reason = Some(["the JWT in ", &place.concat(), " has expired"].concat().into());
        }
        fault
    }
}

fn is_expired(jwt: &str, now: Timestamp) -> bool {
    read_jwt_dates(jwt).and_then(|dates| dates.exp).is_some_and(|exp| Timestamp::from_secs(exp) <= now)
}

/// Whether other credentials than the refused ones would be refused as well: they are the same, but for JWTs that the platform made
/// anew while the refused ones still held. It makes one for each token request, and no server is to get a request per call.
pub(super) fn is_no_better(credentials: &Credentials, refused: &Credentials, now: Timestamp) -> bool {
    let is_renewed = |new: &Secret, old: &Secret| {
        read_jwt_dates(new.expose()).is_some()
            && read_jwt_dates(old.expose()).is_some()
            && !is_expired(old.expose(), now)
    };
    let is_same = |((name, new), (known, old)): (&(String, Secret), &(String, Secret))| {
        name == known && (new == old || is_renewed(new, old))
    };
    credentials.0.len() == refused.0.len() && credentials.0.iter().zip(&refused.0).all(is_same)
}
