//! The words that pages and server speak with each other.
//!
//! What the pages ask are traits, one file an area: the server implements them, tests may, too.
//! What is answered are the [`views`]. The rest is what both sides have to call by one name: who
//! asks ([`caller`]), what can go wrong ([`failure`]), what forms give back ([`forms`]), every path
//! ([`routes`]). Nothing here draws a page or knows a database.

use failure::Failure;
use leptos::prelude::expect_context;
use questionnaire::{Language, Text};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

pub mod accounts;
pub mod actions;
pub mod address;
pub mod administration;
pub mod assets;
pub mod authoring;
pub mod caller;
pub mod failure;
pub mod forms;
pub mod look;
pub mod participation;
pub mod purposes;
pub mod roles;
pub mod routes;
pub mod states;
pub mod statistics;
pub mod unread;
pub mod views;

pub use accounts::Accounts;
pub use administration::Administration;
pub use assets::Assets;
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

impl Ports {
    /// The poll that an address of a person's page names, if anybody may see one of that id. Such a page
    /// repeats nothing that anybody may have written into its address ([`address::bare`]), and so not the id
    /// of a poll that there is not.
    ///
    /// # Errors
    /// [`Failure::Internal`] where that cannot be told.
    pub async fn poll_in_address(&self, poll: &str) -> Result<Option<Uuid>, Failure> {
        let Ok(poll) = poll.parse() else { return Ok(None) };
        Ok(self.participation.is_public(poll).await?.then_some(poll))
    }
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
    /// People of all ages who live there, where it is known: results then say how many of them
    /// responded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<u64>,
}

/// What the portal is, as its configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    /// Scheme and host by which people reach it, without a slash at the end: `https://polls.example`.
    pub origin: String,
    /// Who runs the portal and answers for the data.
    pub operator: Text,
    /// How to reach the operator.
    pub contact: String,
    /// What else people are told of the operator.
    pub particulars: Particulars,
    /// The identity provider's name.
    pub provider: Text,
    /// The regions in the order of lists.
    pub regions: Vec<Region>,
    /// Days that a backup is kept, at most; 0 where there are none.
    pub backup_days: u16,
    /// Names of the facts that the identity provider can release.
    pub releasable: Vec<String>,
    /// Whether only those take part who have proved who they are; otherwise one person can have several
    /// accounts.
    pub assured_only: bool,
    /// What the store of the answers leaves behind.
    pub traces: Traces,
    /// How long a sign-in lasts.
    pub lasting: Lasting,
    /// Whether this is a demonstration.
    pub demo: bool,
}

/// Days after which a release that was stored is not lost any more: as old as backups get, and a day where there are
/// none, because a database that fails over can lose what was just stored. Until then a poll may have to be published
/// once more, and is to count the answers of those, too, who deleted the account in between (`server/DECISIONS.md` says
/// what differs all the same).
#[must_use]
pub fn settled_days(backup_days: u16) -> u16 {
    backup_days.max(1)
}

/// What people are told of the operator beside who it is; empty where the configuration does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Particulars {
    /// Where it can be written to by post.
    pub address: Text,
    /// Who answers questions about the protection of data, and how that person is reached.
    pub officer: Text,
    /// By what right the data are processed.
    pub legal_basis: Text,
    /// Who else gets data.
    pub recipients: Text,
    /// Where people can complain.
    pub authority: Text,
}

/// What a store leaves behind beside what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Traces {
    /// For how long its files have what was deleted.
    pub deleted: Deleted,
    /// Whether its log has the moment of each change, and the store itself the order of what was written.
    pub moments_logged: bool,
    /// Where the accounts are.
    pub together: Together,
}

/// How far answers and accounts are from each other: who has both where they are in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Together {
    /// In servers of their own.
    #[default]
    Apart,
    /// In one server of databases: whoever administers that, or has a backup of it.
    OneServer,
    /// In two files of the machine on which the portal runs: whoever administers that, or has a backup of it.
    OneMachine,
}

/// For how long the files of a store have what was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deleted {
    /// For about so many minutes; single copies until the files are written anew.
    Minutes(u32),
    /// Until its place is used again.
    #[default]
    UntilOverwritten,
}

/// How long a sign-in lasts, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasting {
    /// Without a request.
    pub idle: u32,
    /// In any case.
    pub longest: u32,
}

impl Lasting {
    /// How long before its end the reader is warned: two minutes, or half of it where a sign-in lasts less
    /// than four. From 40 seconds on that leaves the 20 that everybody has to have (WCAG 2.2.1).
    #[must_use]
    pub fn warned_before(self) -> u32 {
        (self.idle / 2).min(120)
    }
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
