//! Live batches: each drawn once, nobody in two, and traces that go when the poll closes.

use crate::world::{POLL, World, answers, day, person, pseudonym, questionnaire, rng, submit};
use chrono::DateTime;
use hmac::{Hmac, KeyInit as _, Mac as _};
use questionnaire::{Answer, Answers, audience::StoredFacts};
use rand::Rng as _;
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use sha2::Sha256;
use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;
use uuid::Uuid;
use vault::{LiveResults, Submission, Vault};

crate::on_both_engines! {
    batches_follow_the_schedule,
    a_rush_is_told_as_what_was_due,
    a_batch_is_its_increments_and_the_noise_drawn,
    changes_and_withdrawals_touch_no_batch,
    whoever_withdrew_after_a_batch_is_in_no_other,
    whoever_was_deleted_after_a_batch_is_in_no_other,
    whoever_left_a_batch_is_told_so_and_nobody_else_is,
    a_batch_cut_by_a_server_that_died_is_drawn_by_another,
    many_servers_draw_a_batch_once,
    nobody_is_in_two_while_all_come_and_go,
    a_special_category_has_no_batch,
    where_nothing_is_shown_live_there_is_no_batch,
    traces_go_when_the_poll_closes,
    no_batch_is_drawn_after_their_end,
    where_none_will_be_nobody_waits_for_the_first,
}

async fn answer(vault: &Vault, people: Range<u32>, colour: &str) {
    for number in people {
        submit(vault, number, &answers(colour), StoredFacts::default(), day(1)).await.unwrap();
    }
}

async fn withdraw(vault: &Vault, people: Range<u32>) {
    for number in people {
        assert!(vault.withdraw(&person(number).await, POLL).await.unwrap());
    }
}

async fn draw(vault: &Vault, seed: u64) -> bool {
    let due = vault.live_due(DateTime::UNIX_EPOCH).await.unwrap().contains(&POLL);
    let drawn = vault.draw_live_batch(POLL, &questionnaire(), &mut rng(seed)).await.unwrap();
    assert_eq!(drawn, due, "drawn if and only if it is due");
    drawn
}

/// So many responses are enough for the first batch, whatever its secret.
const ENOUGH: u32 = 59;

/// How many responses there are in all when the batch of this number is due, the ones before it
/// having been drawn as soon as they were: METHOD.md, computed apart from the vault.
async fn due_at(world: &World, number: u8) -> u32 {
    [50, 110, 180, 290][usize::from(number) - 1] + digit(world, &[0, 0, 0, number]).await
}

/// The digit of the batch, or of the further step of it, that is written so.
async fn digit(world: &World, of: &[u8]) -> u32 {
    let mut mac = Hmac::<Sha256>::new_from_slice(&world.poll_key().await).unwrap();
    mac.update(&[b"live-batch/v1\0".as_slice(), of].concat());
    let secret = mac.finalize().into_bytes();
    u32::try_from(u64::from_be_bytes(secret[..8].try_into().unwrap()) % 10).unwrap()
}

/// The number at which the batches so far were due, which only the vault's own role sees.
async fn released(world: &World) -> i64 {
    let sql = "SELECT COALESCE(MAX(responses), 0) AS n FROM live_batch";
    world.rows(sql).await[0].try_get("", "n").unwrap()
}

/// The stored totals of the colours in the last batch, before they are clamped.
async fn totals(world: &World) -> Vec<i64> {
    let sql = "SELECT content FROM live_batch ORDER BY number DESC LIMIT 1";
    let content: String = world.rows(sql).await[0].try_get("", "content").unwrap();
    let totals: Vec<(String, Vec<(String, i64)>)> =
        serde_json::from_str::<Vec<serde_json::Value>>(&content)
            .unwrap()
            .into_iter()
            .map(|of| {
                let question = of["question"].as_str().unwrap().to_owned();
                (question, serde_json::from_value(of["options"].clone()).unwrap())
            })
            .collect();
    let (_, colours) = totals.into_iter().find(|(question, _)| question == "colour").unwrap();
    colours.into_iter().map(|(_, total)| total).collect()
}

/// The noise that a batch drawn with this seed gives to the three colours, which come first.
fn noise(seed: u64) -> [i64; 3] {
    let mut rng = rng(seed);
    std::array::from_fn(|_| disclosure::live::noise(1, || rng.next_u64()))
}

async fn batches_follow_the_schedule(world: World) {
    let vault = &world.vault;
    assert_eq!(vault.live_results(POLL).await.unwrap(), LiveResults::default());
    let mut arrived = 0;
    for batch in 1..=4 {
        let at = due_at(&world, batch).await;
        answer(vault, arrived..at - 1, "red").await;
        assert!(!draw(vault, 1).await, "one person too early for {at}");
        answer(vault, at - 1..at, "red").await;
        assert!(draw(vault, 1).await);
        assert!(!draw(vault, 1).await, "drawn already");
        arrived = at;
        let live = vault.live_results(POLL).await.unwrap();
        assert_eq!(live.batches, u32::from(batch));
        assert_eq!(live.responses, u64::from(at - at % 10));
    }
    let live = vault.live_results(POLL).await.unwrap();
    let questions: Vec<_> = live.questions.iter().map(|question| question.code.as_str()).collect();
    // Free text is never shown.
    assert_eq!(questions, ["colour", "uses", "years"]);
    assert!(live.questions[0].options[0].count.abs_diff(u64::from(arrived)) < 60, "{live:?}");
    let json = serde_json::to_string(&live).unwrap();
    assert_eq!(serde_json::from_str::<LiveResults>(&json).unwrap(), live);
}

/// One person more makes no other number, however many come before anybody looks.
async fn a_rush_is_told_as_what_was_due(world: World) {
    let vault = &world.vault;
    let first = due_at(&world, 1).await;
    answer(vault, 0..60, "red").await;
    assert!(draw(vault, 1).await);
    assert_eq!(vault.live_results(POLL).await.unwrap().responses, 50, "not 60, though they are 60");
    assert_eq!(vault.participation(POLL).await.unwrap().unwrap().at_least(), 50);
    assert_eq!(released(&world).await, i64::from(first));
    // The next batch is reckoned from there, and takes as many steps as those who came reach.
    let second = 110 + digit(&world, &[0, 0, 0, 2]).await;
    let further = 180 + digit(&world, &[0, 0, 0, 2, 0, 0, 0, 1]).await;
    assert!(second < further);
    answer(vault, 60..60 + further - first, "red").await;
    assert!(draw(vault, 2).await);
    assert_eq!(released(&world).await, i64::from(further));
    assert_eq!(vault.live_results(POLL).await.unwrap().responses, 180);
    // All who came are in the totals.
    let came = i64::from(60 + further - first);
    let (one, two) = (noise(1), noise(2));
    assert_eq!(totals(&world).await, [came + one[0] + two[0], one[1] + two[1], one[2] + two[2]]);
}

async fn a_batch_is_its_increments_and_the_noise_drawn(world: World) {
    answer(&world.vault, 0..30, "red").await;
    answer(&world.vault, 30..62, "blue").await;
    assert!(draw(&world.vault, 5).await);
    let first = noise(5);
    assert_eq!(totals(&world).await, [30 + first[0], first[1], 32 + first[2]]);
    // What is shown is the same at each look, and on each server.
    let shown = world.vault.live_results(POLL).await.unwrap();
    assert_eq!(world.another_vault().await.live_results(POLL).await.unwrap(), shown);
    answer(&world.vault, 62..132, "green").await;
    assert!(draw(&world.vault, 6).await);
    let second = noise(6);
    let expected = [30, 70, 32].into_iter().enumerate().map(|(i, n)| n + first[i] + second[i]);
    assert_eq!(totals(&world).await, expected.collect::<Vec<i64>>());
}

async fn changes_and_withdrawals_touch_no_batch(world: World) {
    let (one, two) = (due_at(&world, 1).await, due_at(&world, 2).await);
    answer(&world.vault, 0..one, "red").await;
    assert!(draw(&world.vault, 1).await);
    let shown = world.vault.live_results(POLL).await.unwrap();
    answer(&world.vault, 0..40, "blue").await;
    withdraw(&world.vault, 40..one).await;
    answer(&world.vault, one..two - 1, "red").await;
    assert!(!draw(&world.vault, 2).await, "a change is not a new response");
    assert_eq!(world.vault.live_results(POLL).await.unwrap(), shown);
    // A change before the batch does count: it is one answer all the same.
    answer(&world.vault, 60..61, "blue").await;
    answer(&world.vault, two - 1..two, "red").await;
    assert!(draw(&world.vault, 2).await);
    let (first, second) = (noise(1), noise(2));
    let expected =
        [i64::from(two) - 1, 0, 1].into_iter().enumerate().map(|(i, n)| n + first[i] + second[i]);
    assert_eq!(totals(&world).await, expected.collect::<Vec<i64>>());
    assert_eq!(released(&world).await, i64::from(two));
}

async fn whoever_withdrew_after_a_batch_is_in_no_other(world: World) {
    let (one, two) = (due_at(&world, 1).await, due_at(&world, 2).await);
    answer(&world.vault, 0..one, "red").await;
    assert!(draw(&world.vault, 1).await);
    for _ in 0..3 {
        withdraw(&world.vault, 0..10).await;
        answer(&world.vault, 0..10, "blue").await;
    }
    assert_eq!(world.count("released").await, 10);
    // Whoever withdrew before the batch has not been in one.
    answer(&world.vault, one..one + 10, "green").await;
    withdraw(&world.vault, one..one + 10).await;
    assert_eq!(world.count("released").await, 10);
    answer(&world.vault, one..two - 1, "green").await;
    assert!(!draw(&world.vault, 2).await, "one too few, and ten who are in a batch");
    answer(&world.vault, two - 1..two, "green").await;
    assert!(draw(&world.vault, 2).await);
    let (first, second) = (noise(1), noise(2));
    let expected = [i64::from(one), i64::from(two - one), 0]
        .into_iter()
        .enumerate()
        .map(|(i, n)| n + first[i] + second[i]);
    assert_eq!(totals(&world).await, expected.collect::<Vec<i64>>());
    assert_eq!(released(&world).await, i64::from(two));
}

async fn whoever_was_deleted_after_a_batch_is_in_no_other(world: World) {
    let none = BTreeSet::new();
    let forget = async |number| {
        world.vault.forget(&person(number).await, &[POLL], &none, &mut rng(4)).await.unwrap();
    };
    let (one, two) = (due_at(&world, 1).await, due_at(&world, 2).await);
    answer(&world.vault, 0..one + 1, "red").await;
    forget(one).await;
    assert_eq!(world.count("released").await, 0, "the batch was not drawn yet");
    assert!(draw(&world.vault, 1).await);
    forget(0).await;
    answer(&world.vault, 0..1, "blue").await;
    answer(&world.vault, one..two - 1, "green").await;
    assert!(!draw(&world.vault, 2).await, "one too few, and one who is in a batch");
    answer(&world.vault, two - 1..two, "green").await;
    assert!(draw(&world.vault, 2).await);
    assert_eq!(released(&world).await, i64::from(two));
    // The new answer counts in the end.
    assert!(world.vault.own(&person(0).await, POLL).await.unwrap().is_some());
}

async fn whoever_left_a_batch_is_told_so_and_nobody_else_is(world: World) {
    let other = Uuid::from_u128(0x5eed_0000_0000_4000_8000_0000_0000_0002);
    world.vault.create_poll_key(other, &mut rng(2)).await.unwrap();
    world.vault.open(other).await.unwrap();
    let left = async |vault: &Vault, number| {
        let polls = [POLL, other, Uuid::nil()];
        vault.left_batches(&person(number).await, &polls).await.unwrap()
    };
    answer(&world.vault, 0..ENOUGH + 1, "red").await;
    // Nobody was in a batch yet.
    withdraw(&world.vault, ENOUGH..ENOUGH + 1).await;
    assert!(draw(&world.vault, 1).await);
    assert!(left(&world.vault, 0).await.is_empty(), "still there");
    withdraw(&world.vault, 0..1).await;
    assert_eq!(left(&world.vault, 0).await, [POLL].into());
    // A server that does not know the keys yet says the same.
    assert_eq!(left(&world.another_vault().await, 0).await, [POLL].into());
    assert!(left(&world.vault, 1).await.is_empty());
    assert!(left(&world.vault, ENOUGH).await.is_empty());
    answer(&world.vault, 0..1, "blue").await;
    assert_eq!(left(&world.vault, 0).await, [POLL].into(), "it is kept until the poll closes");
    world.vault.close(POLL).await.unwrap();
    assert!(left(&world.vault, 0).await.is_empty());
}

async fn a_batch_cut_by_a_server_that_died_is_drawn_by_another(world: World) {
    answer(&world.vault, 0..50, "red").await;
    // The first of the two steps of a draw, and no more.
    world.rows("UPDATE poll_key SET batch = 2").await;
    // They are in the batch, whether it is drawn already or not.
    withdraw(&world.vault, 0..5).await;
    answer(&world.vault, 0..5, "blue").await;
    let other = world.another_vault().await;
    assert!(draw(&other, 3).await);
    assert!(!draw(&world.vault, 4).await);
    let noise = noise(3);
    assert_eq!(totals(&world).await, [45 + noise[0], noise[1], noise[2]]);
    // Who left in between does not show in what is told.
    let due = i64::from(due_at(&world, 1).await);
    assert_eq!((released(&world).await, world.count("live_batch").await), (due, 1));
}

async fn many_servers_draw_a_batch_once(world: World) {
    let mut arrived = 0;
    for round in 1..=3 {
        let at = due_at(&world, round).await;
        answer(&world.vault, arrived..at, "red").await;
        arrived = at;
        let mut servers = JoinSet::new();
        for server in 0..8 {
            let vault = world.another_vault().await;
            servers.spawn(async move {
                vault.draw_live_batch(POLL, &questionnaire(), &mut rng(server)).await.unwrap()
            });
        }
        let drawn = servers.join_all().await.into_iter().filter(|drawn| *drawn).count();
        assert_eq!(drawn, 1);
        assert_eq!(world.count("live_batch").await, i64::from(round));
        assert_eq!(released(&world).await, i64::from(at));
    }
}

/// A hundred people send, change and withdraw as fast as they can, with several devices each, while
/// four servers draw. The first batch is of fifty people at least, and a second one needs more than
/// fifty others: there is none, unless somebody is counted again.
async fn nobody_is_in_two_while_all_come_and_go(world: World) {
    const PEOPLE: u32 = 100;
    const DEVICES: u32 = 3;
    let over = Arc::new(AtomicBool::new(false));
    let mut servers = JoinSet::new();
    for server in 0..4 {
        let (vault, over) = (world.another_vault().await, over.clone());
        servers.spawn(async move {
            let mut rng = rng(server);
            let questionnaire = questionnaire();
            while !over.load(Ordering::SeqCst) {
                vault.draw_live_batch(POLL, &questionnaire, &mut rng).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    let mut devices = JoinSet::new();
    for device in 0..DEVICES {
        for part in 0..4 {
            let vault = world.vault.clone();
            devices.spawn(async move {
                for round in 0..3 {
                    for number in (part..PEOPLE).step_by(4) {
                        let facts = StoredFacts::default();
                        submit(&vault, number, &answers("red"), facts, day(1)).await.unwrap();
                        if (number + round + device) % 2 == 0 {
                            vault.withdraw(&person(number).await, POLL).await.unwrap();
                        }
                    }
                }
            });
        }
    }
    devices.join_all().await;
    over.store(true, Ordering::SeqCst);
    servers.join_all().await;
    answer(&world.vault, 0..PEOPLE, "red").await;
    while draw(&world.vault, 9).await {}
    let (released, batches) = (released(&world).await, world.count("live_batch").await);
    // Some may have withdrawn between the batch's end and its count.
    assert!((1..=i64::from(PEOPLE)).contains(&released), "{released} released of {PEOPLE}");
    assert_eq!(batches, 1);
    // Everybody has one response, in one batch or in none.
    assert_eq!(world.count("response").await, i64::from(PEOPLE));
}

/// The trace of a withdrawal that is under way is seen by an answer sent at the same moment. Held
/// up at will on PostgreSQL only; on SQLite a write transaction is alone by its nature.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_sent_during_a_withdrawal_is_in_no_other_batch() {
    let world = World::on_postgres().await;
    answer(&world.vault, 0..ENOUGH, "red").await;
    assert!(draw(&world.vault, 1).await);
    let obstacle = world.db.begin().await.unwrap();
    obstacle.execute_unprepared("LOCK TABLE released IN EXCLUSIVE MODE").await.unwrap();
    let vault = world.vault.clone();
    let withdrawing = tokio::spawn(async move { vault.withdraw(&person(1).await, POLL).await });
    while world.waiting().await < 1 {
        tokio::task::yield_now().await;
    }
    let vault = world.vault.clone();
    let sending = tokio::spawn(async move { answer(&vault, 1..2, "blue").await });
    while world.waiting().await < 2 {
        assert!(!sending.is_finished(), "sent beside a withdrawal under way");
        tokio::task::yield_now().await;
    }
    obstacle.rollback().await.unwrap();
    assert!(withdrawing.await.unwrap().unwrap());
    sending.await.unwrap();
    let outside = world.rows("SELECT 1 AS n FROM response WHERE batch IS NULL").await;
    assert_eq!((outside.len(), world.count("response").await), (1, i64::from(ENOUGH)));
}

/// Whoever leaves while a batch is cut is in it or not, and never without the other knowing: both hold the gate.
/// Held up at will on PostgreSQL only; on SQLite a write transaction is alone by its nature.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_cut_before_or_after_somebody_leaves() {
    for deleted in [false, true] {
        let world = World::on_postgres().await;
        answer(&world.vault, 0..ENOUGH + 1, "red").await;
        let obstacle = world.db.begin().await.unwrap();
        obstacle.execute_unprepared("LOCK TABLE response IN EXCLUSIVE MODE").await.unwrap();
        let vault = world.vault.clone();
        let leaving = tokio::spawn(async move {
            let (me, none) = (person(1).await, BTreeSet::new());
            if deleted {
                vault.forget(&me, &[POLL], &none, &mut rng(4)).await.unwrap();
            } else {
                assert!(vault.withdraw(&me, POLL).await.unwrap());
            }
        });
        while world.waiting().await < 1 {
            tokio::task::yield_now().await;
        }
        let vault = world.vault.clone();
        let cutting = tokio::spawn(async move { draw(&vault, 1).await });
        let at_the_gate = "pg_locks WHERE locktype = 'advisory' AND NOT granted \
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        while world.count(at_the_gate).await < 1 {
            assert!(!cutting.is_finished(), "cut beside somebody who was leaving");
            tokio::task::yield_now().await;
        }
        obstacle.rollback().await.unwrap();
        leaving.await.unwrap();
        assert!(cutting.await.unwrap());
        assert_eq!(world.count("response WHERE batch = 1").await, i64::from(ENOUGH));
        assert_eq!(world.count("released").await, 0, "nobody of the batch has left");
    }
}

/// Millions are counted for seconds; nobody who sends an answer waits for it.
#[tokio::test]
async fn a_large_batch_is_counted_before_the_gate_is_held() {
    let world = World::on_postgres().await;
    let poll = POLL.to_string();
    let filled = format!(
        "INSERT INTO response (id, poll_id, pseudonym, record_key, special_consent, content, \
         received_on, batch, counted) SELECT gen_random_uuid(), '{poll}', sha256(int4send(i)), i, \
         false, '', '2026-11-01', 2, '[]' FROM generate_series(1, 56000) i"
    );
    for sql in [
        format!(
            "INSERT INTO live_batch (poll_id, number, responses, content) \
             VALUES ('{poll}', 1, 110000, '[]')"
        ),
        format!("UPDATE poll_key SET batch = 2 WHERE poll_id = '{poll}'"),
        filled,
    ] {
        world.db.execute_unprepared(&sql).await.unwrap();
    }
    let is = async |sql: &str| world.rows(sql).await[0].try_get::<bool>("", "so").unwrap();
    let until = async |sql: &str| {
        let so = async { while !is(sql).await {} };
        tokio::time::timeout(Duration::from_mins(1), so).await.expect(sql);
    };
    // Whoever sends holds the gate, so that whoever cuts stands before it.
    let gate = world.db.begin().await.unwrap();
    let shared =
        format!("SELECT pg_advisory_xact_lock_shared({})", POLL.as_u64_pair().0.cast_signed());
    gate.execute_unprepared(&shared).await.unwrap();
    let vault = world.another_vault().await;
    let drawing = tokio::spawn(async move {
        vault.draw_live_batch(POLL, &questionnaire(), &mut rng(1)).await.unwrap()
    });
    // In this database: other tests have theirs on the same server.
    until(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS so",
    )
    .await;
    // From here on nothing can be counted.
    let held = world.db.begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE response_0 IN ACCESS EXCLUSIVE MODE").await.unwrap();
    gate.rollback().await.unwrap();
    until(&format!("SELECT batch = 3 AS so FROM poll_key WHERE poll_id = '{poll}'")).await;
    assert!(!drawing.is_finished());
    held.rollback().await.unwrap();
    assert!(drawing.await.unwrap());
}

async fn a_special_category_has_no_batch(world: World) {
    for number in 0..60 {
        let (respondent, mut random) = (person(number).await, rng(u64::from(number)));
        let (questionnaire, answers) = (questionnaire(), answers("red"));
        let facts = StoredFacts::default();
        let said = Submission::new(&questionnaire, &answers, facts);
        let said = Submission { special_consent: true, ..said };
        world.vault.submit(&respondent, POLL, said, day(1), &mut random).await.unwrap();
    }
    assert!(!draw(&world.vault, 1).await);
    assert_eq!(world.vault.live_results(POLL).await.unwrap(), LiveResults::default());
    // Nor is it told how many took part, however many they are.
    assert!(world.vault.participation(POLL).await.unwrap().is_none());
    withdraw(&world.vault, 0..1).await;
    assert_eq!(world.count("released").await, 0);
}

async fn where_nothing_is_shown_live_there_is_no_batch(world: World) {
    let mut asked = questionnaire();
    asked.questions.retain(|question| question.code == "why");
    let said = Answers::from([("why".to_owned(), Answer::Text("because".to_owned()))]);
    for number in 0..60 {
        let (respondent, mut random) = (person(number).await, rng(u64::from(number)));
        let said = Submission::new(&asked, &said, StoredFacts::default());
        world.vault.submit(&respondent, POLL, said, day(1), &mut random).await.unwrap();
    }
    assert!(world.vault.live_due(DateTime::UNIX_EPOCH).await.unwrap().is_empty());
    assert_eq!(world.count("response WHERE batch IS NULL").await, 60);
}

async fn traces_go_when_the_poll_closes(world: World) {
    answer(&world.vault, 0..ENOUGH, "red").await;
    assert!(draw(&world.vault, 1).await);
    withdraw(&world.vault, 0..3).await;
    let key = world.poll_key().await;
    let pseudonyms: BTreeSet<_> =
        (0..ENOUGH).map(|number| pseudonym(&key, number).to_vec()).collect();
    let tokens = world.rows("SELECT token FROM released").await;
    assert_eq!(tokens.len(), 3);
    for token in tokens {
        // Nothing in the store matches it.
        assert!(!pseudonyms.contains(&token.try_get::<Vec<u8>>("", "token").unwrap()));
    }
    // An account that is deleted leaves the same, however often it is deleted.
    for _ in 0..2 {
        let (leaving, none) = (person(4).await, BTreeSet::new());
        world.vault.forget(&leaving, &[POLL], &none, &mut rng(4)).await.unwrap();
        assert_eq!(world.count("released").await, 4);
    }
    world.vault.close(POLL).await.unwrap();
    assert_eq!(world.count("released").await, 0);
    assert!(!draw(&world.vault, 2).await, "a closed poll has its release");
    world.end_retention(day(30)).await;
    let kept = world.rows("SELECT 1 AS n FROM response WHERE batch >= 0").await;
    assert!(kept.is_empty());
    // What was shown is not taken back.
    assert_eq!(world.vault.live_results(POLL).await.unwrap().batches, 1);
}

async fn no_batch_is_drawn_after_their_end(world: World) {
    answer(&world.vault, 0..ENOUGH, "red").await;
    assert!(draw(&world.vault, 1).await);
    let shown = world.vault.live_results(POLL).await.unwrap();
    // One is cut and not drawn yet, another one is being formed.
    answer(&world.vault, ENOUGH..100, "red").await;
    world.rows("UPDATE poll_key SET batch = 3").await;
    answer(&world.vault, 100..130, "red").await;
    assert!(world.vault.end_live_batches(POLL).await.unwrap());
    assert!(!world.vault.end_live_batches(POLL).await.unwrap(), "it has been done");
    assert!(!draw(&world.vault, 2).await);
    let other = world.another_vault().await;
    answer(&other, 130..300, "red").await;
    for vault in [&world.vault, &other] {
        assert!(!draw(vault, 2).await, "170 people more");
        let ended = LiveResults { ended: true, ..shown.clone() };
        assert_eq!(vault.live_results(POLL).await.unwrap(), ended);
    }
    let due = i64::from(due_at(&world, 1).await);
    assert_eq!((released(&world).await, world.count("live_batch").await), (due, 1));
    // Nobody who leaves has to be known again, whatever batch they were in.
    for people in [0..1, ENOUGH..ENOUGH + 1, 100..101, 130..131] {
        withdraw(&world.vault, people).await;
    }
    assert_eq!(world.count("released").await, 0);
    answer(&world.vault, 0..1, "blue").await;
    assert!(!draw(&world.vault, 2).await);
    // All of them are in the release, and nothing is left of them after the key.
    world.vault.close(POLL).await.unwrap();
    assert!(!world.vault.end_live_batches(POLL).await.unwrap(), "there are none in any case");
    assert_eq!(world.count("response").await, 297);
    let told = world.vault.participation(POLL).await.unwrap().unwrap();
    assert_eq!(told.at_least(), shown.responses, "no more than when they ended");
    world.end_retention(day(30)).await;
    assert_eq!(world.count("response WHERE batch IS NULL OR batch >= 0").await, 0);
}

async fn where_none_will_be_nobody_waits_for_the_first(world: World) {
    let shown = async || {
        let live = world.vault.live_results(POLL).await.unwrap();
        assert_eq!((live.batches, live.responses, live.questions.len()), (0, 0, 0));
        live.ended
    };
    answer(&world.vault, 0..50, "red").await;
    assert!(!shown().await);
    world.vault.end_live_batches(POLL).await.unwrap();
    answer(&world.vault, 50..110, "red").await;
    assert!(!draw(&world.vault, 1).await);
    assert!(shown().await);
    assert!(world.vault.participation(POLL).await.unwrap().is_none());
    // Also of a poll that is not open yet.
    let other = Uuid::from_u128(0x5eed_0000_0000_4000_8000_0000_0000_0002);
    world.vault.create_poll_key(other, &mut rng(2)).await.unwrap();
    assert!(world.vault.end_live_batches(other).await.unwrap());
    world.vault.create_poll_key(other, &mut rng(3)).await.unwrap();
    world.vault.open(other).await.unwrap();
    assert!(!world.vault.end_live_batches(other).await.unwrap(), "opening changes nothing of it");
}

/// Typed as a text, a number falls into the bins of the plan and into nothing finer.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_shown_in_their_bins() {
    let world = World::on_sqlite().await;
    let mut mine = answers("red");
    mine.insert("years".into(), Answer::Number(33));
    for number in 0..ENOUGH {
        submit(&world.vault, number, &mine, StoredFacts::default(), day(1)).await.unwrap();
    }
    assert!(draw(&world.vault, 1).await);
    let live = world.vault.live_results(POLL).await.unwrap();
    let years = live.questions.iter().find(|question| question.code == "years").unwrap();
    let codes: Vec<_> = years.options.iter().map(|option| option.code.as_str()).collect();
    assert_eq!(codes, ["0..17", "18..64", "65..120"]);
    assert!(years.options[1].count.abs_diff(u64::from(ENOUGH)) < 40, "{years:?}");
}
