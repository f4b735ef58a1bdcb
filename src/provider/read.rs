//! JSON to [`Provider`]: every member that is not given has its default, every one that is wrong has its path.

use std::collections::BTreeMap;
use core::time::Duration;

use serde_json::{Map, Value, json};

use super::*;
use crate::template;

/// The members of a request to a token endpoint: the profile's own, a refresh's and a step's.
const REQUEST: &[&str] = &[
    "token_endpoint",
    "token_endpoint_method",
    "token_endpoint_auth_method",
    "basic_encoding",
    "grant_type",
    "scope",
    "scope_separator",
    "request_format",
    "client_id",
    "client_secret",
    "parameters",
    "headers",
    "assertion",
    "response",
];

const PROFILE: &[&str] = &[
    "$schema",
    "name",
    "documentation",
    "defaults",
    "environments",
    "resource_request",
    "refresh_margin",
    "refresh_invalidates_access_token",
    "refresh",
    "revocation_endpoint",
    "revocation_endpoint_auth_method",
    "authorization_endpoint",
    "steps",
];

impl Provider {
    /// # Errors
    /// `ERR_OPTIONS` with the member's path.
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Error> {
        if node.value().is_string() {
            return Provider::read(&Node::new(&json!({ "token_endpoint": node.value() }), node.path()));
        }
        node.allow(&[REQUEST, PROFILE].concat())?;
        if let Some(documentation) = node.member("documentation") {
            documentation.string()?;
        }
        let token = RequestShape::read(node, RequestShape::rfc6749(node.path()))?;
        let response = response_of(node, ResponseShape::rfc6749())?;
        let (refresh, refresh_response) = match node.member("refresh") {
            Some(overlay) => {
                overlay.allow(REQUEST)?;
                let shape = RequestShape::read(&overlay, token.for_refresh(overlay.path()))?;
                (shape, response_of(&overlay, response.clone())?)
            }
            None => (token.for_refresh(node.path()), response.clone()),
        };
        let steps = match node.member("steps") {
            Some(steps) => steps.items()?.map(|step| Step::read(&step)).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        Ok(Provider {
            name: text(node, "name", None)?,
            resource: ResourceShape::read(node.member("resource_request"))?,
            defaults: strings_by_name(node.member("defaults"))?,
            environments: match node.member("environments") {
                Some(environments) => environments
                    .members()?
                    .map(|(name, environment)| Ok((name.to_owned(), strings_by_name(Some(environment))?)))
                    .collect::<Result<_, _>>()?,
                None => BTreeMap::new(),
            },
            refresh_margin: node.member("refresh_margin").map(|margin| margin.seconds()).transpose()?,
            refresh_invalidates_access_token: match node.member("refresh_invalidates_access_token") {
                Some(invalidates) => invalidates.boolean()?,
                None => false,
            },
            revocation_endpoint: text(node, "revocation_endpoint", None)?,
            revocation_auth: match node.member("revocation_endpoint_auth_method") {
                Some(auth) => Some(auth.one_of(&[
                    ("client_secret_basic", RevocationAuth::Client(AuthMethod::ClientSecretBasic)),
                    ("client_secret_post", RevocationAuth::Client(AuthMethod::ClientSecretPost)),
                    ("none", RevocationAuth::Client(AuthMethod::None)),
                    ("bearer", RevocationAuth::Bearer),
                ])?),
                None => None,
            },
            authorization_endpoint: text(node, "authorization_endpoint", None)?,
            token,
            response,
            refresh,
            refresh_response,
            steps,
        })
    }
}

impl Step {
    fn read(node: &Node<'_>) -> Result<Self, Error> {
        node.allow(&[REQUEST, &["name"]].concat())?;
        let request = RequestShape::read(node, RequestShape::rfc6749(node.path()))?;
        Ok(Step { request, response: response_of(node, ResponseShape::rfc6749())? })
    }
}

impl RequestShape {
    /// What RFC 6749 says where the profile is silent.
    fn rfc6749(path: &str) -> Self {
        RequestShape {
            token_endpoint: String::new(),
            method: Method::Post,
            auth_method: AuthMethod::ClientSecretBasic,
            basic_encoding: BasicEncoding::Form,
            grant_type: Some("client_credentials".into()),
            scope: Vec::new(),
            sends_scope: true,
            scope_separator: " ".into(),
            format: RequestFormat::Form,
            client_id: Some("{client_id}".into()),
            client_secret: Some("{client_secret}".into()),
            names_client_id: false,
            parameters: Map::new(),
            headers: BTreeMap::new(),
            assertion: None,
            path: path.to_owned(),
        }
    }

    /// The shape that a refresh request has unless the profile's `refresh` says otherwise.
    fn for_refresh(&self, path: &str) -> Self {
        let mut shape = self.clone();
        shape.grant_type = Some("refresh_token".into());
        shape.parameters = Map::new();
        // An assertion that is the grant is replaced by the refresh token.
        shape.assertion = shape.assertion.filter(|assertion| assertion.purpose != Purpose::Grant);
        shape.path = path.to_owned();
        shape
    }

    fn read(node: &Node<'_>, base: RequestShape) -> Result<Self, Error> {
        let mut shape = base;
        if let Some(endpoint) = node.member("token_endpoint") {
            shape.token_endpoint = endpoint.string()?.to_owned();
        }
        if shape.token_endpoint.is_empty() {
            return Err(Error::options(format!("{}.token_endpoint", node.path()), "missing"));
        }
        if let Some(method) = node.member("token_endpoint_method") {
            shape.method = method.one_of(&[("POST", Method::Post), ("GET", Method::Get)])?;
            if shape.method == Method::Get {
                shape.format = RequestFormat::Query;
            }
        }
        if let Some(auth) = node.member("token_endpoint_auth_method") {
            shape.auth_method = auth.one_of(&[
                ("client_secret_basic", AuthMethod::ClientSecretBasic),
                ("client_secret_post", AuthMethod::ClientSecretPost),
                ("private_key_jwt", AuthMethod::PrivateKeyJwt),
                ("client_secret_jwt", AuthMethod::ClientSecretJwt),
                ("none", AuthMethod::None),
            ])?;
            // A refresh that authenticates in another way leaves the profile's client assertion behind.
            shape.assertion = shape.assertion.filter(|assertion| assertion.purpose != Purpose::ClientAssertion);
        }
        if let Some(encoding) = node.member("basic_encoding") {
            shape.basic_encoding = encoding.one_of(&[("form", BasicEncoding::Form), ("raw", BasicEncoding::Raw)])?;
        }
        shape.grant_type = text(node, "grant_type", shape.grant_type)?;
        if let Some(scope) = node.member("scope") {
            shape.scope = if scope.is_null() { Vec::new() } else { scope.strings()? };
            shape.sends_scope = !(shape.scope.is_empty() && node.path().ends_with(".refresh"));
        }
        if let Some(separator) = node.member("scope_separator") {
            shape.scope_separator = separator.string()?.to_owned();
        }
        if let Some(format) = node.member("request_format") {
            shape.format = format.one_of(&[
                ("form", RequestFormat::Form),
                ("json", RequestFormat::Json),
                ("query", RequestFormat::Query),
                ("none", RequestFormat::None),
            ])?;
            if shape.method == Method::Get && matches!(shape.format, RequestFormat::Form | RequestFormat::Json) {
                return Err(format.error("a GET has no body: use \"query\" or \"none\""));
            }
        }
        shape.names_client_id |= node.member("client_id").is_some();
        shape.client_id = text(node, "client_id", shape.client_id)?;
        shape.client_secret = text(node, "client_secret", shape.client_secret)?;
        if let Some(parameters) = node.member("parameters") {
            shape.parameters = shape.read_parameters(&parameters)?;
        }
        for (name, template) in headers(node.member("headers"))? {
            shape.headers.insert(name, template);
        }
        shape.read_assertion(node)?;
        Ok(shape)
    }

    fn read_parameters(&self, node: &Node<'_>) -> Result<Map<String, Value>, Error> {
        let mut parameters = Map::new();
        for (name, parameter) in node.members()? {
            if self.format == RequestFormat::None {
                return Err(parameter.error("request_format \"none\" has no place for it"));
            }
            if self.format != RequestFormat::Json && parameter.is_object() {
                return Err(parameter.error("only request_format \"json\" can nest"));
            }
            if !parameter.is_null() {
                parameters.insert(name.to_owned(), parameter.value().clone());
            }
        }
        Ok(parameters)
    }

    fn read_assertion(&mut self, node: &Node<'_>) -> Result<(), Error> {
        let (alg, key) = match self.auth_method {
            AuthMethod::ClientSecretJwt => (Algorithm::HS256, "client_secret"),
            _ => (Algorithm::RS256, "private_key"),
        };
        let authenticates = matches!(self.auth_method, AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt);
        let Some(node) = node.member("assertion").filter(|node| !node.is_null()) else {
            if authenticates && self.assertion.is_none() {
                self.assertion = Some(Assertion {
                    purpose: Purpose::ClientAssertion,
                    alg,
                    key: key.into(),
                    lifetime: DEFAULT_LIFETIME,
                    header: Map::new(),
                    claims: client_claims(),
                });
            }
            return Ok(());
        };
        node.allow(&["use", "alg", "key", "lifetime", "header", "claims"])?;
        let purpose = match node.member("use") {
            Some(purpose) => purpose.one_of(&[
                ("client_assertion", Purpose::ClientAssertion),
                ("grant", Purpose::Grant),
                ("authorization", Purpose::Authorization),
            ])?,
            None => Purpose::ClientAssertion,
        };
        if authenticates != (purpose == Purpose::ClientAssertion) {
            return Err(node.error("use \"client_assertion\" goes with private_key_jwt and client_secret_jwt, and with no other"));
        }
        if purpose == Purpose::Authorization && self.auth_method != AuthMethod::None {
            return Err(node.error("use \"authorization\" wants token_endpoint_auth_method \"none\""));
        }
        let mut claims = if purpose == Purpose::ClientAssertion { client_claims() } else { Map::new() };
        for (name, claim) in node.member("claims").map(|claims| object(&claims)).transpose()?.unwrap_or_default() {
            claims.insert(name, claim);
        }
        claims.retain(|_, claim| !claim.is_null());
        self.assertion = Some(Assertion {
            purpose,
            alg: match node.member("alg") {
                Some(alg) => alg.one_of(&[
                    ("RS256", Algorithm::RS256),
                    ("PS256", Algorithm::PS256),
                    ("ES256", Algorithm::ES256),
                    ("HS256", Algorithm::HS256),
                ])?,
                None => alg,
            },
            key: text(&node, "key", None)?.unwrap_or_else(|| key.into()),
            lifetime: node.member("lifetime").map_or(Ok(DEFAULT_LIFETIME), |lifetime| lifetime.seconds())?,
            header: node.member("header").map(|header| object(&header)).transpose()?.unwrap_or_default(),
            claims,
        });
        Ok(())
    }
}

/// How long an assertion is good for (RELIABILITY A5).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// RFC 7523 §3, OpenID Connect Core §9.
fn client_claims() -> Map<String, Value> {
    let mut claims = Map::new();
    for (name, template) in
        [("iss", "{client_id}"), ("sub", "{client_id}"), ("aud", "{token_endpoint}"), ("jti", "{uuid}")]
    {
        claims.insert(name.into(), template.into());
    }
    claims
}

fn response_of(node: &Node<'_>, base: ResponseShape) -> Result<ResponseShape, Error> {
    node.member("response").map_or(Ok(base.clone()), |response| ResponseShape::read(&response, base))
}

impl ResponseShape {
    fn rfc6749() -> Self {
        let body = |pointer: &str| Place::Body(pointer.into());
        ResponseShape {
            format: ResponseFormat::Json,
            access_token: body("/access_token"),
            refresh_token: Some(body("/refresh_token")),
            token_type: Some(body("/token_type")),
            scope: Some(body("/scope")),
            expiry: Expiry {
                source: ExpirySource::Auto,
                place: body("/expires_in"),
                unit: None,
                format: DateFormat::Unix,
                seconds: Duration::ZERO,
            },
            error: Some(body("/error")),
            error_description: Some(body("/error_description")),
            error_when: None,
            token_types: Some(vec!["bearer".into()]),
            capture: BTreeMap::new(),
        }
    }

    fn read(node: &Node<'_>, base: ResponseShape) -> Result<Self, Error> {
        node.allow(&[
            "format",
            "access_token",
            "refresh_token",
            "token_type",
            "scope",
            "expiry",
            "error",
            "error_description",
            "error_when",
            "token_types",
            "capture",
        ])?;
        let mut shape = base;
        if let Some(format) = node.member("format") {
            shape.format = format.one_of(&[
                ("json", ResponseFormat::Json),
                ("text", ResponseFormat::Text),
                ("form", ResponseFormat::Form),
            ])?;
            if shape.format == ResponseFormat::Text {
                shape.access_token = Place::Body(String::new());
            }
        }
        if let Some(token) = node.member("access_token") {
            shape.access_token = place(&token)?;
        }
        for (name, place) in [
            ("refresh_token", &mut shape.refresh_token),
            ("token_type", &mut shape.token_type),
            ("scope", &mut shape.scope),
            ("error", &mut shape.error),
            ("error_description", &mut shape.error_description),
        ] {
            optional_place(node, name, place)?;
        }
        if let Some(expiry) = node.member("expiry") {
            shape.expiry.read(&expiry)?;
        }
        if let Some(when) = node.member("error_when").filter(|when| !when.is_null()) {
            when.allow(&["pointer", "not"])?;
            let (Some(pointer), Some(not)) = (when.member("pointer"), when.member("not")) else {
                return Err(when.error("wants a pointer and a list of values that are no error: { pointer, not: […] }"));
            };
            let not = not.items()?.map(|value| value.value().clone()).collect();
            shape.error_when = Some(ErrorWhen { place: place(&pointer)?, not });
        }
        if let Some(types) = node.member("token_types") {
            shape.token_types = if types.is_null() { None } else { Some(types.strings()?) };
        }
        if let Some(capture) = node.member("capture") {
            for (name, pointer) in capture.members()? {
                if !template::is_name(name) {
                    return Err(pointer.error("a name has letters, digits, `_` and `.` only"));
                }
                shape.capture.insert(name.to_owned(), place(&pointer)?);
            }
        }
        Ok(shape)
    }
}

impl Expiry {
    fn read(&mut self, node: &Node<'_>) -> Result<(), Error> {
        node.allow(&["source", "pointer", "unit", "format", "seconds"])?;
        if let Some(source) = node.member("source") {
            self.source = source.one_of(&[
                ("auto", ExpirySource::Auto),
                ("expires_in", ExpirySource::ExpiresIn),
                ("expires_at", ExpirySource::ExpiresAt),
                ("jwt_exp", ExpirySource::JwtExp),
                ("fixed", ExpirySource::Fixed),
            ])?;
        }
        if let Some(pointer) = node.member("pointer") {
            self.place = place(&pointer)?;
        } else if self.source == ExpirySource::ExpiresAt && self.place == Place::Body("/expires_in".into()) {
            self.place = Place::Body("/expires_at".into());
        }
        if let Some(unit) = node.member("unit") {
            self.unit = Some(unit.one_of(&[
                ("s", Unit::Seconds),
                ("ms", Unit::Milliseconds),
                ("min", Unit::Minutes),
                ("d:hh:mm", Unit::DaysHoursMinutes),
            ])?);
        }
        if let Some(format) = node.member("format") {
            self.format = format.one_of(&[
                ("unix", DateFormat::Unix),
                ("unix_ms", DateFormat::UnixMillis),
                ("rfc3339", DateFormat::Rfc3339),
            ])?;
        }
        match node.member("seconds") {
            Some(seconds) => self.seconds = seconds.seconds()?,
            None if self.source == ExpirySource::Fixed && self.seconds.is_zero() => {
                return Err(node.error("source \"fixed\" wants seconds"));
            }
            None => {}
        }
        Ok(())
    }
}

impl ResourceShape {
    fn read(node: Option<Node<'_>>) -> Result<Self, Error> {
        let bearer = HeaderTemplate::Text("Bearer {access_token}".into());
        let mut shape = ResourceShape {
            headers: BTreeMap::from([("authorization".to_owned(), bearer)]),
            query: BTreeMap::new(),
            origins: Vec::new(),
            error: None,
        };
        let Some(node) = node else { return Ok(shape) };
        node.allow(&["headers", "query", "origins", "error"])?;
        if let Some(given) = node.member("headers") {
            shape.headers = headers(Some(given))?;
        }
        shape.query = strings_by_name(node.member("query"))?;
        if let Some(origins) = node.member("origins") {
            shape.origins = origins.strings()?;
        }
        optional_place(&node, "error", &mut shape.error)?;
        Ok(shape)
    }
}

/// A string, `null` for none, `default` where it is not given.
fn text(node: &Node<'_>, name: &str, default: Option<String>) -> Result<Option<String>, Error> {
    match node.member(name) {
        Some(member) if member.is_null() => Ok(None),
        Some(member) => member.string().map(|text| Some(text.to_owned())),
        None => Ok(default),
    }
}

fn object(node: &Node<'_>) -> Result<Map<String, Value>, Error> {
    node.members()?.map(|(name, member)| Ok((name.to_owned(), member.value().clone()))).collect()
}

fn strings_by_name(node: Option<Node<'_>>) -> Result<BTreeMap<String, String>, Error> {
    let Some(node) = node else { return Ok(BTreeMap::new()) };
    node.members()?.map(|(name, member)| Ok((name.to_owned(), member.string()?.to_owned()))).collect()
}

fn headers(node: Option<Node<'_>>) -> Result<BTreeMap<String, HeaderTemplate>, Error> {
    let Some(node) = node else { return Ok(BTreeMap::new()) };
    let mut headers = BTreeMap::new();
    for (name, header) in node.members()? {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(header.error("is no header name"));
        }
        if header.is_null() {
            continue;
        }
        let template = if header.is_object() {
            header.allow(&["scheme", "base64"])?;
            let template = text(&header, "base64", None)?.ok_or_else(|| header.error("wants a base64 template"))?;
            HeaderTemplate::Encoded { scheme: text(&header, "scheme", None)?.unwrap_or_default(), template }
        } else {
            HeaderTemplate::Text(header.string()?.to_owned())
        };
        headers.insert(name.to_ascii_lowercase(), template);
    }
    Ok(headers)
}

fn optional_place(node: &Node<'_>, name: &str, target: &mut Option<Place>) -> Result<(), Error> {
    if let Some(member) = node.member(name) {
        *target = if member.is_null() { None } else { Some(place(&member)?) };
    }
    Ok(())
}

fn place(node: &Node<'_>) -> Result<Place, Error> {
    let text = node.string()?;
    if let Some(name) = text.strip_prefix("header:").filter(|name| !name.is_empty()) {
        return Ok(Place::Header(name.to_ascii_lowercase()));
    }
    let escapes_are_good = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    if !(text.is_empty() || text.starts_with('/')) || !escapes_are_good {
        return Err(node.error("is no pointer: \"/a/b\" (RFC 6901), \"\" for the whole body, or \"header:name\""));
    }
    Ok(Place::Body(text.to_owned()))
}
