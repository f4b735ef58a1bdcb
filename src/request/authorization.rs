//! Requests to the authorization endpoint, where a user consents.

use crate::config::client::ClientConfig;
use crate::config::schema::texts;
use crate::ground::credentials::Credentials;
use crate::ground::error::Error;
use crate::request::form::Form;
use crate::request::scope::Scope;

/// The parameters of one authorization request; the others come from the client.
///
/// Source: RFC 6749 §4.1.1, RFC 7636 §4.3.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// The URI that the user is sent back to.
    pub redirect_uri: &'a str,
    /// A value that is sent back unchanged. Compare it with the one that you sent.
    pub state: &'a str,
    /// `base64url(sha256(code_verifier))`, method S256.
    pub code_challenge: Option<&'a str>,
}

impl ClientConfig {
    /// The URL to send the user's browser to, where the user grants access.
    ///
    /// # Errors
    /// `ERR_OPTIONS` if the profile has no `authorization_endpoint`, or one of its variables is missing.
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
        let joined = requested.join(shape.scope_separator());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Provider;

    const PROFILE: &str = r#"{
        "token_endpoint": "https://as.example/token", "authorization_endpoint": "https://as.example/authorize?x=1",
        "scope_separator": ","
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
}
