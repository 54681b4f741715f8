//! What a person releases for the scopes that were granted, and nothing beyond them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Child, Level, Person, Scope};

/// The claims of `person` for `scopes`, in the shapes of the parent module's table.
pub(super) fn release(person: &Person, scopes: &BTreeSet<Scope>) -> Value {
    let mut claims = Map::new();
    claims.insert("sub".into(), json!(person.sub));
    claims.insert("trusted".into(), json!(person.level != Level::Low));

    let mut contacts = Vec::new();
    let mut documents = Vec::new();
    for &scope in scopes {
        match scope {
            Scope::Openid | Scope::KidFullname | Scope::KidBirthdate | Scope::KidGender => {}
            Scope::Fullname => {
                put(&mut claims, "firstName", Some(&person.first_name));
                put(&mut claims, "middleName", person.middle_name.as_ref());
                put(&mut claims, "lastName", Some(&person.last_name));
            }
            Scope::Birthdate => put(&mut claims, "birthDate", person.birth_date.as_ref()),
            Scope::Birthplace => put(&mut claims, "birthPlace", person.birth_place.as_ref()),
            Scope::Gender => put(&mut claims, "gender", person.gender.as_ref()),
            Scope::Snils => put(&mut claims, "snils", person.snils.as_ref()),
            Scope::Inn => put(&mut claims, "inn", person.inn.as_ref()),
            Scope::Email | Scope::Mobile => {
                contacts.extend(person.contacts_of(scope).map(|contact| json!(contact)));
            }
            Scope::IdDoc
            | Scope::ForeignPassportDoc
            | Scope::DriversLicenceDoc
            | Scope::ResidenceDoc => {
                documents.extend(person.documents_of(scope).map(|document| json!(document)));
            }
            Scope::Addresses => {
                claims.insert("addresses".into(), json!(person.addresses));
            }
            Scope::Vehicles => {
                claims.insert("vehicles".into(), json!(person.vehicles));
            }
        }
    }
    if scopes.iter().any(|scope| scope.contact_type().is_some()) {
        claims.insert("contacts".into(), Value::Array(contacts));
    }
    if scopes.iter().any(|scope| !scope.document_types().is_empty()) {
        claims.insert("documents".into(), Value::Array(documents));
    }
    if [Scope::KidFullname, Scope::KidBirthdate, Scope::KidGender]
        .iter()
        .any(|scope| scopes.contains(scope))
    {
        let kids = person.kids.iter().map(|child| release_child(child, scopes)).collect();
        claims.insert("kids".into(), Value::Array(kids));
    }
    Value::Object(claims)
}

fn release_child(child: &Child, scopes: &BTreeSet<Scope>) -> Value {
    let mut claims = Map::new();
    if scopes.contains(&Scope::KidFullname) {
        put(&mut claims, "firstName", Some(&child.first_name));
        put(&mut claims, "middleName", Some(&child.middle_name));
        put(&mut claims, "lastName", Some(&child.last_name));
    }
    if scopes.contains(&Scope::KidBirthdate) {
        put(&mut claims, "birthDate", Some(&child.birth_date));
    }
    if scopes.contains(&Scope::KidGender) {
        put(&mut claims, "gender", Some(&child.gender));
    }
    Value::Object(claims)
}

fn put(claims: &mut Map<String, Value>, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        claims.insert(name.into(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::super::People;
    use super::*;

    #[test]
    fn without_scopes_only_the_subject_and_the_confirmation_are_released() {
        let claims = People::demo().claims("demo-anna", &["openid"]).unwrap();
        assert_eq!(claims, json!({ "sub": "demo-anna", "trusted": true }));
        let claims = People::demo().claims("demo-irina", &[]).unwrap();
        assert_eq!(claims, json!({ "sub": "demo-irina", "trusted": false }));
    }

    #[test]
    fn every_scope_releases_its_part_alone() {
        let expected = [
            ("fullname", "/firstName", "/birthDate"),
            ("birthdate", "/birthDate", "/firstName"),
            ("birthplace", "/birthPlace", "/birthDate"),
            ("gender", "/gender", "/snils"),
            ("snils", "/snils", "/inn"),
            ("inn", "/inn", "/snils"),
            ("id_doc", "/documents/0/series", "/documents/1"),
            ("email", "/contacts/0/vrfStu", "/contacts/1"),
            ("mobile", "/contacts/0/value", "/contacts/1"),
            ("addresses", "/addresses/0/regionName", "/documents"),
            ("vehicles", "/vehicles/0/regCertificate/number", "/kids"),
            ("kid_fullname", "/kids/1/lastName", "/kids/0/birthDate"),
            ("kid_birthdate", "/kids/1/birthDate", "/kids/0/gender"),
            ("kid_gender", "/kids/1/gender", "/kids/0/firstName"),
        ];
        for (scope, present, absent) in expected {
            let claims = People::demo().claims("demo-anna", &["openid", scope]).unwrap();
            assert!(claims.pointer(present).is_some(), "{scope}: {claims}");
            assert!(claims.pointer(absent).is_none(), "{scope}: {claims}");
        }
    }

    #[test]
    fn the_type_tells_contacts_and_documents_apart() {
        let people = People::demo();
        let claims = people.claims("demo-anna", &["mobile", "drivers_licence_doc"]).unwrap();
        assert_eq!(claims["contacts"][0]["type"], "MBT");
        assert_eq!(claims["documents"][0]["type"], "RF_DRIVING_LICENSE");
    }

    #[test]
    fn what_is_not_on_file_is_absent_and_an_empty_collection_is_an_array() {
        let people = People::demo();
        let claims = people.claims("demo-nina", &["gender", "addresses", "kid_gender"]).unwrap();
        assert!(claims.get("gender").is_none());
        assert_eq!(claims["addresses"], json!([]));
        assert_eq!(claims["kids"], json!([]));
    }

    #[test]
    fn nobody_unknown_has_claims() {
        assert!(People::demo().claims("demo-nobody", &["openid"]).is_none());
    }
}
