//! Requests about a token: revocation and introspection.

use crate::config::shape::RequestShape;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::time::Timestamp;
use crate::lifecycle::exchange::{Next, uuid};
use crate::lifecycle::machine::Machine;
use crate::request::assertion::signing_input;
use crate::request::build::build;
use crate::request::scope::Scope;

/// A request about a token: what it needs next, a signature or to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// `Sign` where the client authenticates by an assertion, else `Send`; never `Credentials`.
    pub next: Next,
    pub(crate) endpoint: &'static str,
    pub(crate) token: Secret,
    pub(crate) hint: Option<&'static str>,
}

impl Machine {
    /// The requests that revoke the current tokens: the refresh token first, then the access token.
    ///
    /// Sign what [wants a signature](Inquiry::next), send them, treat any 2xx as success, and then call [`forget`](Machine::forget).
    ///
    /// Source: RFC 7009 §2.1.
    ///
    /// # Errors
    /// `ERR_OPTIONS` if the profile has no `revocation_endpoint`.
    pub fn revocations(&mut self, now: Timestamp) -> Result<Vec<Inquiry>, Error> {
        let held = self.token().map(|token| token.value.clone());
        self.revocations_with(held.as_ref(), now)
    }

    /// The same for an access token that the machine does not hold, or no longer holds.
    ///
    /// # Errors
    /// As [`revocations`](Machine::revocations).
    pub fn revocations_with(&mut self, access_token: Option<&Secret>, now: Timestamp) -> Result<Vec<Inquiry>, Error> {
        let mut inquiries = Vec::new();
        let refresh_token = self.revocable()?.cloned();
        for (token, hint) in [(refresh_token.as_ref(), "refresh_token"), (access_token, "access_token")] {
            if let Some(token) = token {
                inquiries.push(self.inquiry("revocation_endpoint", token, Some(hint), None, now)?);
            }
        }
        Ok(inquiries)
    }

    /// The refresh token, where it is revoked on its own.
    pub(crate) fn revocable(&self) -> Result<Option<&Secret>, Fault> {
        let (_, by_token) = self.client().provider.about_token("revocation_endpoint", None)?;
        // Where the token itself is the authorization, the row that holds both goes with it (Fusio).
        Ok(self.refresh_token().filter(|_| !by_token))
    }

    /// The request that asks the server about a token: whether it is active, whose it is, until when.
    ///
    /// Source: RFC 7662 §2.1.
    ///
    /// # Errors
    /// `ERR_OPTIONS` if the profile has no `introspection_endpoint`.
    pub fn introspection(&mut self, token: &Secret, now: Timestamp) -> Result<Inquiry, Error> {
        Ok(self.inquiry("introspection_endpoint", token, None, None, now)?)
    }

    /// Takes the signature that an inquiry [wants](Inquiry::next); what comes next is to send it.
    ///
    /// # Errors
    /// `ERR_OPTIONS` if the request cannot be built.
    pub fn on_inquiry_signature(
        &mut self,
        inquiry: &Inquiry,
        signature: &[u8],
        now: Timestamp,
    ) -> Result<Inquiry, Error> {
        let Next::Sign(input) = &inquiry.next else { return Ok(inquiry.clone()) };
        let jwt = input.signed(signature);
        Ok(self.inquiry(inquiry.endpoint, &inquiry.token, inquiry.hint, Some(&jwt), now)?)
    }

    fn inquiry(
        &mut self,
        endpoint: &'static str,
        token: &Secret,
        hint: Option<&'static str>,
        jwt: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Inquiry, Fault> {
        let next = self.inquire(endpoint, token, hint, jwt, now)?;
        Ok(Inquiry { next, endpoint, token: token.clone(), hint })
    }

    /// What an inquiry needs next. `jwt`: the signed assertion, once there is one.
    pub(crate) fn inquire(
        &mut self,
        endpoint: &str,
        token: &Secret,
        hint: Option<&str>,
        jwt: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Next, Fault> {
        let id = uuid(&mut self.dice);
        let (shape, _) = self.client().provider.about_token(endpoint, hint)?;
        let none = Credentials::new();
        let captured = [("token".to_owned(), token.clone())];
        let credentials = self.credentials().unwrap_or(&none);
        let mut scope = Scope::new(self.client(), RequestShape::of(&shape), credentials, &captured);
        scope.asks_for_token = false;
        scope.uuid = id;
        scope.now = now.skewed(self.skew);
        if jwt.is_none()
            && let Some(input) = signing_input(&scope)?
        {
            return Ok(Next::Sign(input));
        }
        Ok(Next::Send(build(&scope, None, jwt)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::assertion::SigningInput;
    use crate::{Action, ClientConfig, Grant, HttpResponse, Provider};

    const PROFILE: &str = r#"{
        "token_endpoint": "https://as.example/token", "revocation_endpoint": "https://as.example/revoke",
        "scope_separator": ","
    }"#;

    const NOW: Timestamp = Timestamp::from_secs(1);

    /// A machine that holds both tokens.
    fn machine(profile: &str) -> Machine {
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
        let client = ClientConfig::new(Provider::from_json(profile).unwrap(), credentials).with_scope(["a", "b"]);
        let mut machine = Machine::new(client.with_grant(Grant::ClientCredentials), 1);
        let Action::Send(mut request) = machine.poll(NOW) else { panic!() };
        if let Next::Sign(_) = request.next {
            request = machine.on_signature(request.serial, b"signature", NOW).unwrap();
        }
        let body = br#"{"access_token": "at{x}", "refresh_token": "rt", "expires_in": 60}"#.to_vec();
        let response = HttpResponse { status: 200, headers: vec![], body };
        machine.on_response(request.serial, &response, NOW);
        machine
    }

    fn revocations(profile: &str) -> Vec<(String, String)> {
        let show = |inquiry: Inquiry| {
            let Next::Send(request) = inquiry.next else { panic!("{inquiry:?}") };
            let authorization = request.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.expose();
            (authorization.to_owned(), request.body.unwrap().expose().to_owned())
        };
        machine(profile).revocations(NOW).unwrap().into_iter().map(show).collect()
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
    fn signing_profile(further: &str) -> String {
        PROFILE.replace("\"scope_separator\"", &[further, ", \"scope_separator\""].concat())
    }

    fn claims(input: &SigningInput) -> serde_json::Value {
        let claims = input.input.split('.').nth(1).unwrap();
        serde_json::from_slice(&crate::ground::base64::decode_url(claims).unwrap()).unwrap()
    }

    #[test]
    fn an_assertion_is_signed_for_the_endpoint_that_is_asked() {
        for profile in [
            signing_profile("\"token_endpoint_auth_method\": \"client_secret_jwt\""),
            signing_profile("\"revocation_endpoint_auth_method\": \"client_secret_jwt\""),
        ] {
            let mut machine = machine(&profile);
            let inquiries = machine.revocations(NOW).unwrap();
            assert_eq!(inquiries.len(), 2);
            let mut ids = Vec::new();
            for (inquiry, hint) in inquiries.iter().zip(["refresh_token", "access_token"]) {
                let Next::Sign(input) = &inquiry.next else { panic!("{inquiry:?}") };
                assert_eq!((input.alg.name(), input.key.expose()), ("HS256", "s3cr3t"));
                assert_eq!(claims(input)["aud"], "https://as.example/revoke");
                ids.push(claims(input)["jti"].clone());
                let signed = machine.on_inquiry_signature(inquiry, b"signature", NOW).unwrap();
                let Next::Send(request) = signed.next else { panic!("{signed:?}") };
                assert!(request.headers.iter().all(|(name, _)| name != "authorization"));
                let body = request.body.unwrap().expose().to_owned();
                assert!(body.contains(&["&client_assertion=", &input.input, ".c2lnbmF0dXJl"].concat()), "{body}");
                assert!(body.contains("client_id=app") && body.contains(hint), "{body}");
            }
            assert!(ids[0] != ids[1]);
        }
    }

    #[test]
    fn a_profile_that_names_the_token_endpoint_as_the_audience_means_it_everywhere() {
        let profile = signing_profile(
            "\"token_endpoint_auth_method\": \"client_secret_jwt\", \"assertion\": { \"claims\": { \"aud\": \"{token_endpoint}\" } }",
        );
        let inquiries = machine(&profile).revocations(NOW).unwrap();
        let Next::Sign(input) = &inquiries[0].next else { panic!() };
        assert_eq!(claims(input)["aud"], "https://as.example/token");
    }

    #[test]
    fn a_certificate_is_the_connections_and_the_client_says_who_it_is() {
        for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
            let profile = signing_profile(&format!("\"revocation_endpoint_auth_method\": \"{method}\""));
            let inquiries = machine(&profile).revocations(NOW).unwrap();
            let Next::Send(request) = &inquiries[1].next else { panic!() };
            let body = request.body.as_ref().unwrap().expose();
            assert_eq!(body, "client_id=app&token=at%7Bx%7D&token_type_hint=access_token");
            assert!(request.headers.iter().all(|(name, _)| name != "authorization"));
        }
    }
}
