//! Builds every request that a client may send, without sending it, to find what is missing.

use fastrand::Rng;

use crate::config::client::ClientConfig;
use crate::config::origins::{check_insecure, origins};
use crate::config::words::Purpose;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::json::set;
use crate::ground::time::Timestamp;
use crate::lifecycle::exchange::{Exchange, Kind};
use crate::request::assertion::signing_input;
use crate::request::build::build;
use crate::request::resource::attach;
use crate::request::scope::Trial;

impl ClientConfig {
    /// Builds every request that this client may send, without sending it, to find what is missing or wrong.
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the path of what is missing or wrong.
    pub fn check(&self) -> Result<(), Error> {
        self.check_variables()?;
        self.check_environment()?;
        check_insecure(self)?;
        let none = [Credentials::new()];
        let (list, trial) = match self.credentials.as_slice() {
            [] => (none.as_slice(), Trial::Credentials),
            given => (given, Trial::Captures),
        };
        for credentials in list {
            self.check_with(credentials, trial)?;
        }
        origins(self)?;
        Ok(())
    }

    fn check_with(&self, credentials: &Credentials, trial: Trial) -> Result<(), Fault> {
        let mut exchange = Exchange::primary(self, 0, Timestamp::default());
        let mut dice = Rng::with_seed(0);
        let made_up = Secret::new("trial");
        for number in 0..=self.provider.steps() {
            exchange.step = number;
            exchange.try_out(self, credentials, trial, &mut dice)?;
            if number < self.provider.steps() {
                let capture = exchange.shape(self).response().capture();
                exchange.step = number.saturating_add(1);
                exchange.capture("access_token", made_up.clone());
                for (name, _) in capture {
                    exchange.capture(name, made_up.clone());
                }
            }
        }
        for (name, _) in self.provider.token().response().capture() {
            set(&mut exchange.captured, name, made_up.clone());
        }
        exchange.kind = Kind::Refresh;
        exchange.refresh_token = Some(made_up.clone());
        exchange.try_out(self, credentials, trial, &mut dice)?;
        attach(self, credentials, &exchange.captured, &made_up, Some(trial)).map(|_| ())
    }
}

impl Exchange {
    fn try_out(
        &self,
        client: &ClientConfig,
        credentials: &Credentials,
        trial: Trial,
        dice: &mut Rng,
    ) -> Result<(), Fault> {
        let mut scope = self.scope(client, credentials, dice, Timestamp::default());
        scope.trial = Some(trial);
        signing_input(&scope)?;
        if scope.shape.asserts_for(Purpose::AccessToken) {
            return Ok(());
        }
        let assertion = scope.shape.assertion().map(|_| Secret::new("trial"));
        build(&scope, self.grant(client), assertion.as_ref())?;
        Ok(())
    }
}
