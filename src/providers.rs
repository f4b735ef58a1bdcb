//! The shipped profiles, as JSON: for [`Provider::from_json`](crate::Provider::from_json).
//!
//! ```
//! use bearerkit::{ClientConfig, Credentials, Provider, providers};
//! let fuse = Provider::from_json(providers::FUSE)?;
//! let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
//! ClientConfig::new(fuse, credentials).with_variable("environment", "sandbox").check()?;
//! # Ok::<(), bearerkit::Error>(())
//! ```

// What follows is written by `npm run docs`.

/// All of them, by the name of their file.
pub const ALL: &[(&str, &str)] = &[
    ("adobe", ADOBE),
    ("amazon-sp-api", AMAZON_SP_API),
    ("apsis-one", APSIS_ONE),
    ("auth0", AUTH0),
    ("aws-cognito", AWS_COGNITO),
    ("basic-token-v2", BASIC_TOKEN_V2),
    ("ebay", EBAY),
    ("entra-id", ENTRA_ID),
    ("entra-id-certificate", ENTRA_ID_CERTIFICATE),
    ("feishu", FEISHU),
    ("fuse", FUSE),
    ("fusio", FUSIO),
    ("fusio-login", FUSIO_LOGIN),
    ("fuuffy", FUUFFY),
    ("github-app", GITHUB_APP),
    ("google-service-account", GOOGLE_SERVICE_ACCOUNT),
    ("keycloak", KEYCLOAK),
    ("okta", OKTA),
    ("openstack", OPENSTACK),
    ("ory", ORY),
    ("paypal", PAYPAL),
    ("shopify", SHOPIFY),
    ("spotify", SPOTIFY),
    ("twitch", TWITCH),
    ("ups", UPS),
    ("zoom", ZOOM),
];

/// Adobe, server to server.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/IMS/>
pub const ADOBE: &str = include_str!("../providers/adobe.json");

/// Amazon Selling Partner API.
///
/// - Credentials: `client_id`, `client_secret`, `refresh_token`.
///
/// <https://developer-docs.amazon.com/sp-api/docs/connecting-to-the-selling-partner-api>
pub const AMAZON_SP_API: &str = include_str!("../providers/amazon-sp-api.json");

/// APSIS One.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.apsis.com/reference/authentication-1>
pub const APSIS_ONE: &str = include_str!("../providers/apsis-one.json");

/// Auth0.
///
/// - Variables: `domain`, `audience`, `organization` (optional).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-credentials-flow/call-your-api-using-the-client-credentials-flow>
pub const AUTH0: &str = include_str!("../providers/auth0.json");

/// Amazon Cognito.
///
/// - Variables: `domain`, `region`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
pub const AWS_COGNITO: &str = include_str!("../providers/aws-cognito.json");

/// Basic token v2.
///
/// - Variables: `base_url`.
/// - Credentials: `client_id`, `client_secret`.
pub const BASIC_TOKEN_V2: &str = include_str!("../providers/basic-token-v2.json");

/// eBay.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.ebay.com/api-docs/static/oauth-client-credentials-grant.html>
pub const EBAY: &str = include_str!("../providers/ebay.json");

/// Microsoft Entra ID.
///
/// - Variables: `host` (default `login.microsoftonline.com`), `tenant`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
pub const ENTRA_ID: &str = include_str!("../providers/entra-id.json");

/// Microsoft Entra ID, by certificate.
///
/// - Variables: `host` (default `login.microsoftonline.com`), `tenant`.
/// - Credentials: `client_id`, `private_key`, `thumbprint_s256`.
///
/// <https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials>
pub const ENTRA_ID_CERTIFICATE: &str = include_str!("../providers/entra-id-certificate.json");

/// Feishu, Lark.
///
/// - Variables: `environment` (`feishu`, `lark`; default `feishu`).
/// - Credentials: `app_id`, `app_secret`.
///
/// <https://open.feishu.cn/document/server-docs/authentication-management/access-token/tenant_access_token_internal>
pub const FEISHU: &str = include_str!("../providers/feishu.json");

/// Fuse.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`), `audience` (default `https://api.fuse.me`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://docs.fuse.me/docs/authenticating-to-the-api>
pub const FUSE: &str = include_str!("../providers/fuse.json");

/// Fusio.
///
/// - Variables: `base_url`, `consent_path` (default `/apps/developer/auth`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://docs.fusio-project.org/>
pub const FUSIO: &str = include_str!("../providers/fusio.json");

/// Fusio, by login.
///
/// - Variables: `base_url`.
/// - Credentials: `username`, `password`.
///
/// <https://docs.fusio-project.org/>
pub const FUSIO_LOGIN: &str = include_str!("../providers/fusio-login.json");

/// Fuuffy.
///
/// - Variables: `environment` (`production`, `testing`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://api-docs.fuuffy.com/authentication>
pub const FUUFFY: &str = include_str!("../providers/fuuffy.json");

/// GitHub App, as an installation.
///
/// - Variables: `api_url` (default `https://api.github.com`), `installation_id`.
/// - Credentials: `app_id`, `private_key`.
///
/// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
pub const GITHUB_APP: &str = include_str!("../providers/github-app.json");

/// Google service account.
///
/// - Variables: `subject` (optional).
/// - Credentials: `client_email`, `private_key`, `private_key_id` (optional).
///
/// <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>
pub const GOOGLE_SERVICE_ACCOUNT: &str = include_str!("../providers/google-service-account.json");

/// Keycloak.
///
/// - Variables: `base_url`, `realm`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://www.keycloak.org/docs/latest/server_admin/#_service_accounts>
pub const KEYCLOAK: &str = include_str!("../providers/keycloak.json");

/// Okta.
///
/// - Variables: `domain`, `authorization_server` (default `default`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.okta.com/docs/guides/implement-grant-type/clientcreds/main/>
pub const OKTA: &str = include_str!("../providers/okta.json");

/// OpenStack Keystone, by application credential.
///
/// - Variables: `auth_url`.
/// - Credentials: `application_credential_id`, `application_credential_secret`.
///
/// <https://docs.openstack.org/api-ref/identity/v3/#authenticating-with-an-application-credential>
pub const OPENSTACK: &str = include_str!("../providers/openstack.json");

/// Ory Network.
///
/// - Variables: `project`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://www.ory.com/docs/oauth2-oidc/client-credentials>
pub const ORY: &str = include_str!("../providers/ory.json");

/// PayPal.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.paypal.com/api/rest/authentication/>
pub const PAYPAL: &str = include_str!("../providers/paypal.json");

/// Shopify.
///
/// - Variables: `shop`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant>
pub const SHOPIFY: &str = include_str!("../providers/shopify.json");

/// Spotify.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow>
pub const SPOTIFY: &str = include_str!("../providers/spotify.json");

/// Twitch.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://dev.twitch.tv/docs/authentication/getting-tokens-oauth/#client-credentials-grant-flow>
pub const TWITCH: &str = include_str!("../providers/twitch.json");

/// UPS.
///
/// - Variables: `environment` (`production`, `integration`; default `production`), `merchant_id`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.ups.com/api/reference/oauth/client-credentials>
pub const UPS: &str = include_str!("../providers/ups.json");

/// Zoom, server to server.
///
/// - Variables: `account_id`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developers.zoom.us/docs/internal-apps/s2s-oauth/>
pub const ZOOM: &str = include_str!("../providers/zoom.json");
