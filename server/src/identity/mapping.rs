//! From a provider's claims to the portal's attributes, as the configuration says.
//!
//! A value that cannot be understood is left out rather than kept wrong: a region that the portal
//! does not know, a date in another format. Nothing is said about it in the log but the
//! attribute's name.

use crate::config::provider::{Attribute, Provider, Source, Transform};
use chrono::NaiveDate;
use ports::Region;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What the provider said about a person, by where it was read. What was not asked is absent.
pub type Claims = BTreeMap<Source, Value>;

/// An attribute as it was released.
#[derive(Clone, PartialEq)]
pub struct Released {
    /// The portal's name.
    pub target: String,
    /// The scope that released it.
    pub scope: String,
    /// Its value.
    pub value: Value,
    /// Whether the provider vouches for it.
    pub verified: bool,
}

/// Most bytes of JSON that one attribute may have.
const MOST_BYTES: usize = 32 * 1024;

/// The attributes that the granted scopes released. `assured` is whether the person signed in at
/// a level of assurance that was asked for: without it nothing counts as verified.
#[must_use]
pub fn released(
    provider: &Provider,
    regions: &[Region],
    granted: &BTreeSet<String>,
    claims: &Claims,
    assured: bool,
) -> Vec<Released> {
    let mut found = Vec::new();
    for attribute in
        provider.attributes.iter().filter(|attribute| granted.contains(&attribute.scope))
    {
        let Some(claims) = claims.get(&attribute.source) else { continue };
        let Some(raw) = raw(attribute, claims) else { continue };
        let Some(value) = transformed(attribute.transform, raw, regions) else {
            tracing::info!(attribute = attribute.target, "a released value was not understood");
            continue;
        };
        if value.to_string().len() > MOST_BYTES {
            tracing::info!(attribute = attribute.target, "a released value is too large");
            continue;
        }
        let verified =
            attribute.verified.as_ref().is_none_or(|pointer| vouched_at(claims, pointer));
        found.push(Released {
            target: attribute.target.clone(),
            scope: attribute.scope.clone(),
            value,
            verified: verified && assured,
        });
    }
    found
}

/// The value before its transform; nothing where there is nothing to keep.
fn raw(attribute: &Attribute, claims: &Value) -> Option<Value> {
    let first = find(claims, &attribute.pointer);
    let value = if attribute.join.is_empty() {
        kept(first?, &attribute.keep)
    } else {
        let further = attribute.join.iter().map(|pointer| find(claims, pointer));
        let parts: Vec<String> =
            [first].into_iter().chain(further).flatten().filter_map(|part| text(&part)).collect();
        Value::String(parts.join(" "))
    };
    let nothing = match &value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Object(map) => map.is_empty(),
        // That there are no vehicles is a fact, too.
        Value::Array(_) | Value::Bool(_) | Value::Number(_) => false,
    };
    (!nothing).then_some(value)
}

/// An object's chosen keys, or those of the objects in an array.
fn kept(value: Value, keys: &[String]) -> Value {
    match value {
        value if keys.is_empty() => value,
        Value::Object(map) => Value::Object(
            map.into_iter().filter(|(key, _)| keys.contains(key)).collect::<Map<_, _>>(),
        ),
        Value::Array(values) => values.into_iter().map(|value| kept(value, keys)).collect(),
        other => other,
    }
}

fn segments(pointer: &str) -> Option<Vec<&str>> {
    Some(pointer.strip_prefix('/')?.split('/').collect())
}

/// The value at a pointer with filters and wildcards.
fn find(value: &Value, pointer: &str) -> Option<Value> {
    walk(value, &segments(pointer)?)
}

fn walk(value: &Value, segments: &[&str]) -> Option<Value> {
    let Some((segment, rest)) = segments.split_first() else { return Some(value.clone()) };
    if *segment == "*" {
        return Some(value.as_array()?.iter().filter_map(|element| walk(element, rest)).collect());
    }
    walk(step(value, segment)?, rest)
}

/// What one segment leads to that is no wildcard.
fn step<'a>(value: &'a Value, segment: &str) -> Option<&'a Value> {
    if let Some((key, wanted)) =
        segment.strip_prefix('[').and_then(|s| s.strip_suffix(']')).and_then(|s| s.split_once('='))
    {
        let fits =
            |element: &&Value| element.get(key).and_then(text).is_some_and(|is| is == wanted);
        return value.as_array()?.iter().find(fits);
    }
    match value {
        Value::Object(map) => map.get(&segment.replace("~1", "/").replace("~0", "~")),
        Value::Array(values) => values.get(segment.parse::<usize>().ok()?),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether the mark at a pointer vouches for a value. Behind a wildcard that of every element has to,
/// and an element without one was not checked.
fn vouched_at(claims: &Value, pointer: &str) -> bool {
    segments(pointer).is_some_and(|segments| vouched(claims, &segments))
}

fn vouched(value: &Value, segments: &[&str]) -> bool {
    match segments.split_first() {
        None => vouches(value),
        Some((&"*", rest)) => value.as_array().is_some_and(|elements| {
            !elements.is_empty() && elements.iter().all(|element| vouched(element, rest))
        }),
        Some((segment, rest)) => step(value, segment).is_some_and(|next| vouched(next, rest)),
    }
}

/// Whether a mark says that a value was checked: `true`, `VERIFIED`, `1`.
fn vouches(mark: &Value) -> bool {
    match mark {
        Value::Bool(mark) => *mark,
        Value::String(mark) => ["true", "verified", "1"].contains(&mark.to_lowercase().as_str()),
        Value::Number(mark) => mark.as_u64() == Some(1),
        _ => false,
    }
}

/// The value in the portal's form; of an array, those elements that can be understood.
fn transformed(transform: Transform, value: Value, regions: &[Region]) -> Option<Value> {
    if transform == Transform::None {
        return Some(value);
    }
    if let Value::Array(values) = value {
        if values.is_empty() {
            return Some(Value::Array(values));
        }
        let values: Vec<Value> =
            values.into_iter().filter_map(|value| transformed(transform, value, regions)).collect();
        return (!values.is_empty()).then_some(Value::Array(values));
    }
    let text = text(&value)?;
    match transform {
        Transform::None => Some(text),
        Transform::Date => date(&text),
        Transform::Gender => gender(&text),
        Transform::Region => region(&text, regions),
        Transform::Phone => phone(&text),
    }
    .map(Value::String)
}

fn date(text: &str) -> Option<String> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(text, "%d.%m.%Y"))
        .ok()?;
    Some(date.to_string())
}

fn gender(text: &str) -> Option<String> {
    // 1 and 2 as in ISO/IEC 5218.
    let code = match text.to_lowercase().as_str() {
        "m" | "male" | "1" => "male",
        "f" | "female" | "2" => "female",
        _ => return None,
    };
    Some(code.to_owned())
}

fn region(text: &str, regions: &[Region]) -> Option<String> {
    let wanted = text.to_lowercase();
    let named = |region: &&Region| {
        questionnaire::Language::ALL.into_iter().any(|language| {
            region.name.exact(language).is_some_and(|name| name.to_lowercase() == wanted)
        })
    };
    let by_code = regions.iter().find(|region| region.code == text);
    by_code.or_else(|| regions.iter().find(named)).map(|region| region.code.clone())
}

/// E.164: a plus, the country's code, in all 8 to 15 digits. Without a plus the country is not
/// known, and a guess would call somebody else.
fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.starts_with('+') && (8..=15).contains(&digits.len())).then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::Text;
    use serde_json::json;

    fn regions() -> Vec<Region> {
        vec![Region {
            code: "01".to_owned(),
            name: Text::both("Northern Shore", "Северное Поморье"),
            population: None,
        }]
    }

    #[test]
    fn a_filter_takes_the_element_of_its_kind_and_not_the_first() {
        let claims = json!({ "addresses": [
            { "type": "PLV", "region": "02" },
            { "type": "PRG", "region": "01", "lines": ["a", "b"] },
        ]});
        assert_eq!(find(&claims, "/addresses/[type=PRG]/region"), Some(json!("01")));
        assert_eq!(find(&claims, "/addresses/[type=PRG]/lines/1"), Some(json!("b")));
        assert_eq!(find(&claims, "/addresses/*/region"), Some(json!(["02", "01"])));
        assert_eq!(find(&claims, "/addresses/[type=XXX]/region"), None);
        assert_eq!(find(&claims, "/addresses/9/region"), None);
        assert_eq!(find(&json!({ "a/b": { "c~d": 1 } }), "/a~1b/c~0d"), Some(json!(1)));
    }

    #[test]
    fn values_take_the_portals_form_or_are_left_out() {
        let as_text = |transform, text: &str| {
            transformed(transform, json!(text), &regions())
                .and_then(|v| v.as_str().map(ToOwned::to_owned))
        };
        for (transform, given, kept) in [
            (Transform::Date, "12.04.1988", Some("1988-04-12")),
            (Transform::Date, "1988-04-12", Some("1988-04-12")),
            (Transform::Date, "31.02.1988", None),
            (Transform::Date, "04/12/1988", None),
            (Transform::Gender, "F", Some("female")),
            (Transform::Gender, "male", Some("male")),
            (Transform::Gender, "2", Some("female")),
            (Transform::Gender, "x", None),
            (Transform::Region, "01", Some("01")),
            (Transform::Region, "северное поморье", Some("01")),
            (Transform::Region, "Northern Shore", Some("01")),
            (Transform::Region, "Elsewhere", None),
            (Transform::Phone, "+7(000)0000001", Some("+70000000001")),
            (Transform::Phone, "84950000000", None),
            (Transform::Phone, "+7", None),
        ] {
            assert_eq!(as_text(transform, given).as_deref(), kept, "{transform:?} {given}");
        }
        assert_eq!(transformed(Transform::Gender, json!(1), &[]), Some(json!("male")));
        assert_eq!(
            transformed(Transform::Date, json!(["03.02.2014", "?"]), &[]),
            Some(json!(["2014-02-03"]))
        );
    }

    fn attribute(target: &str, scope: &str, pointer: &str) -> Attribute {
        Attribute {
            target: target.to_owned(),
            scope: scope.to_owned(),
            source: Source::Userinfo,
            pointer: pointer.to_owned(),
            join: Vec::new(),
            keep: Vec::new(),
            transform: Transform::None,
            verified: None,
        }
    }

    fn provider(attributes: Vec<Attribute>) -> Provider {
        Provider {
            name: Text::both("Provider", "Провайдер"),
            issuer: "https://id.example".parse().unwrap(),
            origins: Vec::new(),
            client_id: "portal".to_owned(),
            client_authentication: crate::config::provider::ClientAuthentication::default(),
            client_secret: None,
            client_key: None,
            client_key_id: None,
            kind: crate::config::provider::Kind::Oidc,
            esia: None,
            endpoints: None,
            scopes: Vec::new(),
            attributes,
            acr_values: Vec::new(),
            vtr: Vec::new(),
            assured_only: false,
            consent_days: 365,
        }
    }

    fn granted(scopes: &[&str]) -> BTreeSet<String> {
        scopes.iter().map(|&scope| scope.to_owned()).collect()
    }

    #[test]
    fn a_name_in_parts_is_joined_and_a_missing_part_leaves_no_gap() {
        let name = Attribute {
            join: vec!["/firstName".to_owned(), "/middleName".to_owned()],
            ..attribute("name", "fullname", "/lastName")
        };
        let claims = |userinfo| Claims::from([(Source::Userinfo, userinfo)]);
        let all = claims(
            json!({ "lastName": "Примерова", "firstName": "Анна", "middleName": "Сергеевна" }),
        );
        let some = claims(json!({ "lastName": "Примерова", "firstName": "Анна" }));
        let none = claims(json!({}));
        let provider = provider(vec![name]);
        let value = |claims| {
            released(&provider, &[], &granted(&["fullname"]), claims, true)
                .pop()
                .map(|one| one.value)
        };
        assert_eq!(value(&all), Some(json!("Примерова Анна Сергеевна")));
        assert_eq!(value(&some), Some(json!("Примерова Анна")));
        assert_eq!(value(&none), None);
    }

    #[test]
    fn only_granted_scopes_release_and_only_vouched_for_values_are_verified() {
        let provider = provider(vec![
            attribute("snils", "snils", "/snils"),
            Attribute {
                verified: Some("/contacts/[type=EML]/vrfStu".to_owned()),
                ..attribute("email", "email", "/contacts/[type=EML]/value")
            },
            Attribute {
                keep: vec!["firstName".to_owned()],
                ..attribute("children", "kid_fullname", "/kids")
            },
        ]);
        let claims = Claims::from([(
            Source::Userinfo,
            json!({
                "snils": "000-000-001 00",
                "contacts": [{ "type": "EML", "value": "a@b.example", "vrfStu": "NOT_VERIFIED" }],
                "kids": [{ "firstName": "Лев", "birthDate": "03.02.2014" }],
            }),
        )]);
        let found = released(&provider, &[], &granted(&["email", "kid_fullname"]), &claims, true);
        let names: Vec<_> = found.iter().map(|one| (one.target.as_str(), one.verified)).collect();
        assert_eq!(names, [("email", false), ("children", true)]);
        assert_eq!(
            found[1].value,
            json!([{ "firstName": "Лев" }]),
            "what the scope does not name is not kept"
        );
        let found = released(&provider, &[], &granted(&["snils"]), &claims, false);
        assert!(!found[0].verified, "a sign-in below the asked level vouches for nothing");
    }

    #[test]
    fn several_values_are_verified_if_each_of_them_is() {
        let provider = provider(vec![Attribute {
            verified: Some("/documents/*/vrfStu".to_owned()),
            ..attribute("documents", "id_doc", "/documents")
        }]);
        for (documents, verified) in [
            (json!([{ "vrfStu": "VERIFIED" }, { "vrfStu": "VERIFIED" }]), true),
            (json!([{ "vrfStu": "VERIFIED" }, { "vrfStu": "NOT_VERIFIED" }]), false),
            (json!([{ "vrfStu": "NOT_VERIFIED" }, { "vrfStu": "VERIFIED" }]), false),
            (json!([{ "vrfStu": "VERIFIED" }, { "number": "000002" }]), false),
            (json!([]), false),
            (json!({ "vrfStu": "VERIFIED" }), false),
        ] {
            let claims = Claims::from([(Source::Userinfo, json!({ "documents": documents }))]);
            let found = released(&provider, &[], &granted(&["id_doc"]), &claims, true);
            let known: Vec<_> = found.iter().map(|one| (&one.value, one.verified)).collect();
            assert_eq!(known, [(&documents, verified)]);
        }
    }
}
