//! The gate at closing, the end of a key, and the end of an account.

use crate::world::{
    MASTER, POLL, World, answers, day, draft_of, person, pseudonym, questionnaire, rng, submit,
};
use disclosure::{Parameters, Plan, protect};
use migration::connection;
use questionnaire::{Audience, audience::StoredFacts};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;
use uuid::Uuid;
use vault::{Draft, Error, MasterKey, Stays, Submission, Vault};

crate::on_both_engines! {
    nothing_gets_in_after_closing,
    a_poll_takes_answers_between_opening_and_closing_only,
    a_closed_poll_shows_own_answers_and_keeps_them,
    a_destroyed_key_severs_everybody,
    another_server_lets_go_of_a_destroyed_key_by_itself,
    the_forgotten_are_gone_or_severed,
    nothing_stays_of_the_forgotten_once_it_is_published,
    a_consent_that_is_taken_back_takes_the_answers_with_it,
    the_forgotten_are_found_among_many_polls,
    the_master_key_is_replaced_while_people_answer,
    another_master_key_is_noticed,
}

async fn nothing_gets_in_after_closing(world: World) {
    let next = Arc::new(AtomicU32::new(0));
    let acknowledged = Arc::new(AtomicU32::new(0));
    let mut senders = JoinSet::new();
    for _ in 0..8 {
        let vault = world.another_vault().await;
        let (next, acknowledged) = (next.clone(), acknowledged.clone());
        senders.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                let facts = StoredFacts::default();
                match submit(&vault, number, &answers("red"), facts, day(1)).await {
                    Ok(_) => acknowledged.fetch_add(1, Ordering::SeqCst),
                    Err(Error::NotOpen) => break,
                    Err(error) => panic!("{error}"),
                };
            }
        });
    }
    while acknowledged.load(Ordering::SeqCst) < 10 {
        tokio::task::yield_now().await;
    }
    world.vault.close(POLL).await.unwrap();
    let at_closing = world.count("response").await;
    senders.join_all().await;
    assert!(at_closing >= 10);
    assert_eq!(world.count("response").await, at_closing);
    assert_eq!(i64::from(acknowledged.load(Ordering::SeqCst)), at_closing);
}

/// A submission that is under way when the poll closes is waited for. Held up at will on
/// PostgreSQL only; on SQLite a write transaction is alone by its nature.
#[tokio::test(flavor = "multi_thread")]
async fn closing_waits_for_a_submission_under_way() {
    let world = World::on_postgres().await;
    let obstacle = world.db.begin().await.unwrap();
    obstacle.execute_unprepared("LOCK TABLE response IN EXCLUSIVE MODE").await.unwrap();
    let vault = world.vault.clone();
    let sending = tokio::spawn(async move {
        submit(&vault, 1, &answers("red"), StoredFacts::default(), day(1)).await
    });
    while world.waiting().await < 1 {
        tokio::task::yield_now().await;
    }
    let vault = world.vault.clone();
    let closing = tokio::spawn(async move { vault.close(POLL).await });
    while world.waiting().await < 2 {
        assert!(!closing.is_finished(), "closed over a submission under way");
        tokio::task::yield_now().await;
    }
    obstacle.rollback().await.unwrap();
    assert!(sending.await.unwrap().is_ok());
    closing.await.unwrap().unwrap();
    let late = submit(&world.vault, 2, &answers("red"), StoredFacts::default(), day(1)).await;
    assert!(matches!(late, Err(Error::NotOpen)));
    assert_eq!(world.count("response").await, 1);
}

/// Somebody holds the poll's gate, and does not let go. On PostgreSQL only: SQLite has none.
#[tokio::test(flavor = "multi_thread")]
async fn closing_keeps_nobody_waiting_for_what_somebody_holds() {
    let world = World::on_postgres().await;
    let held = world.db.begin().await.unwrap();
    let gate = POLL.as_u64_pair().0.cast_signed();
    let gate = format!("SELECT pg_advisory_xact_lock_shared({gate})");
    held.execute_unprepared(&gate).await.unwrap();
    let closing = tokio::time::timeout(Duration::from_secs(10), world.vault.close(POLL));
    let closed = closing.await.expect("some seconds");
    assert!(matches!(&closed, Err(Error::Db(told)) if told.contains("55P03")));
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    held.rollback().await.unwrap();
    world.vault.close(POLL).await.unwrap();
    assert_eq!(world.count("response").await, 1);
}

async fn a_poll_takes_answers_between_opening_and_closing_only(world: World) {
    let later = Uuid::from_u128(9);
    let (vault, me) = (&world.vault, person(1).await);
    let (questionnaire, answers) = (questionnaire(), answers("red"));
    let everybody = Audience::default();
    let send = async || {
        let (facts, mut rng) = (StoredFacts::default(), rng(1));
        let said = Submission::new(&questionnaire, &answers, facts);
        vault.submit(&me, later, said, day(1), &mut rng).await.err()
    };
    assert!(matches!(send().await, Some(Error::UnknownPoll)));
    assert!(matches!(vault.open(later).await, Err(Error::UnknownPoll)));
    assert!(matches!(vault.close(later).await, Err(Error::UnknownPoll)));
    for _ in 0..2 {
        vault.create_poll_key(later, &mut rng(2)).await.unwrap();
    }
    assert!(matches!(send().await, Some(Error::NotOpen)));
    for _ in 0..2 {
        vault.open(later).await.unwrap();
    }
    assert!(send().await.is_none());
    let tables = || vault.tables(later, &questionnaire, &everybody, &[], false);
    assert!(matches!(tables().await, Err(Error::StillOpen)));
    assert!(matches!(vault.destroy_poll_key(later, day(1)).await, Err(Error::StillOpen)));
    for _ in 0..2 {
        vault.close(later).await.unwrap();
    }
    assert!(matches!(send().await, Some(Error::NotOpen)));
    assert!(matches!(vault.open(later).await, Err(Error::NotOpen)));
    assert!(tables().await.is_ok());
    // The other poll is as it was.
    assert!(submit(vault, 1, &answers, StoredFacts::default(), day(1)).await.is_ok());
}

async fn a_closed_poll_shows_own_answers_and_keeps_them(world: World) {
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    let me = person(1).await;
    assert!(matches!(world.vault.withdraw(&me, POLL).await, Err(Error::NotOpen)));
    let change = submit(&world.vault, 1, &answers("blue"), StoredFacts::default(), day(2)).await;
    assert!(matches!(change, Err(Error::NotOpen)));
    let own = world.vault.own(&me, POLL).await.unwrap().unwrap();
    assert!(own.answers == answers("red"));
    assert_eq!(own.changed_on, None);
}

async fn a_destroyed_key_severs_everybody(world: World) {
    let me = person(1).await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    assert!(!world.vault.is_destroyed(POLL).await.unwrap());
    for _ in 0..2 {
        world.end_retention(day(30)).await;
    }
    assert!(world.vault.is_destroyed(POLL).await.unwrap());
    assert!(matches!(world.vault.own(&me, POLL).await, Err(Error::KeyDestroyed)));
    assert!(matches!(draft_of(&world.vault, &me, POLL).await, Err(Error::KeyDestroyed)));
    assert!(matches!(world.vault.withdraw(&me, POLL).await, Err(Error::KeyDestroyed)));
    assert!(matches!(world.vault.open(POLL).await, Err(Error::KeyDestroyed)));
    assert_eq!(world.vault.standings(&me, &[POLL]).await.unwrap().answered, BTreeSet::new());
    // A new key does not come back in its place.
    world.vault.create_poll_key(POLL, &mut rng(5)).await.unwrap();
    assert!(matches!(world.vault.own(&me, POLL).await, Err(Error::KeyDestroyed)));
    let bytes = async |sql: &str| world.rows(sql).await[0].try_get_by_index::<Vec<u8>>(0).unwrap();
    assert!(bytes("SELECT wrapped FROM poll_key").await.is_empty());
    assert!(bytes("SELECT content FROM response").await.is_empty());
    // That somebody answered is known still, and nothing that could be counted.
    assert_eq!((world.count("response").await, world.marks().await.len()), (1, 0));
    let counted =
        world.vault.tables(POLL, &questionnaire(), &Audience::default(), &[], false).await;
    assert!(matches!(counted, Err(Error::KeyDestroyed)));
}

/// It knew the key while the poll was open, and nobody tells it that the poll has closed.
async fn another_server_lets_go_of_a_destroyed_key_by_itself(world: World) {
    let (me, other) = (person(1).await, world.another_vault().await);
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    assert!(other.own(&me, POLL).await.unwrap().is_some());
    world.vault.close(POLL).await.unwrap();
    world.vault.destroy_poll_key(POLL, day(30)).await.unwrap();
    let severed = async {
        while !matches!(other.own(&me, POLL).await, Err(Error::KeyDestroyed)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), severed).await.expect("some seconds");
}

async fn the_forgotten_are_gone_or_severed(world: World) {
    let (open, unknown) = (Uuid::from_u128(10), Uuid::from_u128(11));
    let (vault, me) = (&world.vault, person(1).await);
    vault.create_poll_key(open, &mut rng(1)).await.unwrap();
    vault.open(open).await.unwrap();
    let mut random = rng(2);
    for poll in [POLL, open] {
        for number in [1, 2] {
            let (facts, person) = (StoredFacts::default(), person(number).await);
            let (questionnaire, answers) = (questionnaire(), answers("red"));
            let said = Submission::new(&questionnaire, &answers, facts);
            vault.submit(&person, poll, said, day(1), &mut random).await.unwrap();
        }
    }
    vault.close(POLL).await.unwrap();
    let none = BTreeSet::new();
    vault.forget(&me, &[POLL, open, unknown], &none, &mut random).await.unwrap();
    assert_eq!(vault.standings(&me, &[POLL, open]).await.unwrap().answered, BTreeSet::new());
    let others = person(2).await;
    assert_eq!(
        vault.standings(&others, &[POLL, open]).await.unwrap().answered,
        BTreeSet::from([POLL, open])
    );
    // The closed poll still counts both; the open one has lost one person.
    assert_eq!((world.count("response").await, world.marks().await.len()), (3, 6));
    // Nor is anything left there of what was written.
    assert_eq!(world.count("response WHERE length(content) = 0").await, 1);
    // With the poll's key, too, nothing in the row leads back.
    let key = world.poll_key().await;
    let mine = pseudonym(&key, 1);
    let record = i64::from(disclosure::record_key(&key, &mine));
    let stored = world.rows("SELECT pseudonym, record_key FROM response").await;
    for row in stored {
        assert_ne!(row.try_get_by_index::<Vec<u8>>(0).unwrap(), mine);
        assert_ne!(row.try_get_by_index::<i64>(1).unwrap(), record);
    }
}

async fn nothing_stays_of_the_forgotten_once_it_is_published(world: World) {
    let facts = || StoredFacts {
        region: Some("north".into()),
        age_band: Some("65+".into()),
        gender: Some("female".into()),
    };
    for number in 0..60 {
        submit(&world.vault, number, &answers("red"), facts(), day(2)).await.unwrap();
    }
    world.vault.close(POLL).await.unwrap();
    let (me, other, key) = (person(1).await, person(2).await, world.poll_key().await);
    // Before the release is stored all of it is yet to be counted.
    world.vault.forget(&me, &[POLL], &BTreeSet::new(), &mut rng(2)).await.unwrap();
    assert_eq!(world.count("response WHERE counted = '[]'").await, 0);
    let (asked, audience) = (questionnaire(), Audience::default());
    let tables = world.vault.tables(POLL, &asked, &audience, &[], false);
    let release = protect(tables.await.unwrap(), &Plan::default(), &Parameters::default());
    assert_eq!(release.responses(), Some(60));
    let published = BTreeSet::from([POLL]);
    world.vault.forget(&other, &[POLL], &published, &mut rng(3)).await.unwrap();
    let emptied = "response WHERE counted = '[]' AND region IS NULL AND age_band IS NULL \
                   AND gender IS NULL AND record_key = 0 AND received_on < '2000-01-01' \
                   AND changed_on IS NULL AND batch = -2 AND length(content) = 0";
    assert_eq!((world.count("response").await, world.count(emptied).await), (60, 1));
    for row in world.rows("SELECT pseudonym FROM response").await {
        let stored: Vec<u8> = row.try_get_by_index(0).unwrap();
        assert!(![1, 2].map(|number| pseudonym(&key, number).to_vec()).contains(&stored));
    }
}

async fn a_consent_that_is_taken_back_takes_the_answers_with_it(world: World) {
    for number in 0..4 {
        let facts = StoredFacts { region: Some("north".into()), ..StoredFacts::default() };
        submit(&world.vault, number, &answers("red"), facts, day(2)).await.unwrap();
    }
    world.vault.close(POLL).await.unwrap();
    let cut_off = "response WHERE length(content) = 0 AND region = 'north' AND counted <> '[]'";
    let emptied = "response WHERE length(content) = 0 AND region IS NULL AND counted = '[]'";
    for (number, stays, left) in [
        (0, Stays::Nothing, [3, 0, 0]),
        (1, Stays::Counted, [3, 1, 0]),
        (2, Stays::Number, [3, 1, 1]),
    ] {
        let me = person(number).await;
        // The button is pressed twice.
        for _ in 0..2 {
            world.vault.revoke(&me, POLL, stays, &mut rng(number.into())).await.unwrap();
        }
        assert!(world.vault.own(&me, POLL).await.unwrap().is_none());
        let mut found = Vec::new();
        for what in ["response", cut_off, emptied] {
            found.push(world.count(what).await);
        }
        assert_eq!(found, left, "{stays:?}");
    }
    assert!(world.vault.own(&person(3).await, POLL).await.unwrap().is_some());
    world.end_retention(day(9)).await;
    world.vault.revoke(&person(3).await, POLL, Stays::Nothing, &mut rng(3)).await.unwrap();
    assert_eq!(world.count("response").await, 3, "nobody can tell any more which was theirs");
}

/// Two windows of one person delete the account. Held up at will on PostgreSQL only, where alone a table has
/// parts.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_twice_at_once() {
    let world = World::on_postgres().await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    // The one request has moved the row to another part of the table, and is not through.
    let first = world.db.begin().await.unwrap();
    let row = first
        .query_one_raw(Statement::from_string(
            DbBackend::Postgres,
            "SELECT CAST(tableoid AS bigint) FROM response",
        ))
        .await
        .unwrap();
    let part: i64 = row.unwrap().try_get_by_index(0).unwrap();
    for nobody in 0.. {
        let sql = format!(
            "UPDATE response SET pseudonym = sha256(int4send({nobody})) \
             RETURNING CAST(tableoid AS bigint)"
        );
        let moved = first.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        if moved.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap() != part {
            break;
        }
    }
    let vault = world.vault.clone();
    let second = tokio::spawn(async move {
        vault.forget(&person(1).await, &[POLL], &BTreeSet::new(), &mut rng(2)).await
    });
    while world.waiting().await < 1 {
        tokio::task::yield_now().await;
    }
    first.commit().await.unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(world.count("response").await, 1);
}

async fn the_forgotten_are_found_among_many_polls(world: World) {
    const POLLS: u128 = 1_500;
    let (vault, me, mut random) = (&world.vault, person(1).await, rng(2));
    let polls: Vec<Uuid> = (1..=POLLS).map(Uuid::from_u128).chain([POLL]).collect();
    for poll in &polls {
        vault.create_poll_key(*poll, &mut random).await.unwrap();
    }
    let begun = polls[1_200];
    vault.open(begun).await.unwrap();
    vault.save_draft(&me, begun, &Draft::default(), None, day(1), &mut random).await.unwrap();
    submit(vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    vault.forget(&me, &polls, &BTreeSet::new(), &mut random).await.unwrap();
    assert_eq!((world.count("response").await, world.count("draft").await), (0, 0));
}

/// A poll that the person has not touched is left alone. Its gate can be held on PostgreSQL only.
#[tokio::test(flavor = "multi_thread")]
async fn the_forgotten_wait_for_no_poll_that_they_did_not_answer() {
    let (world, untouched) = (World::on_postgres().await, Uuid::from_u128(10 << 64));
    world.vault.create_poll_key(untouched, &mut rng(1)).await.unwrap();
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    let held = world.db.begin().await.unwrap();
    held.execute_unprepared("SELECT pg_advisory_xact_lock(10)").await.unwrap();
    let (me, polls, mut random) = (person(1).await, [untouched, POLL], rng(2));
    let none = BTreeSet::new();
    let forgetting = world.vault.forget(&me, &polls, &none, &mut random);
    tokio::time::timeout(Duration::from_mins(1), forgetting).await.unwrap().unwrap();
    assert_eq!(world.count("response").await, 0);
}

async fn the_master_key_is_replaced_while_people_answer(world: World) {
    const NEW: [u8; 32] = [7; 32];
    let vault = |key| Vault::new(world.db.clone(), key);
    let both = vault(MasterKey::replacing(NEW, Some(MASTER)));
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    let person = person(1).await;
    let own = |vault: Vault| {
        let person = &person;
        async move { vault.own(person, POLL).await.map(|own| own.is_some()) }
    };
    assert!(own(both.clone()).await.unwrap(), "what the previous key wrapped opens");
    assert!(matches!(own(vault(MasterKey::from_bytes(NEW))).await, Err(Error::Unreadable)));

    let polls = world.count("poll_key").await;
    assert_eq!(i64::try_from(both.check_every_key().await.unwrap()).unwrap(), polls);
    assert_eq!(i64::try_from(both.rewrap(&mut rng(9)).await.unwrap()).unwrap(), polls);
    assert_eq!(both.rewrap(&mut rng(9)).await.unwrap(), 0, "repeating it changes nothing");
    assert_eq!(both.check_every_key().await.unwrap(), 0);
    // One poll that a server opened which did not know the new key yet.
    let late = Uuid::from_u128(77);
    vault(MasterKey::from_bytes(MASTER)).create_poll_key(late, &mut rng(10)).await.unwrap();
    assert_eq!(both.check_every_key().await.unwrap(), 1);
    let new = vault(MasterKey::from_bytes(NEW));
    assert!(matches!(new.check_every_key().await, Err(Error::Unreadable)));
    assert_eq!(both.rewrap(&mut rng(9)).await.unwrap(), 1);
    assert!(own(vault(MasterKey::from_bytes(NEW))).await.unwrap());
    assert!(matches!(own(vault(MasterKey::from_bytes(MASTER))).await, Err(Error::Unreadable)));
    let stranger = vault(MasterKey::replacing([9; 32], Some([8; 32])));
    assert!(matches!(stranger.rewrap(&mut rng(9)).await, Err(Error::Unreadable)));
}

async fn another_master_key_is_noticed(world: World) {
    world.vault.check_master_key().await.unwrap();
    let other = Vault::new(world.db.clone(), MasterKey::from_bytes([7; 32]));
    assert!(matches!(other.check_master_key().await, Err(Error::Unreadable)));
    assert!(matches!(other.own(&person(1).await, POLL).await, Err(Error::Unreadable)));
}

/// What is read after the gate has to be newer than the gate, whatever a database does by default.
#[tokio::test(flavor = "multi_thread")]
async fn transactions_read_what_is_committed_whatever_the_database_is_set_to() {
    let world = World::on_postgres().await;
    let otherwise = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET \
                     default_transaction_isolation = serializable', current_database()); END $$";
    world.db.execute_unprepared(otherwise).await.unwrap();
    let db = connection::open(&world.url).await.unwrap();
    let tx = db.begin().await.unwrap();
    let sql = "SELECT current_setting('transaction_isolation') AS isolation";
    let row = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    assert_eq!(row.unwrap().try_get::<String>("", "isolation").unwrap(), "read committed");
}
