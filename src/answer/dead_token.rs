//! What a profile reads about the token in an API's response.

use crate::answer::body::{read_document, value_at};
use crate::answer::challenge::Challenge;
use crate::config::client::ClientConfig;
use crate::config::words::AnswerFormat;
use crate::ground::json;
use crate::ground::message::HttpResponse;
use crate::ground::value::Value;

impl ClientConfig {
    /// Reads what an API's response says about the token: in `WWW-Authenticate`, at
    /// `resource_request.error` of a 401, and by `resource_request.invalid_token_when`.
    ///
    /// Pass an empty body if it was not read. [`Machine::on_unauthorized`] decides whether the token is discarded.
    ///
    /// ```
    /// use bearerkit::{ClientConfig, Credentials, HttpResponse, Provider};
    /// let provider = Provider::from_json(r#"{
    ///     "token_endpoint": "https://as.example/token",
    ///     "resource_request": { "invalid_token_when": { "status": 200, "pointer": "/errcode", "is": 42001 } }
    /// }"#)?;
    /// let client = ClientConfig::new(provider, Credentials::new());
    /// let body = br#"{"errcode":42001}"#.to_vec();
    /// assert!(client.read_challenge(&HttpResponse { status: 200, headers: vec![], body }).is_curable());
    /// # Ok::<(), bearerkit::Error>(())
    /// ```
    ///
    /// [`Machine::on_unauthorized`]: crate::Machine::on_unauthorized
    pub fn read_challenge(&self, response: &HttpResponse) -> Challenge {
        let status = response.status;
        let document = read_document(AnswerFormat::Json, &response.body).unwrap_or_default();
        let error = self.provider.resource("error").and_then(Value::as_str).filter(|_| status == 401);
        let error = error.and_then(|place| json::scalar(value_at(response, &document, place)?.as_ref()));
        let mut header = String::new();
        for (name, value) in &response.headers {
            if name.eq_ignore_ascii_case("www-authenticate") {
                header.push_str(value);
                header.push(',');
            }
        }
        let mut challenge = Challenge::new(status, Some(&header), error);
        for rule in self.provider.invalid_token_rules() {
            let is_there =
                |place| value_at(response, &document, place).is_some_and(|found| rule.allows("is", found.as_ref()));
            challenge.by_profile |= rule.allows("status", &status.into()) && rule.pointer().is_none_or(is_there);
        }
        challenge
    }
}

#[cfg(test)]
mod tests {
    use crate::ground::value::json;

    use super::*;
    use crate::{Credentials, Provider};

    /// What an answer is taken for where the profile has this `resource_request`.
    fn read(resource: &Value, status: u16, headers: &[(&str, &str)], body: &str) -> Challenge {
        let provider = json!({ "token_endpoint": "https://as.example/token", "resource_request": resource });
        let client = ClientConfig::new(Provider::from_json(&provider.to_string()).unwrap(), Credentials::new());
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        client.read_challenge(&HttpResponse { status, headers, body: body.into() })
    }

    #[test]
    fn what_the_profile_takes_for_a_dead_token() {
        for (rules, status, body, expected) in [
            (json!({"status": 403}), 403, "", true),
            (json!({"status": 403}), 404, "", false),
            (json!([{"status": [403, 419, 440, 498]}]), 498, "no JSON", true),
            (json!({"status": 200, "pointer": "/errcode", "is": [40001, 42001]}), 200, r#"{"errcode":42001}"#, true),
            (json!({"status": 200, "pointer": "/errcode", "is": [40001, 42001]}), 200, r#"{"errcode":"42001"}"#, true),
            (json!({"status": 200, "pointer": "/errcode", "is": "42001"}), 200, r#"{"errcode":42001.0}"#, true),
            (json!({"status": 200, "pointer": "/errcode", "is": 0}), 200, r#"{"errcode":0.0}"#, true),
            (json!({"status": 200, "pointer": "/errcode", "is": 42001}), 200, r#"{"errcode":0}"#, false),
            (json!({"status": 200, "pointer": "/errcode", "is": 42001}), 403, r#"{"errcode":42001}"#, false),
            (json!({"pointer": "/errcode", "is": 42001}), 500, r#"{"errcode":42001}"#, true),
            (json!({"pointer": "/errors/0/code", "is": [601, 602]}), 200, r#"{"errors":[{"code":"602"}]}"#, true),
            (json!({"pointer": "/dead"}), 200, r#"{"dead":false}"#, true),
            (json!({"pointer": "/dead", "is": true}), 200, r#"{"dead":false}"#, false),
            (json!({"pointer": "/dead"}), 200, r#"{"dead":null}"#, false),
            (json!({"pointer": "/dead"}), 200, "", false),
            (json!({"pointer": "/dead"}), 200, r#"{"dead":"#, false),
            (json!({"pointer": "", "is": "dead"}), 200, r#""dead""#, true),
            (json!([{"status": 440}, {"status": 200, "pointer": "/a"}]), 200, r#"{"a":{}}"#, true),
        ] {
            let challenge = read(&json!({ "invalid_token_when": rules }), status, &[], body);
            assert_eq!((challenge.by_profile, challenge.is_curable()), (expected, expected), "{rules} {status} {body}");
        }
    }

    #[test]
    fn what_the_profile_finds_in_a_header() {
        let rules = json!({ "invalid_token_when": {"status": 400, "pointer": "header:X-Error", "is": "dead"}, "error": "header:x-code" });
        assert!(read(&rules, 400, &[("x-error", "dead")], "").is_curable());
        assert!(!read(&rules, 400, &[("x-error", "other")], "").is_curable());
        assert!(!read(&rules, 400, &[], "").is_curable());
        assert!(!read(&rules, 401, &[("X-Code", "insufficient_scope")], "").is_curable());
    }

    #[test]
    fn an_answer_s_challenges_are_one_and_its_body_s_code_is_a_401_s() {
        let with_error = json!({"error": "/error"});
        let scarce = r#"{"error":"insufficient_scope"}"#;
        assert_eq!(read(&with_error, 401, &[], scarce).error.as_deref(), Some("insufficient_scope"));
        assert_eq!(read(&with_error, 403, &[], r#"{"error":"invalid_token"}"#).error, None);
        let (basic, bearer) =
            (("WWW-Authenticate", "Basic realm=x"), ("www-authenticate", "Bearer error=invalid_token"));
        assert!(read(&json!({}), 403, &[basic, bearer], "").is_curable());
        // The profile's status is a guess where the API says it in the words of RFC 6750.
        let scarce = ("www-authenticate", "Bearer error=insufficient_scope");
        assert!(!read(&json!({ "invalid_token_when": {"status": 403} }), 403, &[scarce], "").is_curable());
    }

    #[test]
    fn what_no_rule_can_say() {
        let at = "provider.resource_request.invalid_token_when";
        let neither = ": expected a `status` or a `pointer` (`is` needs a `pointer`), found an object";
        for (rules, complaint) in [
            (json!([]), ": expected at least one item, found an array"),
            (json!("dead"), ": expected an object, found a string"),
            (json!([{}]), &*format!("[0]{neither}")),
            (json!({}), neither),
            (json!([{"status": 403}, {"is": 1}]), &*format!("[1]{neither}")),
            (json!({"status": 403, "is": 1}), neither),
            (json!([{"status": 99}]), "[0].status: expected an HTTP status, 100 to 599, found a number"),
            (json!([{"status": [403, 600]}]), "[0].status[1]: expected an HTTP status, 100 to 599, found a number"),
            (json!({"status": 403.5}), ".status: expected an HTTP status, 100 to 599, found a number"),
            (json!({"status": "403"}), ".status: expected an HTTP status, 100 to 599, found a string"),
            (json!({"status": []}), ".status: expected at least one item, found an array"),
            (
                json!({"pointer": "errcode"}),
                ".pointer: expected a pointer: \"/a/b\" (RFC 6901), \"\" for the whole body, or \"header:name\", found a string",
            ),
            (json!({"pointer": "/a", "is": []}), ".is: expected at least one item, found an array"),
            (json!({"pointer": "/a", "is": null}), ".is: expected a string, a number or a boolean, found null"),
            (
                json!({"pointer": "/a", "is": [1, {}]}),
                ".is[1]: expected a string, a number or a boolean, found an object",
            ),
            (json!({"pointer": "/a", "not": 1}), ".not: unknown member"),
        ] {
            let provider = json!({ "token_endpoint": "https://as.example/token", "resource_request": { "invalid_token_when": rules } });
            let error = Provider::from_json(&provider.to_string()).unwrap_err();
            assert_eq!(error.to_string(), format!("{at}{complaint}"), "{rules}");
        }
    }
}
