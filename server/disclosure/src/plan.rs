//! The statistics plan: which breakdowns a poll announces before it opens (rule 1 of METHOD.md).
//!
//! There are seven kinds of table in all: the headline, three single facets and three pairs.
//! There is deliberately no way to say "filter" or "merge these categories": what cannot be
//! expressed cannot be averaged over.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A property of respondents by which answers may be broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// The region, as the portal knows it: of the registered address, as configured in the example.
    Region,
    /// The age in bands, as declared by the poll.
    AgeBand,
    /// The gender.
    Gender,
}

impl Facet {
    /// Every facet, in the order in which categories are written.
    pub const ALL: [Self; 3] = [Self::Region, Self::AgeBand, Self::Gender];

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Region => 0,
            Self::AgeBand => 1,
            Self::Gender => 2,
        }
    }
}

/// A table by one facet, or by any two of them; never by all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breakdown {
    /// By region.
    Region,
    /// By age band.
    AgeBand,
    /// By gender.
    Gender,
    /// By region and age band.
    RegionByAgeBand,
    /// By region and gender.
    RegionByGender,
    /// By age band and gender.
    AgeBandByGender,
}

impl Breakdown {
    /// Every breakdown, in the order of publication.
    pub const ALL: [Self; 6] = [
        Self::Region,
        Self::AgeBand,
        Self::Gender,
        Self::RegionByAgeBand,
        Self::RegionByGender,
        Self::AgeBandByGender,
    ];

    /// The one or two facets of the breakdown, in the order of its rows' categories.
    pub const fn facets(&self) -> &'static [Facet] {
        match self {
            Self::Region => &[Facet::Region],
            Self::AgeBand => &[Facet::AgeBand],
            Self::Gender => &[Facet::Gender],
            Self::RegionByAgeBand => &[Facet::Region, Facet::AgeBand],
            Self::RegionByGender => &[Facet::Region, Facet::Gender],
            Self::AgeBandByGender => &[Facet::AgeBand, Facet::Gender],
        }
    }
}

/// The breakdowns that were announced to the citizen; the headline is always part of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Plan {
    /// The declared breakdowns.
    pub breakdowns: BTreeSet<Breakdown>,
}

impl Plan {
    /// Whether any declared breakdown uses the facet, i.e. whether it has to be stored at all.
    pub fn needs(&self, facet: Facet) -> bool {
        self.breakdowns.iter().any(|b| b.facets().contains(&facet))
    }
}

impl FromIterator<Breakdown> for Plan {
    fn from_iter<I: IntoIterator<Item = Breakdown>>(breakdowns: I) -> Self {
        Self { breakdowns: breakdowns.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breakdown, Facet, Plan};

    #[test]
    fn a_plan_needs_the_facets_of_its_breakdowns_only() {
        let plan: Plan = [Breakdown::RegionByGender].into_iter().collect();
        assert!(plan.needs(Facet::Region));
        assert!(plan.needs(Facet::Gender));
        assert!(!plan.needs(Facet::AgeBand));
        assert!(!Plan::default().needs(Facet::Region));
    }

    #[test]
    fn names_on_the_wire() {
        let plan: Plan = Breakdown::ALL.into_iter().collect();
        assert_eq!(
            serde_json::to_string(&plan).unwrap(),
            r#"{"breakdowns":["region","age_band","gender","region_by_age_band","region_by_gender","age_band_by_gender"]}"#
        );
    }
}
