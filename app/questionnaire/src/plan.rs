//! The statistics plan: which breakdowns will be published, declared before opening.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One table of answers by one or two facts about the respondent.
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
    /// Every breakdown that a plan can declare.
    pub const ALL: [Self; 6] = [
        Self::Region,
        Self::AgeBand,
        Self::Gender,
        Self::RegionByAgeBand,
        Self::RegionByGender,
        Self::AgeBandByGender,
    ];

    /// The code as in JSON, forms and addresses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::AgeBand => "age_band",
            Self::Gender => "gender",
            Self::RegionByAgeBand => "region_by_age_band",
            Self::RegionByGender => "region_by_gender",
            Self::AgeBandByGender => "age_band_by_gender",
        }
    }

    /// The breakdown with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|breakdown| breakdown.code() == code)
    }

    /// Whether the respondent's region must be stored for it.
    #[must_use]
    pub const fn needs_region(self) -> bool {
        matches!(self, Self::Region | Self::RegionByAgeBand | Self::RegionByGender)
    }

    /// Whether the respondent's age band must be stored for it.
    #[must_use]
    pub const fn needs_age_band(self) -> bool {
        matches!(self, Self::AgeBand | Self::RegionByAgeBand | Self::AgeBandByGender)
    }

    /// Whether the respondent's gender must be stored for it.
    #[must_use]
    pub const fn needs_gender(self) -> bool {
        matches!(self, Self::Gender | Self::RegionByGender | Self::AgeBandByGender)
    }
}

/// The breakdowns of one poll; the headline is always published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plan(pub BTreeSet<Breakdown>);

impl Plan {
    /// What it declares, in the order of [`Breakdown::ALL`].
    pub fn breakdowns(&self) -> impl Iterator<Item = Breakdown> {
        self.0.iter().copied()
    }

    /// What both declare.
    #[must_use]
    pub fn shared_with(&self, other: &Self) -> Self {
        Self(&self.0 & &other.0)
    }

    /// Whether the respondent's region must be stored with the answer.
    #[must_use]
    pub fn needs_region(&self) -> bool {
        self.0.iter().any(|breakdown| breakdown.needs_region())
    }

    /// Whether the respondent's age band must be stored with the answer.
    #[must_use]
    pub fn needs_age_band(&self) -> bool {
        self.0.iter().any(|breakdown| breakdown.needs_age_band())
    }

    /// Whether the respondent's gender must be stored with the answer.
    #[must_use]
    pub fn needs_gender(&self) -> bool {
        self.0.iter().any(|breakdown| breakdown.needs_gender())
    }
}

#[cfg(test)]
mod tests {
    use super::{Breakdown, Plan};
    use std::collections::BTreeSet;

    /// Kinds of table that can be published of a question: the headline and these breakdowns.
    const KINDS: usize = 7;

    #[test]
    fn seven_kinds_of_table_and_no_eighth() {
        assert_eq!(1 + Breakdown::ALL.len(), KINDS);
        let facets = |breakdown: Breakdown| {
            [breakdown.needs_region(), breakdown.needs_age_band(), breakdown.needs_gender()]
        };
        let all: BTreeSet<[bool; 3]> = Breakdown::ALL.into_iter().map(facets).collect();
        assert_eq!(all.len(), Breakdown::ALL.len(), "no two of them are the same table");
        for used in all {
            let number = used.into_iter().filter(|used| *used).count();
            assert!((1..=2).contains(&number), "by one fact or by two, never by all three");
        }
    }

    #[test]
    fn a_plan_holds_no_more_however_much_is_declared() {
        let codes: Vec<&str> = Breakdown::ALL.into_iter().map(Breakdown::code).collect();
        let thrice = serde_json::to_string(&codes.repeat(3)).unwrap();
        let plan: Plan = serde_json::from_str(&thrice).unwrap();
        assert!(plan.breakdowns().eq(Breakdown::ALL), "each of them once, in this order");
        assert_eq!(plan.0.len(), KINDS - 1);
        let some = Plan([Breakdown::Gender, Breakdown::Region].into());
        let one = Plan([Breakdown::Gender].into());
        assert_eq!(some.shared_with(&one), one);
        assert_eq!([plan.shared_with(&some), some.shared_with(&plan)], [some.clone(), some]);
        for code in codes {
            assert_eq!(Breakdown::from_code(code).map(Breakdown::code), Some(code));
        }
        for other in [
            "region_by_age_band_by_gender",
            "age_band_by_region",
            "region_by_region",
            "headline",
            "Region",
            "name",
            "",
        ] {
            assert_eq!(Breakdown::from_code(other), None, "{other:?}");
            let declared = serde_json::to_string(&["region", other]).unwrap();
            assert!(serde_json::from_str::<Plan>(&declared).is_err(), "{other:?}");
        }
    }
}
