//! HTTP requests to send and received responses.

use crate::ground::credentials::Secret;
use crate::ground::text::split_once;
use crate::ground::time::Timestamp;

/// An HTTP request. Send it as it is: follow no redirect, use no cookies and no cache. `Debug` shows only its origin.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// The URL. Some providers require the secret in its query or path: do not log it.
    pub url: String,
    /// Names in lower case, each once.
    pub headers: Vec<(String, Secret)>,
    /// The body, if there is one.
    pub body: Option<Secret>,
}

impl HttpRequest {
    /// The host of the URL, with the port if one is given; without user name, path and query.
    pub fn host(&self) -> &str {
        let rest = split_once(&self.url, ":").and_then(|(_, rest)| rest.get(2..)).unwrap_or_default();
        let authority = split_once(rest, "/?#").map_or(rest, |(authority, _)| authority);
        split_once(authority, "@").map_or(authority, |(_, host)| host)
    }
}

impl core::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let origin = self.url.split(['/', '?']).take(3).collect::<Vec<_>>().join("/");
        f.debug_struct("HttpRequest").field("method", &self.method).field("url", &origin).finish_non_exhaustive()
    }
}

/// A completely received HTTP response. `Debug` shows neither headers nor body: both may hold a token.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names in any case; a name may occur more than once.
    pub headers: Vec<(String, String)>,
    /// The body, after decoding any content encoding.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_html(&self) -> bool {
        self.header("content-type").unwrap_or_default().to_ascii_lowercase().starts_with("text/html")
    }

    /// The server's time, from its `Date` header.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        self.header("date").and_then(Timestamp::from_rfc3339)
    }
}

impl core::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

pub(crate) fn is_header_safe(text: &str) -> bool {
    text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}
