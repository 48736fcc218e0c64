//! Paths whose callers are machines with a proof of their own: a token, a signature.

const MACHINES: [&str; 3] = ["/api/", "/access/v1/", "/sign-in/back-channel/"];

/// Whether machines call this path: they carry no cookie of ours, and read problem documents
/// instead of pages.
#[must_use]
pub fn is_for_machines(path: &str) -> bool {
    MACHINES.iter().any(|begin| path.starts_with(begin))
}
