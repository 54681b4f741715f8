//! `[portal]`: what the portal is.

use super::Finding;
use chrono_tz::Tz;
use ports::{Particulars, Region};
use questionnaire::{Language, Text, is_blank};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What the portal is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalSection {
    /// Who runs the portal and answers for the data: `{ en = "…", ru = "…" }`.
    pub operator: Text,
    /// How to reach the operator: an address that people can write to.
    pub contact: String,
    /// What the law may want people to be told beside that, each in all languages. Where the operator can be
    /// written to by post.
    #[serde(default)]
    pub address: Text,
    /// Who answers questions about the protection of data, and how that person is reached.
    #[serde(default)]
    pub officer: Text,
    /// By what right the data are processed.
    #[serde(default)]
    pub legal_basis: Text,
    /// Who else gets data, such as who runs the machines.
    #[serde(default)]
    pub recipients: Text,
    /// Where people can complain: the authority that supervises the protection of data.
    #[serde(default)]
    pub authority: Text,
    /// Time zone of its pages. Default `UTC`.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Days that a backup is kept, at most: so much longer there are copies of the key of a poll after it
    /// is destroyed, which each poll's notice says. Default 14; 0 where there are no backups, and at
    /// least 2 where there are.
    #[serde(default = "two_weeks")]
    pub backup_days: u16,
    /// The regions in the order of lists: `{ code = "01", name = { en = "…", ru = "…" } }`, where
    /// it is known with the number of residents, `population = 212400`.
    pub regions: Vec<Region>,
    /// Whether this is a demonstration; no file can say so.
    #[serde(skip)]
    pub demo: bool,
}

const fn two_weeks() -> u16 {
    14
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Whether a translation of a text says nothing. A file can have such, which a page would show.
fn has_blank(text: &Text) -> bool {
    Language::ALL.into_iter().any(|language| text.exact(language).is_some_and(is_blank))
}

impl PortalSection {
    /// The time zone, UTC where it is not known (which `validate` reports).
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// What people are told of the operator beside who it is.
    #[must_use]
    pub fn particulars(&self) -> Particulars {
        Particulars {
            address: self.address.clone(),
            officer: self.officer.clone(),
            legal_basis: self.legal_basis.clone(),
            recipients: self.recipients.clone(),
            authority: self.authority.clone(),
        }
    }

    /// What the law may want people to be told: of each the key, what it says, and what that is.
    const fn particular(&self) -> [(&'static str, &Text, &'static str); 5] {
        [
            ("portal.address", &self.address, "where the operator can be written to by post"),
            ("portal.officer", &self.officer, "who answers questions about the protection of data"),
            ("portal.legal_basis", &self.legal_basis, "by what right their data are processed"),
            ("portal.recipients", &self.recipients, "who else gets their data, be it nobody"),
            ("portal.authority", &self.authority, "where they can complain"),
        ]
    }

    /// What people are not told that the law may want them to be told.
    #[must_use]
    pub fn untold(&self) -> Vec<Finding> {
        self.particular()
            .into_iter()
            .filter(|(_, said, _)| said.is_empty())
            .map(|(key, _, what)| Finding::new(key, format!("people are not told {what}")))
            .collect()
    }

    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        if self.time_zone.parse::<Tz>().is_err() {
            findings.push(Finding::new("portal.time_zone", "not a name such as Europe/Moscow"));
        }
        if self.backup_days == 1 {
            findings.push(Finding::new(
                "portal.backup_days",
                "must be 0 where there are no backups, or at least 2: a day passes until the next one",
            ));
        }
        let codes: BTreeSet<_> = self.regions.iter().map(|region| &region.code).collect();
        if codes.len() != self.regions.len() {
            findings.push(Finding::new("portal.regions", "two regions have one code"));
        }
        // Every person there is would do, and sums stay far from overflowing.
        let possible = 1..=10_000_000_000;
        if self.regions.iter().filter_map(|r| r.population).any(|p| !possible.contains(&p)) {
            findings.push(Finding::new(
                "portal.regions",
                "a population is the number of people who live there: leave out what is not known",
            ));
        }
        if self.operator.is_empty() || has_blank(&self.operator) {
            findings.push(Finding::new(
                "portal.operator",
                "citizens must know who answers for their data, in each language named here",
            ));
        }
        if is_blank(&self.contact) {
            findings.push(Finding::new(
                "portal.contact",
                "citizens must know how to reach whoever answers for their data",
            ));
        }
        for (key, said, _) in self.particular() {
            if has_blank(said) {
                findings.push(Finding::new(key, "says nothing in a language: leave that one out"));
            }
        }
    }
}
