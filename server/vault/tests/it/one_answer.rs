//! One person has one answer, and no two people share one.

use crate::world::{
    POLL, World, answers, day, keep, person, pseudonym, questionnaire, rng, submit,
};
use questionnaire::{Answer, AnswerError, Answers, audience::StoredFacts};
use std::collections::BTreeSet;
use tokio::task::JoinSet;
use vault::{Draft, Error, Submission};

crate::on_both_engines! {
    fifty_sendings_at_once_are_one_response,
    people_do_not_share,
    a_change_replaces,
    what_is_not_valid_is_refused,
    withdrawn_and_answered_again,
    a_response_is_filed_under_the_pseudonym,
}

async fn fifty_sendings_at_once_are_one_response(world: World) {
    let vaults = [world.vault.clone(), world.another_vault().await, world.another_vault().await];
    let mut sendings = JoinSet::new();
    for sending in 0..50_u32 {
        let vault = vaults[sending as usize % vaults.len()].clone();
        let respondent = person(1).await;
        sendings.spawn(async move {
            let colour = ["red", "green", "blue"][sending as usize % 3];
            let (answers, facts) = (answers(colour), StoredFacts::default());
            let mut rng = rng(u64::from(sending));
            let questionnaire = questionnaire();
            let said = Submission::new(&questionnaire, &answers, facts);
            vault.submit(&respondent, POLL, said, day(1), &mut rng).await
        });
    }
    let receipts: Vec<_> =
        sendings.join_all().await.into_iter().map(|receipt| receipt.unwrap()).collect();
    assert_eq!(receipts.iter().filter(|receipt| !receipt.changed).count(), 1);
    let references: BTreeSet<_> = receipts.iter().map(|receipt| &receipt.reference).collect();
    assert_eq!(references.len(), 1);
    assert_eq!(world.count("response").await, 1);
    // "Answered" and the colour: nothing is left of the other forty-nine.
    assert_eq!(world.marks().await.len(), 2);
    let own = world.vault.own(&person(1).await, POLL).await.unwrap().unwrap();
    let marks = world.marks().await;
    let colour = marks[1].strip_prefix("colour=").unwrap();
    assert!(own.answers == answers(colour));
}

async fn people_do_not_share(world: World) {
    let first = submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await;
    let second = submit(&world.vault, 2, &answers("blue"), StoredFacts::default(), day(2)).await;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(!first.changed && !second.changed);
    assert_ne!(first.reference, second.reference);
    let own = |number| {
        let vault = world.vault.clone();
        async move { vault.own(&person(number).await, POLL).await.unwrap() }
    };
    assert!(own(1).await.unwrap().answers == answers("red"));
    let of_second = own(2).await.unwrap();
    assert!(of_second.answers == answers("blue"));
    assert_eq!(of_second.reference, second.reference);
    assert!(own(3).await.is_none());

    let others = [POLL, uuid::Uuid::nil()];
    let answered = |number| {
        let vault = world.vault.clone();
        async move { vault.standings(&person(number).await, &others).await.unwrap().answered }
    };
    assert_eq!(answered(1).await, BTreeSet::from([POLL]));
    assert_eq!(answered(3).await, BTreeSet::new());

    let seed = |number| {
        let vault = world.vault.clone();
        async move { vault.option_seed(&person(number).await, POLL).await.unwrap() }
    };
    assert_eq!(seed(1).await, seed(1).await);
    assert_ne!(seed(1).await, seed(2).await);
}

async fn a_change_replaces(world: World) {
    let north = StoredFacts { region: Some("north".into()), ..StoredFacts::default() };
    let south = StoredFacts { region: Some("south".into()), ..StoredFacts::default() };
    let first = submit(&world.vault, 1, &answers("red"), north, day(1)).await.unwrap();
    let later = submit(&world.vault, 1, &answers("blue"), south.clone(), day(9)).await.unwrap();
    assert!(later.changed);
    assert_eq!(first.reference, later.reference);
    let own = world.vault.own(&person(1).await, POLL).await.unwrap().unwrap();
    assert!(own.answers == answers("blue"));
    assert_eq!(own.facts, south);
    assert_eq!((own.received_on, own.changed_on), (day(1), Some(day(9))));
    assert_eq!(world.count("response").await, 1);
    assert_eq!(world.marks().await.len(), 2);
}

async fn what_is_not_valid_is_refused(world: World) {
    let refused = |answers: Answers| {
        let vault = world.vault.clone();
        async move {
            match submit(&vault, 1, &answers, StoredFacts::default(), day(1)).await {
                Err(Error::Invalid(errors)) => errors,
                _ => panic!("not refused"),
            }
        }
    };
    let colour = |error| vec![("colour".to_owned(), error)];
    assert_eq!(refused(Answers::new()).await, colour(AnswerError::Required));
    assert_eq!(refused(answers("mauve")).await, colour(AnswerError::UnknownOption));
    let mut strange = answers("red");
    strange.insert("salary".into(), Answer::Number(1));
    assert_eq!(refused(strange).await, [("salary".to_owned(), AnswerError::UnknownOption)]);
    assert_eq!(world.count("response").await, 0);
    assert_eq!(world.marks().await.len(), 0);
}

async fn withdrawn_and_answered_again(world: World) {
    let respondent = person(1).await;
    assert!(!world.vault.withdraw(&respondent, POLL).await.unwrap());
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    submit(&world.vault, 2, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    assert!(world.vault.withdraw(&respondent, POLL).await.unwrap());
    assert!(world.vault.own(&respondent, POLL).await.unwrap().is_none());
    assert_eq!((world.count("response").await, world.marks().await.len()), (1, 2));
    let again = submit(&world.vault, 1, &answers("blue"), StoredFacts::default(), day(2)).await;
    assert!(!again.unwrap().changed);
    assert_eq!(world.count("response").await, 2);
}

async fn a_response_is_filed_under_the_pseudonym(world: World) {
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    let row = &world.rows("SELECT pseudonym, record_key FROM response").await[0];
    let key = world.poll_key().await;
    let expected = pseudonym(&key, 1);
    assert_eq!(row.try_get::<Vec<u8>>("", "pseudonym").unwrap(), expected);
    let record_key: i64 = row.try_get("", "record_key").unwrap();
    assert_eq!(record_key, i64::from(disclosure::record_key(&key, &expected)));
}

/// PostgreSQL writes its log, and so waits for a replica, for whoever locks a row, and not for whoever reads it.
#[tokio::test]
async fn what_is_settled_is_a_commit_of_its_own() {
    let world = World::on_postgres().await;
    for number in [1, 2] {
        submit(&world.vault, number, &answers("red"), StoredFacts::default(), day(1))
            .await
            .unwrap();
    }
    let locked = async || {
        let rows = world.rows("SELECT 1 FROM response WHERE xmax <> '0'::xid").await;
        rows.len()
    };
    // Who has not answered has nothing to be settled.
    world.vault.own(&person(1).await, POLL).await.unwrap().unwrap();
    assert!(!world.vault.settle(&person(3).await, POLL).await.unwrap());
    assert_eq!(locked().await, 0);
    assert!(world.vault.settle(&person(1).await, POLL).await.unwrap());
    assert_eq!(locked().await, 1);
    assert!(
        world.vault.own(&person(1).await, POLL).await.unwrap().unwrap().answers == answers("red")
    );
}

/// Whoever leaves once more is told so by a commit, too: that nothing is there any more is only read.
#[tokio::test]
async fn leaving_twice_is_a_commit_of_its_own() {
    let world = World::on_postgres().await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    let locked = async || world.rows("SELECT 1 FROM poll_key WHERE xmax <> '0'::xid").await.len();
    assert!(world.vault.withdraw(&person(1).await, POLL).await.unwrap());
    assert_eq!(locked().await, 0, "the deletion itself was written");
    assert!(!world.vault.withdraw(&person(1).await, POLL).await.unwrap());
    assert_eq!(locked().await, 1);
    // A row that is locked again has another holder in it.
    let holder = async || {
        let row = &world.rows("SELECT xmax::text AS holder FROM poll_key").await[0];
        row.try_get::<String>("", "holder").unwrap()
    };
    let before = holder().await;
    world.vault.forget(&person(1).await, &[POLL], &BTreeSet::new(), &mut rng(4)).await.unwrap();
    assert_ne!(holder().await, before);
}

/// As above, of what was typed and not sent.
#[tokio::test]
async fn discarding_twice_is_a_commit_of_its_own() {
    let world = World::on_postgres().await;
    keep(&world.vault, 1, POLL, &Draft::default()).await;
    let holder = async || {
        let row = &world.rows("SELECT xmax::text AS holder FROM poll_key").await[0];
        row.try_get::<String>("", "holder").unwrap()
    };
    let before = holder().await;
    world.vault.discard_draft(&person(1).await, POLL).await.unwrap();
    assert_eq!(world.count("draft").await, 0);
    assert_eq!(holder().await, before, "the deletion itself was written");
    world.vault.discard_draft(&person(1).await, POLL).await.unwrap();
    assert_ne!(holder().await, before);
}
