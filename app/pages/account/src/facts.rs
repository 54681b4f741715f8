//! A fact about a person in words: names of facts, values, documents and their parts.

use super::view::{Data, Fact, Source};
use chrono::NaiveDate;
use ports::look::language;
use questionnaire::Gender;
use serde_json::{Map, Value};
use ui::{t, words};

/// A part of the page of the person's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Name, birth, gender.
    Person,
    /// How and where to reach the person.
    Contacts,
    /// Numbers and documents.
    Documents,
    /// Vehicles.
    Vehicles,
    /// Children.
    Children,
    /// Whatever else a provider releases.
    Other,
}

impl Group {
    /// Every group in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::Person,
        Self::Contacts,
        Self::Documents,
        Self::Vehicles,
        Self::Children,
        Self::Other,
    ];

    /// The group of the fact with this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "name" | "birth_date" | "birth_place" | "gender" => Self::Person,
            "region" | "address" | "addresses" | "email" | "phone" => Self::Contacts,
            "documents" | "snils" | "inn" => Self::Documents,
            "vehicles" => Self::Vehicles,
            "children" | "children_birth_dates" | "children_genders" => Self::Children,
            _ => Self::Other,
        }
    }

    /// Its heading.
    #[must_use]
    pub fn heading(self) -> String {
        match self {
            Self::Person => t!(account.group_person),
            Self::Contacts => t!(account.group_contacts),
            Self::Documents => t!(account.group_documents),
            Self::Vehicles => t!(account.group_vehicles),
            Self::Children => t!(account.group_children),
            Self::Other => t!(account.group_other),
        }
    }
}

/// The name of a fact.
#[must_use]
pub fn name(code: &str) -> String {
    match code {
        "name" => t!(account.fact_name),
        "birth_date" => t!(account.fact_birth_date),
        "birth_place" => t!(account.fact_birth_place),
        "gender" => t!(account.fact_gender),
        "region" => t!(account.fact_region),
        "address" | "addresses" => t!(account.fact_address),
        "email" => t!(account.fact_email),
        "phone" => t!(account.fact_phone),
        "snils" => t!(account.fact_snils),
        "inn" => t!(account.fact_inn),
        "documents" => t!(account.fact_documents),
        "vehicles" => t!(account.fact_vehicles),
        "children" => t!(account.fact_children),
        "children_birth_dates" => t!(account.fact_children_birth_dates),
        "children_genders" => t!(account.fact_children_genders),
        // A provider may release what this version has no words for.
        other => other.replace('_', " "),
    }
}

/// The name of a gender.
#[must_use]
pub fn gender(gender: Gender) -> String {
    match gender {
        Gender::Female => t!(account.female),
        Gender::Male => t!(account.male),
    }
}

/// The name of a part of a document, a vehicle or a child; absent for what says nothing to a
/// person.
fn part_name(key: &str) -> Option<String> {
    Some(match key {
        "series" => t!(account.part_series),
        "number" => t!(account.part_number),
        "issueDate" => t!(account.part_issue_date),
        "issuedBy" => t!(account.part_issued_by),
        "issueId" => t!(account.part_issue_id),
        "expiryDate" => t!(account.part_expiry_date),
        "numberPlate" => t!(account.part_number_plate),
        "regCertificate" => t!(account.part_certificate),
        "birthDate" => t!(account.fact_birth_date),
        "gender" => t!(account.fact_gender),
        "snils" => t!(account.fact_snils),
        "inn" => t!(account.fact_inn),
        "type" | "id" | "vrfStu" | "fiasCode" | "stateFacts" | "eTag" | "region" => return None,
        other => other.to_owned(),
    })
}

/// The kind of a document.
fn document(code: &str) -> String {
    match code {
        "RF_PASSPORT" => t!(account.document_passport),
        "FID_DOC" => t!(account.document_foreign),
        "RF_DRIVING_LICENSE" => t!(account.document_licence),
        "FRGN_PASS" => t!(account.document_travel),
        "BRTH_CERT" | "RF_BRTH_CERT" => t!(account.document_birth),
        "MDCL_PLCY" => t!(account.document_medical),
        "MLTR_ID" => t!(account.document_military),
        "RSDNC_PERMIT" | "RF_RSDNC_PERMIT" => t!(account.document_residence),
        "PRG" => t!(account.address_registered),
        "PLV" => t!(account.address_living),
        other => other.to_owned(),
    }
}

/// A date as ISO or as `DD.MM.YYYY`.
fn date(text: &str) -> Option<NaiveDate> {
    text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%d.%m.%Y").ok())
}

/// A text in words: dates in the reader's language, gender and region by name.
fn text(key: &str, text: &str, regions: &[(String, String)]) -> String {
    match key {
        "gender" | "children_genders" => {
            let code = match text {
                "F" => "female",
                "M" => "male",
                other => other,
            };
            Gender::from_code(code).map_or_else(|| text.to_owned(), gender)
        }
        "region" => regions
            .iter()
            .find(|(code, _)| code == text)
            .map_or_else(|| text.to_owned(), |(_, name)| name.clone()),
        _ => date(text).map_or_else(|| text.to_owned(), words::date),
    }
}

fn simple(key: &str, value: &Value, regions: &[(String, String)]) -> Option<String> {
    match value {
        Value::String(it) if it.is_empty() => None,
        Value::String(it) => Some(text(key, it, regions)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some(t!(common.yes)),
        Value::Bool(false) => Some(t!(common.no)),
        _ => None,
    }
}

/// The words that stand for a whole object: a child's name, a vehicle's make, an address, a kind of
/// document.
fn title(object: &Map<String, Value>) -> Option<(String, &'static [&'static str])> {
    const NAME: [&str; 3] = ["lastName", "firstName", "middleName"];
    let get = |key: &str| object.get(key).and_then(Value::as_str);
    let name: Vec<&str> = NAME.iter().filter_map(|key| get(key)).collect();
    if !name.is_empty() {
        return Some((name.join(" "), &NAME));
    }
    if let Some(address) = get("addressStr") {
        let kind = get("type").map(|kind| format!("{}: ", document(kind))).unwrap_or_default();
        let parts = &["addressStr", "regionName", "city", "zipCode"];
        return Some((format!("{kind}{address}"), parts));
    }
    if let Some(name) = get("name") {
        return Some((name.to_owned(), &["name"]));
    }
    get("type").map(|kind| (document(kind), &["type"] as &[_]))
}

/// An object's entries as a document lists them: series before number, the rest by name.
fn entries(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_by_key(|(key, _)| match key.as_str() {
        "numberPlate" | "birthDate" => 0,
        "series" => 1,
        "number" => 2,
        _ => 3,
    });
    entries
}

/// An object in lines: what it is, then its parts.
fn lines(object: &Map<String, Value>, regions: &[(String, String)]) -> Vec<String> {
    let (mut lines, used) = match title(object) {
        Some((title, used)) => (vec![title], used),
        None => (Vec::new(), &[] as &[_]),
    };
    for (key, value) in entries(object) {
        if used.contains(&key.as_str()) {
            continue;
        }
        let Some(name) = part_name(key) else { continue };
        let words = match value {
            Value::Object(inner) => {
                let parts = entries(inner)
                    .into_iter()
                    .filter_map(|(key, value)| simple(key, value, regions));
                Some(parts.collect::<Vec<_>>().join(" "))
            }
            value => simple(key, value, regions),
        };
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            lines.push(format!("{name}: {words}"));
        }
    }
    lines
}

/// A value in words: one list of lines for each thing.
#[must_use]
pub fn value(fact: &Fact, regions: &[(String, String)]) -> Vec<Vec<String>> {
    match &fact.value {
        Value::Array(items) if items.is_empty() => vec![vec![t!(account.none)]],
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::Object(object) => lines(object, regions),
                item => simple(&fact.name, item, regions).into_iter().collect(),
            })
            .collect(),
        Value::Object(object) => vec![lines(object, regions)],
        one => vec![simple(&fact.name, one, regions).into_iter().collect()],
    }
}

/// Where a fact comes from, whether it was checked, and since when the portal has it.
#[must_use]
pub fn origin(fact: &Fact) -> String {
    let at = words::date(fact.at.date_naive());
    match &fact.source {
        Source::Stated => t!(account.origin_stated, date = at),
        Source::Released(label) if fact.verified => {
            t!(account.origin_verified, scope = label.get(language()), date = at)
        }
        Source::Released(label) => {
            t!(account.origin_unverified, scope = label.get(language()), date = at)
        }
    }
}

/// Facts in the order of the page; whatever else a provider releases comes after them.
const ORDER: [&str; 16] = [
    "name",
    "birth_date",
    "birth_place",
    "gender",
    "region",
    "address",
    "addresses",
    "email",
    "phone",
    "snils",
    "inn",
    "documents",
    "vehicles",
    "children",
    "children_birth_dates",
    "children_genders",
];

/// The facts of a group, in their order.
#[must_use]
pub fn of_group(data: &Data, group: Group) -> Vec<&Fact> {
    let mut facts: Vec<&Fact> =
        data.facts.iter().filter(|fact| Group::of(&fact.name) == group).collect();
    facts.sort_by_key(|fact| {
        ORDER.iter().position(|name| *name == fact.name).unwrap_or(ORDER.len())
    });
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fact(name: &str, value: Value) -> Fact {
        Fact {
            name: name.into(),
            value,
            source: Source::Stated,
            verified: false,
            at: "2026-11-22T09:00:00+03:00".parse().unwrap(),
        }
    }

    #[test]
    fn facts_have_an_order_of_their_own() {
        let names = ["b", "gender", "a", "birth_date", "name", "region"];
        let data = Data {
            facts: names.map(|name| fact(name, json!("x"))).into(),
            missing: Vec::new(),
            without_value: Vec::new(),
            may_state_gender: false,
            may_state_region: false,
        };
        let found = |group| {
            let facts = of_group(&data, group).into_iter();
            facts.map(|fact| fact.name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(found(Group::Person), ["name", "birth_date", "gender"]);
        assert_eq!(found(Group::Contacts), ["region"]);
        assert_eq!(found(Group::Other), ["b", "a"], "as they come");
    }

    fn regions() -> Vec<(String, String)> {
        vec![("01".into(), "Northern Shore".into())]
    }

    #[test]
    fn codes_and_dates_are_said_in_words() {
        let words = |name: &str, raw: &str| value(&fact(name, json!(raw)), &regions()).concat();
        assert_eq!(words("gender", "female"), ["Female"]);
        assert_eq!(words("region", "01"), ["Northern Shore"]);
        assert_eq!(words("region", "99"), ["99"]);
        assert_eq!(words("birth_date", "1988-04-12"), ["12 April 1988"]);
        assert_eq!(words("email", "anna@citizens.example"), ["anna@citizens.example"]);
    }

    #[test]
    fn a_document_says_what_it_is_and_leaves_codes_out() {
        let documents = json!([{
            "type": "RF_PASSPORT", "series": "0000", "number": "000001",
            "issueDate": "15.05.2019", "vrfStu": "VERIFIED"
        }]);
        let lines = value(&fact("documents", documents), &regions()).concat();
        assert_eq!(lines[0], "Passport");
        assert!(lines.contains(&"Number: 000001".to_owned()), "{lines:?}");
        assert!(lines.contains(&"Issued on: 15 May 2019".to_owned()), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("VERIFIED")), "{lines:?}");
    }

    #[test]
    fn an_empty_collection_is_said_to_be_empty() {
        assert_eq!(value(&fact("vehicles", json!([])), &[]), [["None"]]);
    }

    #[test]
    fn a_vehicle_has_its_certificate_in_one_line() {
        let vehicles = json!([{
            "name": "A-1200", "numberPlate": "О000ОА 00",
            "regCertificate": { "series": "0000", "number": "000010" }
        }]);
        let lines = value(&fact("vehicles", vehicles), &[]).concat();
        assert_eq!(lines[0], "A-1200");
        assert_eq!(lines[1], "Number plate: О000ОА 00");
        assert_eq!(lines[2], "Registration certificate: 0000 000010");
    }
}
