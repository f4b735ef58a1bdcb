//! What the core leaves to its caller, with a blocking HTTP client: the clock, and how a request is sent.

use std::time::{Duration, SystemTime};

use bearerkit::{HttpRequest, HttpResponse, Timestamp, TransportFailure};

/// Follows no redirect, takes each status as an answer, and gives up in time.
pub(crate) fn agent(timeout: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_global(Some(timeout))
        .build()
        .into()
}

pub(crate) fn send(agent: &ureq::Agent, http: &HttpRequest) -> Result<HttpResponse, TransportFailure> {
    let network = |error: ureq::Error| TransportFailure::Network {
        // No such host is no matter of seconds.
        is_permanent: matches!(error, ureq::Error::HostNotFound | ureq::Error::Tls(_) | ureq::Error::BadUri(_)),
        reason: Some(error.to_string()),
    };
    let request: ureq::http::Request<Vec<u8>> = http.try_into().map_err(|error: bearerkit::Error| {
        TransportFailure::Network { reason: Some(error.to_string()), is_permanent: true }
    })?;
    let response = agent.run(request).map_err(|error| match error {
        ureq::Error::Timeout(_) => TransportFailure::Timeout,
        error => network(error),
    })?;
    let (head, mut body) = response.into_parts();
    let body = body.with_config().limit(1024 * 1024).read_to_vec();
    let body = body.map_err(|_| TransportFailure::TooLarge { status: head.status.as_u16() })?;
    Ok(HttpResponse::from(&ureq::http::Response::from_parts(head, body)))
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
