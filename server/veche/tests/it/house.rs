//! The rules of the house: which room may know which, and who may name what.

use axum::http::Method;
use leptos::server_fn::axum::server_fn_paths;
use ports::routes;
use serde_json::Value;
use server::http::taking_part::is_taking_part;
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
    ("charts", &["locales", "ports", "questionnaire"]),
    ("citizen_pages", &["islands", "ports", "questionnaire", "ui"]),
    ("disclosure", &[]),
    ("exports", &["charts", "locales", "ports", "questionnaire"]),
    ("fuzz", &["disclosure", "migration", "ports", "questionnaire", "server"]),
    ("gather", &[]),
    ("islands", &["questionnaire"]),
    ("locales", &[]),
    ("migration", &[]),
    ("ports", &["locales", "questionnaire"]),
    ("questionnaire", &[]),
    ("results_pages", &["charts", "ports", "questionnaire", "ui"]),
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
    ("ui", &["charts", "islands", "locales", "ports", "questionnaire"]),
    ("vault", &["disclosure", "gather", "migration", "questionnaire"]),
    ("veche", &["app", "migration", "ports", "server", "vault"]),
];

/// The crates of ours, as cargo reads their manifests.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

#[test]
fn each_room_knows_only_the_rooms_that_it_may() {
    let packages = packages();
    let ours: BTreeSet<&str> = EXPECTED.iter().map(|(room, _)| *room).collect();
    let mut knows = BTreeMap::new();
    for package in &packages {
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

/// A program that runs nothing takes as long to build as another; and what is said to have no tests is never asked for
/// them.
#[test]
fn a_test_program_is_built_where_there_are_tests_and_nowhere_else() {
    let has = |code: &str, marks: &[&str]| {
        code.lines().any(|line| marks.iter().any(|mark| line.trim_start().starts_with(mark)))
    };
    let [mut with_tests, mut with_examples] = [0, 0];
    for package in packages() {
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap().join("src");
        let code: String =
            sources(folder.to_str().unwrap(), ".rs").into_iter().map(|(_, code)| code).collect();
        let tests = has(&code, &["#[test]", "#[tokio::test", "proptest!"]);
        let examples = has(&code, &["/// ```", "//! ```"]);
        for target in package["targets"].as_array().unwrap() {
            let name = format!("{} {}", target["kind"], target["name"]);
            let is = |kind: &str| target["kind"].as_array().unwrap().iter().any(|one| one == kind);
            if is("lib") || is("rlib") {
                assert_eq!(target["test"], tests, "{name}: `test` in its manifest");
                assert_eq!(target["doctest"], examples, "{name}: `doctest` in its manifest");
            } else if is("bin") {
                assert_eq!(target["test"], false, "{name}: what it does is tested in its library");
            }
        }
        with_tests += usize::from(tests);
        with_examples += usize::from(examples);
    }
    assert!(with_tests > 10 && with_examples > 1, "{with_tests}, {with_examples}: it finds few");
}

/// What is built of each package, by its name and version, with these kinds of dependencies.
fn features(of: &[&str], kinds: &str) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--prefix",
            "none",
            "--format",
            "{p}|{f}",
            "--edges",
            kinds,
        ])
        .args(of)
        .current_dir(root())
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (package, features) in tree.lines().filter_map(|line| line.split_once('|')) {
        let package = package.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let features = features.trim_end_matches(" (*)").split(',').map(str::to_owned);
        found.entry(package).or_default().extend(features.filter(|feature| !feature.is_empty()));
    }
    assert!(found.len() > 100, "{}", String::from_utf8_lossy(&output.stderr));
    found
}

/// What `more` has of the packages of `less`, and that has not.
fn beyond(
    less: &BTreeMap<String, BTreeSet<String>>,
    more: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (package, features) in less {
        let further = more.get(package).into_iter().flatten();
        let name = package.split(' ').next().unwrap();
        found.extend(
            further.filter(|one| !features.contains(*one)).map(|one| format!("{name} {one}")),
        );
    }
    found
}

/// Or else half the dependencies would be built once for tests and once more for the program that journeys are made
/// with, and it would not be seen that the program as it is installed lacks what only tests ask for.
#[test]
fn tests_and_journeys_have_one_build_which_is_nearly_that_which_is_installed() {
    let all = features(&["--workspace"], "normal,build");
    let tests = features(&["--workspace"], "normal,build,dev");
    assert_eq!(beyond(&all, &tests), Vec::<String>::new(), "server/fuzz is to ask for these, too");
    let installed = features(&["--package", "veche"], "normal,build");
    let known = [
        "byteorder default",
        "cc parallel",
        "migration testing",
        "rand_chacha default",
        "tokio test-util",
    ];
    assert_eq!(beyond(&installed, &all), known);
}

/// What a crate asks for though none of its own code names it.
const UNNAMED: [(&str, &[&str]); 6] = [
    // For features that every build is to have.
    ("byteorder", &["fuzz"]),
    ("migration", &["fuzz"]),
    ("rand_chacha", &["fuzz"]),
    // For a feature of it: what libFuzzer is built with.
    ("cc", &["fuzz"]),
    // Code that is generated into the crate names it.
    ("leptos", &["locales"]),
    // The macros of sentences do.
    (
        "leptos_i18n",
        &[
            "account_pages",
            "charts",
            "citizen_pages",
            "exports",
            "ports",
            "results_pages",
            "server",
            "staff_pages",
            "ui",
        ],
    ),
];

/// Whether a path in this code begins with the name of a crate.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        // `::csv::Writer` is of the crate, `crate::csv::COLUMNS` is not.
        let before = code[..at].strip_suffix("::").unwrap_or(&code[..at]);
        let begins = !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        begins && code[at + name.len()..].starts_with("::")
    })
}

#[test]
fn a_crate_is_named_where_a_path_begins_with_it() {
    assert!(names_crate("use csv::Reader;", "csv") && names_crate("f(::csv::Writer)", "csv"));
    assert!(!names_crate("let csv = crate::csv::COLUMNS;", "csv"));
    assert!(!names_crate("as_csv::of(csv_ish::new())", "csv"));
}

#[test]
fn each_crate_names_what_it_asks_for() {
    let packages = packages();
    let folder_of = |package: &Value| {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap();
        folder.to_string_lossy().into_owned() + "/"
    };
    // A crate may lie in the folder of another one.
    let mut code: BTreeMap<String, String> =
        packages.iter().map(|package| (folder_of(package), String::new())).collect();
    for (name, text) in ["app", "server", "migration"].iter().flat_map(|top| sources(top, ".rs")) {
        // Here crates stand in words.
        if name == "server/veche/tests/it/house.rs" {
            continue;
        }
        let around = code.iter_mut().filter(|(folder, _)| name.starts_with(folder.as_str()));
        let (_, own) = around.max_by_key(|(folder, _)| folder.len()).expect("the crate of a file");
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            own.push_str(line);
            own.push('\n');
        }
    }
    let mut unnamed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &packages {
        let code = &code[&folder_of(package)];
        for dependency in package["dependencies"].as_array().unwrap() {
            let asked = dependency["name"].as_str().unwrap();
            let called = dependency["rename"].as_str().unwrap_or(asked).replace('-', "_");
            if !names_crate(code, &called) {
                unnamed.entry(asked).or_default().insert(package["name"].as_str().unwrap());
            }
        }
    }
    let known: BTreeMap<&str, BTreeSet<&str>> =
        UNNAMED.iter().map(|(name, crates)| (*name, crates.iter().copied().collect())).collect();
    assert_eq!(unnamed, known);
}

/// The rooms of `server` from the ground up, as its `lib.rs` has them: each line knows those above it, and
/// itself.
const ROOMS: [&[&str]; 11] = [
    &["clock", "entropy", "error", "named", "sealing", "master_keys"],
    &["config", "outgoing"],
    &["store", "replica", "platform"],
    &["http", "operation::traces"],
    &[
        "staff::log",
        "accounts::access",
        "accounts::attributes",
        "accounts::consents",
        "accounts::held",
        "notices::stored",
    ],
    &["staff"],
    &["polls", "statistics"],
    &["accounts", "notices", "identity"],
    &["http::public_pages", "http::lengths", "http::rate"],
    &["scheduler"],
    &["operation", "doctor", "demo"],
];

/// A setting is checked by what will read it.
const AGAINST_THE_ORDER: [(&str, &str); 4] = [
    ("config", "http::listener::tls"),
    ("config", "identity::client_key"),
    ("config", "identity::esia::token"),
    ("config", "identity::trust"),
];

/// Whether a path lies in a room, or is it.
fn lies_in(path: &str, room: &str) -> bool {
    path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// On which line of [`ROOMS`] a path stands: on that of the innermost room around it.
fn line_of(path: &str) -> Option<usize> {
    let rooms = ROOMS.iter().enumerate();
    let around = rooms.flat_map(|(line, rooms)| rooms.iter().map(move |room| (line, room)));
    let around = around.filter(|(_, room)| lies_in(path, room));
    around.max_by_key(|(_, room)| room.len()).map(|(line, _)| line)
}

/// Reads one path of a `use`, or of code, and writes out what stands in its braces. Gives the rest.
fn written_out<'a>(text: &'a str, before: &str, found: &mut Vec<String>) -> &'a str {
    let in_a_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let end = text.find(|letter| !in_a_path(letter)).unwrap_or(text.len());
    let (path, mut rest) = (format!("{before}{}", &text[..end]), &text[end..]);
    let Some(group) = rest.strip_prefix('{') else {
        found.push(path.trim_end_matches(':').to_owned());
        return rest;
    };
    rest = group.trim_start();
    while !rest.is_empty() && !rest.starts_with('}') {
        rest = written_out(rest, &path, found);
        // What it is called here.
        let end = rest.find([',', '}']).unwrap_or(rest.len());
        rest = rest[end..].trim_start_matches(',').trim_start();
    }
    rest.strip_prefix('}').unwrap_or(rest)
}

/// Which paths of its crate the code of `module` names, tests left out.
fn named_by(module: &str, source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.map(|line| line.split_once(" //").map_or(line, |(code, _)| code));
    let code = code.collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        written_out(&code[at + "crate::".len()..], "", &mut found);
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let (mut rest, mut around) = (&code[at..], module);
        while let Some(further) = rest.strip_prefix("super::") {
            (rest, around) = (further, around.rsplit_once("::").map_or("", |(around, _)| around));
        }
        let before = if around.is_empty() { String::new() } else { format!("{around}::") };
        written_out(rest, &before, &mut found);
    }
    found
}

#[test]
fn what_a_source_names_is_written_out() {
    let source = "use crate::{\n    a::{self, b::{C, D as _}}, // why, and o::p\n    // q\n    e,\n};\nuse super::{f, g::H};\n\
                  fn i() -> crate::j::K { super::super::l() }\n#[cfg(test)]\nmod tests;\nuse crate::n;\n#[cfg(test)]\nmod tests {\nuse crate::m;";
    let mut named = named_by("x::y", source);
    named.sort();
    assert_eq!(named, ["a::b::C", "a::b::D", "a::self", "e", "j::K", "l", "n", "x::f", "x::g::H"]);
}

#[test]
fn the_order_of_rooms_is_the_one_that_the_server_says() {
    let source = fs::read_to_string(root().join("server/src/lib.rs")).unwrap();
    let rows = source.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(2);
    let said: Vec<Vec<String>> = rows
        .map(|row| {
            let (rooms, _) = row.split_once(" |").unwrap();
            let mut found = Vec::new();
            for name in rooms.split('`').skip(1).step_by(2) {
                written_out(name, "", &mut found);
            }
            found
        })
        .collect();
    assert_eq!(said, ROOMS);
}

#[test]
fn rooms_of_the_server_know_those_below_them_only() {
    let mut against = BTreeSet::new();
    for (name, text) in sources("server/src", ".rs") {
        let path = name.trim_start_matches("server/src/").trim_end_matches(".rs");
        let module = path.trim_end_matches("/mod").replace('/', "::");
        if module == "lib" {
            continue;
        }
        let here = line_of(&module).unwrap_or_else(|| panic!("{name} is in no room"));
        for path in named_by(&module, &text) {
            // By its bare name a room above could be reached through the one around it.
            let whole = path.trim_end_matches("::self");
            let above = ROOMS[here + 1..].iter().copied().flatten();
            let reached = above.into_iter().find(|room| **room != whole && lies_in(room, whole));
            assert_eq!(reached, None, "{name} names all of {whole}");
            // What is named by a path without a room is of the file's own room.
            if line_of(&path).is_some_and(|there| there > here) {
                let known = AGAINST_THE_ORDER
                    .into_iter()
                    .find(|(room, other)| lies_in(&module, room) && lies_in(&path, other));
                against.insert(known.unwrap_or_else(|| panic!("{name} knows {path}")));
            }
        }
    }
    assert!(against.into_iter().eq(AGAINST_THE_ORDER), "some need not be allowed");
}

/// Fails where one of `words` stands in a file below `folders` that `allowed` does not name, and
/// where none of them stands in what `allowed` names: what need not be allowed is not.
fn only_in(words: &[&str], folders: &[&str], allowed: &[&str]) {
    let all = folders.iter().flat_map(|folder| sources(folder, ".rs"));
    let does = all.filter(|(_, text)| words.iter().any(|word| text.contains(word)));
    let naming: Vec<String> = does.map(|(name, _)| name).collect();
    for name in &naming {
        let may = allowed.iter().any(|path| name.starts_with(path));
        assert!(may, "{name} names one of {words:?}");
    }
    for path in allowed {
        let does = naming.iter().any(|name| name.starts_with(path));
        assert!(does, "nothing in {path} names one of {words:?}: it need not be allowed to");
    }
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
        &[
            "app/ui/src/shared.rs",
            "app/ui/src/frame.rs",
            "app/ui/src/interim.rs",
            "app/src/document.rs",
            "app/pages/citizen/src/polls/page.rs",
        ],
    );
}

/// What the server knows of addresses that are the pages' to give.
#[test]
fn the_server_functions_that_the_server_knows_of_are_there() {
    let functions: Vec<(&str, Method)> = server_fn_paths().collect();
    for path in [routes::SEND_ANSWERS, routes::SAVE_QUESTION] {
        assert!(functions.contains(&(path, Method::POST)), "no form is posted to {path}");
    }
}

/// Of what lies on the way of taking part nothing is logged, traced or counted by itself: so each
/// area of server functions lies there, or is known not to.
#[test]
fn each_area_of_server_functions_lies_on_the_way_of_taking_part_or_is_known_not_to() {
    const ELSEWHERE: [&str; 10] = [
        "account", "display", "editor", "flash", "home", "language", "results", "sign-in", "staff",
        "tokens",
    ];
    let (mut on_the_way, mut elsewhere) = (BTreeSet::new(), BTreeSet::new());
    for (path, _) in server_fn_paths() {
        let inside = path.strip_prefix(routes::FUNCTIONS).expect("an address of a server function");
        assert!(!path.starts_with(routes::API), "{path} stands among the addresses of the API");
        let area = inside.split('/').next().expect("an area");
        let areas = if is_taking_part(path) { &mut on_the_way } else { &mut elsewhere };
        areas.insert(area);
    }
    assert!(elsewhere.iter().eq(&ELSEWHERE), "{elsewhere:?}");
    let known = routes::FUNCTIONS_OF_TAKING_PART.map(|start| {
        let area = start.strip_prefix(routes::FUNCTIONS).and_then(|area| area.strip_suffix('/'));
        area.expect("the beginning of an address of a server function")
    });
    assert_eq!(on_the_way, BTreeSet::from(known));
}

/// The tables that the vault's migrations make.
const TABLES: [&str; 5] = ["draft", "live_batch", "poll_key", "released", "response"];

/// The tables of [`TABLES`] that SQL in a source names, or a part of one: whatever the case, the
/// schema, the quotes and the breaks of lines.
fn named_by_sql(source: &str) -> Vec<&'static str> {
    /// What a table's name follows.
    const BEFORE: [&str; 9] =
        ["copy", "from", "into", "join", "only", "table", "truncate", "update", "using"];
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n").to_lowercase();
    let code = code.replace("\\n", " ").replace(['"', '\\', '`'], "");
    let words: Vec<&str> = code.split_whitespace().collect();
    let in_a_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let named = words.windows(2).filter_map(|pair| {
        let before = pair[0].rsplit(|letter: char| !in_a_name(letter)).next()?;
        let name = pair[1].trim_start_matches('(');
        let name = name.split(|letter: char| letter != '.' && !in_a_name(letter)).next()?;
        // Without the schema, and without the number of a part.
        let name = name.rsplit('.').next()?.trim_end_matches(char::is_numeric);
        let table = TABLES.into_iter().find(|table| *table == name.trim_end_matches('_'))?;
        BEFORE.contains(&before).then_some(table)
    });
    named.collect()
}

#[test]
fn sql_that_names_a_table_of_answers_is_found_however_it_is_written() {
    for sql in [
        r#""SELECT 1 FROM response r""#,
        r#""SELECT 1 FROM vault.response WHERE true""#,
        r#""select 1 from response""#,
        "\"SELECT 1 FROM \\\n        response r\"",
        "\"SELECT 1 FROM\\nresponse r\"",
        r#""SELECT 1 FROM \"vault\".\"response\" r""#,
        "r#\"SELECT 1 FROM \"response\"\"#",
        r#""INSERT INTO response(id) VALUES (1)""#,
        r#""DELETE FROM ONLY vault.response_7;""#,
        r#""UPDATE response SET batch = 1""#,
        r#""FROM poll JOIN response USING (poll_id)""#,
        r#""(SELECT 1 FROM response)""#,
        r#""SELECT 1 FROM (response JOIN poll USING (poll_id))""#,
    ] {
        assert_eq!(named_by_sql(sql), ["response"], "{sql}");
    }
    for other in ["let it = Response::from(response);", "// from response", "FROM response_time"] {
        assert!(named_by_sql(other).is_empty(), "{other}");
    }
}

#[test]
fn only_the_vault_names_the_tables_of_answers() {
    let mut made = BTreeSet::new();
    for (_, text) in sources("server/vault/src", ".rs") {
        let names = text.split("table_name = \"").skip(1).map(|rest| rest.split('"').next());
        made.extend(names.flatten().map(ToOwned::to_owned));
    }
    assert!(made.iter().eq(TABLES), "these are the vault's tables: {made:?}");
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
    // Nor by SQL of its own, nor by the function that takes responses.
    for folder in ["server/src", "server/veche/src", "server/gather", "server/exports/src", "app"] {
        for (name, text) in sources(folder, ".rs") {
            let named = named_by_sql(&text);
            assert!(named.is_empty(), "{name}: SQL names {named:?}");
            assert!(!text.contains("take_responses"), "{name}: take_responses");
        }
    }
    // Nor by a name alone, of which a statement is put together. Pages speak of drafts, too.
    for folder in ["server/src", "server/veche/src"] {
        for (name, text) in sources(folder, ".rs") {
            for table in TABLES {
                assert!(!text.contains(&format!("\"{table}\"")), "{name}: {table}");
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

/// What is wrong with a field is said after its label and a colon (`ui::words::named`).
#[test]
fn the_name_of_a_field_has_no_colon() {
    // The parts of a questionnaire's copy, which are named in the same way.
    let parts = ["task_audience", "task_questions", "question_number"];
    let mut labels: BTreeSet<(String, String)> =
        parts.map(|key| ("editor".to_owned(), key.to_owned())).into();
    for (_, code) in sources("app/pages", ".rs") {
        for start in ["label=t!(", "legend=t!("] {
            let keys = code.split(start).skip(1).filter_map(|rest| {
                let key = rest.split([',', ')']).next()?;
                key.trim().split_once('.')
            });
            labels.extend(keys.map(|(area, key)| (area.to_owned(), key.to_owned())));
        }
    }
    assert!(labels.len() > 50, "{}: it finds few", labels.len());
    for language in ["en", "ru"] {
        for (area, key) in &labels {
            let path = root().join(format!("app/locales/{language}/{area}.json"));
            let words: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            let forms = ["", "_one", "_few", "_many", "_other"].map(|form| format!("{key}{form}"));
            let said: Vec<&str> = forms.iter().filter_map(|form| words[form].as_str()).collect();
            assert!(!said.is_empty(), "{language}: no {area}.{key}");
            assert!(!said.iter().any(|words| words.contains(':')), "{language}: {area}.{key}");
        }
    }
}

/// A line may end after a dash and never begin with one.
#[test]
fn no_line_of_russian_begins_with_a_dash() {
    for (name, text) in sources("app/locales/ru", ".json") {
        for line in text.lines() {
            assert!(!line.contains(" \u{2014}"), "{name}: {line}");
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
