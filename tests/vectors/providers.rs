//! The samples of the shipped profiles, by the name of their file. Written by `npm run docs`.

pub(crate) const ALL: &[(&str, &str)] = &[
    ("apsis-one", include_str!("providers/apsis-one.json")),
    ("basic-token-v2", include_str!("providers/basic-token-v2.json")),
    ("fuse", include_str!("providers/fuse.json")),
    ("fusio", include_str!("providers/fusio.json")),
    ("fusio-login", include_str!("providers/fusio-login.json")),
    ("fuuffy", include_str!("providers/fuuffy.json")),
];
