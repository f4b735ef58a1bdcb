//! Good options, changed here and there: most of what comes out is accepted, and has to serve.

use serde_json::{Value, json};

use super::client::MARK;
use super::draw::Draw;
use super::options::{are_good_or_refused, put};

/// First byte: which options. Then one change after the other: where, and to what.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let mut options: Value = serde_json::from_str(draw.pick(&GOOD)).expect("JSON");
    while !draw.is_empty() {
        let member = format!("/{}", draw.pick(&MEMBERS));
        let changed = value(&mut draw, 2);
        match changed {
            Some(value) => put(&mut options, &member, value),
            None => remove(&mut options, &member),
        }
    }
    are_good_or_refused(options);
}

/// The shipped profiles, and one that has every member.
const GOOD: [&str; 9] = [
    r#"{"provider":{"token_endpoint":"https://as.example/token"},"credentials":{"client_id":"app","client_secret":"s"}}"#,
    include_str!("options/every_member.json"),
    include_str!("options/fuse.json"),
    include_str!("options/steps.json"),
    include_str!("options/fusio_login.json"),
    include_str!("options/assertion.json"),
    include_str!("options/rotation.json"),
    include_str!("options/code.json"),
    r#"{"provider":{"issuer":"https://{x}.example","defaults":{"x":"as"}},"credentials":{"client_id":"app","client_secret":"s"}}"#,
];

/// Every member that options and profiles may have, and some that they may not.
const MEMBERS: [&str; 102] = [
    "provider",
    "provider/token_endpoint",
    "provider/token_endpoint_method",
    "provider/token_endpoint_auth_method",
    "provider/basic_encoding",
    "provider/grant_type",
    "provider/scope",
    "provider/scope_separator",
    "provider/request_format",
    "provider/client_id",
    "provider/client_secret",
    "provider/parameters",
    "provider/parameters/p",
    "provider/parameters/grant_type",
    "provider/parameters/scope",
    "provider/headers",
    "provider/headers/x-key",
    "provider/headers/Authorization",
    "provider/headers/accept",
    "provider/assertion",
    "provider/assertion/use",
    "provider/assertion/alg",
    "provider/assertion/key",
    "provider/assertion/lifetime",
    "provider/assertion/header",
    "provider/assertion/header/kid",
    "provider/assertion/claims",
    "provider/assertion/claims/aud",
    "provider/assertion/claims/exp",
    "provider/response",
    "provider/response/format",
    "provider/response/access_token",
    "provider/response/refresh_token",
    "provider/response/token_type",
    "provider/response/scope",
    "provider/response/expiry",
    "provider/response/expiry/source",
    "provider/response/expiry/pointer",
    "provider/response/expiry/unit",
    "provider/response/expiry/format",
    "provider/response/expiry/seconds",
    "provider/response/error",
    "provider/response/error_description",
    "provider/response/error_when",
    "provider/response/error_when/pointer",
    "provider/response/error_when/not",
    "provider/response/retry_after",
    "provider/response/retry_after/pointer",
    "provider/response/retry_after/unit",
    "provider/response/token_types",
    "provider/response/capture",
    "provider/response/capture/url",
    "provider/resource_request",
    "provider/resource_request/headers",
    "provider/resource_request/headers/x-key",
    "provider/resource_request/query",
    "provider/resource_request/query/key",
    "provider/resource_request/origins",
    "provider/resource_request/error",
    "provider/refresh_margin",
    "provider/refresh_invalidates_access_token",
    "provider/refresh",
    "provider/refresh/token_endpoint",
    "provider/refresh/grant_type",
    "provider/refresh/scope",
    "provider/refresh/token_endpoint_auth_method",
    "provider/refresh/parameters",
    "provider/refresh/headers",
    "provider/refresh/headers/x-key",
    "provider/refresh/response",
    "provider/refresh/request_format",
    "provider/revocation_endpoint",
    "provider/revocation_endpoint_auth_method",
    "provider/authorization_endpoint",
    "provider/defaults",
    "provider/defaults/x",
    "provider/environments",
    "provider/environments/test",
    "provider/environments/test/x",
    "provider/steps",
    "provider/steps/0",
    "provider/steps/0/token_endpoint",
    "provider/steps/0/response/capture",
    "provider/steps/0/parameters",
    "provider/steps/1",
    "provider/x",
    "credentials",
    "credentials/x",
    "credentials/private_key",
    "variables",
    "variables/x",
    "variables/environment",
    "scope",
    "parameters",
    "parameters/x",
    "resource",
    "grant",
    "origins",
    "allowInsecure",
    "provider/issuer",
    "provider/introspection_endpoint",
    "provider/introspection_endpoint_auth_method",
];

/// Words of the profile, pointers, templates and URLs, in this order.
const TEXTS: [&str; 64] = [
    "GET",
    "POST",
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "client_secret_jwt",
    "none",
    "bearer",
    "form",
    "raw",
    "json",
    "query",
    "text",
    "auto",
    "expires_in",
    "expires_at",
    "jwt_exp",
    "fixed",
    "s",
    "ms",
    "min",
    "d:hh:mm",
    "unix",
    "unix_ms",
    "rfc3339",
    "client_assertion",
    "grant",
    "authorization",
    "RS256",
    "PS256",
    "ES256",
    "HS256",
    "client_credentials",
    "password",
    "refresh_token",
    "authorization_code",
    "",
    "/",
    "/access_token",
    "/d/0/t",
    "/a~1b/~0",
    "header:x-token",
    "/expires_in",
    "{client_id}",
    "{client_secret}",
    "{x}",
    "{+x}",
    "{scope}",
    "{access_token}",
    "{refresh_token}",
    "{token_endpoint}",
    "{uuid}",
    "{url}",
    "{step1.url}",
    "{step1.access_token}",
    "{absent}",
    "https://as.example/{x}/token",
    "https://{x}/token?a=b",
    "https://{+x}",
    "http://localhost:8080/token",
    "https://as.example/{client_secret}",
    "test",
    "Bearer {access_token}",
    "a b",
];

/// `None`: it is taken out.
fn value(draw: &mut Draw<'_>, depth: u8) -> Option<Value> {
    Some(match draw.below(16) {
        0 => return None,
        1 => json!(null),
        2 => json!(true),
        3 => json!(false),
        4 => json!(draw.pick(&[0.0, 1.0, -1.0, 0.001, 300.0, 1e9, 1e14, 1e15, 1e300])),
        5 => json!([]),
        6 => json!({}),
        7 => json!({ "scheme": draw.pick(&TEXTS), "base64": draw.pick(&TEXTS) }),
        8 => json!(draw.piece().replace(MARK, "mark")),
        9 | 10 if depth > 0 => {
            let items = (0..draw.below(4)).filter_map(|_| value(draw, depth - 1));
            Value::Array(items.collect())
        }
        11 if depth > 0 => {
            let mut members = json!({});
            for _ in 0..draw.below(4) {
                let name = draw.pick(&MEMBERS).rsplit('/').next().expect("a name");
                members[name] = value(draw, depth - 1)?;
            }
            members
        }
        _ => json!(draw.pick(&TEXTS)),
    })
}

fn remove(options: &mut Value, pointer: &str) {
    let Some((above, name)) = pointer.rsplit_once('/') else { return };
    if let Some(members) = options.pointer_mut(above).and_then(Value::as_object_mut) {
        members.remove(name);
    }
}
