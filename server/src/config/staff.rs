//! `[staff]`: who appoints the others.

use serde::Deserialize;

/// Who appoints the others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    /// Subjects (`sub`) of the identity provider that are administrators from their first
    /// sign-in on. What an administrator took from them does not come back by a sign-in, unless no
    /// administrator is left.
    pub administrators: Vec<String>,
}
