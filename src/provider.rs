//! The provider profile: an authorization server described as data, checked once when it is read.

mod read;

use std::collections::BTreeMap;
use core::time::Duration;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::json::{self, Node};

/// An authorization server and the API behind it, as the profile describes them.
///
/// Everything but `token_endpoint` has the default of RFC 6749, so `{"token_endpoint": "https://as.example/token"}` is complete.
#[derive(Debug, Clone)]
pub struct Provider {
    pub(crate) name: Option<String>,
    pub(crate) token: RequestShape,
    pub(crate) response: ResponseShape,
    pub(crate) refresh: RequestShape,
    pub(crate) refresh_response: ResponseShape,
    pub(crate) steps: Vec<Step>,
    pub(crate) resource: ResourceShape,
    pub(crate) defaults: BTreeMap<String, String>,
    /// What the variable `environment` stands for: further variables, by its value.
    pub(crate) environments: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) refresh_margin: Option<Duration>,
    pub(crate) refresh_invalidates_access_token: bool,
    pub(crate) revocation_endpoint: Option<String>,
    /// `None`: as at the token endpoint.
    pub(crate) revocation_auth: Option<RevocationAuth>,
    pub(crate) authorization_endpoint: Option<String>,
}

/// How a request to the token endpoint looks.
#[derive(Debug, Clone)]
pub(crate) struct RequestShape {
    pub(crate) token_endpoint: String,
    pub(crate) method: Method,
    pub(crate) auth_method: AuthMethod,
    pub(crate) basic_encoding: BasicEncoding,
    pub(crate) grant_type: Option<String>,
    pub(crate) scope: Vec<String>,
    /// `"scope": []` in a `refresh` overlay sends none, whatever the options name.
    pub(crate) sends_scope: bool,
    pub(crate) scope_separator: String,
    pub(crate) format: RequestFormat,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    /// `none` sends a client id only where the profile asks for it.
    pub(crate) names_client_id: bool,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) headers: BTreeMap<String, HeaderTemplate>,
    pub(crate) assertion: Option<Assertion>,
    /// Where in the options this shape stands: `provider.refresh`.
    pub(crate) path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// The names are those of the IANA registry "OAuth Token Endpoint Authentication Methods".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthMethod {
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
    ClientSecretJwt,
    None,
}

/// Who shows what at the revocation endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RevocationAuth {
    /// The client, as RFC 7009 §2.1 has it.
    Client(AuthMethod),
    /// Whoever holds the access token (Fusio).
    Bearer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BasicEncoding {
    /// RFC 6749 §2.3.1: both halves form-encoded first.
    Form,
    /// RFC 7617: as they are, which is what many servers want.
    Raw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestFormat {
    Form,
    Json,
    Query,
    None,
}

#[derive(Debug, Clone)]
pub(crate) enum HeaderTemplate {
    Text(String),
    /// `scheme base64(template)`
    Encoded { scheme: String, template: String },
}

impl HeaderTemplate {
    pub(crate) fn template(&self) -> &str {
        match self {
            HeaderTemplate::Text(template) | HeaderTemplate::Encoded { template, .. } => template,
        }
    }
}

/// A JWT that the client signs.
#[derive(Debug, Clone)]
pub(crate) struct Assertion {
    pub(crate) purpose: Purpose,
    pub(crate) alg: Algorithm,
    /// The credential that holds the key.
    pub(crate) key: String,
    pub(crate) lifetime: Duration,
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// RFC 7523 §2.2
    ClientAssertion,
    /// RFC 7523 §2.1
    Grant,
    /// The JWT is the request's own bearer token.
    Authorization,
}

/// A signature algorithm of RFC 7518 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Algorithm {
    RS256,
    PS256,
    ES256,
    HS256,
}

impl Algorithm {
    /// The name in the JOSE registry.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::RS256 => "RS256",
            Algorithm::PS256 => "PS256",
            Algorithm::ES256 => "ES256",
            Algorithm::HS256 => "HS256",
        }
    }
}

/// Where in an answer things stand.
#[derive(Debug, Clone)]
pub(crate) struct ResponseShape {
    pub(crate) format: ResponseFormat,
    pub(crate) access_token: Place,
    pub(crate) refresh_token: Option<Place>,
    pub(crate) token_type: Option<Place>,
    pub(crate) scope: Option<Place>,
    pub(crate) expiry: Expiry,
    pub(crate) error: Option<Place>,
    pub(crate) error_description: Option<Place>,
    pub(crate) error_when: Option<ErrorWhen>,
    pub(crate) token_types: Option<Vec<String>>,
    pub(crate) capture: BTreeMap<String, Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseFormat {
    Json,
    Text,
    Form,
}

/// An RFC 6901 pointer into the body (the empty one is all of it), or `header:name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Body(String),
    Header(String),
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Place::Body(pointer) if pointer.is_empty() => f.write_str("the whole body"),
            Place::Body(pointer) => f.write_str(pointer),
            Place::Header(name) => write!(f, "header:{name}"),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Expiry {
    pub(crate) source: ExpirySource,
    pub(crate) place: Place,
    /// Named: the value is a span whatever its size.
    pub(crate) unit: Option<Unit>,
    pub(crate) format: DateFormat,
    pub(crate) seconds: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExpirySource {
    Auto,
    ExpiresIn,
    ExpiresAt,
    JwtExp,
    Fixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    Minutes,
    /// `d:hh:mm`
    DaysHoursMinutes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateFormat {
    Unix,
    UnixMillis,
    Rfc3339,
}

/// An error that comes with a 200: the value is none of these.
#[derive(Debug, Clone)]
pub(crate) struct ErrorWhen {
    pub(crate) place: Place,
    pub(crate) not: Vec<Value>,
}

/// A request made before the token request; what it captures is a variable of the next.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) request: RequestShape,
    pub(crate) response: ResponseShape,
}

/// How the API wants the token, and where it may go.
#[derive(Debug, Clone)]
pub(crate) struct ResourceShape {
    pub(crate) headers: BTreeMap<String, HeaderTemplate>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) origins: Vec<String>,
    pub(crate) error: Option<Place>,
}

impl Provider {
    /// Reads a profile.
    ///
    /// ```
    /// let fuuffy = bearerkit::Provider::from_json(include_str!("../providers/fuuffy.json"))?;
    /// # Ok::<(), bearerkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the member's path: an unknown member, a wrong type, a contradiction.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let value = json::parse(text).map_err(|reason| Error::options("provider", reason))?;
        Provider::read(&Node::new(&value, "provider"))
    }

    /// A plain RFC 6749 server, known by nothing but its token endpoint.
    ///
    /// # Errors
    /// `ERR_OPTIONS` for an empty one; whether it is a good URL is checked once its variables are known.
    pub fn from_token_endpoint(url: &str) -> Result<Self, Error> {
        Provider::read(&Node::new(&serde_json::json!({ "token_endpoint": url }), "provider"))
    }

    /// What the profile calls itself.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}
