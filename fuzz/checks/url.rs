//! Where a secret may be sent to, against the parser of the URL standard: no runtime goes elsewhere than was checked.

use bearerkit::ClientConfig;
use serde_json::json;
use url::{Host, Url};

use super::client::{SECRET, request};
use super::draw::Draw;

/// First byte: whether loopback hosts may be sent to without TLS. The rest is a URL.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let allow_insecure = draw.below(2) == 1;
    goes_where_it_says(&draw.text(), allow_insecure);
}

fn goes_where_it_says(url: &str, allow_insecure: bool) {
    let credentials = json!({ "client_id": "app", "client_secret": SECRET });
    let options = json!({ "provider": url, "credentials": credentials, "allowInsecure": allow_insecure });
    let client = match ClientConfig::from_json(&options.to_string()) {
        Ok(client) => client,
        Err(error) => {
            assert!(error.to_string().starts_with("provider.token_endpoint: "), "{error}");
            return;
        }
    };
    let request = request(client);
    assert_eq!(request.url, url);
    // What the standard's parser refuses, no runtime sends.
    let Ok(parsed) = Url::parse(url) else { return };
    assert!(parsed.username().is_empty() && parsed.password().is_none(), "{url:?}");
    assert_eq!(parsed.fragment(), None, "{url:?}");
    match parsed.scheme() {
        "https" => {}
        "http" if allow_insecure => assert!(is_loopback(parsed.host()), "{url:?}"),
        other => panic!("{other}: {url:?}"),
    }
    // The host as anyone reads it.
    let authority = url.split_once("//").and_then(|(_, rest)| rest.split(['/', '?']).next()).expect("an authority");
    let host = match authority.rfind(':').filter(|at| !authority[*at..].contains(']')) {
        Some(at) => &authority[..at],
        None => authority,
    };
    if let Some(Host::Domain(domain)) = parsed.host() {
        assert!(host.eq_ignore_ascii_case(domain), "{url:?} goes to {domain}");
        #[cfg(feature = "http")]
        if let Ok(request) = http::Request::<Vec<u8>>::try_from(&request) {
            assert!(request.uri().host().is_some_and(|host| host.eq_ignore_ascii_case(domain)), "{url:?}");
        }
    }
}

fn is_loopback(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
