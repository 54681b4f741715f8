//! Whom a poll asks, and the facts about a person that decide it.

use crate::plan::{Breakdown, Plan};
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A gender as the identity provider or the citizen states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Gender {
    /// Both, in the order in which tables show them.
    pub const ALL: [Self; 2] = [Self::Female, Self::Male];

    /// The code as stored and published.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }

    /// The gender with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gender| gender.code() == code)
    }
}

/// An age band of the published tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeBand {
    /// Under 18.
    Under18,
    /// 18 to 24.
    From18,
    /// 25 to 34.
    From25,
    /// 35 to 44.
    From35,
    /// 45 to 54.
    From45,
    /// 55 to 64.
    From55,
    /// 65 and over.
    From65,
}

impl AgeBand {
    /// Every band, youngest first.
    pub const ALL: [Self; 7] = [
        Self::Under18,
        Self::From18,
        Self::From25,
        Self::From35,
        Self::From45,
        Self::From55,
        Self::From65,
    ];

    /// The band of an age in full years.
    #[must_use]
    pub const fn of(age: u32) -> Self {
        match age {
            0..=17 => Self::Under18,
            18..=24 => Self::From18,
            25..=34 => Self::From25,
            35..=44 => Self::From35,
            45..=54 => Self::From45,
            55..=64 => Self::From55,
            _ => Self::From65,
        }
    }

    /// The code as stored and published; pages say it in words.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Under18 => "0-17",
            Self::From18 => "18-24",
            Self::From25 => "25-34",
            Self::From35 => "35-44",
            Self::From45 => "45-54",
            Self::From55 => "55-64",
            Self::From65 => "65+",
        }
    }
}

/// What the portal knows of a person that an audience can ask for. `None` is not known: not
/// released by the provider, or not stated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The portal's own code of the region.
    pub region: Option<String>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Gender.
    pub gender: Option<Gender>,
}

/// The code under which an unknown fact is stored and published.
pub const NOT_STATED: &str = "not-stated";

/// The facts that go with an answer: coarse, and only those that the plan needs. `None` is a
/// fact that was not asked for, [`NOT_STATED`] one that was not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFacts {
    /// Region code.
    pub region: Option<String>,
    /// Code of the [`AgeBand`].
    pub age_band: Option<String>,
    /// Code of the [`Gender`].
    pub gender: Option<String>,
}

impl Facts {
    /// Age in full years on `today`; `None` without a birth date or with one to come.
    #[must_use]
    pub fn age(&self, today: NaiveDate) -> Option<u32> {
        let born = self.birth_date?;
        let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
        u32::try_from(today.year() - born.year() - i32::from(!had_birthday)).ok()
    }

    /// The part of the facts that is stored with an answer under `plan`.
    #[must_use]
    pub fn stored(&self, plan: &Plan, today: NaiveDate) -> StoredFacts {
        let known = |value: Option<String>| Some(value.unwrap_or_else(|| NOT_STATED.to_owned()));
        StoredFacts {
            region: plan.needs_region().then(|| known(self.region.clone())).flatten(),
            age_band: plan
                .needs_age_band()
                .then(|| known(self.age(today).map(|age| AgeBand::of(age).code().to_owned())))
                .flatten(),
            gender: plan
                .needs_gender()
                .then(|| known(self.gender.map(|gender| gender.code().to_owned())))
                .flatten(),
        }
    }
}

/// What an unknown fact means for an audience that asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The person may take part.
    #[default]
    Admit,
    /// The person may not take part until the fact is known.
    Refuse,
}

/// Whom a poll asks. An empty set or an absent bound asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    /// Region codes.
    pub regions: BTreeSet<String>,
    /// Lowest age in full years.
    pub age_from: Option<u32>,
    /// Highest age in full years.
    pub age_to: Option<u32>,
    /// Genders.
    pub genders: BTreeSet<Gender>,
    /// What an unknown fact means.
    pub unknown: Unknown,
}

/// Why a person is not asked. Pages turn it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ineligible {
    /// Lives in another region.
    Region,
    /// Not of the age.
    Age,
    /// Not of the gender.
    Gender,
    /// The region is not known and the audience refuses that.
    RegionUnknown,
    /// The age is not known and the audience refuses that.
    AgeUnknown,
    /// The gender is not known and the audience refuses that.
    GenderUnknown,
}

impl Ineligible {
    /// Whether it is for want of a fact: once the portal knows it, the person may be asked.
    #[must_use]
    pub const fn for_want_of_a_fact(self) -> bool {
        matches!(self, Self::RegionUnknown | Self::AgeUnknown | Self::GenderUnknown)
    }
}

impl Audience {
    /// Whether the audience looks at the region.
    #[must_use]
    pub fn asks_region(&self) -> bool {
        !self.regions.is_empty()
    }

    /// Whether the audience looks at the age.
    #[must_use]
    pub fn asks_age(&self) -> bool {
        self.age_from.is_some() || self.age_to.is_some()
    }

    /// Whether the audience looks at the gender.
    #[must_use]
    pub fn asks_gender(&self) -> bool {
        !self.genders.is_empty()
    }

    /// Whether everybody who is asked has the same value of a fact by which `breakdown` would tell them apart. A
    /// table by it would say nothing new, and the fact would be stored with each answer for nothing.
    #[must_use]
    pub fn fixes(&self, breakdown: Breakdown) -> bool {
        let ages = [self.age_from.unwrap_or(0), self.age_to.unwrap_or(u32::MAX)].map(AgeBand::of);
        let region = self.regions.len() == 1 && breakdown.needs_region();
        let age_band = self.asks_age() && ages[0] == ages[1] && breakdown.needs_age_band();
        let gender = self.genders.len() == 1 && breakdown.needs_gender();
        self.unknown == Unknown::Refuse && (region || age_band || gender)
    }

    /// Whether a person with these facts is asked on `today`.
    ///
    /// # Errors
    /// The first reason why not: region before age before gender, and what is known before what
    /// is not, for whoever is not asked in any case is not to be sent for more facts.
    pub fn admits(&self, facts: &Facts, today: NaiveDate) -> Result<(), Ineligible> {
        self.admits_person(facts.region.as_deref(), facts.age(today), facts.gender)
    }

    /// Whether somebody of this region, age in full years and gender is asked. `None` is not
    /// known.
    ///
    /// # Errors
    /// As [`Self::admits`].
    pub fn admits_person(
        &self,
        region: Option<&str>,
        age: Option<u32>,
        gender: Option<Gender>,
    ) -> Result<(), Ineligible> {
        let region_fits =
            !self.asks_region() || region.is_none_or(|region| self.regions.contains(region));
        let age_fits = age.is_none_or(|age| {
            self.age_from.is_none_or(|from| age >= from) && self.age_to.is_none_or(|to| age <= to)
        });
        let gender_fits =
            !self.asks_gender() || gender.is_none_or(|gender| self.genders.contains(&gender));
        let known = [
            (region_fits, Ineligible::Region),
            (age_fits, Ineligible::Age),
            (gender_fits, Ineligible::Gender),
        ];
        let unknown = [
            (self.asks_region() && region.is_none(), Ineligible::RegionUnknown),
            (self.asks_age() && age.is_none(), Ineligible::AgeUnknown),
            (self.asks_gender() && gender.is_none(), Ineligible::GenderUnknown),
        ];
        if let Some((_, reason)) = known.into_iter().find(|(fits, _)| !fits) {
            return Err(reason);
        }
        match unknown.into_iter().find(|(missing, _)| *missing) {
            Some((_, reason)) if self.unknown == Unknown::Refuse => Err(reason),
            _ => Ok(()),
        }
    }

    /// Whether somebody could belong to both audiences. Where one fact keeps them apart, that
    /// holds for people of whom it is known; the others are in both unless one refuses them.
    #[must_use]
    pub fn may_overlap(&self, other: &Self) -> bool {
        let someone_unknown = self.unknown == Unknown::Admit && other.unknown == Unknown::Admit;
        let regions =
            self.asks_region() && other.asks_region() && self.regions.is_disjoint(&other.regions);
        let ages = later(self.age_from, other.age_from)
            .zip(earlier(self.age_to, other.age_to))
            .is_some_and(|(from, to)| from > to)
            && self.asks_age()
            && other.asks_age();
        let genders =
            self.asks_gender() && other.asks_gender() && self.genders.is_disjoint(&other.genders);
        someone_unknown || !(regions || ages || genders)
    }
}

/// The higher of two lower bounds.
fn later(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    one.into_iter().chain(other).max()
}

/// The lower of two upper bounds.
fn earlier(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn audience() -> impl Strategy<Value = Audience> {
        let regions = prop::collection::btree_set("[ABC]", 0..3);
        let age = || prop::option::of(0..6_u32);
        let genders = prop::collection::btree_set(
            prop::sample::select(Gender::ALL.to_vec()),
            0..=Gender::ALL.len(),
        );
        (regions, age(), age(), genders, any::<bool>()).prop_map(
            |(regions, age_from, age_to, genders, refuse)| Audience {
                regions,
                age_from,
                age_to,
                genders,
                unknown: if refuse { Unknown::Refuse } else { Unknown::Admit },
            },
        )
    }

    proptest! {
        #[test]
        fn audiences_said_to_be_apart_share_nobody(a in audience(), b in audience()) {
            prop_assume!(!a.may_overlap(&b));
            let today = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
            let regions = [None, Some("A"), Some("B"), Some("C")];
            let ages = (0..8).map(|age| today.with_year(today.year() - age)).chain([None]);
            let genders = [None, Some(Gender::Female), Some(Gender::Male)];
            for birth_date in ages {
                for region in regions {
                    for gender in genders {
                        let facts = Facts { region: region.map(str::to_owned), birth_date, gender };
                        let both = a.admits(&facts, today).and(b.admits(&facts, today));
                        prop_assert!(both.is_err(), "{facts:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_breakdown_by_what_all_who_are_asked_have_in_common_is_fixed() {
        let narrow = |unknown| Audience {
            regions: ["01".to_owned()].into(),
            age_from: Some(66),
            age_to: None,
            genders: [Gender::Male].into(),
            unknown,
        };
        for breakdown in Breakdown::ALL {
            assert!(narrow(Unknown::Refuse).fixes(breakdown), "{breakdown:?}");
            assert!(!narrow(Unknown::Admit).fixes(breakdown), "{breakdown:?}: it may not be known");
        }
        for (age_from, age_to, fixed) in [
            (None, Some(17), true),
            (Some(18), Some(24), true),
            (Some(65), None, true),
            (None, None, false),
            (None, Some(18), false),
            (Some(18), Some(25), false),
            (Some(64), None, false),
        ] {
            let regions = ["01", "02"].map(str::to_owned).into();
            let unknown = Unknown::Refuse;
            let audience = Audience { regions, age_from, age_to, unknown, ..Audience::default() };
            for breakdown in Breakdown::ALL {
                let told = audience.fixes(breakdown);
                assert_eq!(told, fixed && breakdown.needs_age_band(), "{audience:?} {breakdown:?}");
            }
        }
    }

    #[test]
    fn two_regions_are_apart_where_an_unknown_one_is_refused() {
        let of = |region: &str, unknown| Audience {
            regions: [region.to_owned()].into(),
            unknown,
            ..Audience::default()
        };
        let (admit, refuse) = (Unknown::Admit, Unknown::Refuse);
        assert!(!of("01", refuse).may_overlap(&of("02", admit)));
        assert!(of("01", admit).may_overlap(&of("02", admit)), "whose region nobody knows");
        assert!(of("01", refuse).may_overlap(&of("01", refuse)));
        assert!(of("01", refuse).may_overlap(&Audience::default()));
    }
}
