//! The other two endpoints of a profile: where a user consents, and where a token is revoked.

use std::sync::Arc;

use crate::config::client::ClientConfig;
use crate::config::schema::texts;
use crate::config::shape::RequestShape;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::message::{HttpRequest, HttpResponse};
use crate::ground::text::join;
use crate::ground::time::Timestamp;
use crate::lifecycle::machine::Machine;
use crate::lifecycle::token::Token;
use crate::request::build::{Form, Scope, build};

/// What an authorization request says of itself; the rest is the client's.
///
/// Source: RFC 6749 §4.1.1, RFC 7636 §4.3.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// Where the user comes back to.
    pub redirect_uri: &'a str,
    /// Comes back unchanged; compare it.
    pub state: &'a str,
    /// `base64url(sha256(code_verifier))`, method S256.
    pub code_challenge: Option<&'a str>,
}

impl ClientConfig {
    /// The URL that the user's browser is sent to, to grant access.
    ///
    /// # Errors
    /// `ERR_OPTIONS` where the profile names no `authorization_endpoint`, or not all of it can be filled in.
    pub fn authorization_url(&self, request: &AuthorizationRequest<'_>) -> Result<String, Error> {
        let path = "provider.authorization_endpoint";
        let endpoint =
            self.provider.text("authorization_endpoint").ok_or_else(|| Error::options(path, &["missing"]))?;
        let none = Credentials::new();
        let shape = self.provider.token();
        let scope = Scope::new(self, shape, self.credentials.first().unwrap_or(&none), &[]);
        let mut url = scope.url(path, endpoint)?;
        let client_id = scope.credential("client_id")?;
        let requested = self.scope().unwrap_or_else(|| shape.scope());
        let joined = join(&requested, shape.scope_separator());
        let challenge = request.code_challenge.unwrap_or_default();
        let mut query = Form::default();
        query.add("response_type", "code");
        query.add("client_id", &client_id);
        query.add("redirect_uri", request.redirect_uri);
        query.add("scope", &joined);
        query.add("state", request.state);
        query.add("code_challenge", challenge);
        query.add("code_challenge_method", if challenge.is_empty() { "" } else { "S256" });
        for (name, value) in self.parameters() {
            query.add(name, value);
        }
        for resource in texts(self.resource()) {
            query.add("resource", &resource);
        }
        query.append_to(&mut url);
        Ok(url)
    }
}

impl ClientConfig {
    /// Reads a token response without a life-cycle: `sent` is when its request was sent, `received` when it came.
    ///
    /// # Errors
    /// As the table in the README says.
    pub fn parse_token_response(
        &self,
        response: &HttpResponse,
        sent: Timestamp,
        received: Timestamp,
    ) -> Result<(Arc<Token>, Option<Secret>), Error> {
        let mut machine = Machine::new(self.clone(), 0);
        machine.take(response, sent, received)?;
        let none = || Error::bad_response(response.status, &["there is no token in it"]);
        Ok((machine.token().cloned().ok_or_else(none)?, machine.refresh_token().cloned()))
    }
}

impl Machine {
    /// The requests that revoke what is in hand: the refresh token first, then the access token.
    ///
    /// Send them, take any 2xx for a yes, and then [`forget`](Machine::forget).
    ///
    /// Source: RFC 7009 §2.1.
    ///
    /// # Errors
    /// `ERR_OPTIONS` where the profile names no `revocation_endpoint`, or authenticates by an assertion.
    pub fn revocations(&self) -> Result<Vec<HttpRequest>, Error> {
        self.revocations_with(self.token().map(|token| &token.value))
    }

    /// The same for an access token that is not, or no more, in hand.
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
    /// `ERR_OPTIONS` where the profile names no `introspection_endpoint`, or authenticates by an assertion.
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
    use crate::{Action, Grant, Provider};

    const PROFILE: &str = r#"{
        "token_endpoint": "https://as.example/token", "authorization_endpoint": "https://as.example/authorize?x=1",
        "revocation_endpoint": "https://as.example/revoke", "scope_separator": ","
    }"#;

    fn client(profile: &str) -> ClientConfig {
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
        ClientConfig::new(Provider::from_json(profile).unwrap(), credentials).with_scope(["a", "b"])
    }

    #[test]
    fn the_authorization_url() {
        let request = AuthorizationRequest {
            redirect_uri: "https://me.example/back?a=b",
            state: "s t",
            code_challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        };
        assert_eq!(
            client(PROFILE).authorization_url(&request).unwrap(),
            "https://as.example/authorize?x=1&response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fme.example%2Fback%3Fa%3Db\
             &scope=a,b&state=s+t&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
        let without = client(r#"{"token_endpoint": "https://as.example/token"}"#).authorization_url(&request);
        assert_eq!(without.unwrap_err().to_string(), "provider.authorization_endpoint: missing");
    }

    fn revocations(profile: &str) -> Vec<(String, String)> {
        let mut machine = Machine::new(client(profile).with_grant(Grant::ClientCredentials), 1);
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
