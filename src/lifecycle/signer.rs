//! A signer of the caller's own, which may fail: a KMS, an HSM.

use crate::ground::error::{Error, Fault, Reply};
use crate::ground::text::spaced;
use crate::ground::time::Timestamp;
use crate::lifecycle::action::TokenRequest;
use crate::lifecycle::lease::Flight;
use crate::lifecycle::machine::Machine;
use crate::lifecycle::token::Serial;

/// The maximum length of a signer's reason, in characters.
const MAX_REASON: usize = 256;

impl Machine {
    /// Reports that the signer failed but may succeed later: `ERR_OPTIONS` at `credentials`. The machine backs off as it does for a
    /// server, and asks the signer again.
    pub fn on_signer_failure(&mut self, serial: Serial, reason: &str, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let lease = self.take_lease(serial)?;
        // How long to wait is that of what passes.
        let next = self.land(lease, Err(Box::new(Error::Credentials(Reply::default()))), now);
        let error: Fault = Error::options("credentials", &[&spaced(reason, MAX_REASON)]);
        if let Flight::Cooldown(cooldown) = &mut self.flight {
            cooldown.error = error.clone();
        }
        self.last_error = Some(error);
        next
    }
}
