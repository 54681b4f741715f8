//! One of the people, with all that the provider has on file.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Scope, claims};

/// How surely the provider knows who a person is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Stated by the person and not checked.
    Low,
    /// Checked against the state's registers.
    Substantial,
    /// Checked in person, or by a qualified signature.
    High,
}

impl Level {
    /// The value of the `acr` claim.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }
}

/// The part a person of the staff plays in the portal.
#[derive(Clone, Debug, Deserialize)]
pub struct Staff {
    /// `initiator`, `reviewer`, `statistician`, `administrator` or `auditor`.
    pub role: String,
    /// The code of a [`Department`](super::Department); `None` for staff of the portal itself.
    pub department: Option<String>,
}

/// A text for the list of people, in both languages.
#[derive(Clone, Debug, Deserialize)]
pub struct Summary {
    /// In English.
    pub en: String,
    /// In Russian.
    pub ru: String,
}

/// A means of reaching a person.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// `EML` (email) or `MBT` (mobile telephone).
    #[serde(rename = "type")]
    pub kind: String,
    /// The address or number; a number is written `+7(000)0000001`.
    pub value: String,
    /// `VERIFIED` or `NOT_VERIFIED`.
    pub vrf_stu: String,
}

/// An address.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// `PRG` (registered) or `PLV` (living).
    #[serde(rename = "type")]
    pub kind: String,
    /// The code of a [`Region`](super::Region).
    pub region: String,
    /// The region's name in Russian, as in the register.
    pub region_name: String,
    /// The town.
    pub city: String,
    /// The postal code.
    pub zip_code: String,
    /// The identifier in the register of addresses, a UUID.
    pub fias_code: String,
    /// The address on one line.
    pub address_str: String,
}

/// A document.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// `RF_PASSPORT`, `FID_DOC` (foreign identity document), `RF_DRIVING_LICENSE`, `FRGN_PASS`
    /// (passport for travel) or `RES_DOC` (residence permit).
    #[serde(rename = "type")]
    pub kind: String,
    /// The series.
    pub series: String,
    /// The number.
    pub number: String,
    /// The day of issue, `DD.MM.YYYY`.
    pub issue_date: String,
    /// The authority that issued it.
    pub issued_by: String,
    /// `VERIFIED` or `NOT_VERIFIED`.
    pub vrf_stu: String,
}

/// A vehicle's certificate of registration.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RegistrationCertificate {
    /// The series.
    pub series: String,
    /// The number.
    pub number: String,
}

/// A vehicle.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vehicle {
    /// The make and model.
    pub name: String,
    /// The number plate.
    pub number_plate: String,
    /// The certificate of registration.
    pub reg_certificate: RegistrationCertificate,
}

/// A child of a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Child {
    /// The first name.
    pub first_name: String,
    /// The patronymic.
    pub middle_name: String,
    /// The family name.
    pub last_name: String,
    /// The day of birth, `DD.MM.YYYY`.
    pub birth_date: String,
    /// `M` or `F`.
    pub gender: String,
}

/// One of the people.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Person {
    /// The subject at the provider; never changes.
    pub sub: String,
    /// The name in Latin letters, for the list of people in English.
    pub latin_name: String,
    /// What is particular about this person.
    pub summary: Summary,
    /// How surely the provider knows who this is.
    pub level: Level,
    /// The part in the staff; `None` for a citizen.
    pub staff: Option<Staff>,
    /// The first name.
    pub first_name: String,
    /// The patronymic.
    pub middle_name: Option<String>,
    /// The family name.
    pub last_name: String,
    /// The day of birth, `DD.MM.YYYY`.
    pub birth_date: Option<String>,
    /// The place of birth.
    pub birth_place: Option<String>,
    /// `M` or `F`.
    pub gender: Option<String>,
    /// The insurance number.
    pub snils: Option<String>,
    /// The taxpayer's number.
    pub inn: Option<String>,
    /// Email addresses and telephone numbers.
    pub contacts: Vec<Contact>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Documents of every kind.
    pub documents: Vec<Document>,
    /// Vehicles.
    pub vehicles: Vec<Vehicle>,
    /// Children.
    pub kids: Vec<Child>,
}

impl Person {
    /// The full name as in the document: family name, first name, patronymic.
    pub fn full_name(&self) -> String {
        let mut name = format!("{} {}", self.last_name, self.first_name);
        if let Some(middle) = &self.middle_name {
            name.push(' ');
            name.push_str(middle);
        }
        name
    }

    /// The age in whole years on `day`; `None` if the day of birth is not on file.
    pub fn age_on(&self, day: NaiveDate) -> Option<u32> {
        let birth = NaiveDate::parse_from_str(self.birth_date.as_deref()?, "%d.%m.%Y").ok()?;
        day.years_since(birth)
    }

    /// The contacts that `scope` releases.
    pub fn contacts_of(&self, scope: Scope) -> impl Iterator<Item = &Contact> {
        self.contacts.iter().filter(move |contact| scope.contact_type() == Some(&contact.kind))
    }

    /// The documents that `scope` releases.
    pub fn documents_of(&self, scope: Scope) -> impl Iterator<Item = &Document> {
        let types = scope.document_types();
        self.documents.iter().filter(move |document| types.contains(&document.kind.as_str()))
    }

    /// What this person releases for `scopes`, in the shapes of the [parent module](super), with `sub`.
    pub fn claims(&self, scopes: &BTreeSet<Scope>) -> serde_json::Value {
        claims::release(self, scopes)
    }
}
