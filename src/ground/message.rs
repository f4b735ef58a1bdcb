//! An HTTP request to be sent, and a response that came.

use crate::ground::credentials::Secret;
use crate::ground::text::split_once;
use crate::ground::time::Timestamp;

/// An HTTP request to be sent as it is: no redirect followed, no cookie, no cache. `Debug` shows its origin alone.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// Where to. Some providers want the secret in it, in its path even: do not log it.
    pub url: String,
    /// Names in lower case, each once.
    pub headers: Vec<(String, Secret)>,
    /// The body; `None` for none.
    pub body: Option<Secret>,
}

impl HttpRequest {
    /// Its URL's host, with the port where one is given: no user name, no path, no query.
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

/// An HTTP response, received to its end. `Debug` shows neither headers nor body: both may hold a token.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names in any case; a name may occur more than once.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from its content coding.
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

    /// The server's clock, as its `Date` shows it.
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
