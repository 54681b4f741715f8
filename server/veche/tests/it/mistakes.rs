//! A configuration with a mistake in it: each command says where it is, and none says a password.

use crate::running::{command, said, write_config};
use migration::testing::SqliteFile;
use serde_json::json;
use std::fs;

#[test]
fn a_mistake_in_an_address_is_told_by_its_place_and_not_by_its_password() {
    let folder = SqliteFile::new();
    let config = write_config(&folder, "127.0.0.1:9".parse().unwrap(), &json!({}));
    let good = fs::read_to_string(&config).unwrap();
    let address = "postgres://veche:S3cret@127.0.0.1:9/veche";
    let instead = format!("portal = \"{address}\"");
    for (portal, words) in [
        (instead.replace("S3cret@", "S3cret/Pass@"), "stores.portal: cannot be read"),
        (instead.replace("S3cret@", "12/S3cret@"), "stores.portal: cannot be read"),
        (
            instead.replace("/veche\"", "/veche?passwort=S3cret\""),
            "stores.portal: has a parameter that there is not: passwort",
        ),
        (format!("{instead}\n{instead}"), "duplicate key `portal` in table `stores`"),
        (instead.trim_end_matches('"').to_owned(), ": invalid basic string"),
        (
            format!("portal = [\"{address}\"]"),
            "veche.toml: stores.portal: expected a string, or { file",
        ),
    ] {
        let lines = good
            .lines()
            .map(|line| if line.starts_with("portal = ") { portal.as_str() } else { line });
        fs::write(&config, lines.collect::<Vec<_>>().join("\n")).unwrap();
        for what in ["serve", "migrate", "doctor"] {
            let (done, text) = said(command(&config, &[what]));
            assert!(!done && text.contains(words), "{what}: {text}");
            assert!(!text.contains("S3cret"), "{what}: {text}");
        }
    }
}
