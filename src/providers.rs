//! The shipped profiles, as JSON: for [`Provider::from_json`](crate::Provider::from_json).
//!
//! ```
//! use bearerkit::{ClientConfig, Credentials, Provider, providers};
//! let fuse = Provider::from_json(providers::FUSE)?;
//! let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
//! ClientConfig::new(fuse, credentials).with_variable("environment", "sandbox").check()?;
//! # Ok::<(), bearerkit::Error>(())
//! ```

/// Fuse. Variables: `environment` (`production`, `sandbox`), `audience`. Credentials: `client_id`, `client_secret`.
pub const FUSE: &str = include_str!("../providers/fuse.json");
/// Basic token v2. Variables: `base_url`. Credentials: `client_id`, `client_secret`.
pub const BASIC_TOKEN_V2: &str = include_str!("../providers/basic-token-v2.json");
/// APSIS One. Credentials: `client_id`, `client_secret`.
pub const APSIS_ONE: &str = include_str!("../providers/apsis-one.json");
/// Fuuffy. Variables: `environment` (`production`, `testing`). Credentials: `client_id`, `client_secret`.
pub const FUUFFY: &str = include_str!("../providers/fuuffy.json");
/// Fusio. Variables: `base_url`, `consent_path`. Credentials: `client_id`, `client_secret`.
pub const FUSIO: &str = include_str!("../providers/fusio.json");
/// Fusio, by login. Variables: `base_url`. Credentials: `username`, `password`.
pub const FUSIO_LOGIN: &str = include_str!("../providers/fusio-login.json");
