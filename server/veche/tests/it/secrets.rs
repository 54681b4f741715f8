//! Secrets that are the content of files: the addresses of the stores, as well as keys.

use crate::running::{Running, command, said, write_config};
use migration::testing::SqliteFile;
use serde_json::{Value, json};
use std::fs;

/// Writes the addresses of two embedded stores into files of their own: the section that names them.
fn addresses(folder: &SqliteFile) -> Value {
    let name = |store: &str| {
        let file = folder.folder().join(format!("{store}.url"));
        let store = folder.folder().join(format!("{store}-of-a-file.sqlite"));
        fs::write(&file, format!("sqlite://{}?mode=rwc\n", store.display())).unwrap();
        json!({ "file": file })
    };
    json!({ "stores": { "portal": name("portal"), "vault": name("vault") } })
}

#[tokio::test]
async fn the_portal_runs_on_stores_whose_addresses_are_in_files() {
    let folder = SqliteFile::new();
    let settings = addresses(&folder);
    let portal = Running::start_in(folder, settings).await;
    let folder = portal.folder.folder();
    for store in ["portal-of-a-file.sqlite", "vault-of-a-file.sqlite"] {
        // The line's end is no part of the name.
        assert!(folder.join(store).is_file(), "{store}");
    }
    let config = folder.join("veche.toml");
    let target = folder.join("backup");
    let backup = command(&config, &["backup", "--to", &target.display().to_string()]);
    let (done, text) = said(backup);
    assert!(done && target.join("vault.sqlite").is_file(), "{text}");
    let (_, text) = said(command(&config, &["doctor"]));
    for well in ["ok     portal's database", "ok     vault's database"] {
        assert!(text.contains(well), "{text}");
    }
}

#[test]
fn an_address_whose_file_is_not_there_is_told_by_its_key() {
    let folder = SqliteFile::new();
    let config = write_config(&folder, "127.0.0.1:9".parse().unwrap(), &addresses(&folder));
    let (done, text) = said(command(&config, &["migrate"]));
    assert!(done, "{text}");
    let file = folder.folder().join("vault.url");
    let address = fs::read_to_string(&file).unwrap();
    // What a file may hold in place of an address, if it is there.
    for (content, problem) in [
        (None, "the file cannot be read: No such file"),
        (Some("none\n"), "the file cannot be read: it says none"),
        (Some("postgres://veche:S3cret/Pass@127.0.0.1:9/x\n"), "cannot be read ("),
        (Some("\n"), "must begin with sqlite: or postgres:"),
    ] {
        match content {
            None => fs::remove_file(&file).unwrap(),
            Some(content) => fs::write(&file, content).unwrap(),
        }
        let target = folder.folder().join("backup").display().to_string();
        for what in [&["serve"][..], &["migrate"], &["doctor"], &["backup", "--to", &target]] {
            let (done, text) = said(command(&config, what));
            let words = format!("stores.vault: {problem}");
            assert!(!done && text.contains(&words), "{what:?}: {text}");
            assert!(!text.contains("S3cret"), "{what:?}: {text}");
        }
        let (_, text) = said(command(&config, &["doctor"]));
        assert!(text.contains("ok     portal's database"), "the other one is looked at: {text}");
        assert!(!text.contains("vault's database"), "{text}");
    }
    // The environment goes before the file.
    let mut migrate = command(&config, &["migrate"]);
    migrate.env("VECHE_STORES__VAULT", address.trim());
    let (done, text) = said(migrate);
    assert!(done, "{text}");
}
