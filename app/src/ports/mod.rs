//! What the pages ask of the server, as traits: one file an area. The server implements them;
//! tests may, too.

use leptos::prelude::expect_context;
use questionnaire::{Language, Text};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub mod accounts;
pub mod administration;
pub mod authoring;
pub mod participation;
pub mod statistics;

pub use accounts::Accounts;
pub use administration::Administration;
pub use authoring::Authoring;
pub use participation::Participation;
pub use statistics::Statistics;

/// Every port, as `startup` put them together.
#[derive(Clone)]
pub struct Ports {
    /// The citizen's record.
    pub accounts: Arc<dyn Accounts>,
    /// Departments, roles, the staff's log.
    pub administration: Arc<dyn Administration>,
    /// Writing and reviewing polls.
    pub authoring: Arc<dyn Authoring>,
    /// Finding polls and taking part.
    pub participation: Arc<dyn Participation>,
    /// Published results.
    pub statistics: Arc<dyn Statistics>,
    /// What the portal is.
    pub portal: Arc<Portal>,
}

/// The ports of the page being rendered. Take them before the first `.await`.
///
/// # Panics
/// Where `startup` did not provide them, which is a mistake there.
#[must_use]
pub fn ports() -> Ports {
    expect_context()
}

/// A region that the portal serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// The portal's own code.
    pub code: String,
    /// Its name.
    pub name: Text,
}

/// What the portal is, as its configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    /// Who runs the portal and answers for the data.
    pub operator: Text,
    /// How to reach the operator.
    pub contact: String,
    /// The identity provider's name.
    pub provider: Text,
    /// The regions in the order of lists.
    pub regions: Vec<Region>,
    /// Whether this is a demonstration.
    pub demo: bool,
}

impl Portal {
    /// A region's name, or its code where the portal does not know it any more.
    #[must_use]
    pub fn region(&self, code: &str, language: Language) -> String {
        self.regions
            .iter()
            .find(|region| region.code == code)
            .map_or_else(|| code.to_owned(), |region| region.name.get(language).to_owned())
    }
}
