//! What is told of options: the first thing that is wrong with them, where it stands, and what was probably meant.

use bearerkit::ClientConfig;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A profile's members, the options' members, and what is said of them; nothing: they are good.
#[test]
fn what_is_told_of_options() {
    let base =
        json!({"token_endpoint": "{+base_url}/realms/{realm}/t", "resource_request": {"origins": ["{+base_url}"]}});
    let auth0 = json!({"token_endpoint": "https://{domain}/t", "defaults": {"audience": "x"}});
    let shop = json!({"token_endpoint": "https://{shop}.myshopify.com/t"});
    let port = json!({"token_endpoint": "https://{+domain}/t"});
    let staged = json!({
        "token_endpoint": "https://{host}/t", "defaults": {"environment": "live"},
        "environments": {"live": {"host": "a.example"}, "sandbox": {"host": "b.example"}}
    });
    let plain = json!("https://as.example/t");
    let kc = "https://kc.example/auth/";
    for (provider, options, told) in [
        // names
        (&staged, json!({"variables": {"environment": "sandbox"}}), ""),
        (
            &staged,
            json!({"variables": {"envirnment": "sandbox"}}),
            "variables.envirnment: unknown; is \"environment\" meant?",
        ),
        (&staged, json!({"variables": {"Host": "x"}}), "variables.Host: unknown; is \"host\" meant?"),
        (&base, json!({"variables": {"base_url": kc, "realm": "r"}}), ""),
        (
            &base,
            json!({"variables": {"baseUrl": kc, "realm": "r"}}),
            "variables.baseUrl: unknown; is \"base_url\" meant?",
        ),
        (
            &base,
            json!({"variables": {"base_url": kc, "realm": "r", "tenant": "t"}}),
            "variables.tenant: unknown; the profile's variables are base_url, realm",
        ),
        (
            &plain,
            json!({"variables": {"environment": "x"}}),
            "variables.environment: unknown; the profile has no variables",
        ),
        (&plain, json!({"variables": {"region": "eu"}, "origins": ["https://{region}.api.example"]}), ""),
        (&plain, json!({"variables": {"client_id": "a"}, "credentials": {"client_secret": "s"}}), ""),
        (&auth0, json!({"variables": {"domain": "a.example", "audience": "y"}}), ""),
        (&plain, json!({"scopes": "a"}), "scopes: unknown member; is \"scope\" meant?"),
        (
            &plain,
            json!({"audience": "a"}),
            "audience: unknown member; does it belong in credentials, variables or parameters?",
        ),
        (
            &plain,
            json!({"grant": {"type": "urn:example:grant", "assertion": "a"}}),
            "grant.assertion: unknown member of this grant; it belongs in grant.parameters",
        ),
        (
            &auth0,
            json!({"variables": {}}),
            "provider.token_endpoint: uses {domain}, which is neither in credentials nor in variables; \
             is an environment variable not set?",
        ),
        (
            &plain,
            json!({"grant": {"type": "refresh_token", "refresh_token": "x", "refreshToken": "x"}}),
            "grant.refresh_token: unknown member of this grant; is \"refreshToken\" meant?",
        ),
        (
            &plain,
            json!({"credentials": {"clientId": "a", "client_secret": "s"}}),
            "credentials.client_id: missing; found \"clientId\"",
        ),
        (
            &plain,
            json!({"credentials": {"client_id": "a", "clinet_secret": "s"}}),
            "credentials.client_secret: missing; found \"clinet_secret\"",
        ),
        (
            &plain,
            json!({"credentials": {"secret": "s", "client_id": "a"}}),
            "credentials.client_secret: missing; the profile's token_endpoint_auth_method needs it",
        ),
        (
            &plain,
            json!({"credentials": {"client_id": "a", "client_secret": null}}),
            "credentials.client_secret: is undefined, null or empty; is an environment variable not set?",
        ),
        (&plain, json!({"credentials": {"client_id": "a", "client_secret": "s", "other": null}}), ""),
        // What is not set: a variable that something needs, a whole segment of a URL, what has a default
        (
            &base,
            json!({"variables": {"base_url": null, "realm": "r"}}),
            "variables.base_url: is undefined, null or empty; is an environment variable not set?",
        ),
        (
            &base,
            json!({"variables": {"base_url": "", "realm": "r"}}),
            "variables.base_url: is undefined, null or empty; is an environment variable not set?",
        ),
        (
            &base,
            json!({"variables": {"base_url": kc, "realm": ""}}),
            "variables.realm: is undefined, null or empty; is an environment variable not set?",
        ),
        (
            &shop,
            json!({"variables": {"shop": null}}),
            "variables.shop: is undefined, null or empty; is an environment variable not set?",
        ),
        (&staged, json!({"variables": {"environment": null}}), ""),
        (&auth0, json!({"variables": {"domain": "a.example", "audience": null, "other": null}}), ""),
        (
            &base,
            json!({"variables": {"base-url": kc, "realm": "r"}}),
            "variables.base-url: unknown; is \"base_url\" meant?",
        ),
        (
            &json!({"token_endpoint": "https://api{region}.example/{+folder}t"}),
            json!({"variables": {"region": "", "folder": ""}}),
            "",
        ),
        // what JavaScript alone has
        (&plain, json!({"onEvents": null}), "onEvents: unknown member; is \"onEvent\" meant?"),
        (&plain, json!({"fetcher": null}), "fetcher: unknown member; is \"fetch\" meant?"),
        (&plain, json!({"wait_until": null}), "wait_until: unknown member; is \"waitUntil\" meant?"),
        (&plain, json!({"fetch": 1}), "fetch: expected a function, found a number"),
        (
            &json!({"token_endpoint": "https://h/t", "grant_type": "password"}),
            json!({"credentials": {"client_id": "a", "client_secret": "s", "username": "u", "password": null}}),
            "credentials.password: is undefined, null or empty; is an environment variable not set?",
        ),
        (
            &json!({"token_endpoint": "https://h/{api_key}"}),
            json!({"credentials": {"client_id": "a", "client_secret": "s", "api_key": null}}),
            "credentials.api_key: is undefined, null or empty; is an environment variable not set?",
        ),
        (
            &json!({"token_endpoint": "https://h/{api_key}"}),
            json!({"credentials": {"client_id": "a", "client_secret": "s", "apiKey": "k"}}),
            "provider.token_endpoint: uses {api_key}, which is neither in credentials nor in variables; found \"apiKey\"",
        ),
        // spans
        (
            &plain,
            json!({"timeout": 10000}),
            "timeout: expected at most 300 seconds, found 10000; is it in milliseconds?",
        ),
        (
            &plain,
            json!({"patience": 10000}),
            "patience: expected at most 3600 seconds, found 10000; is it in milliseconds?",
        ),
        (
            &plain,
            json!({"refreshMargin": 300_000}),
            "refreshMargin: expected at most 86400 seconds, found 300000; is it in milliseconds?",
        ),
        (
            &plain,
            json!({"defaultLifetime": 3_600_000}),
            "defaultLifetime: expected at most 2592000 seconds, found 3600000; is it in milliseconds?",
        ),
        (&plain, json!({"timeout": 300, "patience": 3600, "refreshMargin": 86_400, "defaultLifetime": 2_592_000}), ""),
        // hosts
        (
            &auth0,
            json!({"variables": {"domain": "https://acme.example"}}),
            "variables.domain: is a URL; only the host name is expected here, as in https://{domain}",
        ),
        (
            &auth0,
            json!({"variables": {"domain": "acme.example/"}}),
            "variables.domain: is a URL; only the host name is expected here, as in https://{domain}",
        ),
        (
            &shop,
            json!({"variables": {"shop": "https://x.myshopify.com"}}),
            "variables.shop: is a URL; only the host name is expected here, as in https://{shop}.myshopify.com",
        ),
        (
            &port,
            json!({"variables": {"domain": "http://localhost:8080"}}),
            "variables.domain: is a URL; only the host name is expected here, as in https://{+domain}",
        ),
        (&port, json!({"variables": {"domain": "as.example:8443/"}}), ""),
        (
            &plain,
            json!({"variables": {"x": "https://b.example"}, "origins": ["https://{x}"]}),
            "variables.x: is a URL; only the host name is expected here, as in https://{x}",
        ),
        // controls
        (
            &base,
            json!({"variables": {"base_url": "https://kc.example\n", "realm": "r"}}),
            "variables.base_url: has a control character in it",
        ),
        (
            &base,
            json!({"variables": {"base_url": kc, "realm": "r\n"}}),
            "variables.realm: has a control character in it",
        ),
        (&plain, json!({"parameters": {"claims": "{\n\t\"a\": 1\r\n}"}}), ""),
        (&plain, json!({"parameters": {"a\nb": "x"}}), "parameters.a b: has a control character in its name"),
        (&plain, json!({"grant": {"type": "urn:x", "parameters": {"assertion": "<a>\n</a>"}}}), ""),
        (&plain, json!({"scope": "a\tb"}), "scope: has a control character in it"),
        (
            &json!({"token_endpoint": "https://h/t", "headers": {"x-a": "{a}"}}),
            json!({"variables": {"a": "x\r\ny"}}),
            "provider.headers.x-a: contains a control or a non-ASCII character, which a header cannot carry",
        ),
        (
            &json!({"token_endpoint": "https://h/t", "headers": {"x-a": {"base64": "{a}"}}, "parameters": {"a": "{a}"}}),
            json!({"variables": {"a": "x\r\ny"}}),
            "",
        ),
        // origins
        (&plain, json!({"origins": ["https://api.example", "https://api.example/", "https://[::1]:8443/"]}), ""),
        (
            &plain,
            json!({"origins": ["https://api.example/v1"]}),
            "origins[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://api.example\"",
        ),
        (
            &plain,
            json!({"origins": ["https://a", "https://api.example:8443//"]}),
            "origins[1]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://api.example:8443\"",
        ),
        (
            &plain,
            json!({"origins": ["https://api.example?x=1"]}),
            "origins[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://api.example\"",
        ),
        (
            &plain,
            json!({"origins": ["https://api.example#x"]}),
            "origins[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://api.example\"",
        ),
        (&plain, json!({"origins": ["https://*.api.example"]}), "origins[0]: has a wildcard; list each origin"),
        (&plain, json!({"origins": ["*"]}), "origins[0]: has a wildcard; list each origin"),
        (
            &json!({"token_endpoint": "https://h/t", "resource_request": {"origins": ["https://h/v1"]}}),
            json!({}),
            "provider.resource_request.origins[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://h\"",
        ),
        // http
        (
            &json!("http://{client_secret}.example/"),
            json!({}),
            "provider.token_endpoint: is http: to host:port; allowInsecure: [\"http://host:port\"] allows this one origin (only inside a network that you trust)",
        ),
        (&json!("http://keycloak:8080/t"), json!({"allowInsecure": ["http://keycloak:8080"]}), ""),
        (&json!("http://keycloak:8080/t"), json!({"allowInsecure": ["http://keycloak:8080/"]}), ""),
        (&plain, json!({"allowInsecure": ["http://a:1"], "origins": ["http://a:1"]}), ""),
        (
            &plain,
            json!({"allowInsecure": "http://a:1"}),
            "allowInsecure: expected true, false or an array of origins, found a string",
        ),
        (
            &plain,
            json!({"allowInsecure": ["http://a:1", "https://a:1"]}),
            "allowInsecure[1]: expected an http: origin, such as \"http://keycloak:8080\"",
        ),
        (
            &plain,
            json!({"allowInsecure": ["keycloak:8080"]}),
            "allowInsecure[0]: expected an http: origin, such as \"http://keycloak:8080\"",
        ),
        (
            &plain,
            json!({"allowInsecure": ["http://a/b"]}),
            "allowInsecure[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"http://a\"",
        ),
        (&plain, json!({"allowInsecure": ["http://*.svc"]}), "allowInsecure[0]: has a wildcard; list each origin"),
        (
            &plain,
            json!({"allowInsecure": ["http://u:p@a"]}),
            "allowInsecure[0]: may not hold a user name or a password",
        ),
        (&plain, json!({"allowInsecure": [true]}), "allowInsecure[0]: expected a string, found a boolean"),
    ] {
        let mut all = json!({"provider": provider, "credentials": {"client_id": "a", "client_secret": "s"}});
        for (name, option) in options.as_object().unwrap() {
            all[name] = option.clone();
        }
        let found = ClientConfig::from_json(&all.to_string()).err().map(|error| error.to_string());
        assert_eq!(found.unwrap_or_default(), told, "{all}");
    }
}

/// An assertion says whose it is and for whom: a variable that is not there leaves no gap in it, but an error.
#[test]
fn a_client_assertion_names_nobody_who_is_not_known() {
    let credentials = json!({"client_id": "app", "client_secret": "s", "team": "t", "empty": null});
    let jwt = |assertion: serde_json::Value| {
        json!({"token_endpoint": "https://as.example/t", "token_endpoint_auth_method": "client_secret_jwt",
            "assertion": assertion})
    };
    let unknown = "which is neither in credentials nor in variables; is an environment variable not set?";
    let asks = |name: &str| format!("provider.assertion.claims.{name}: uses {{teem}}, ");
    for (assertion, told) in [
        (json!({"claims": {"iss": "{team}", "sub": "{team}", "aud": ["{team}"], "x": "{nobody}"}}), String::new()),
        (
            json!({"claims": {"sub": "{teem}"}}),
            asks("sub") + "which is neither in credentials nor in variables; found \"team\"",
        ),
        (json!({"claims": {"iss": "a{nobody}"}}), format!("provider.assertion.claims.iss: uses {{nobody}}, {unknown}")),
        (
            json!({"claims": {"aud": ["x", "{nobody}"]}}),
            format!("provider.assertion.claims.aud: uses {{nobody}}, {unknown}"),
        ),
        (json!({"claims": {"aud": "{issuer}"}}), format!("provider.assertion.claims.aud: uses {{issuer}}, {unknown}")),
        (
            json!({"claims": {"iss": "{empty}"}}),
            "credentials.empty: is undefined, null or empty; is an environment variable not set?".to_owned(),
        ),
        (
            json!({"alg": "ES256", "key": "client_secret", "key_encoding": "hex"}),
            "provider.assertion.key_encoding: is for the shared secret of HS256, HS384 and HS512 only".to_owned(),
        ),
        (json!({"key": "{team}||{nobody}"}), format!("provider.assertion.key: uses {{nobody}}, {unknown}")),
    ] {
        let options = json!({"provider": jwt(assertion.clone()), "credentials": credentials});
        let found = ClientConfig::from_json(&options.to_string()).err().map(|error| error.to_string());
        assert_eq!(found.unwrap_or_default(), told, "{assertion}");
    }
    let nobody = json!({"provider": jwt(json!({})), "credentials": {"client_secret": "s"}});
    let found = ClientConfig::from_json(&nobody.to_string()).unwrap_err().to_string();
    assert_eq!(found, "credentials.client_id: missing; the profile's assertion names it");
    // A grant's claims may be left out: a subject that nobody impersonates.
    let grant = json!({"token_endpoint": "https://as.example/t", "token_endpoint_auth_method": "none",
        "assertion": {"use": "grant", "alg": "HS256", "key": "client_secret", "claims": {"sub": "{subject}"}}});
    let options = json!({"provider": grant, "credentials": credentials});
    assert!(ClientConfig::from_json(&options.to_string()).is_ok());
}

#[test]
fn a_key_that_cannot_serve_is_told_by_its_place() {
    let told = |assertion: serde_json::Value, credentials: serde_json::Value, sign: bool| {
        let provider = json!({"token_endpoint": "https://as.example/t", "token_endpoint_auth_method": "private_key_jwt",
            "assertion": assertion});
        let mut options = json!({"provider": provider, "credentials": credentials});
        if sign {
            options["sign"] = json!(null);
        }
        let client = ClientConfig::from_json(&options.to_string()).unwrap();
        client.check_keys().err().map(|error| error.to_string()).unwrap_or_default()
    };
    let key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nS3CR3T\n-----END ENCRYPTED PRIVATE KEY-----";
    let found = told(json!({}), json!({"client_id": "a", "private_key": key}), false);
    assert_eq!(
        found,
        "credentials.private_key: is encrypted; decrypt it using `openssl pkey -in key.pem -out plain.pem`"
    );
    assert_eq!(told(json!({}), json!({"client_id": "a", "private_key": key}), true), "");
    assert_eq!(told(json!({}), json!({"client_id": "a"}), true), "", "a signer needs no key");
    let hex = json!({"alg": "HS256", "key": "hex", "key_encoding": "hex"});
    let found = told(hex.clone(), json!({"client_id": "a", "hex": "S3CR3T"}), false);
    assert_eq!(found, "credentials.hex: is not hexadecimal, as assertion.key_encoding says");
    assert_eq!(told(hex, json!({"client_id": "a", "hex": "5ec4e7"}), false), "");
    let template = json!({"alg": "ES256", "key": "{one}{two}"});
    let found = told(template, json!({"client_id": "a", "one": "S3CR3T", "two": "S3CR3T"}), false);
    assert_eq!(found, "provider.assertion.key: is neither PEM nor a JWK");
}
