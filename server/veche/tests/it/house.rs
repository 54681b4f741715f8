//! The rules of the house: which room may know which, and who may name what.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("two folders below the root of the house")
        .to_owned()
}

/// Every source file below `folder`, with its path from the root.
fn sources(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                let skipped = ["target", "node_modules"].iter().any(|name| path.ends_with(name));
                if !skipped {
                    walk(&path, ending, found);
                }
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    assert!(!found.is_empty(), "no {ending} below {folder}: the check would check nothing");
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// Every crate of ours, and the ones of ours that it may know.
const EXPECTED: &[(&str, &[&str])] = &[
    ("account_pages", &["locales", "ports", "questionnaire", "ui"]),
    ("app", &["account_pages", "citizen_pages", "ports", "results_pages", "staff_pages", "ui"]),
    ("charts", &[]),
    ("citizen_pages", &["islands", "ports", "questionnaire", "ui"]),
    ("disclosure", &[]),
    ("exports", &["charts", "locales", "ports", "questionnaire"]),
    ("fuzz", &["disclosure", "ports", "questionnaire", "server"]),
    ("gather", &[]),
    ("islands", &["questionnaire"]),
    ("locales", &[]),
    ("migration", &[]),
    ("ports", &["charts", "locales", "questionnaire"]),
    ("questionnaire", &[]),
    ("results_pages", PAGES),
    (
        "server",
        &[
            "disclosure",
            "exports",
            "gather",
            "locales",
            "migration",
            "ports",
            "questionnaire",
            "vault",
        ],
    ),
    ("staff_pages", &["citizen_pages", "ports", "questionnaire", "ui"]),
    ("ui", &["charts", "locales", "ports", "questionnaire"]),
    ("vault", &["disclosure", "gather", "questionnaire"]),
    ("veche", &["app", "migration", "ports", "server", "vault"]),
];

const PAGES: &[&str] = &["ports", "questionnaire", "ui"];

#[test]
fn each_room_knows_only_the_rooms_that_it_may() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ours: BTreeSet<&str> = EXPECTED.iter().map(|(room, _)| *room).collect();
    let mut knows = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let dependencies: BTreeSet<&str> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            // Tests may know more: they try the rooms together.
            .filter(|dependency| dependency["kind"] != "dev")
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| ours.contains(name))
            .collect();
        knows.insert(package["name"].as_str().unwrap(), dependencies);
    }
    let expected: BTreeMap<&str, BTreeSet<&str>> =
        EXPECTED.iter().map(|(room, known)| (*room, known.iter().copied().collect())).collect();
    assert_eq!(knows, expected);
}

/// Fails where one of `words` stands in a file below `folders` that `allowed` does not name.
fn only_in(words: &[&str], folders: &[&str], allowed: &[&str]) {
    let mut seen_where_allowed = false;
    for (name, text) in folders.iter().flat_map(|folder| sources(folder, ".rs")) {
        let may = allowed.iter().any(|path| name.starts_with(path));
        let does = words.iter().any(|word| text.contains(word));
        assert!(may || !does, "{name} names one of {words:?}");
        seen_where_allowed |= may && does;
    }
    assert!(seen_where_allowed, "nobody names {words:?}: the check has lost its object");
}

#[test]
fn the_protocol_is_spoken_in_identity_only() {
    only_in(
        &["openidconnect::", "oauth2::"],
        &["server/src", "server/veche/src", "app"],
        &["server/src/identity"],
    );
}

/// What is kept for everybody is looked at before it is: nothing that a reader typed or released.
#[test]
fn few_parts_of_pages_are_drawn_for_everybody() {
    only_in(
        &["Shared for "],
        &["app"],
        &["app/ui/src/shared.rs", "app/ui/src/frame.rs", "app/pages/citizen/src/polls/page.rs"],
    );
}

#[test]
fn only_the_vault_names_the_tables_of_answers() {
    only_in(
        &[
            "table_name = \"response\"",
            "table_name = \"draft\"",
            "table_name = \"poll_key\"",
            "table_name = \"live_batch\"",
            "table_name = \"released\"",
        ],
        &["server/src", "server/veche/src", "server/vault/src", "app"],
        &["server/vault/src"],
    );
    // Nor by SQL of its own.
    for (name, text) in sources("server/src", ".rs").into_iter().chain(sources("app", ".rs")) {
        for table in ["response", "draft", "poll_key", "live_batch", "released"] {
            for verb in ["FROM", "INTO", "UPDATE", "JOIN"] {
                assert!(!text.contains(&format!("{verb} {table} ")), "{name}: {verb} {table}");
            }
        }
    }
}

#[test]
fn a_respondent_is_made_of_a_session_where_a_person_acts_for_themselves() {
    only_in(
        &["Respondent::from_session"],
        &["server/src", "server/veche/src", "app"],
        &[
            "server/src/polls/participation",
            "server/src/polls/catalogue",
            "server/src/accounts/",
            // Invented people, who answer through the same door.
            "server/src/demo/",
        ],
    );
}

#[test]
fn raw_counts_go_nowhere_but_into_protection() {
    only_in(
        &["RawTables", ".tables(", "tabulate("],
        &["server/src", "server/veche/src", "app"],
        &["server/src/statistics/publisher.rs"],
    );
}

#[test]
fn no_sentence_calls_an_answer_anonymous() {
    for (name, text) in sources("app/locales", ".json") {
        let lower = text.to_lowercase();
        for (word, negations) in [
            ("anonym", ["not ", "never ", "no longer "]),
            ("аноним", ["не ", "а не ", "никогда не "]),
        ] {
            for (at, _) in lower.match_indices(word) {
                let before = &lower[..at];
                assert!(
                    negations.iter().any(|no| before.ends_with(no)),
                    "{name}: …{}{word}",
                    &before[before.char_indices().rev().nth(40).map_or(0, |(i, _)| i)..]
                );
            }
        }
    }
}

#[test]
fn both_languages_have_the_same_sentences() {
    // Plural forms differ by language; their stems do not.
    fn keys(value: &Value) -> BTreeSet<String> {
        let forms = ["_zero", "_one", "_two", "_few", "_many", "_other"];
        value
            .as_object()
            .unwrap()
            .keys()
            .map(|key| {
                forms.iter().find_map(|form| key.strip_suffix(form)).unwrap_or(key).to_owned()
            })
            .collect()
    }
    for (name, english) in sources("app/locales/en", ".json") {
        let russian = fs::read_to_string(root().join(name.replace("/en/", "/ru/"))).unwrap();
        let parse = |text: &str| keys(&serde_json::from_str(text).unwrap());
        assert_eq!(parse(&english), parse(&russian), "{name}");
    }
}
