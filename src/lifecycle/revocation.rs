//! Requests about a token: revocation and introspection.

use crate::config::shape::RequestShape;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::message::HttpRequest;
use crate::lifecycle::machine::Machine;
use crate::request::build::build;
use crate::request::scope::Scope;

impl Machine {
    /// The requests that revoke the current tokens: the refresh token first, then the access token.
    ///
    /// Send them, treat any 2xx as success, and then call [`forget`](Machine::forget).
    ///
    /// Source: RFC 7009 §2.1.
    ///
    /// # Errors
    /// `ERR_OPTIONS` if the profile has no `revocation_endpoint`, or authenticates by an assertion.
    pub fn revocations(&self) -> Result<Vec<HttpRequest>, Error> {
        self.revocations_with(self.token().map(|token| &token.value))
    }

    /// The same for an access token that the machine does not hold, or no longer holds.
    ///
    /// # Errors
    /// As [`revocations`](Machine::revocations).
    pub fn revocations_with(&self, access_token: Option<&Secret>) -> Result<Vec<HttpRequest>, Error> {
        let mut requests = Vec::new();
        for (token, hint) in [(self.refresh_token(), "refresh_token"), (access_token, "access_token")] {
            let request = self.about_token("revocation_endpoint", token, Some(hint))?;
            // Where the token itself is the authorization, the row that holds both goes with it (Fusio).
            let Some((request, by_token)) = request else { continue };
            if !(by_token && hint == "refresh_token") {
                requests.push(request);
            }
        }
        Ok(requests)
    }

    /// The request that asks the server about a token: whether it is active, whose it is, until when.
    ///
    /// Source: RFC 7662 §2.1.
    ///
    /// # Errors
    /// `ERR_OPTIONS` if the profile has no `introspection_endpoint`, or authenticates by an assertion.
    pub fn introspection(&self, token: &Secret) -> Result<HttpRequest, Error> {
        let request = self.about_token("introspection_endpoint", Some(token), None)?;
        request.map(|(request, _)| request).ok_or_else(|| *Error::options("token", &["missing"]))
    }

    /// `None`: there is no token. And whether the token itself is the authorization.
    fn about_token(
        &self,
        member: &str,
        token: Option<&Secret>,
        hint: Option<&str>,
    ) -> Result<Option<(HttpRequest, bool)>, Fault> {
        let client = self.client();
        let (shape, by_token) = client.provider.about_token(member, hint)?;
        let Some(token) = token else { return Ok(None) };
        let none = Credentials::new();
        let captured = [("token".to_owned(), token.clone())];
        let mut scope = Scope::new(client, RequestShape::of(&shape), self.credentials().unwrap_or(&none), &captured);
        scope.asks_for_token = false;
        Ok(Some((build(&scope, None, None)?, by_token)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, ClientConfig, Grant, HttpResponse, Provider, Timestamp};

    const PROFILE: &str = r#"{
        "token_endpoint": "https://as.example/token", "revocation_endpoint": "https://as.example/revoke",
        "scope_separator": ","
    }"#;

    fn revocations(profile: &str) -> Vec<(String, String)> {
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
        let client = ClientConfig::new(Provider::from_json(profile).unwrap(), credentials).with_scope(["a", "b"]);
        let mut machine = Machine::new(client.with_grant(Grant::ClientCredentials), 1);
        let Action::Send(request) = machine.poll(Timestamp::from_secs(1)) else { panic!() };
        let body = br#"{"access_token": "at{x}", "refresh_token": "rt", "expires_in": 60}"#.to_vec();
        let response = HttpResponse { status: 200, headers: vec![], body };
        machine.on_response(request.serial, &response, Timestamp::from_secs(1));
        let show = |request: HttpRequest| {
            let authorization = request.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.expose();
            (authorization.to_owned(), request.body.unwrap().expose().to_owned())
        };
        machine.revocations().unwrap().into_iter().map(show).collect()
    }

    #[test]
    fn revokes_both_tokens_with_the_client_authentication() {
        let basic = "Basic YXBwOnMzY3IzdA==".to_owned();
        let expected = [
            (basic.clone(), "token=rt&token_type_hint=refresh_token".to_owned()),
            (basic, "token=at%7Bx%7D&token_type_hint=access_token".to_owned()),
        ];
        assert_eq!(revocations(PROFILE), expected);
    }

    #[test]
    fn revokes_with_the_token_itself_where_the_profile_says_so() {
        let profile = PROFILE
            .replace("\"scope_separator\"", "\"revocation_endpoint_auth_method\": \"bearer\", \"scope_separator\"");
        let expected = ("Bearer at{x}".to_owned(), "token=at%7Bx%7D&token_type_hint=access_token".to_owned());
        assert_eq!(revocations(&profile), [expected]);
    }
}
