//! `[sessions]`: how long a sign-in lasts.

use serde::Deserialize;
use validator::Validate;

/// How long a sign-in lasts.
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    /// Seconds without a request after which the session ends. Default 1800. Under 40, who is warned has
    /// less than the 20 seconds of WCAG 2.2.1 to stay: that is for tests.
    #[validate(range(min = 1, max = 86_400, message = "must be from 1 to 86400"))]
    pub idle_seconds: u32,
    /// Seconds after which the session ends in any case. Default 43200.
    #[validate(range(min = 1, max = 2_592_000, message = "must be from 1 to 2592000"))]
    pub longest_seconds: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { idle_seconds: 1800, longest_seconds: 43_200 }
    }
}
