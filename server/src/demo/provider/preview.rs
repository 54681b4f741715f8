//! What a scope would release, shown to the person before the decision.

use super::texts::Texts;
use crate::demo::people::{Address, Child, Contact, Document, Person, Scope, Vehicle};

/// One thing that would be released.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// A word in the language of the page that says what it is.
    pub(super) label: Option<&'static str>,
    /// The data, as the register has it.
    pub(super) value: String,
    /// A remark in the language of the page.
    pub(super) note: Option<&'static str>,
    /// Whether the value is in Russian whatever the language of the page.
    pub(super) russian: bool,
}

/// Everything that `scope` would release about `person`; empty if nothing is on file.
pub(super) fn lines(person: &Person, scope: Scope, texts: &Texts) -> Vec<Line> {
    let gender = |code: &str| match code {
        "F" => texts.female.to_owned(),
        "M" => texts.male.to_owned(),
        other => other.to_owned(),
    };
    match scope {
        Scope::Openid => vec![Line {
            label: Some(texts.identifier),
            value: person.sub.clone(),
            ..Line::default()
        }],
        Scope::Fullname => vec![russian(person.full_name())],
        Scope::Birthdate => plain(person.birth_date.clone()),
        Scope::Birthplace => person.birth_place.clone().map(russian).into_iter().collect(),
        Scope::Gender => plain(person.gender.as_deref().map(gender)),
        Scope::Snils => plain(person.snils.clone()),
        Scope::Inn => plain(person.inn.clone()),
        Scope::IdDoc
        | Scope::ForeignPassportDoc
        | Scope::DriversLicenceDoc
        | Scope::ResidenceDoc => person.documents_of(scope).map(|d| document(d, texts)).collect(),
        Scope::Email | Scope::Mobile => {
            person.contacts_of(scope).map(|c| contact(c, texts)).collect()
        }
        Scope::Addresses => person.addresses.iter().map(|a| address(a, texts)).collect(),
        Scope::Vehicles => person.vehicles.iter().map(vehicle).collect(),
        Scope::KidFullname => {
            let name = |child: &Child| {
                russian(format!("{} {} {}", child.last_name, child.first_name, child.middle_name))
            };
            person.kids.iter().map(name).collect()
        }
        Scope::KidBirthdate => plain(person.kids.iter().map(|child| child.birth_date.clone())),
        Scope::KidGender => plain(person.kids.iter().map(|child| gender(&child.gender))),
    }
}

fn plain(values: impl IntoIterator<Item = String>) -> Vec<Line> {
    values.into_iter().map(|value| Line { value, ..Line::default() }).collect()
}

fn russian(value: String) -> Line {
    Line { value, russian: true, ..Line::default() }
}

fn verification(mark: &str, texts: &Texts) -> &'static str {
    if mark == "VERIFIED" { texts.verified } else { texts.not_verified }
}

fn contact(contact: &Contact, texts: &Texts) -> Line {
    let note = Some(verification(&contact.vrf_stu, texts));
    Line { value: contact.value.clone(), note, ..Line::default() }
}

fn address(address: &Address, texts: &Texts) -> Line {
    let label = if address.kind == "PRG" { texts.registered } else { texts.living };
    let value = format!("{}, {}", address.zip_code, address.address_str);
    Line { label: Some(label), value, russian: true, ..Line::default() }
}

fn document(document: &Document, texts: &Texts) -> Line {
    let Document { series, number, issue_date, issued_by, .. } = document;
    let value = format!("{series} {number}, {issue_date}, {issued_by}");
    let note = Some(verification(&document.vrf_stu, texts));
    Line { value, note, russian: true, ..Line::default() }
}

fn vehicle(vehicle: &Vehicle) -> Line {
    let Vehicle { name, number_plate, reg_certificate } = vehicle;
    let (series, number) = (&reg_certificate.series, &reg_certificate.number);
    russian(format!("{name}, {number_plate}, {series} {number}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::locale::Locale;
    use super::*;
    use crate::demo::people::People;

    /// The consent page must not be silent about anything that userinfo then tells.
    #[test]
    fn every_scope_shows_something_exactly_if_it_releases_something() {
        let base = BTreeSet::from([Scope::Openid]);
        for person in People::demo().iter() {
            for scope in Scope::ALL {
                let claims = person.claims(&BTreeSet::from([Scope::Openid, scope]));
                let told = claims.as_object().unwrap().values().any(|value| {
                    !value.as_array().is_some_and(Vec::is_empty)
                        && !person.claims(&base).as_object().unwrap().values().any(|v| v == value)
                });
                let shown = !lines(person, scope, Texts::of(Locale::En)).is_empty();
                assert_eq!(shown, told || scope == Scope::Openid, "{} {scope:?}", person.sub);
            }
        }
    }
}
