//! `[portal]`: what the portal is.

use super::Finding;
use chrono_tz::Tz;
use ports::Region;
use questionnaire::Text;
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

impl PortalSection {
    /// The time zone, UTC where it is not known (which `validate` reports).
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
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
        if self.operator.is_empty() || self.contact.trim().is_empty() {
            findings.push(Finding::new(
                "portal.operator",
                "citizens must know who answers for their data",
            ));
        }
    }
}
