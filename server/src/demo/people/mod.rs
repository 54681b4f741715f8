//! The people of the demonstration: citizens and staff of an invented country.
//!
//! The data is in `people.json` and `regions.json`. Names, places and departments are invented,
//! and document numbers are ones no authority issues (all zeros but for a counter). What a person
//! releases for a scope is the same here as at the provider's userinfo endpoint, so data made in
//! advance for the demonstration agrees with what a sign-in brings.
//!
//! # Shapes
//! The claims follow ESIA's names and formats:
//!
//! | claim | shape | scope |
//! | --- | --- | --- |
//! | `trusted` | whether the account is confirmed | `openid` |
//! | `firstName` `lastName` `middleName` | as in the document, Cyrillic | `fullname` |
//! | `birthDate` | `DD.MM.YYYY` | `birthdate` |
//! | `birthPlace` | text | `birthplace` |
//! | `gender` | `M` or `F`, absent if not stated | `gender` |
//! | `snils`, `inn` | `000-000-001 00`; twelve digits | `snils`, `inn` |
//! | `contacts[]` | `type` `EML` or `MBT`, `value`, `vrfStu` `VERIFIED` or `NOT_VERIFIED` | `email`, `mobile` |
//! | `addresses[]` | `type` `PRG` (registered) or `PLV` (living), `region` (code of `regions.json`), `regionName`, `city`, `zipCode`, `fiasCode`, `addressStr` | `addresses` |
//! | `documents[]` | `type`, `series`, `number`, `issueDate` (`DD.MM.YYYY`), `issuedBy`, `vrfStu` | `id_doc` and the other `…_doc` |
//! | `vehicles[]` | `name`, `numberPlate`, `regCertificate` with `series` and `number` | `vehicles` |
//! | `kids[]` | `firstName`, `middleName`, `lastName`; `birthDate`; `gender` | `kid_fullname`; `kid_birthdate`; `kid_gender` |
//!
//! A single value that is not on file is absent; a collection that was granted and holds nothing
//! is an empty array.

mod claims;
mod person;
mod scope;

use std::collections::BTreeSet;

use serde::Deserialize;

pub use person::{
    Address, Child, Contact, Document, Level, Person, RegistrationCertificate, Staff, Summary,
    Vehicle,
};
pub use scope::Scope;

/// A region of the invented country.
#[derive(Clone, Debug, Deserialize)]
pub struct Region {
    /// The code that addresses carry, two digits.
    pub code: String,
    /// The name in English.
    pub en: String,
    /// The name in Russian.
    pub ru: String,
}

/// A department whose staff is among the people.
#[derive(Clone, Debug, Deserialize)]
pub struct Department {
    /// The code that [`Staff::department`] names.
    pub code: String,
    /// The code of the region the department belongs to.
    pub region: String,
    /// The name in English.
    pub en: String,
    /// The name in Russian.
    pub ru: String,
}

/// Why data about people cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The text is not the expected JSON.
    #[error("the people cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Two people have one subject.
    #[error("two people have the subject {0}")]
    DuplicateSubject(String),
}

/// All the people a provider knows.
#[derive(Clone, Debug)]
pub struct People {
    departments: Vec<Department>,
    people: Vec<Person>,
}

/// The file's outermost object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    departments: Vec<Department>,
    people: Vec<Person>,
}

impl People {
    /// The people of the demonstration.
    ///
    /// # Panics
    /// Never with the data that is built in: a test reads it.
    pub fn demo() -> Self {
        Self::from_json(include_str!("../people.json")).expect("the built-in people are tested")
    }

    /// Reads people from a JSON text of the same shape as `people.json`.
    ///
    /// # Errors
    /// If the text has another shape, or two people share a subject.
    pub fn from_json(text: &str) -> Result<Self, PeopleError> {
        let File { departments, people } = serde_json::from_str(text)?;
        let mut subjects = BTreeSet::new();
        for person in &people {
            if !subjects.insert(&person.sub) {
                return Err(PeopleError::DuplicateSubject(person.sub.clone()));
            }
        }
        Ok(Self { departments, people })
    }

    /// Everybody, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.people.iter()
    }

    /// The person with the subject `sub`.
    pub fn find(&self, sub: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.sub == sub)
    }

    /// What the person with the subject `sub` releases for `scopes` (unknown names are ignored),
    /// the same as the provider's userinfo endpoint; `None` if there is no such person.
    pub fn claims(&self, sub: &str, scopes: &[&str]) -> Option<serde_json::Value> {
        let scopes = scopes.iter().filter_map(|name| Scope::parse(name)).collect();
        self.find(sub).map(|person| person.claims(&scopes))
    }

    /// The departments whose staff is among the people.
    pub fn departments(&self) -> &[Department] {
        &self.departments
    }
}

/// The regions of the invented country, by code.
///
/// # Panics
/// Never with the data that is built in: a test reads it.
pub fn regions() -> Vec<Region> {
    serde_json::from_str(include_str!("../regions.json")).expect("the built-in regions are tested")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn the_built_in_people_are_as_diverse_as_promised() {
        let people = People::demo();
        let citizens: Vec<_> = people.iter().filter(|person| person.staff.is_none()).collect();
        assert!(citizens.len() >= 16);
        assert!(citizens.iter().any(|person| person.gender.is_none()));
        assert!(citizens.iter().any(|person| person.addresses.is_empty()));
        assert!(citizens.iter().any(|person| person.level == Level::Low));
        assert!(citizens.iter().any(|person| !person.vehicles.is_empty()));
        assert!(citizens.iter().any(|person| !person.kids.is_empty()));
        let ages = citizens.iter().filter_map(|person| person.age_on(day(2026, 11, 1)));
        assert_eq!(ages.clone().min(), Some(17));
        assert_eq!(ages.max(), Some(84));
        for region in regions() {
            assert!(
                citizens.iter().any(|p| p.addresses.iter().any(|a| a.region == region.code)),
                "nobody has an address in region {}",
                region.code
            );
        }
    }

    #[test]
    fn every_role_of_the_staff_is_filled() {
        let people = People::demo();
        let count = |role: &str| {
            let has = |person: &&Person| person.staff.as_ref().is_some_and(|s| s.role == role);
            people.iter().filter(has).count()
        };
        assert_eq!(count("initiator"), 2);
        assert_eq!(count("reviewer"), 2);
        assert_eq!(count("statistician"), 2);
        assert_eq!(count("administrator"), 1);
        assert_eq!(count("auditor"), 1);
    }

    #[test]
    fn everything_that_is_named_exists() {
        let people = People::demo();
        let regions = regions();
        for department in people.departments() {
            assert!(regions.iter().any(|region| region.code == department.region));
        }
        for person in people.iter() {
            if let Some(code) = person.staff.as_ref().and_then(|s| s.department.as_ref()) {
                assert!(people.departments().iter().any(|department| &department.code == code));
            }
            for address in &person.addresses {
                let region = regions.iter().find(|region| region.code == address.region);
                assert_eq!(region.map(|region| &region.ru), Some(&address.region_name));
                assert!(["PRG", "PLV"].contains(&address.kind.as_str()));
            }
            for contact in &person.contacts {
                assert!(["EML", "MBT"].contains(&contact.kind.as_str()));
            }
            if person.birth_date.is_some() {
                assert!(person.age_on(day(2026, 11, 1)).is_some(), "{}", person.sub);
            }
        }
    }

    #[test]
    fn every_number_and_contact_is_one_that_nobody_has() {
        for person in People::demo().iter() {
            assert!(person.snils.as_ref().is_none_or(|snils| snils.starts_with("000-000-0")));
            assert!(person.inn.as_ref().is_none_or(|inn| inn.starts_with("0000000000")));
            for document in &person.documents {
                assert!(document.series.chars().all(|c| c == '0'), "{}", person.sub);
                assert!(document.number.starts_with("0000"), "{}", person.sub);
            }
            for contact in &person.contacts {
                let invented = contact.value.ends_with("@citizens.example")
                    || contact.value.starts_with("+7(000)");
                assert!(invented, "{}", person.sub);
            }
        }
    }

    #[test]
    fn a_subject_belongs_to_one_person() {
        let mut file: serde_json::Value =
            serde_json::from_str(include_str!("../people.json")).unwrap();
        let people = file["people"].as_array_mut().unwrap();
        people.push(people[0].clone());
        assert!(matches!(
            People::from_json(&file.to_string()),
            Err(PeopleError::DuplicateSubject(sub)) if sub == "demo-anna"
        ));
    }

    #[test]
    fn the_age_counts_whole_years() {
        let people = People::demo();
        let anna = people.find("demo-anna").unwrap();
        assert_eq!(anna.age_on(day(2026, 4, 11)), Some(37));
        assert_eq!(anna.age_on(day(2026, 4, 12)), Some(38));
    }
}
