//! The origins that a token may be sent to, and those that `http:` is allowed for.

use crate::config::client::ClientConfig;
use crate::config::schema::texts;
use crate::config::template;
use crate::config::url::{origin_alone, origin_of};
use crate::ground::error::{Error, Fault};
use crate::ground::text::decimal;

/// The origins that the token may be sent to: those of the options, else those of the profile with its templates filled in.
pub(crate) fn origins(client: &ClientConfig) -> Result<Option<Vec<String>>, Fault> {
    let (given, path) = match (client.option("origins"), client.provider.resource("origins")) {
        (None, None) => return Ok(None),
        (None, given) => (given, "provider.resource_request.origins"),
        (given, _) => (given, "origins"),
    };
    let mut origins = Vec::new();
    for (index, text) in texts(given).iter().enumerate() {
        let path = indexed(path, index);
        let variable = |name: &str| client.variable(name).map(|value| origin_of(value).into());
        client.check_in_url(text)?;
        let origin = template::render(text, template::Escape::Percent, &variable)
            .map_err(|name| Error::options(&path, &["variables.", &name, " is not set"]))?;
        origins.push(origin_alone(&origin, &path, client.allow_insecure())?.to_owned());
    }
    Ok(Some(origins))
}

/// # Errors
/// `ERR_OPTIONS` for an entry of `allowInsecure` that is no http origin.
pub(crate) fn check_insecure(client: &ClientConfig) -> Result<(), Fault> {
    let insecure = client.allow_insecure();
    for (index, origin) in insecure.origins().iter().enumerate() {
        let path = indexed("allowInsecure", index);
        if !origin.to_ascii_lowercase().starts_with("http://") {
            let expected = "expected an http: origin, such as \"http://keycloak:8080\"";
            return Err(Error::options(&path, &[expected]));
        }
        origin_alone(origin, &path, insecure)?;
    }
    Ok(())
}

fn indexed(path: &str, index: usize) -> String {
    [path, "[", &decimal(index as u64), "]"].concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Credentials, Provider};

    #[test]
    fn origins_are_no_more_than_that() {
        let options = json!({
            "provider": {"token_endpoint": "{+base_url}/t", "resource_request": {"origins": ["{+base_url}", "https://a.example/"]}},
            "credentials": {"client_id": "a", "client_secret": "s"}, "variables": {"base_url": "https://kc.example:8443/auth/?x"}
        });
        let client = ClientConfig::from_json(&options.to_string()).unwrap();
        assert_eq!(origins(&client).unwrap().unwrap(), ["https://kc.example:8443", "https://a.example"]);
    }

    #[test]
    fn insecure_origins() {
        let client = |origins: &[&str]| {
            let provider = Provider::from_token_endpoint("http://keycloak:8080/t").unwrap();
            let credentials = Credentials::new().with("client_id", "a").with("client_secret", "s");
            ClientConfig::new(provider, credentials).with_insecure_origins(origins.iter().copied()).check().is_ok()
        };
        assert!(client(&["http://keycloak:8080"]));
        assert!(!client(&["http://keycloak"]));
        assert!(!client(&[]));
    }
}
