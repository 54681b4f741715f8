//! From a provider's claims to attributes: any claims, under any configuration.

use ports::Region;
use questionnaire::Text;
use serde::Deserialize;
use serde_json::{Value, json};
use server::{
    config::provider::{Attribute, Provider, Source},
    identity::mapping::{Claims, released},
};
use std::{collections::BTreeSet, sync::OnceLock};

#[derive(Deserialize)]
struct Input {
    attributes: Vec<Attribute>,
    #[serde(default)]
    granted: BTreeSet<String>,
    #[serde(default)]
    assured: bool,
    id_token: Option<Value>,
    userinfo: Option<Value>,
}

fn provider() -> Provider {
    static PROVIDER: OnceLock<Provider> = OnceLock::new();
    let provider = PROVIDER.get_or_init(|| {
        serde_json::from_value(json!({
            "name": { "en": "State Services", "ru": "Госуслуги" },
            "issuer": "https://id.example",
            "client_id": "portal",
            "scopes": [],
            "attributes": [],
        }))
        .unwrap()
    });
    provider.clone()
}

/// Reads a configuration of attributes and claims, and checks what is taken over.
pub fn run(bytes: &[u8]) {
    taken(bytes);
}

/// As [`run`]; gives whether there was something for every attribute, and it was understood.
pub fn taken(bytes: &[u8]) -> bool {
    let Ok(input) = serde_json::from_slice::<Input>(bytes) else { return false };
    let mut provider = provider();
    provider.attributes = input.attributes;
    provider.validate(&mut Vec::new());
    let parts = [(Source::IdToken, input.id_token), (Source::Userinfo, input.userinfo)];
    let claims: Claims =
        parts.into_iter().filter_map(|(source, claims)| Some((source, claims?))).collect();
    let name = Text::both("Northern Shore", "Северное Поморье");
    let regions = [Region { code: "01".to_owned(), name, population: None }];
    let found = released(&provider, &regions, &input.granted, &claims, input.assured);
    assert!(found.len() <= provider.attributes.len());
    for one in &found {
        assert!(input.granted.contains(&one.scope), "released without consent");
        assert!(input.assured || !one.verified, "verified without assurance");
        assert!(one.value.to_string().len() <= 32 * 1024);
        assert!(!one.value.is_null());
        let known = |attribute: &&Attribute| {
            (&attribute.target, &attribute.scope) == (&one.target, &one.scope)
        };
        assert!(provider.attributes.iter().any(|attribute| known(&attribute)));
    }
    let refused = released(&provider, &regions, &BTreeSet::new(), &claims, true);
    assert!(refused.is_empty(), "who refuses all releases nothing");
    found.len() == provider.attributes.len()
}
