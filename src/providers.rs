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
    ("apsis-one", APSIS_ONE),
    ("basic-token-v2", BASIC_TOKEN_V2),
    ("fuse", FUSE),
    ("fusio", FUSIO),
    ("fusio-login", FUSIO_LOGIN),
    ("fuuffy", FUUFFY),
];

/// APSIS One.
///
/// - Credentials: `client_id`, `client_secret`.
pub const APSIS_ONE: &str = include_str!("../providers/apsis-one.json");

/// Basic token v2.
///
/// - Variables: `base_url`.
/// - Credentials: `client_id`, `client_secret`.
pub const BASIC_TOKEN_V2: &str = include_str!("../providers/basic-token-v2.json");

/// Fuse.
///
/// - Variables: `environment` (`production` | `sandbox`; default `production`), `audience` (default `https://api.fuse.me`).
/// - Credentials: `client_id`, `client_secret`.
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
/// - Variables: `environment` (`production` | `testing`; default `production`).
/// - Credentials: `client_id`, `client_secret`.
pub const FUUFFY: &str = include_str!("../providers/fuuffy.json");
