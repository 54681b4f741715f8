//! `[limits]`: how much one client may ask for.

use serde::Deserialize;
use validator::Validate;

/// How much one client may ask for.
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest body of a request in bytes. Default 65536.
    #[validate(range(min = 4096, message = "must be at least 4096: forms need it"))]
    pub body_bytes: usize,
    /// Requests a minute from one address, all together. Default 1200.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub requests_per_minute: u32,
    /// Forms a minute from one address. Default 240.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub posts_per_minute: u32,
    /// Seconds after which a request is given up. Default 30.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub request_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 65_536,
            requests_per_minute: 1200,
            posts_per_minute: 240,
            request_seconds: 30,
        }
    }
}
