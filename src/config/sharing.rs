//! Whether a token is shared, and by what kind of store.

/// Whether the instances of a client share their token through a store, and what that store can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Each machine has a token of its own.
    #[default]
    None,
    /// The store cannot compare: what is read may be old, and a write may overwrite a newer one (Workers KV, an HTTP cache).
    Hint,
    /// The store compares: a write happens only over the value that was read (Redis, Durable Objects, PostgreSQL).
    Atomic,
}
