//! The words of a profile that are from a closed list, as types. Each is written once, for the check, for the readers and
//! for the messages.

/// An enum whose variants are words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $($variant:ident = $word:literal),+;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant),+
        }

        impl $name {
            pub(crate) const WORDS: &'static [&'static str] = &[$($word),+];

            pub(crate) fn of(word: &str) -> Option<Self> {
                const ALL: &[$name] = &[$($name::$variant),+];
                ALL.get(index(word, Self::WORDS)?).copied()
            }
        }
    )+};
}

/// Where a word stands among others: one loop for all of them, where a `match` compares with each.
fn index(word: &str, words: &[&str]) -> Option<usize> {
    words.iter().position(|known| *known == word)
}

/// How the client authenticates at the endpoints that receive a token; `bearer`: the token itself authenticates.
pub(crate) const ENDPOINT_AUTH: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "client_secret_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
    "bearer",
];

words! {
    /// How the client authenticates at the token endpoint (RFC 7591 §2, RFC 7523 §2.2).
    AuthMethod:
        SecretBasic = "client_secret_basic",
        SecretPost = "client_secret_post",
        PrivateKeyJwt = "private_key_jwt",
        SecretJwt = "client_secret_jwt",
        Public = "none";
    /// A grant that has parameters of its own here (RFC 6749, RFC 8693, RFC 7521); any other is an extension (RFC 6749 §4.5).
    GrantType:
        ClientCredentials = "client_credentials",
        Password = "password",
        RefreshToken = "refresh_token",
        AuthorizationCode = "authorization_code",
        TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange",
        JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer",
        Saml2Bearer = "urn:ietf:params:oauth:grant-type:saml2-bearer";
    /// Where the parameters of a request go.
    RequestFormat: Form = "form", Json = "json", Query = "query", Nowhere = "none";
    /// The format of a response body.
    AnswerFormat: Json = "json", Text = "text", Form = "form";
    /// What an assertion is for: RFC 7523 §2.2, §2.1, the request's own bearer token, or the token of the API, without a request.
    Purpose:
        ClientAssertion = "client_assertion",
        Grant = "grant",
        Authorization = "authorization",
        AccessToken = "access_token";
    /// Where a response states a token's lifetime.
    Source:
        Auto = "auto",
        ExpiresIn = "expires_in",
        ExpiresAt = "expires_at",
        JwtExp = "jwt_exp",
        Fixed = "fixed";
    /// The unit of a span. `d:hh:mm` is a text: `1:02:03`, a day, two hours, three minutes.
    Unit: Seconds = "s", Millis = "ms", Minutes = "min", DaysAndClock = "d:hh:mm";
    /// What an instant is written as.
    InstantFormat: Unix = "unix", UnixMillis = "unix_ms", Rfc3339 = "rfc3339";
}

impl AuthMethod {
    pub(crate) fn word(self) -> &'static str {
        AuthMethod::WORDS.get(self as usize).copied().unwrap_or_default()
    }

    /// Whether it shows a JWT that the client signs.
    pub(crate) fn signs(self) -> bool {
        matches!(self, AuthMethod::PrivateKeyJwt | AuthMethod::SecretJwt)
    }
}
