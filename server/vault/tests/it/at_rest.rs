//! What somebody finds who steals the database without the master key.

use crate::world::{POLL, World, answers, citizen_id, day, keep, person, submit};
use questionnaire::{Answer, Typed, audience::StoredFacts};
use std::{collections::BTreeMap, fs};
use vault::Draft;

crate::on_both_engines! {
    what_was_written_cannot_be_found,
    a_destroyed_key_cannot_be_found,
}

const WRITTEN: &str = "the bridge at the mill";
const TYPED: &str = "an unfinished thought";

/// Everything that the database keeps, as bytes: the files of SQLite, the rows of PostgreSQL with
/// their binary columns in hexadecimal.
async fn everything(world: &World) -> Vec<u8> {
    if let Some(file) = &world.file {
        let files = fs::read_dir(file.folder()).unwrap();
        return files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    }
    let mut all = Vec::new();
    for table in ["poll_key", "response", "draft", "live_batch", "released"] {
        let rows = world.rows(&format!("SELECT CAST(t AS text) AS row FROM {table} t")).await;
        all.extend(
            rows.iter().flat_map(|row| row.try_get::<String>("", "row").unwrap().into_bytes()),
        );
    }
    all
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    let digit = |value: u8| b"0123456789abcdef"[usize::from(value)];
    let hexadecimal: Vec<u8> =
        part.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    [part, &hexadecimal].iter().any(|part| all.windows(part.len()).any(|at| at == *part))
}

async fn what_was_written_cannot_be_found(world: World) {
    let mut answers = answers("green");
    answers.insert("why".into(), Answer::Text(WRITTEN.into()));
    submit(&world.vault, 1, &answers, StoredFacts::default(), day(1)).await.unwrap();
    let typed = Typed { text: Some(TYPED.into()), ..Typed::default() };
    let draft = Draft { typed: BTreeMap::from([("why".to_owned(), typed)]), position: None };
    keep(&world.vault, 2, POLL, &draft).await;
    let all = everything(&world).await;
    // The search does find what is there.
    assert!(contains(&all, b"green"));
    for secret in [WRITTEN, TYPED, "bridge", "thought"] {
        assert!(!contains(&all, secret.as_bytes()), "{secret:?} can be read");
    }
    for number in [1, 2] {
        let id = citizen_id(number);
        assert!(!contains(&all, id.as_bytes()) && !contains(&all, id.to_string().as_bytes()));
    }
    let receipt = world.vault.own(&person(1).await, POLL).await.unwrap().unwrap().reference;
    assert!(!contains(&all, receipt.as_bytes()));
}

async fn a_destroyed_key_cannot_be_found(world: World) {
    submit(&world.vault, 1, &answers("green"), StoredFacts::default(), day(1)).await.unwrap();
    let bytes = async |sql: &str| world.rows(sql).await[0].try_get_by_index::<Vec<u8>>(0).unwrap();
    let wrapped = bytes("SELECT wrapped FROM poll_key").await;
    let content = bytes("SELECT content FROM response").await;
    let before = everything(&world).await;
    assert!(contains(&before, &wrapped) && contains(&before, &content[..64]));
    world.vault.close(POLL).await.unwrap();
    world.end_retention(day(30)).await;
    let after = everything(&world).await;
    assert!(!contains(&after, b"green"));
    assert!(!contains(&after, &wrapped[24..]) && !contains(&after, &content[24..64]));
}
