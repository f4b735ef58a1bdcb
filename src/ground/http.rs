//! Conversions to and from the types of the `http` crate.

use ::http::{Request, Response};

use crate::ground::error::Error;
use crate::ground::message::{HttpRequest, HttpResponse};

/// Converts the request for any HTTP client that uses the `http` crate.
///
/// # Errors
/// `ERR_OPTIONS` for a URL that the crate's parser refuses.
impl TryFrom<&HttpRequest> for Request<Vec<u8>> {
    type Error = Error;

    fn try_from(request: &HttpRequest) -> Result<Self, Error> {
        let mut builder = Request::builder().method(request.method).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value.expose());
        }
        let body = request.body.as_ref().map(|body| body.expose().as_bytes().to_vec());
        // What the crate says of a bad part quotes it.
        builder.body(body.unwrap_or_default()).map_err(|_| {
            let path = "provider.token_endpoint".to_owned();
            Error::Options { path, reason: "is not a URL that the http crate accepts".to_owned() }
        })
    }
}

impl<B: AsRef<[u8]>> From<&Response<B>> for HttpResponse {
    fn from(response: &Response<B>) -> Self {
        let text = |value: &::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        HttpResponse {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: response.body().as_ref().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::credentials::Secret;

    #[test]
    fn there_and_back() {
        let request = HttpRequest {
            method: "POST",
            url: "https://as.example/token".into(),
            headers: vec![("accept".into(), Secret::new("application/json"))],
            body: Some(Secret::new("a=b")),
        };
        let request: Request<Vec<u8>> = (&request).try_into().unwrap();
        assert_eq!(
            (request.uri().path(), request.headers()["accept"].as_bytes()),
            ("/token", &b"application/json"[..])
        );
        assert_eq!(request.body(), b"a=b");
        let response = Response::builder().status(201).header("X-Token", "t").body("body").unwrap();
        let response = HttpResponse::from(&response);
        assert_eq!(
            (response.status, response.header("x-token"), response.body.as_slice()),
            (201, Some("t"), &b"body"[..])
        );
    }
}
