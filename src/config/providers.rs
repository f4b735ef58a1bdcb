//! The shipped profiles, as JSON: for [`Provider::from_json`](crate::Provider::from_json).
//!
//! ```
//! use bearerkit::{ClientConfig, Credentials, Provider, providers};
//! let fuse = Provider::from_json(providers::FUSE)?;
//! let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
//! ClientConfig::new(fuse, credentials).with_variable("environment", "sandbox").check()?;
//! # Ok::<(), bearerkit::Error>(())
//! ```

/// A constant for each file of `providers/`, and the list of all.
macro_rules! shipped {
    ($($(#[$doc:meta])* $constant:ident = $file:literal;)*) => {
        /// All of them, by the name of their file.
        pub const ALL: &[(&str, &str)] = &[$(($file, $constant)),*];
        $($(#[$doc])* pub const $constant: &str = include_str!(concat!("../../providers/", $file, ".json"));)*
    };
}

// What follows is written by `npm run docs`.
shipped! {
    /// [Adobe, server to server](https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/IMS/).
    ///
    /// Credentials: `client_id`, `client_secret`.
    ADOBE = "adobe";
    /// [Airwallex](https://www.airwallex.com/docs/api/authentication/api_access_token).
    ///
    /// Variables: `environment` (`production`, `sandbox`; default `production`). Credentials: `client_id`, `api_key`.
    AIRWALLEX = "airwallex";
    /// [Akeneo PIM](https://api.akeneo.com/documentation/authentication.html).
    ///
    /// Variables: `base_url`. Credentials: `client_id`, `client_secret`, `username`, `password`.
    AKENEO = "akeneo";
    /// [Altinn, by Maskinporten](https://docs.altinn.studio/api/scenarios/authentication/).
    ///
    /// Variables: `environment` (`production`, `test`; default `production`), `scopes`, `org`. Credentials: `client_id`, `private_key`, `key_id`.
    ALTINN = "altinn";
    /// [Amadeus for Developers](https://amadeus4dev.github.io/developer-guides/API-Keys/authorization/).
    ///
    /// Variables: `environment` (`production`, `test`; default `production`). Credentials: `client_id`, `client_secret`.
    AMADEUS = "amadeus";
    /// [Amazon Selling Partner API](https://developer-docs.amazon.com/sp-api/docs/connecting-to-the-selling-partner-api).
    ///
    /// Credentials: `client_id`, `client_secret`, `refresh_token`.
    AMAZON_SP_API = "amazon-sp-api";
    /// [Apple Push Notification service](https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns).
    ///
    /// Variables: `environment` (`production`, `development`; default `production`). Credentials: `key_id`, `team_id`, `private_key`.
    APNS = "apns";
    /// [App Store Connect](https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests).
    ///
    /// Credentials: `key_id`, `issuer_id`, `private_key`.
    APP_STORE_CONNECT = "app-store-connect";
    /// [Apple Maps Server API](https://developer.apple.com/documentation/applemapsserverapi/-v1-token).
    ///
    /// Credentials: `key_id`, `team_id`, `private_key`.
    APPLE_MAPS = "apple-maps";
    /// [APSIS One](https://developer.apsis.com/reference/authentication-1).
    ///
    /// Credentials: `client_id`, `client_secret`.
    APSIS_ONE = "apsis-one";
    /// [Argo CD](https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/).
    ///
    /// Variables: `base_url`. Credentials: `username`, `password`.
    ARGO_CD = "argo-cd";
    /// [Auth0](https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-credentials-flow/call-your-api-using-the-client-credentials-flow).
    ///
    /// Variables: `domain`, `audience` (optional), `organization` (optional). Credentials: `client_id`, `client_secret`.
    AUTH0 = "auth0";
    /// [Amazon Cognito](https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html).
    ///
    /// Variables: `domain`, `region`. Credentials: `client_id`, `client_secret`.
    AWS_COGNITO = "aws-cognito";
    /// [AWS, by web identity](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html).
    ///
    /// Variables: `region`, `role_arn`, `role_session_name`, `duration_seconds` (optional). Credentials: `identity_token`.
    AWS_WEB_IDENTITY = "aws-web-identity";
    /// Basic token v2.
    ///
    /// Variables: `base_url`. Credentials: `client_id`, `client_secret`.
    BASIC_TOKEN_V2 = "basic-token-v2";
    /// [Bluesky, by app password](https://docs.bsky.app/docs/api/com-atproto-server-create-session).
    ///
    /// Variables: `pds` (default `https://bsky.social`). Credentials: `identifier`, `password`.
    BLUESKY = "bluesky";
    /// [Buildkite, by workload identity](https://buildkite.com/docs/apis/workload-identity-federation).
    ///
    /// Credentials: `client_id`, `identity_token`.
    BUILDKITE_WORKLOAD_IDENTITY = "buildkite-workload-identity";
    /// [Claude, by workload identity](https://platform.claude.com/docs/en/manage-claude/wif-reference).
    ///
    /// Variables: `federation_rule_id`, `organization_id`, `service_account_id`, `workspace_id` (optional). Credentials: `identity_token`.
    CLAUDE_WORKLOAD_IDENTITY = "claude-workload-identity";
    /// [Databricks, by token federation](https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-exchange).
    ///
    /// Variables: `host`. Credentials: `subject_token`, `client_id` (optional).
    DATABRICKS_FEDERATED = "databricks-federated";
    /// [Directus](https://directus.io/docs/guides/auth/email-login).
    ///
    /// Variables: `base_url`. Credentials: `email`, `password`.
    DIRECTUS = "directus";
    /// [Discord](https://discord.com/developers/docs/topics/oauth2#client-credentials-grant).
    ///
    /// Credentials: `client_id`, `client_secret`.
    DISCORD = "discord";
    /// [Docker Hub](https://docs.docker.com/reference/api/hub/latest/#tag/authentication-api/operation/AuthCreateAccessToken).
    ///
    /// Credentials: `identifier`, `secret`.
    DOCKER_HUB = "docker-hub";
    /// [Docker registry](https://distribution.github.io/distribution/spec/auth/token/).
    ///
    /// Variables: `realm` (default `https://auth.docker.io/token`), `service` (default `registry.docker.io`). Credentials: `username`, `password`.
    DOCKER_REGISTRY = "docker-registry";
    /// [eBay](https://developer.ebay.com/api-docs/static/oauth-client-credentials-grant.html).
    ///
    /// Variables: `environment` (`production`, `sandbox`; default `production`). Credentials: `client_id`, `client_secret`.
    EBAY = "ebay";
    /// [Elasticsearch](https://github.com/elastic/elasticsearch/blob/7.x/x-pack/docs/en/rest-api/security/get-tokens.asciidoc).
    ///
    /// Variables: `base_url`. Credentials: `username`, `password`.
    ELASTICSEARCH = "elasticsearch";
    /// [Microsoft Entra ID](https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
    ///
    /// Variables: `host` (default `login.microsoftonline.com`), `tenant`. Credentials: `client_id`, `client_secret`.
    ENTRA_ID = "entra-id";
    /// [Microsoft Entra ID, by certificate](https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials).
    ///
    /// Variables: `host` (default `login.microsoftonline.com`), `tenant`. Credentials: `client_id`, `private_key`, `thumbprint_s256`.
    ENTRA_ID_CERTIFICATE = "entra-id-certificate";
    /// [Microsoft Entra ID, federated](https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential).
    ///
    /// Variables: `host` (default `login.microsoftonline.com`), `tenant`. Credentials: `client_id`, `identity_token`.
    ENTRA_ID_FEDERATED = "entra-id-federated";
    /// [Feishu, Lark](https://open.feishu.cn/document/server-docs/authentication-management/access-token/tenant_access_token_internal).
    ///
    /// Variables: `environment` (`feishu`, `lark`; default `feishu`). Credentials: `app_id`, `app_secret`.
    FEISHU = "feishu";
    /// [Fuse](https://docs.fuse.me/docs/authenticating-to-the-api).
    ///
    /// Variables: `environment` (`production`, `sandbox`; default `production`), `audience` (default `https://api.fuse.me`). Credentials: `client_id`, `client_secret`.
    FUSE = "fuse";
    /// [Fusio](https://docs.fusio-project.org/).
    ///
    /// Variables: `base_url`, `consent_path` (default `/apps/developer/auth`). Credentials: `client_id`, `client_secret`.
    FUSIO = "fusio";
    /// [Fusio, by login](https://docs.fusio-project.org/).
    ///
    /// Variables: `base_url`. Credentials: `username`, `password`.
    FUSIO_LOGIN = "fusio-login";
    /// [Fuuffy](https://api-docs.fuuffy.com/authentication).
    ///
    /// Variables: `environment` (`production`, `testing`; default `production`). Credentials: `client_id`, `client_secret`.
    FUUFFY = "fuuffy";
    /// [Ghost Admin API](https://docs.ghost.org/admin-api#token-authentication).
    ///
    /// Variables: `admin_domain`. Credentials: `key_id`, `key_secret`.
    GHOST_ADMIN = "ghost-admin";
    /// [GitHub App, as an installation](https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app).
    ///
    /// Variables: `api_url` (default `https://api.github.com`), `installation_id`. Credentials: `app_id`, `private_key`.
    GITHUB_APP = "github-app";
    /// [GitLab, by refresh token](https://docs.gitlab.com/api/oauth2/).
    ///
    /// Variables: `base_url` (default `https://gitlab.com`), `redirect_uri`. Credentials: `client_id`, `client_secret`, `refresh_token`.
    GITLAB = "gitlab";
    /// [Google service account, by a JWT of its own](https://google.aip.dev/auth/4111).
    ///
    /// Variables: `service`. Credentials: `client_email`, `private_key`, `private_key_id`.
    GOOGLE_SELF_SIGNED = "google-self-signed";
    /// [Google service account](https://developers.google.com/identity/protocols/oauth2/service-account#httprest).
    ///
    /// Variables: `subject` (optional). Credentials: `client_email`, `private_key`, `private_key_id` (optional).
    GOOGLE_SERVICE_ACCOUNT = "google-service-account";
    /// [Google service account, by Workload Identity Federation](https://cloud.google.com/iam/docs/create-short-lived-credentials-direct).
    ///
    /// Variables: `project_number`, `pool_id`, `provider_id`, `service_account_email`, `lifetime` (optional). Credentials: `subject_token`.
    GOOGLE_SERVICE_ACCOUNT_IMPERSONATION = "google-service-account-impersonation";
    /// [Google Cloud, Workload Identity Federation](https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers).
    ///
    /// Variables: `project_number`, `pool_id`, `provider_id`. Credentials: `subject_token`.
    GOOGLE_WORKLOAD_IDENTITY = "google-workload-identity";
    /// [Heymarket](https://developers.heymarket.com/authentication).
    ///
    /// Credentials: `secret_id`, `secret_key`.
    HEYMARKET = "heymarket";
    /// [Home Assistant](https://developers.home-assistant.io/docs/auth_api#refresh-token).
    ///
    /// Variables: `base_url`. Credentials: `client_id`, `refresh_token`.
    HOME_ASSISTANT = "home-assistant";
    /// [IBM Cloud IAM](https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey).
    ///
    /// Credentials: `api_key`.
    IBM_CLOUD = "ibm-cloud";
    /// [Keycloak](https://www.keycloak.org/docs/latest/server_admin/#_service_accounts).
    ///
    /// Variables: `base_url`, `realm`. Credentials: `client_id`, `client_secret`.
    KEYCLOAK = "keycloak";
    /// [LINE Messaging API](https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/).
    ///
    /// Credentials: `client_id`, `key_id`, `private_key`.
    LINE = "line";
    /// [LiveKit server API](https://docs.livekit.io/frontends/authentication/tokens/).
    ///
    /// Variables: `identity` (default `bearerkit`), `room` (optional), `host`. Credentials: `api_key`, `api_secret`.
    LIVEKIT = "livekit";
    /// [Lufthansa Open API](https://developer.lufthansa.com/docs/api_basics/notification_service/Oauth_Token_for_Certificate_Manager_API).
    ///
    /// Credentials: `client_id`, `client_secret`.
    LUFTHANSA = "lufthansa";
    /// [Adobe Commerce (Magento), by login](https://developer.adobe.com/commerce/webapi/get-started/authentication/gs-authentication-token/).
    ///
    /// Variables: `base_url`, `store` (default `default`), `account` (default `customer`). Credentials: `username`, `password`.
    MAGENTO = "magento";
    /// [Adobe Marketo Engage](https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/authentication).
    ///
    /// Variables: `munchkin_id`. Credentials: `client_id`, `client_secret`.
    MARKETO = "marketo";
    /// [Maskinporten](https://docs.digdir.no/docs/Maskinporten/maskinporten_protocol_jwtgrant).
    ///
    /// Variables: `environment` (`production`, `test`; default `production`), `resource` (optional). Credentials: `client_id`, `private_key`, `key_id`.
    MASKINPORTEN = "maskinporten";
    /// [Mastodon](https://docs.joinmastodon.org/methods/oauth/#token).
    ///
    /// Variables: `base_url`, `redirect_uri` (default `urn:ietf:wg:oauth:2.0:oob`). Credentials: `client_id`, `client_secret`.
    MASTODON = "mastodon";
    /// [Matrix](https://spec.matrix.org/latest/client-server-api/#post_matrixclientv3login).
    ///
    /// Variables: `homeserver`, `device_id` (optional), `device_name` (optional). Credentials: `username`, `password`.
    MATRIX = "matrix";
    /// [Mattermost, by login](https://developers.mattermost.com/api-documentation/#/#authentication).
    ///
    /// Variables: `base_url`. Credentials: `login_id`, `password`.
    MATTERMOST = "mattermost";
    /// [MCP, authorized by the enterprise](https://modelcontextprotocol.io/extensions/auth/enterprise-managed-authorization).
    ///
    /// Variables: `idp_token_endpoint`, `audience`, `resource`, `scopes`, `mcp_token_endpoint`. Credentials: `idp_client_id`, `idp_client_secret`, `client_id`, `subject_token`.
    MCP_ENTERPRISE = "mcp-enterprise";
    /// [Mercure hub](https://symfony.com/doc/current/mercure.html#configuration).
    ///
    /// Variables: `hub`. Credentials: `jwt_secret`.
    MERCURE = "mercure";
    /// [Metabase, by login](https://www.metabase.com/learn/administration/metabase-api.html).
    ///
    /// Variables: `base_url`. Credentials: `username`, `password`.
    METABASE = "metabase";
    /// [Okta](https://developer.okta.com/docs/guides/implement-grant-type/clientcreds/main/).
    ///
    /// Variables: `domain`, `authorization_server` (default `default`). Credentials: `client_id`, `client_secret`.
    OKTA = "okta";
    /// [OneLogin](https://developers.onelogin.com/api-docs/2/oauth20-tokens/generate-tokens-2).
    ///
    /// Variables: `subdomain`. Credentials: `client_id`, `client_secret`.
    ONELOGIN = "onelogin";
    /// [OpenAI, by workload identity](https://developers.openai.com/api/reference/workload-identity-federation).
    ///
    /// Variables: `identity_provider_id`, `service_account_id`. Credentials: `subject_token`.
    OPENAI_WORKLOAD_IDENTITY = "openai-workload-identity";
    /// [OpenRouter, by workload identity](https://openrouter.ai/docs/guides/overview/auth/workload-identity-federation).
    ///
    /// Variables: `federation_policy_id`. Credentials: `subject_token`.
    OPENROUTER_WORKLOAD_IDENTITY = "openrouter-workload-identity";
    /// [OpenStack Keystone, by application credential](https://docs.openstack.org/api-ref/identity/v3/#authenticating-with-an-application-credential).
    ///
    /// Variables: `auth_url`. Credentials: `application_credential_id`, `application_credential_secret`.
    OPENSTACK = "openstack";
    /// [ORCID](https://github.com/ORCID/ORCID-Source/blob/main/orcid-api-web/tutorial/search.md).
    ///
    /// Variables: `environment` (`production`, `sandbox`; default `production`). Credentials: `client_id`, `client_secret`.
    ORCID = "orcid";
    /// [Ory Network](https://www.ory.com/docs/oauth2-oidc/client-credentials).
    ///
    /// Variables: `project`. Credentials: `client_id`, `client_secret`.
    ORY = "ory";
    /// [PayPal](https://developer.paypal.com/api/rest/authentication/).
    ///
    /// Variables: `environment` (`production`, `sandbox`; default `production`). Credentials: `client_id`, `client_secret`.
    PAYPAL = "paypal";
    /// [PlayFab, as a title](https://learn.microsoft.com/en-us/rest/api/playfab/authentication/authentication/get-entity-token).
    ///
    /// Variables: `title_id`. Credentials: `secret_key`.
    PLAYFAB = "playfab";
    /// [RingCentral](https://developers.ringcentral.com/guide/authentication/jwt-flow).
    ///
    /// Credentials: `client_id`, `client_secret`, `jwt`.
    RINGCENTRAL = "ringcentral";
    /// [Rocket.Chat, by login](https://github.com/RocketChat/Rocket.Chat-Open-API/blob/main/authentication.yaml).
    ///
    /// Variables: `base_url`. Credentials: `username`, `password`.
    ROCKET_CHAT = "rocket-chat";
    /// [Safaricom Daraja (M-Pesa)](https://developer.safaricom.co.ke/apis/Authorization).
    ///
    /// Variables: `environment` (`production`, `sandbox`; default `production`). Credentials: `client_id`, `client_secret`.
    SAFARICOM_DARAJA = "safaricom-daraja";
    /// [Salesforce, by JWT](https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm).
    ///
    /// Variables: `environment` (`production`, `sandbox`; default `production`), `username`. Credentials: `client_id`, `private_key`.
    SALESFORCE_JWT = "salesforce-jwt";
    /// [Shopify](https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant).
    ///
    /// Variables: `shop`. Credentials: `client_id`, `client_secret`.
    SHOPIFY = "shopify";
    /// [Snowflake, by key pair](https://docs.snowflake.com/en/developer-guide/sql-api/authenticating).
    ///
    /// Variables: `account`, `user`, `public_key_fp`, `account_host`. Credentials: `private_key`.
    SNOWFLAKE = "snowflake";
    /// [Spotify](https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow).
    ///
    /// Credentials: `client_id`, `client_secret`.
    SPOTIFY = "spotify";
    /// [Stream, server side](https://getstream.io/chat/docs/rest/).
    ///
    /// Variables: `host` (default `chat.stream-io-api.com`). Credentials: `api_key`, `api_secret`.
    STREAM = "stream";
    /// [TheTVDB](https://thetvdb.github.io/v4-api/).
    ///
    /// Credentials: `api_key`, `pin` (optional).
    TVDB = "tvdb";
    /// [Twitch](https://dev.twitch.tv/docs/authentication/getting-tokens-oauth/#client-credentials-grant-flow).
    ///
    /// Credentials: `client_id`, `client_secret`.
    TWITCH = "twitch";
    /// [UPS](https://developer.ups.com/api/reference/oauth/client-credentials).
    ///
    /// Variables: `environment` (`production`, `integration`; default `production`), `merchant_id`. Credentials: `client_id`, `client_secret`.
    UPS = "ups";
    /// [USPS](https://github.com/USPS/api-examples#oauth-token).
    ///
    /// Variables: `environment` (`production`, `testing`; default `production`). Credentials: `client_id`, `client_secret`.
    USPS = "usps";
    /// [HashiCorp Vault, by AppRole](https://developer.hashicorp.com/vault/api-docs/auth/approle).
    ///
    /// Variables: `base_url`, `namespace`, `mount` (default `approle`). Credentials: `role_id`, `secret_id`.
    VAULT_APPROLE = "vault-approle";
    /// [Vonage](https://developer.vonage.com/en/getting-started/concepts/authentication).
    ///
    /// Variables: `application_id`, `host` (default `api.nexmo.com`). Credentials: `private_key`.
    VONAGE = "vonage";
    /// [WeatherKit](https://developer.apple.com/documentation/weatherkitrestapi/request-authentication-for-weatherkit-rest-api).
    ///
    /// Variables: `service_id`. Credentials: `key_id`, `team_id`, `private_key`.
    WEATHERKIT = "weatherkit";
    /// [WeChat Official Accounts and Mini Programs](https://developers.weixin.qq.com/doc/service/en/api/base/api_getaccesstoken).
    ///
    /// Credentials: `app_id`, `app_secret`.
    WECHAT = "wechat";
    /// [WeCom](https://developer.work.weixin.qq.com/document/path/91039).
    ///
    /// Credentials: `corp_id`, `corp_secret`.
    WECOM = "wecom";
    /// [X, app-only](https://docs.x.com/fundamentals/authentication/oauth-2-0/bearer-tokens).
    ///
    /// Credentials: `client_id`, `client_secret`.
    X = "x";
    /// [ZITADEL, by the key of a service user](https://zitadel.com/docs/guides/integrate/service-users/private-key-jwt).
    ///
    /// Variables: `domain`. Credentials: `user_id`, `key_id`, `private_key`.
    ZITADEL = "zitadel";
    /// [Zoho, by refresh token](https://www.zoho.com/assist/api/refresh-access-token.html).
    ///
    /// Variables: `environment` (`us`, `eu`, `in`, `au`, `jp`, `cn`, `ca`, `sa`; default `us`). Credentials: `client_id`, `client_secret`, `refresh_token`.
    ZOHO = "zoho";
    /// [Zoom, server to server](https://developers.zoom.us/docs/internal-apps/s2s-oauth/).
    ///
    /// Variables: `account_id`. Credentials: `client_id`, `client_secret`.
    ZOOM = "zoom";
}
