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
