//! What was typed is found again, by its own person only, until it is sent.

use crate::world::{
    POLL, World, another_rng, answers, day, draft_of, keep, person, pseudonym, rng, submit,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use migration::connection;
use questionnaire::{Typed, audience::StoredFacts};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;
use vault::{Draft, Error, Unsent, Vault};

crate::on_both_engines! {
    a_draft_is_found_on_another_device,
    sending_and_withdrawing_end_the_draft,
    a_draft_stays_to_be_seen_after_closing,
    what_nobody_can_send_any_more_is_deleted,
    what_many_type_and_look_at_at_once_is_each_ones_own,
    what_is_made_of_another_draft_undoes_nothing,
    of_two_that_are_made_of_the_same_one_is_kept,
}

/// Keeps a draft that was made of another one.
async fn save(
    vault: &Vault,
    number: u32,
    draft: &Draft,
    made_of: Option<&Unsent>,
) -> Result<(), Error> {
    let me = person(number).await;
    vault.save_draft(&me, POLL, draft, made_of, day(1), &mut another_rng()).await
}

/// Typed, and not valid: kept all the same.
fn typed(text: &str) -> Draft {
    let typed = Typed { text: Some(text.into()), ..Typed::default() };
    Draft { typed: BTreeMap::from([("years".to_owned(), typed)]) }
}

async fn a_draft_is_found_on_another_device(world: World) {
    let me = person(1).await;
    for text in ["thirty", "thirty-one"] {
        keep(&world.vault, 1, POLL, &typed(text)).await;
    }
    let elsewhere = world.another_vault().await;
    assert!(draft_of(&elsewhere, &me, POLL).await.unwrap() == Some(typed("thirty-one")));
    assert!(draft_of(&elsewhere, &person(2).await, POLL).await.unwrap().is_none());
    let kept = elsewhere.kept_draft(&me, POLL).await.unwrap();
    assert!(kept == Some((typed("thirty-one"), day(1))));
    assert!(elsewhere.kept_draft(&person(2).await, POLL).await.unwrap().is_none());
    let polls = [POLL, Uuid::nil()];
    assert_eq!(elsewhere.standings(&me, &polls).await.unwrap().drafts, BTreeSet::from([POLL]));
    assert_eq!(
        elsewhere.standings(&person(2).await, &polls).await.unwrap().drafts,
        BTreeSet::new()
    );
    // A draft is not an answer.
    assert_eq!(elsewhere.standings(&me, &polls).await.unwrap().answered, BTreeSet::new());
    elsewhere.discard_draft(&me, POLL).await.unwrap();
    assert!(draft_of(&world.vault, &me, POLL).await.unwrap().is_none());
    assert_eq!(world.count("draft").await, 0);
}

async fn sending_and_withdrawing_end_the_draft(world: World) {
    let me = person(1).await;
    let others = person(2).await;
    keep(&world.vault, 2, POLL, &typed("2")).await;
    keep(&world.vault, 1, POLL, &typed("1")).await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    assert!(draft_of(&world.vault, &me, POLL).await.unwrap().is_none());
    keep(&world.vault, 1, POLL, &typed("1")).await;
    world.vault.withdraw(&me, POLL).await.unwrap();
    assert!(draft_of(&world.vault, &me, POLL).await.unwrap().is_none());
    assert!(draft_of(&world.vault, &others, POLL).await.unwrap() == Some(typed("2")));
}

async fn a_draft_stays_to_be_seen_after_closing(world: World) {
    let me = person(1).await;
    let unsent = keep(&world.vault, 1, POLL, &typed("1")).await;
    world.vault.close(POLL).await.unwrap();
    let late = save(&world.vault, 1, &typed("2"), Some(&unsent)).await;
    assert!(matches!(late, Err(Error::NotOpen)));
    assert!(draft_of(&world.vault, &me, POLL).await.unwrap() == Some(typed("1")));
    world.end_retention(day(9)).await;
    assert_eq!(world.count("draft").await, 0);
}

async fn what_nobody_can_send_any_more_is_deleted(world: World) {
    let (vault, open) = (&world.vault, Uuid::from_u128(7));
    vault.create_poll_key(open, &mut rng(7)).await.unwrap();
    vault.open(open).await.unwrap();
    for number in 1..4 {
        for poll in [POLL, open] {
            keep(vault, number, poll, &typed("1")).await;
        }
    }
    // A server that has used the poll's key a moment ago, and hears late that the poll is closed.
    let late = world.another_vault().await;
    keep(&late, 1, POLL, &typed("1")).await;
    let mut steps = 3;
    assert!(matches!(vault.drop_unsent(POLL, &mut steps).await, Err(Error::StillOpen)));
    assert!(vault.with_unsent().await.unwrap().is_empty());
    vault.close(POLL).await.unwrap();
    assert_eq!(vault.with_unsent().await.unwrap(), [POLL]);
    assert!(!vault.drop_unsent(POLL, &mut 0).await.unwrap());
    assert!(vault.drop_unsent(POLL, &mut steps).await.unwrap());
    assert_eq!((steps, world.count("draft").await), (2, 3));
    assert!(vault.with_unsent().await.unwrap().is_empty());
    keep(&late, 4, POLL, &typed("late")).await;
    assert_eq!(vault.with_unsent().await.unwrap(), [POLL]);
    assert!(vault.drop_unsent(POLL, &mut steps).await.unwrap());
    assert!(vault.with_unsent().await.unwrap().is_empty());
    assert!(draft_of(vault, &person(1).await, open).await.unwrap() == Some(typed("1")));
    // What is left under a destroyed key is emptied with everything else.
    vault.close(open).await.unwrap();
    vault.destroy_poll_key(open, day(9)).await.unwrap();
    assert!(vault.with_unsent().await.unwrap().is_empty());
}

async fn what_many_type_and_look_at_at_once_is_each_ones_own(world: World) {
    let other = Uuid::from_u128(7);
    world.vault.create_poll_key(other, &mut rng(7)).await.unwrap();
    world.vault.open(other).await.unwrap();
    let world = Arc::new(world);
    let mut people = JoinSet::new();
    for number in 0..150_u32 {
        let world = world.clone();
        people.spawn(async move {
            let (me, vault) = (person(number).await, &world.vault);
            let polls = [vec![POLL], vec![POLL, other], vec![other]][number as usize % 3].clone();
            for &poll in &polls {
                keep(vault, number, poll, &typed(&format!("{number} {poll}"))).await;
            }
            if number % 5 == 0 {
                let (facts, said) = (StoredFacts::default(), answers("red"));
                submit(vault, number, &said, facts, day(1)).await.unwrap();
            }
            let found = vault.standings(&me, &[POLL, other, Uuid::nil()]).await.unwrap();
            let mut begun: BTreeSet<Uuid> = polls.iter().copied().collect();
            let mut sent = BTreeSet::new();
            if number % 5 == 0 {
                begun.remove(&POLL);
                sent.insert(POLL);
            }
            assert_eq!((&found.drafts, &found.answered), (&begun, &sent), "{number}");
            for poll in [POLL, other] {
                let expected = begun.contains(&poll).then(|| typed(&format!("{number} {poll}")));
                assert!(draft_of(vault, &me, poll).await.unwrap() == expected, "{number}");
            }
        });
    }
    while let Some(done) = people.join_next().await {
        done.unwrap();
    }
}

async fn what_is_made_of_another_draft_undoes_nothing(world: World) {
    let (vault, me) = (&world.vault, person(1).await);
    let kept = async || draft_of(vault, &me, POLL).await.unwrap();
    let late = async |text: &str, made_of: Option<&Unsent>| {
        assert!(matches!(save(vault, 1, &typed(text), made_of).await, Err(Error::Overtaken)));
    };
    let first = keep(vault, 1, POLL, &typed("first")).await;
    late("of none", None).await;
    let second = keep(vault, 1, POLL, &typed("second")).await;
    late("of the first", Some(&first)).await;
    assert!(kept().await == Some(typed("second")));
    // The same words again are another draft.
    let again = keep(vault, 1, POLL, &typed("second")).await;
    late("of the second", Some(&second)).await;
    assert!(kept().await == Some(typed("second")));
    // One that is gone is nothing to make another of, and another person's is not either.
    vault.discard_draft(&me, POLL).await.unwrap();
    late("of what is gone", Some(&again)).await;
    let others = keep(vault, 2, POLL, &typed("others")).await;
    late("of another's", Some(&others)).await;
    vault.discard_draft(&me, POLL).await.unwrap();
    assert!(kept().await.is_none());
    assert!(draft_of(vault, &person(2).await, POLL).await.unwrap() == Some(typed("others")));
}

/// Two windows of each of many: one of them is told, and nobody else is held up by it.
async fn of_two_that_are_made_of_the_same_one_is_kept(world: World) {
    let world = Arc::new(world);
    let mut windows = JoinSet::new();
    for number in 0..60_u32 {
        // Half of them have begun.
        let made_of = match number % 2 {
            0 => None,
            _ => Some(keep(&world.vault, number, POLL, &typed("begun")).await),
        };
        let made_of = Arc::new(made_of);
        for window in ["left", "right"] {
            let (world, made_of) = (world.clone(), made_of.clone());
            windows.spawn(async move {
                let kept = save(&world.vault, number, &typed(window), (*made_of).as_ref()).await;
                (number, window, kept)
            });
        }
    }
    let mut kept = BTreeMap::new();
    while let Some(done) = windows.join_next().await {
        match done.unwrap() {
            (number, window, Ok(())) => assert!(kept.insert(number, window).is_none()),
            (_, _, result) => assert!(matches!(result, Err(Error::Overtaken))),
        }
    }
    assert_eq!(kept.len(), 60);
    for (number, window) in kept {
        let found = draft_of(&world.vault, &person(number).await, POLL).await.unwrap();
        assert!(found == Some(typed(window)), "{number}");
    }
}

/// One row in somebody's transaction that does not end. On PostgreSQL only: SQLite has one writer.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_one_persons_draft_holds_nobody_else_up() {
    let world = Arc::new(World::on_postgres().await);
    let mut begun = Vec::new();
    for number in 0..21 {
        begun.push((number, keep(&world.vault, number, POLL, &typed("first")).await));
    }
    let other = connection::open(&world.url).await.unwrap();
    let held = other.begin().await.unwrap();
    let row = pseudonym(&world.poll_key().await, 0).to_vec();
    let row = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT poll_id FROM draft WHERE pseudonym = $1 FOR UPDATE",
        [row.into()],
    );
    assert!(held.query_one_raw(row).await.unwrap().is_some());
    let mut saving = JoinSet::new();
    for (number, unsent) in begun {
        let world = world.clone();
        saving.spawn(async move {
            (number, save(&world.vault, number, &typed("second"), Some(&unsent)).await)
        });
    }
    let all = async {
        while let Some(done) = saving.join_next().await {
            match done.unwrap() {
                (0, kept) => assert!(matches!(kept, Err(Error::Busy))),
                (number, kept) => assert!(kept.is_ok(), "{number}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), all).await.expect("some seconds");
    held.rollback().await.unwrap();
    assert!(draft_of(&world.vault, &person(0).await, POLL).await.unwrap() == Some(typed("first")));
    assert!(draft_of(&world.vault, &person(1).await, POLL).await.unwrap() == Some(typed("second")));
    keep(&world.vault, 0, POLL, &typed("second")).await;
}

/// Until it waits for somebody else's transaction.
async fn waits<T>(world: &World, late: &JoinHandle<T>) {
    while world.waiting().await < 1 {
        assert!(!late.is_finished(), "it waits");
        tokio::task::yield_now().await;
    }
}

/// A statement that was sent when nobody answered, and runs when its request is long forgotten and
/// something else was typed: its transaction waits, as it would in a dead connection, for a row that
/// is changed meanwhile. Held up at will on PostgreSQL only.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_comes_late_is_not_put_over_what_was_typed_since() {
    let world = Arc::new(World::on_postgres().await);
    let unsent = keep(&world.vault, 1, POLL, &typed("first")).await;
    let other = connection::open(&world.url).await.unwrap();
    let since = other.begin().await.unwrap();
    since.execute_unprepared("UPDATE draft SET content = 'typed since'").await.unwrap();
    let late = {
        let world = world.clone();
        tokio::spawn(async move { save(&world.vault, 1, &typed("late"), Some(&unsent)).await })
    };
    waits(&world, &late).await;
    since.commit().await.unwrap();
    assert!(matches!(late.await.unwrap(), Err(Error::Overtaken)));
    let row = "SELECT FROM draft WHERE content = 'typed since'";
    let row = Statement::from_string(DbBackend::Postgres, row);
    assert!(other.query_one_raw(row).await.unwrap().is_some());
}

/// A draft that is thrown away, late, when something else was typed. Held up at will on PostgreSQL
/// only.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_since_is_not_thrown_away() {
    let world = Arc::new(World::on_postgres().await);
    let unsent = keep(&world.vault, 1, POLL, &typed("first")).await;
    let other = connection::open(&world.url).await.unwrap();
    let since = other.begin().await.unwrap();
    since.execute_unprepared("LOCK TABLE draft IN EXCLUSIVE MODE").await.unwrap();
    let late = {
        let world = world.clone();
        tokio::spawn(async move { world.vault.discard_draft(&person(1).await, POLL).await })
    };
    waits(&world, &late).await;
    // Whoever asked for it has given it up; the statement has not.
    late.abort();
    let sealed = URL_SAFE_NO_PAD.decode(unsent.to_carry()).unwrap();
    let typed_since = "UPDATE draft SET content = 'typed since' WHERE content = $1";
    let typed_since =
        Statement::from_sql_and_values(DbBackend::Postgres, typed_since, [sealed.into()]);
    assert_eq!(since.execute_raw(typed_since).await.unwrap().rows_affected(), 1);
    since.commit().await.unwrap();
    while world.waiting().await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.count("draft").await, 1);
}
