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
    ("airwallex", AIRWALLEX),
    ("akeneo", AKENEO),
    ("altinn", ALTINN),
    ("amadeus", AMADEUS),
    ("amazon-sp-api", AMAZON_SP_API),
    ("apsis-one", APSIS_ONE),
    ("argo-cd", ARGO_CD),
    ("auth0", AUTH0),
    ("aws-cognito", AWS_COGNITO),
    ("basic-token-v2", BASIC_TOKEN_V2),
    ("bluesky", BLUESKY),
    ("directus", DIRECTUS),
    ("discord", DISCORD),
    ("docker-hub", DOCKER_HUB),
    ("docker-registry", DOCKER_REGISTRY),
    ("ebay", EBAY),
    ("elasticsearch", ELASTICSEARCH),
    ("entra-id", ENTRA_ID),
    ("entra-id-certificate", ENTRA_ID_CERTIFICATE),
    ("feishu", FEISHU),
    ("fuse", FUSE),
    ("fusio", FUSIO),
    ("fusio-login", FUSIO_LOGIN),
    ("fuuffy", FUUFFY),
    ("github-app", GITHUB_APP),
    ("gitlab", GITLAB),
    ("google-service-account", GOOGLE_SERVICE_ACCOUNT),
    ("home-assistant", HOME_ASSISTANT),
    ("ibm-cloud", IBM_CLOUD),
    ("keycloak", KEYCLOAK),
    ("line", LINE),
    ("lufthansa", LUFTHANSA),
    ("magento", MAGENTO),
    ("marketo", MARKETO),
    ("maskinporten", MASKINPORTEN),
    ("mastodon", MASTODON),
    ("matrix", MATRIX),
    ("mattermost", MATTERMOST),
    ("metabase", METABASE),
    ("okta", OKTA),
    ("onelogin", ONELOGIN),
    ("openstack", OPENSTACK),
    ("orcid", ORCID),
    ("ory", ORY),
    ("paypal", PAYPAL),
    ("playfab", PLAYFAB),
    ("ringcentral", RINGCENTRAL),
    ("rocket-chat", ROCKET_CHAT),
    ("safaricom-daraja", SAFARICOM_DARAJA),
    ("salesforce-jwt", SALESFORCE_JWT),
    ("shopify", SHOPIFY),
    ("spotify", SPOTIFY),
    ("tvdb", TVDB),
    ("twitch", TWITCH),
    ("ups", UPS),
    ("usps", USPS),
    ("vault-approle", VAULT_APPROLE),
    ("wechat", WECHAT),
    ("wecom", WECOM),
    ("x", X),
    ("zitadel", ZITADEL),
    ("zoho", ZOHO),
    ("zoom", ZOOM),
];

/// Adobe, server to server.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/IMS/>
pub const ADOBE: &str = include_str!("../../providers/adobe.json");

/// Airwallex.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`).
/// - Credentials: `client_id`, `api_key`.
///
/// <https://www.airwallex.com/docs/api/authentication/api_access_token>
pub const AIRWALLEX: &str = include_str!("../../providers/airwallex.json");

/// Akeneo PIM.
///
/// - Variables: `base_url`.
/// - Credentials: `client_id`, `client_secret`, `username`, `password`.
///
/// <https://api.akeneo.com/documentation/authentication.html>
pub const AKENEO: &str = include_str!("../../providers/akeneo.json");

/// Altinn, by Maskinporten.
///
/// - Variables: `environment` (`production`, `test`; default `production`), `scopes`, `org`.
/// - Credentials: `client_id`, `private_key`, `key_id`.
///
/// <https://docs.altinn.studio/api/scenarios/authentication/>
pub const ALTINN: &str = include_str!("../../providers/altinn.json");

/// Amadeus for Developers.
///
/// - Variables: `environment` (`production`, `test`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://amadeus4dev.github.io/developer-guides/API-Keys/authorization/>
pub const AMADEUS: &str = include_str!("../../providers/amadeus.json");

/// Amazon Selling Partner API.
///
/// - Credentials: `client_id`, `client_secret`, `refresh_token`.
///
/// <https://developer-docs.amazon.com/sp-api/docs/connecting-to-the-selling-partner-api>
pub const AMAZON_SP_API: &str = include_str!("../../providers/amazon-sp-api.json");

/// APSIS One.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.apsis.com/reference/authentication-1>
pub const APSIS_ONE: &str = include_str!("../../providers/apsis-one.json");

/// Argo CD.
///
/// - Variables: `base_url`.
/// - Credentials: `username`, `password`.
///
/// <https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/>
pub const ARGO_CD: &str = include_str!("../../providers/argo-cd.json");

/// Auth0.
///
/// - Variables: `domain`, `audience` (optional), `organization` (optional).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-credentials-flow/call-your-api-using-the-client-credentials-flow>
pub const AUTH0: &str = include_str!("../../providers/auth0.json");

/// Amazon Cognito.
///
/// - Variables: `domain`, `region`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
pub const AWS_COGNITO: &str = include_str!("../../providers/aws-cognito.json");

/// Basic token v2.
///
/// - Variables: `base_url`.
/// - Credentials: `client_id`, `client_secret`.
pub const BASIC_TOKEN_V2: &str = include_str!("../../providers/basic-token-v2.json");

/// Bluesky, by app password.
///
/// - Variables: `pds` (default `https://bsky.social`).
/// - Credentials: `identifier`, `password`.
///
/// <https://docs.bsky.app/docs/api/com-atproto-server-create-session>
pub const BLUESKY: &str = include_str!("../../providers/bluesky.json");

/// Directus.
///
/// - Variables: `base_url`.
/// - Credentials: `email`, `password`.
///
/// <https://directus.io/docs/guides/auth/email-login>
pub const DIRECTUS: &str = include_str!("../../providers/directus.json");

/// Discord.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://discord.com/developers/docs/topics/oauth2#client-credentials-grant>
pub const DISCORD: &str = include_str!("../../providers/discord.json");

/// Docker Hub.
///
/// - Credentials: `identifier`, `secret`.
///
/// <https://docs.docker.com/reference/api/hub/latest/#tag/authentication-api/operation/AuthCreateAccessToken>
pub const DOCKER_HUB: &str = include_str!("../../providers/docker-hub.json");

/// Docker registry.
///
/// - Variables: `realm` (default `https://auth.docker.io/token`), `service` (default `registry.docker.io`).
/// - Credentials: `username`, `password`.
///
/// <https://distribution.github.io/distribution/spec/auth/token/>
pub const DOCKER_REGISTRY: &str = include_str!("../../providers/docker-registry.json");

/// eBay.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.ebay.com/api-docs/static/oauth-client-credentials-grant.html>
pub const EBAY: &str = include_str!("../../providers/ebay.json");

/// Elasticsearch.
///
/// - Variables: `base_url`.
/// - Credentials: `username`, `password`.
///
/// <https://github.com/elastic/elasticsearch/blob/7.x/x-pack/docs/en/rest-api/security/get-tokens.asciidoc>
pub const ELASTICSEARCH: &str = include_str!("../../providers/elasticsearch.json");

/// Microsoft Entra ID.
///
/// - Variables: `host` (default `login.microsoftonline.com`), `tenant`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
pub const ENTRA_ID: &str = include_str!("../../providers/entra-id.json");

/// Microsoft Entra ID, by certificate.
///
/// - Variables: `host` (default `login.microsoftonline.com`), `tenant`.
/// - Credentials: `client_id`, `private_key`, `thumbprint_s256`.
///
/// <https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials>
pub const ENTRA_ID_CERTIFICATE: &str = include_str!("../../providers/entra-id-certificate.json");

/// Feishu, Lark.
///
/// - Variables: `environment` (`feishu`, `lark`; default `feishu`).
/// - Credentials: `app_id`, `app_secret`.
///
/// <https://open.feishu.cn/document/server-docs/authentication-management/access-token/tenant_access_token_internal>
pub const FEISHU: &str = include_str!("../../providers/feishu.json");

/// Fuse.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`), `audience` (default `https://api.fuse.me`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://docs.fuse.me/docs/authenticating-to-the-api>
pub const FUSE: &str = include_str!("../../providers/fuse.json");

/// Fusio.
///
/// - Variables: `base_url`, `consent_path` (default `/apps/developer/auth`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://docs.fusio-project.org/>
pub const FUSIO: &str = include_str!("../../providers/fusio.json");

/// Fusio, by login.
///
/// - Variables: `base_url`.
/// - Credentials: `username`, `password`.
///
/// <https://docs.fusio-project.org/>
pub const FUSIO_LOGIN: &str = include_str!("../../providers/fusio-login.json");

/// Fuuffy.
///
/// - Variables: `environment` (`production`, `testing`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://api-docs.fuuffy.com/authentication>
pub const FUUFFY: &str = include_str!("../../providers/fuuffy.json");

/// GitHub App, as an installation.
///
/// - Variables: `api_url` (default `https://api.github.com`), `installation_id`.
/// - Credentials: `app_id`, `private_key`.
///
/// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
pub const GITHUB_APP: &str = include_str!("../../providers/github-app.json");

/// GitLab, by refresh token.
///
/// - Variables: `base_url` (default `https://gitlab.com`), `redirect_uri`.
/// - Credentials: `client_id`, `client_secret`, `refresh_token`.
///
/// <https://docs.gitlab.com/api/oauth2/>
pub const GITLAB: &str = include_str!("../../providers/gitlab.json");

/// Google service account.
///
/// - Variables: `subject` (optional).
/// - Credentials: `client_email`, `private_key`, `private_key_id` (optional).
///
/// <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>
pub const GOOGLE_SERVICE_ACCOUNT: &str = include_str!("../../providers/google-service-account.json");

/// Home Assistant.
///
/// - Variables: `base_url`.
/// - Credentials: `client_id`, `refresh_token`.
///
/// <https://developers.home-assistant.io/docs/auth_api#refresh-token>
pub const HOME_ASSISTANT: &str = include_str!("../../providers/home-assistant.json");

/// IBM Cloud IAM.
///
/// - Credentials: `api_key`.
///
/// <https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey>
pub const IBM_CLOUD: &str = include_str!("../../providers/ibm-cloud.json");

/// Keycloak.
///
/// - Variables: `base_url`, `realm`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://www.keycloak.org/docs/latest/server_admin/#_service_accounts>
pub const KEYCLOAK: &str = include_str!("../../providers/keycloak.json");

/// LINE Messaging API.
///
/// - Credentials: `client_id`, `key_id`, `private_key`.
///
/// <https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/>
pub const LINE: &str = include_str!("../../providers/line.json");

/// Lufthansa Open API.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.lufthansa.com/docs/api_basics/notification_service/Oauth_Token_for_Certificate_Manager_API>
pub const LUFTHANSA: &str = include_str!("../../providers/lufthansa.json");

/// Adobe Commerce (Magento), by login.
///
/// - Variables: `base_url`, `store` (default `default`), `account` (default `customer`).
/// - Credentials: `username`, `password`.
///
/// <https://developer.adobe.com/commerce/webapi/get-started/authentication/gs-authentication-token/>
pub const MAGENTO: &str = include_str!("../../providers/magento.json");

/// Adobe Marketo Engage.
///
/// - Variables: `munchkin_id`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/authentication>
pub const MARKETO: &str = include_str!("../../providers/marketo.json");

/// Maskinporten.
///
/// - Variables: `environment` (`production`, `test`; default `production`), `resource` (optional).
/// - Credentials: `client_id`, `private_key`, `key_id`.
///
/// <https://docs.digdir.no/docs/Maskinporten/maskinporten_protocol_jwtgrant>
pub const MASKINPORTEN: &str = include_str!("../../providers/maskinporten.json");

/// Mastodon.
///
/// - Variables: `base_url`, `redirect_uri` (default `urn:ietf:wg:oauth:2.0:oob`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://docs.joinmastodon.org/methods/oauth/#token>
pub const MASTODON: &str = include_str!("../../providers/mastodon.json");

/// Matrix.
///
/// - Variables: `homeserver`, `device_id` (optional), `device_name` (optional).
/// - Credentials: `username`, `password`.
///
/// <https://spec.matrix.org/latest/client-server-api/#post_matrixclientv3login>
pub const MATRIX: &str = include_str!("../../providers/matrix.json");

/// Mattermost, by login.
///
/// - Variables: `base_url`.
/// - Credentials: `login_id`, `password`.
///
/// <https://developers.mattermost.com/api-documentation/#/#authentication>
pub const MATTERMOST: &str = include_str!("../../providers/mattermost.json");

/// Metabase, by login.
///
/// - Variables: `base_url`.
/// - Credentials: `username`, `password`.
///
/// <https://www.metabase.com/learn/administration/metabase-api.html>
pub const METABASE: &str = include_str!("../../providers/metabase.json");

/// Okta.
///
/// - Variables: `domain`, `authorization_server` (default `default`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.okta.com/docs/guides/implement-grant-type/clientcreds/main/>
pub const OKTA: &str = include_str!("../../providers/okta.json");

/// OneLogin.
///
/// - Variables: `subdomain`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developers.onelogin.com/api-docs/2/oauth20-tokens/generate-tokens-2>
pub const ONELOGIN: &str = include_str!("../../providers/onelogin.json");

/// OpenStack Keystone, by application credential.
///
/// - Variables: `auth_url`.
/// - Credentials: `application_credential_id`, `application_credential_secret`.
///
/// <https://docs.openstack.org/api-ref/identity/v3/#authenticating-with-an-application-credential>
pub const OPENSTACK: &str = include_str!("../../providers/openstack.json");

/// ORCID.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://github.com/ORCID/ORCID-Source/blob/main/orcid-api-web/tutorial/search.md>
pub const ORCID: &str = include_str!("../../providers/orcid.json");

/// Ory Network.
///
/// - Variables: `project`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://www.ory.com/docs/oauth2-oidc/client-credentials>
pub const ORY: &str = include_str!("../../providers/ory.json");

/// PayPal.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.paypal.com/api/rest/authentication/>
pub const PAYPAL: &str = include_str!("../../providers/paypal.json");

/// PlayFab, as a title.
///
/// - Variables: `title_id`.
/// - Credentials: `secret_key`.
///
/// <https://learn.microsoft.com/en-us/rest/api/playfab/authentication/authentication/get-entity-token>
pub const PLAYFAB: &str = include_str!("../../providers/playfab.json");

/// RingCentral.
///
/// - Credentials: `client_id`, `client_secret`, `jwt`.
///
/// <https://developers.ringcentral.com/guide/authentication/jwt-flow>
pub const RINGCENTRAL: &str = include_str!("../../providers/ringcentral.json");

/// Rocket.Chat, by login.
///
/// - Variables: `base_url`.
/// - Credentials: `username`, `password`.
///
/// <https://github.com/RocketChat/Rocket.Chat-Open-API/blob/main/authentication.yaml>
pub const ROCKET_CHAT: &str = include_str!("../../providers/rocket-chat.json");

/// Safaricom Daraja (M-Pesa).
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.safaricom.co.ke/apis/Authorization>
pub const SAFARICOM_DARAJA: &str = include_str!("../../providers/safaricom-daraja.json");

/// Salesforce, by JWT.
///
/// - Variables: `environment` (`production`, `sandbox`; default `production`), `username`.
/// - Credentials: `client_id`, `private_key`.
///
/// <https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm>
pub const SALESFORCE_JWT: &str = include_str!("../../providers/salesforce-jwt.json");

/// Shopify.
///
/// - Variables: `shop`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant>
pub const SHOPIFY: &str = include_str!("../../providers/shopify.json");

/// Spotify.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow>
pub const SPOTIFY: &str = include_str!("../../providers/spotify.json");

/// TheTVDB.
///
/// - Credentials: `api_key`, `pin` (optional).
///
/// <https://thetvdb.github.io/v4-api/>
pub const TVDB: &str = include_str!("../../providers/tvdb.json");

/// Twitch.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://dev.twitch.tv/docs/authentication/getting-tokens-oauth/#client-credentials-grant-flow>
pub const TWITCH: &str = include_str!("../../providers/twitch.json");

/// UPS.
///
/// - Variables: `environment` (`production`, `integration`; default `production`), `merchant_id`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developer.ups.com/api/reference/oauth/client-credentials>
pub const UPS: &str = include_str!("../../providers/ups.json");

/// USPS.
///
/// - Variables: `environment` (`production`, `testing`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://github.com/USPS/api-examples#oauth-token>
pub const USPS: &str = include_str!("../../providers/usps.json");

/// HashiCorp Vault, by AppRole.
///
/// - Variables: `base_url`, `namespace`, `mount` (default `approle`).
/// - Credentials: `role_id`, `secret_id`.
///
/// <https://developer.hashicorp.com/vault/api-docs/auth/approle>
pub const VAULT_APPROLE: &str = include_str!("../../providers/vault-approle.json");

/// WeChat Official Accounts and Mini Programs.
///
/// - Credentials: `app_id`, `app_secret`.
///
/// <https://developers.weixin.qq.com/doc/service/en/api/base/api_getaccesstoken>
pub const WECHAT: &str = include_str!("../../providers/wechat.json");

/// WeCom.
///
/// - Credentials: `corp_id`, `corp_secret`.
///
/// <https://developer.work.weixin.qq.com/document/path/91039>
pub const WECOM: &str = include_str!("../../providers/wecom.json");

/// X, app-only.
///
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://docs.x.com/fundamentals/authentication/oauth-2-0/bearer-tokens>
pub const X: &str = include_str!("../../providers/x.json");

/// ZITADEL, by the key of a service user.
///
/// - Variables: `domain`.
/// - Credentials: `user_id`, `key_id`, `private_key`.
///
/// <https://zitadel.com/docs/guides/integrate/service-users/private-key-jwt>
pub const ZITADEL: &str = include_str!("../../providers/zitadel.json");

/// Zoho, by refresh token.
///
/// - Variables: `environment` (`us`, `eu`, `in`, `au`, `jp`, `cn`, `ca`, `sa`; default `us`).
/// - Credentials: `client_id`, `client_secret`, `refresh_token`.
///
/// <https://www.zoho.com/assist/api/refresh-access-token.html>
pub const ZOHO: &str = include_str!("../../providers/zoho.json");

/// Zoom, server to server.
///
/// - Variables: `account_id`.
/// - Credentials: `client_id`, `client_secret`.
///
/// <https://developers.zoom.us/docs/internal-apps/s2s-oauth/>
pub const ZOOM: &str = include_str!("../../providers/zoom.json");
