//! The example configuration is the documentation of every setting: it loads, with every default
//! taken out of its comment, and names every key that there is.

use figment::{
    Figment,
    providers::{Format as _, Toml},
};
use questionnaire::Text;
use serde_json::{Value, json};
use server::config::{
    Config, limits::Limits, network::Network, operation::Operation, server::Server,
    sessions::Sessions,
};
use std::{collections::BTreeSet, fs, path::Path};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn example() -> String {
    fs::read_to_string(folder().join("veche.example.toml")).unwrap()
}

/// The example with each `# key = default` as a setting.
fn with_defaults() -> String {
    let mut text = String::new();
    for line in example().lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let key = bare.split_once(" = ").map_or("", |(key, _)| key);
        let setting = !key.is_empty()
            && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            || bare == "[tls]";
        text += if setting { bare } else { line };
        text += "\n";
    }
    text
}

#[test]
fn its_commented_keys_are_the_defaults() {
    let mut told: Config = Figment::from(Toml::string(&with_defaults())).extract().unwrap();
    let bare: Config = Figment::from(Toml::string(&example())).extract().unwrap();
    let text = |value: &dyn std::fmt::Debug| format!("{value:?}");
    assert_eq!(text(&told.limits), text(&Limits::default()));
    assert_eq!(text(&told.network), text(&Network::default()));
    assert_eq!(text(&told.sessions), text(&Sessions::default()));
    assert_eq!(text(&told.server), text(&Server::default()));
    // A role of its own for publishing and a replica are proposals: there are none.
    let proposed =
        [&told.stores.publisher, &told.stores.publisher_vault, &told.stores.portal_replica];
    assert!(proposed.iter().all(|url| url.is_some()));
    told.stores.publisher = None;
    told.stores.publisher_vault = None;
    told.stores.portal_replica = None;
    assert_eq!(text(&told.stores), text(&bare.stores));
    // Proposals for another way of proving oneself; they have no default.
    told.provider.client_key = None;
    told.provider.client_key_id = None;
    assert_eq!(text(&told.provider), text(&bare.provider));
    // What the law may want to be told is each operator's own.
    assert_eq!((told.portal.untold().len(), bare.portal.untold().len()), (0, 5));
    told.portal.address = Text::default();
    told.portal.officer = Text::default();
    told.portal.legal_basis = Text::default();
    told.portal.recipients = Text::default();
    told.portal.authority = Text::default();
    assert_eq!(text(&told.portal), text(&bare.portal));
    // Where metrics and traces would be is a proposal: they are off.
    let (listen, traces) = (told.operation.listen.take(), told.operation.traces.take());
    assert_eq!(text(&told.operation), text(&Operation::default()));
    assert!(listen.is_some() && bare.operation.listen.is_none());
    assert!(traces.is_some() && bare.operation.traces.is_none());
    // No key is being replaced.
    assert!(told.keys.previous.is_some() && bare.keys.previous.is_none());
    assert!(told.tls.is_some() && bare.tls.is_none());
}

/// The public fields of the structs that a file of the configuration reads.
fn fields(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(folder().join("src/config").join(file)).unwrap();
    let mut fields = BTreeSet::new();
    let mut skipped = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[serde(skip") {
            skipped = true;
        } else if let Some(field) = line.strip_prefix("pub ").and_then(|rest| rest.split_once(": "))
        {
            let name = field.0;
            if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !skipped {
                fields.insert(name.to_owned());
            }
            skipped = false;
        }
    }
    fields
}

#[test]
fn it_names_every_key() {
    let text = example();
    let mut known = 0;
    for entry in fs::read_dir(folder().join("src/config")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        for field in fields(&file) {
            let named = text.lines().any(|line| {
                let line = line.trim_start_matches(['#', ' ']);
                let starts = |prefix: &str| {
                    line.strip_prefix(prefix)
                        .and_then(|rest| rest.strip_prefix(&field))
                        .is_some_and(|rest| rest.starts_with([' ', '.', ']']))
                };
                starts("")
                    || starts("[")
                    || line.contains(&format!(", {field} = "))
                    || line.contains(&format!("{{ {field} = "))
                    || line.contains(&format!("[provider.{field}]"))
                    || line.contains(&format!("[[provider.{field}]]"))
                    || line.contains(&format!("[limits.{field}]"))
            });
            // What a check found, not what is set.
            let finding = file == "mod.rs" && ["key", "problem"].contains(&field.as_str());
            assert!(named || finding, "{file}: {field} is not in the example");
            known += usize::from(named);
        }
    }
    assert!(known > 40, "{known} keys: the check has lost its object");
    let misspelt: Value = json!({ "operation": { "log": "json" } });
    let figment = Figment::from(Toml::string(&text))
        .merge(figment::providers::Serialized::defaults(misspelt));
    assert!(figment.extract::<Config>().is_err(), "a key that is none is an error");
}
