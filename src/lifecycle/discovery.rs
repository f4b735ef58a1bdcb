//! Which of an issuer's metadata are used, and for how long.

use core::time::Duration;

use crate::config::client::ClientConfig;
use crate::config::discovery::{bad, no_metadata};
use crate::ground::credentials::Credentials;
use crate::ground::error::{Error, Fault};
use crate::ground::message::HttpResponse;
use crate::ground::text::split_once;
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::exchange::Exchange;
use crate::request::scope::Scope;

/// How long the metadata are used before they are read again.
const KEPT: Duration = Duration::from_secs(86_400);
/// How much longer, where they could not be read again.
pub(super) const POSTPONED: Duration = Duration::from_secs(3600);

impl ClientConfig {
    /// Takes the answer to that request in: what follows is the token request, or a look at the other place.
    ///
    /// # Errors
    /// Why there are no metadata that can be used.
    pub(crate) fn learn(
        &mut self,
        exchange: &mut Exchange,
        response: &HttpResponse,
        now: Timestamp,
    ) -> Result<(), Fault> {
        match self.profile_of(exchange, response, now) {
            Ok(profile) => self.provider.discovered(profile, now.plus(KEPT)),
            Err(error) if matches!(*error, Error::Refused(_)) && !exchange.tried => exchange.tried = true,
            Err(error) if self.provider.postpone(now.plus(POSTPONED)) => drop(error),
            Err(error) if matches!(*error, Error::Refused(_)) => {
                return Err(bad(
                    response,
                    &["there is no issuer metadata at .well-known/openid-configuration or \
                    .well-known/oauth-authorization-server"],
                ));
            }
            Err(error) => return Err(error),
        }
        exchange.discovers = false;
        Ok(())
    }

    /// What the metadata name and the profile does not.
    fn profile_of(&self, exchange: &Exchange, response: &HttpResponse, now: Timestamp) -> Result<Value, Fault> {
        let metadata = exchange.document(response, now).map_err(|error| match &*error {
            Error::BadResponse(reply) => {
                // What follows is about token endpoints.
                let reason = reply.reason.as_deref().unwrap_or_default();
                no_metadata(response, &[": ", split_once(reason, ",").map_or(reason, |(what, _)| what)])
            }
            _ => error,
        })?;
        let none = Credentials::new();
        let credentials = exchange.credentials.as_ref().unwrap_or(&none);
        let given = Scope::new(self, self.provider.token(), credentials, &[]).issuer()?;
        self.completed(&metadata, &given, credentials, response)
    }
}
