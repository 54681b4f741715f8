//! What many people send at the same moment: stored in rounds, each answered for itself.

use crate::world::{
    POLL, World, answers, day, draft_of, keep, person, pseudonym, questionnaire, rng, submit,
    varied,
};
use migration::connection;
use questionnaire::{Answers, Typed, audience::StoredFacts};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, TransactionTrait as _};
use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
    ops::Range,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinSet;
use tracing::{Event, Metadata, Subscriber, field::Field, span};
use uuid::Uuid;
use vault::{Draft, Error, Receipt, Submission, Unsent, Vault};

crate::on_both_engines! {
    a_closed_poll_refuses_its_own_people_only,
    a_draft_is_sent_once,
    what_comes_late_undoes_nothing,
    what_many_send_and_change_at_once_is_each_ones_own,
    one_person_many_times_at_once,
    what_a_form_carries_is_the_persons_own,
}

const OTHER: Uuid = Uuid::from_u128(0x0714_e400_0000_4000_8000_0000_0000_0002);

async fn a_closed_poll_refuses_its_own_people_only(world: World) {
    world.vault.create_poll_key(OTHER, &mut rng(1)).await.unwrap();
    world.vault.open(OTHER).await.unwrap();
    let mut sending = JoinSet::new();
    for number in 0..300 {
        let vault = world.vault.clone();
        sending.spawn(async move {
            let poll = if number % 3 == 0 { OTHER } else { POLL };
            let who = person(number).await;
            let facts = StoredFacts::default();
            let (asked, said) = (questionnaire(), answers("red"));
            let mut rng = rng(number.into());
            let said = Submission::new(&asked, &said, facts);
            let sent = vault.submit(&who, poll, said, day(1), &mut rng);
            (number, poll, sent.await)
        });
        if number == 150 {
            world.vault.close(OTHER).await.unwrap();
        }
    }
    let mut acknowledged = 0;
    while let Some(done) = sending.join_next().await {
        match done.unwrap() {
            (_, _, Ok(receipt)) => {
                assert!(!receipt.changed);
                acknowledged += 1;
            }
            (_, OTHER, Err(Error::NotOpen)) => {}
            (number, poll, Err(error)) => panic!("{number} to {poll}: {error}"),
        }
    }
    assert!((200..300).contains(&acknowledged), "{acknowledged}");
    assert_eq!(world.count("response").await, acknowledged);
    let of_poll = world.rows("SELECT poll_id FROM response").await;
    let of_poll = of_poll.iter().filter(|row| row.try_get::<Uuid>("", "poll_id").unwrap() == POLL);
    assert_eq!(of_poll.count(), 200);
}

/// What is counted of answers, put together apart from the vault.
fn marks(answers: &Answers) -> Vec<String> {
    let mut marks = vec![String::new()];
    for question in questionnaire().questions {
        let Some(answer) = answers.get(&question.code) else { continue };
        let categories = question.categories_of(answer).into_iter();
        let categories = std::iter::once(String::new()).chain(categories);
        marks.extend(categories.map(|category| format!("{}={category}", question.code)));
    }
    marks
}

async fn what_many_send_and_change_at_once_is_each_ones_own(world: World) {
    const PEOPLE: u32 = 200;
    let key = world.poll_key().await;
    // Each says something of their own, and many leave something out; then everybody changes it.
    let said = |number: u32, turn: u32| {
        let (answers, mut facts) = varied(number + turn);
        facts.age_band = (number % 2 == turn).then(|| "18-29".to_owned());
        facts.region = facts.region.filter(|_| !(number + turn).is_multiple_of(5));
        (answers, facts, (number + turn).is_multiple_of(3))
    };
    for turn in 0..2 {
        let mut sending = JoinSet::new();
        for number in 0..PEOPLE {
            let vault = world.vault.clone();
            sending.spawn(async move {
                let (who, today) = (person(number).await, day(1 + turn));
                let (answers, facts, consented) = said(number, turn);
                let mut rng = rng(u64::from(number) << 32 | u64::from(turn));
                let asked = questionnaire();
                let said = Submission::new(&asked, &answers, facts);
                let said = Submission { special_consent: consented, ..said };
                vault.submit(&who, POLL, said, today, &mut rng).await
            });
        }
        for sent in sending.join_all().await {
            assert_eq!(sent.unwrap().changed, turn == 1);
        }
        for number in 0..PEOPLE {
            let own = world.vault.own(&person(number).await, POLL).await.unwrap().unwrap();
            let changed_on = (turn == 1).then(|| day(2));
            assert!((own.answers, own.facts, own.special_consent) == said(number, turn));
            assert_eq!((own.received_on, own.changed_on), (day(1), changed_on));
        }
        // So is what is counted, which nobody is shown.
        let rows = world.rows("SELECT pseudonym, record_key, counted FROM response").await;
        let mut stored = BTreeMap::new();
        for row in rows {
            let whose: Vec<u8> = row.try_get("", "pseudonym").unwrap();
            let record_key: i64 = row.try_get("", "record_key").unwrap();
            let counted: String = row.try_get("", "counted").unwrap();
            let counted: Vec<String> = serde_json::from_str(&counted).unwrap();
            stored.insert(whose, (record_key, counted));
        }
        for number in 0..PEOPLE {
            let whose = pseudonym(&key, number);
            let record_key = i64::from(disclosure::record_key(&key, &whose));
            let expected = (record_key, marks(&said(number, turn).0));
            assert_eq!(stored.remove(whose.as_slice()), Some(expected), "{number}");
        }
        assert!(stored.is_empty());
    }
    // Who consented to a special category at first is in no batch, also after a change.
    let batches = world.rows("SELECT batch FROM response WHERE batch = 1").await.len();
    assert_eq!(batches, (0..PEOPLE).filter(|number| !number.is_multiple_of(3)).count());
    let none = world.rows("SELECT batch FROM response WHERE batch IS NULL").await.len();
    assert_eq!(batches + none, PEOPLE as usize);
    assert_eq!(world.count("response WHERE region = '' OR gender = '' OR age_band = ''").await, 0);
}

async fn one_person_many_times_at_once(world: World) {
    let world = Arc::new(world);
    let mut sending = JoinSet::new();
    for attempt in 0..60_u32 {
        let world = world.clone();
        sending.spawn(async move {
            let colour = ["red", "green", "blue"][attempt as usize % 3];
            submit(&world.vault, attempt % 2, &answers(colour), StoredFacts::default(), day(2))
                .await
                .unwrap()
        });
    }
    let mut first = 0;
    while let Some(receipt) = sending.join_next().await {
        first += i32::from(!receipt.unwrap().changed);
    }
    // Two people, each stored once and changed 29 times.
    assert_eq!(first, 2);
    assert_eq!(world.count("response").await, 2);
}

/// PostgreSQL stores no text with a zero byte: a row that the database refuses, in the middle of a
/// round of others.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_database_refuses_fails_alone() {
    let world = Arc::new(World::on_postgres().await);
    let mut sending = JoinSet::new();
    for number in 0..100 {
        let world = world.clone();
        sending.spawn(async move {
            let region = if number == 40 { "\0" } else { "north" };
            let facts = StoredFacts { region: Some(region.into()), ..StoredFacts::default() };
            (number, submit(&world.vault, number, &answers("red"), facts, day(1)).await)
        });
    }
    while let Some(done) = sending.join_next().await {
        match done.unwrap() {
            (40, sent) => assert!(matches!(sent, Err(Error::Db(_)))),
            (number, sent) => assert!(sent.is_ok(), "{number}"),
        }
    }
    assert_eq!(world.count("response").await, 99);
}

/// The log, as one text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut log = self.0.lock().unwrap();
        event.record(&mut |field: &Field, value: &dyn Debug| {
            writeln!(log, "{field}={value:?}").unwrap();
        });
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// What nobody may read but whom it is about.
const NEEDLE: &str = "the mill at the bridge";

/// A row of many is refused, in words that hold something of it.
async fn what_a_database_refuses_is_not_repeated(world: World, refuse: &[&str], code: &[&str]) {
    for sql in refuse {
        world.db.execute_unprepared(sql).await.unwrap();
    }
    let (world, log) = (Arc::new(world), Log::default());
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut sending = JoinSet::new();
    for number in 0..40 {
        let world = world.clone();
        sending.spawn(async move {
            let region = if number == 20 { NEEDLE } else { "north" };
            let facts = StoredFacts { region: Some(region.into()), ..StoredFacts::default() };
            submit(&world.vault, number, &answers("red"), facts, day(1)).await
        });
    }
    let sent = sending.join_all().await;
    let refused: Vec<String> =
        sent.into_iter().filter_map(|sent| Some(sent.err()?.to_string())).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    let log = log.0.lock().unwrap();
    assert!(log.contains("a round was refused"), "{log}");
    for words in [&refused[0], &*log] {
        assert!(!words.contains("mill"), "{words}");
        for code in code {
            assert!(words.contains(code), "{code} is not in {words}");
        }
    }
}

#[tokio::test]
async fn what_sqlite_refuses_is_not_repeated() {
    let refuse = format!(
        "CREATE TRIGGER refuse BEFORE INSERT ON response WHEN NEW.region = '{NEEDLE}' \
         BEGIN SELECT RAISE(ABORT, 'not {NEEDLE}'); END"
    );
    // Of a trigger's constraint.
    what_a_database_refuses_is_not_repeated(World::on_sqlite().await, &[&refuse], &["1811"]).await;
}

#[tokio::test]
async fn what_postgresql_refuses_is_not_repeated() {
    let function = format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF NEW.region = '{NEEDLE}' THEN RAISE EXCEPTION 'not %', NEW.region \
         USING ERRCODE = 'check_violation', CONSTRAINT = 'not_there', DETAIL = NEW.region; END IF; \
         RETURN NEW; END $$"
    );
    let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON response \
        FOR EACH ROW EXECUTE FUNCTION refuse()";
    let code = ["23514", "CheckViolation", "not_there"];
    let world = World::on_postgres().await;
    what_a_database_refuses_is_not_repeated(world, &[&function, trigger], &code).await;
}

/// While the poll's gate is held by somebody else nothing is stored, and the queue fills.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_at_once_and_loses_nothing_that_waits() {
    let world = Arc::new(World::on_postgres().await);
    let other = connection::open(&world.url).await.unwrap();
    let held = other.begin().await.unwrap();
    let (number, _) = POLL.as_u64_pair();
    let gate = format!("SELECT pg_advisory_xact_lock({})", number.cast_signed());
    held.execute_unprepared(&gate).await.unwrap();
    let mut sending = JoinSet::new();
    for number in 0..1_600 {
        let world = world.clone();
        sending.spawn(async move {
            submit(&world.vault, number, &answers("red"), StoredFacts::default(), day(1)).await
        });
    }
    let mut busy = 0;
    // Refused while everything else still waits: nothing can be stored yet.
    while busy < 200 {
        let done = sending.join_next().await.unwrap();
        assert!(matches!(done.unwrap(), Err(Error::Busy)));
        busy += 1;
    }
    held.rollback().await.unwrap();
    let mut stored = 0;
    while let Some(done) = sending.join_next().await {
        match done.unwrap() {
            Ok(_) => stored += 1,
            Err(Error::Busy) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(stored >= 1_000, "{stored}");
    assert_eq!(busy + stored, 1_600);
    assert_eq!(world.count("response").await, stored);
}

/// What the person types, as it is read to be sent.
async fn typed(world: &World, number: u32, colour: &str) -> Unsent {
    let colour = Typed { choice: Some(colour.to_owned()), ..Typed::default() };
    let draft = Draft { typed: [("colour".to_owned(), colour)].into() };
    keep(&world.vault, number, POLL, &draft).await
}

async fn send(world: &World, number: u32, unsent: &Unsent) -> Result<Receipt, Error> {
    let (me, mut rng) = (person(number).await, rng(number.into()));
    let colour = unsent.draft.typed["colour"].choice.clone().unwrap();
    let (asked, said) = (questionnaire(), answers(&colour));
    let said = Submission::new(&asked, &said, StoredFacts::default());
    let said = Submission { unsent: Some(unsent), ..said };
    world.vault.submit(&me, POLL, said, day(1), &mut rng).await
}

async fn own(world: &World, number: u32) -> Option<Answers> {
    let own = world.vault.own(&person(number).await, POLL).await.unwrap();
    own.map(|own| own.answers)
}

async fn a_draft_is_sent_once(world: World) {
    let world = Arc::new(world);
    let mut sending = JoinSet::new();
    for number in 0..20 {
        // From both windows, pressed again and again.
        let unsent = Arc::new(typed(&world, number, "red").await);
        for _ in 0..3 {
            let (world, unsent) = (world.clone(), unsent.clone());
            sending.spawn(async move { send(&world, number, &unsent).await });
        }
    }
    let mut stored = 0;
    for sent in sending.join_all().await {
        match sent {
            Ok(receipt) => {
                assert!(!receipt.changed);
                stored += 1;
            }
            Err(Error::Overtaken) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((stored, world.count("response").await, world.count("draft").await), (20, 20, 0));
}

async fn what_comes_late_undoes_nothing(world: World) {
    let (vault, me) = (&world.vault, person(1).await);
    let old = typed(&world, 1, "red").await;
    let late = async || assert!(matches!(send(&world, 1, &old).await, Err(Error::Overtaken)));
    // Typed anew, even the same.
    let new = typed(&world, 1, "red").await;
    late().await;
    assert!(own(&world, 1).await.is_none());
    assert!(draft_of(vault, &me, POLL).await.unwrap().is_some(), "what is typed is still there");
    // Sent.
    assert!(!send(&world, 1, &new).await.unwrap().changed);
    late().await;
    let blue = typed(&world, 1, "blue").await;
    assert!(send(&world, 1, &blue).await.unwrap().changed);
    late().await;
    assert!(own(&world, 1).await == Some(answers("blue")));
    // Thrown away.
    let green = typed(&world, 1, "green").await;
    vault.discard_draft(&me, POLL).await.unwrap();
    assert!(matches!(send(&world, 1, &green).await, Err(Error::Overtaken)));
    assert!(own(&world, 1).await == Some(answers("blue")));
    // Withdrawn, with what was typed to change it.
    let green = typed(&world, 1, "green").await;
    assert!(vault.withdraw(&me, POLL).await.unwrap());
    assert!(matches!(send(&world, 1, &green).await, Err(Error::Overtaken)));
    assert!(own(&world, 1).await.is_none());
    // In one round with others, who are not held up by it.
    let unsent = [typed(&world, 2, "blue").await, old, typed(&world, 3, "red").await];
    let [two, one, three] = &unsent;
    let (two, one, three) =
        tokio::join!(send(&world, 2, two), send(&world, 1, one), send(&world, 3, three));
    assert_eq!((two.is_ok(), one.is_ok(), three.is_ok()), (true, false, true));
    // Another person's draft is nobody else's to send.
    let other = typed(&world, 4, "blue").await;
    assert!(matches!(send(&world, 5, &other).await, Err(Error::Overtaken)));
    assert_eq!(world.count("response").await, 2);
}

async fn what_a_form_carries_is_the_persons_own(world: World) {
    let carried = async |number: u32, poll: Uuid, form: &str| {
        world.vault.carried(&person(number).await, poll, form).await.unwrap()
    };
    let form = typed(&world, 1, "red").await.to_carry();
    let back = carried(1, POLL, &form).await.unwrap();
    assert!(back.draft == draft_of(&world.vault, &person(1).await, POLL).await.unwrap().unwrap());
    // Nobody else's, of no other poll, and not changed; and nothing that is no draft.
    world.vault.create_poll_key(OTHER, &mut rng(1)).await.unwrap();
    world.vault.open(OTHER).await.unwrap();
    assert!(carried(2, POLL, &form).await.is_none());
    assert!(carried(1, OTHER, &form).await.is_none());
    for place in 0..form.len() {
        let mut changed = form.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        assert!(carried(1, POLL, std::str::from_utf8(&changed).unwrap()).await.is_none());
    }
    for wrong in ["", "A", "-", "=", "\0", &form[1..], &format!("{form}A"), &"A".repeat(99_999)] {
        assert!(carried(1, POLL, wrong).await.is_none(), "{wrong}");
    }
    // It is sent once, and not after something else was typed.
    assert!(!send(&world, 1, &back).await.unwrap().changed);
    assert!(matches!(send(&world, 1, &back).await, Err(Error::Overtaken)));
    typed(&world, 1, "blue").await;
    assert!(matches!(send(&world, 1, &back).await, Err(Error::Overtaken)));
    assert!(own(&world, 1).await == Some(answers("red")));
    // Long answers are not carried.
    assert_eq!(typed(&world, 1, &"red".repeat(2_000)).await.to_carry(), "");
}

/// Somebody's request runs out of time while the database is slow, and they send something else:
/// what they were not told of does not come after it. Held up at will on PostgreSQL only.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_not_stored_over_what_is_sent_next() {
    let (number, _) = POLL.as_u64_pair();
    let before_all = format!("SELECT pg_advisory_xact_lock({})", number.cast_signed());
    let while_storing = "LOCK TABLE response IN EXCLUSIVE MODE";
    for held_up in [before_all.as_str(), while_storing] {
        let world = Arc::new(World::on_postgres().await);
        let red = Arc::new(typed(&world, 1, "red").await);
        let other = connection::open(&world.url).await.unwrap();
        let held = other.begin().await.unwrap();
        held.execute_unprepared(held_up).await.unwrap();
        let sending = |unsent: Arc<Unsent>| {
            let world = world.clone();
            tokio::spawn(async move { send(&world, 1, &unsent).await })
        };
        // One is in a round, the next ones wait for theirs.
        let given_up = [sending(red.clone()), sending(red.clone()), sending(red)];
        while world.waiting().await < 1 {
            tokio::task::yield_now().await;
        }
        for one in given_up {
            one.abort();
            assert!(one.await.is_err_and(|error| error.is_cancelled()));
        }
        let next = {
            let world = world.clone();
            tokio::spawn(async move {
                let blue = typed(&world, 1, "blue").await;
                send(&world, 1, &blue).await.unwrap();
            })
        };
        // It is typed at once, or waits for what is being sent.
        let typed_or_waits = async || {
            let draft = draft_of(&world.vault, &person(1).await, POLL).await.unwrap();
            let blue = draft.is_some_and(|it| it.typed["colour"].choice.as_deref() == Some("blue"));
            blue || world.waiting().await > 1
        };
        while !typed_or_waits().await {
            tokio::task::yield_now().await;
        }
        held.rollback().await.unwrap();
        next.await.unwrap();
        assert_eq!((world.count("response").await, world.count("draft").await), (1, 0));
        assert!(own(&world, 1).await == Some(answers("blue")), "{held_up}");
    }
}

/// Somebody withdraws in one window while the other sends what was typed to change the answer: each
/// wants the draft and the response. Held up between the two on PostgreSQL only, by the trace that a
/// withdrawal from a batch leaves.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_during_a_withdrawal_waits_for_it_and_is_overtaken() {
    let world = Arc::new(World::on_postgres().await);
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.rows("UPDATE poll_key SET batch = 2").await;
    let blue = typed(&world, 1, "blue").await;
    let other = connection::open(&world.url).await.unwrap();
    let held = other.begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE released IN EXCLUSIVE MODE").await.unwrap();
    let waits = async |number| {
        while world.waiting().await < number {
            tokio::task::yield_now().await;
        }
    };
    let withdrawing = {
        let world = world.clone();
        tokio::spawn(async move { world.vault.withdraw(&person(1).await, POLL).await })
    };
    waits(1).await;
    let sending = {
        let world = world.clone();
        tokio::spawn(async move { send(&world, 1, &blue).await })
    };
    waits(2).await;
    held.rollback().await.unwrap();
    assert!(withdrawing.await.unwrap().unwrap());
    assert!(matches!(sending.await.unwrap(), Err(Error::Overtaken)));
    assert_eq!((world.count("response").await, world.count("draft").await), (0, 0));
}

/// SQLite gives up a whole transaction when the disk is full. What is acknowledged after that is
/// stored all the same, for others to see, and not in a transaction that nobody will end.
#[tokio::test]
async fn what_is_acknowledged_is_committed_after_the_database_gave_transactions_up() {
    let world = World::on_sqlite().await;
    for (region, how) in [("full", "ROLLBACK"), ("refused", "ABORT")] {
        let refuse = format!(
            "CREATE TRIGGER {region} BEFORE INSERT ON response WHEN NEW.region = '{region}' \
             BEGIN SELECT RAISE({how}, '{region}'); END"
        );
        world.db.execute_unprepared(&refuse).await.unwrap();
    }
    let send = async |number: u32, region: &str| {
        let facts = StoredFacts { region: Some(region.into()), ..StoredFacts::default() };
        submit(&world.vault, number, &answers("red"), facts, day(1)).await
    };
    for number in 0..20 {
        for region in ["full", "refused", "full", "refused"] {
            assert!(matches!(send(number, region).await, Err(Error::Db(_))));
        }
        assert!(send(number, "north").await.is_ok());
        let seen = world.another_vault().await.own(&person(number).await, POLL).await.unwrap();
        assert!(seen.is_some(), "{number} is acknowledged and not committed");
    }
}

/// What is stored is told as stored, also where the reason for which others of the round were refused
/// cannot be read: trying again one by one would find that the drafts are gone.
#[tokio::test]
async fn what_is_stored_is_not_tried_again_for_what_is_refused() {
    let world = Arc::new(World::on_sqlite().await);
    world.vault.create_poll_key(OTHER, &mut rng(1)).await.unwrap();
    world.vault.open(OTHER).await.unwrap();
    let to_other = async |vault: &Vault, number: u32| {
        let who = person(number).await;
        let (asked, said) = (questionnaire(), answers("red"));
        let said = Submission::new(&asked, &said, StoredFacts::default());
        vault.submit(&who, OTHER, said, day(1), &mut rng(number.into())).await
    };
    to_other(&world.vault, 100).await.unwrap();
    let unreadable = "UPDATE poll_key SET state = 'unknown' WHERE state = 'open' AND poll_id <> ";
    world.db.execute_unprepared(&format!("{unreadable}x'{}'", POLL.simple())).await.unwrap();
    let mut sending = JoinSet::new();
    for number in 0..40 {
        let unsent = typed(&world, number, "red").await;
        let world = world.clone();
        sending.spawn(async move {
            let (other, own) =
                tokio::join!(to_other(&world.vault, number), send(&world, number, &unsent));
            assert!(matches!(other, Err(Error::Db(_))), "{number}");
            assert!(own.is_ok(), "{number}: {:?}", own.err());
        });
    }
    sending.join_all().await;
    assert_eq!((world.count("response").await, world.count("draft").await), (41, 0));
}

/// One row in somebody's transaction that does not end. On PostgreSQL only: SQLite has one writer.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_one_persons_answer_holds_nobody_else_up() {
    let (world, held) = answered_and_held(21, 0..1).await;
    let mut sending = sending(&world, 0..21);
    let all = async {
        while let Some(done) = sending.join_next().await {
            match done.unwrap() {
                (0, sent) => assert!(matches!(sent, Err(Error::Busy))),
                (number, sent) => assert!(sent.unwrap().changed, "{number}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), all).await.expect("some seconds");
    // Whoever leaves waits no longer, either, and with the poll's gate.
    let me = person(0).await;
    let leaving = tokio::time::timeout(Duration::from_secs(10), world.vault.withdraw(&me, POLL));
    assert!(matches!(leaving.await.expect("some seconds"), Err(Error::Busy)));
    // Nor is the poll's end held up.
    world.vault.close(POLL).await.unwrap();
    held.rollback().await.unwrap();
    assert!(own(&world, 0).await == Some(answers("red")));
    assert!(own(&world, 20).await == Some(answers("green")));
}

/// Somebody whose row is held presses again and again. On PostgreSQL only: SQLite has one writer.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_presses_often_while_the_answer_is_held_holds_nobody_up() {
    let (world, held) = answered_and_held(2, 0..1).await;
    let mut sending = sending(&world, [0; 14].into_iter().chain([1]));
    while let Some(done) = sending.join_next().await {
        match done.unwrap() {
            (0, sent) => assert!(matches!(sent, Err(Error::Busy))),
            (_, sent) => assert!(sent.unwrap().changed),
        }
    }
    held.rollback().await.unwrap();
}

/// More rows are held than a round could wait for, one after the other. On PostgreSQL only, as above.
#[tokio::test(flavor = "multi_thread")]
async fn where_much_is_held_a_round_ends_and_says_what_is_stored() {
    let (world, held) = answered_and_held(21, 0..12).await;
    let mut sending = sending(&world, 0..21);
    let mut stored = BTreeMap::new();
    while let Some(done) = sending.join_next().await {
        let (number, sent) = done.unwrap();
        assert!(matches!(sent, Ok(_) | Err(Error::Busy)), "{number} is told neither");
        stored.insert(number, sent.is_ok());
    }
    held.rollback().await.unwrap();
    for (number, stored) in stored {
        assert!(!(stored && number < 12), "{number} is held");
        let colour = if stored { "green" } else { "red" };
        assert!(own(&world, number).await == Some(answers(colour)), "{number}");
    }
}

/// A poll that so many people have answered, "red", and a transaction that holds the answers of these of them.
async fn answered_and_held(people: u32, held: Range<u32>) -> (World, DatabaseTransaction) {
    let world = World::on_postgres().await;
    for number in 0..people {
        let facts = StoredFacts::default();
        submit(&world.vault, number, &answers("red"), facts, day(1)).await.unwrap();
    }
    let other = connection::open(&world.url).await.unwrap();
    let tx = other.begin().await.unwrap();
    hold(&tx, &world, held).await;
    (world, tx)
}

/// All of these change their answers to "green" at the same time.
fn sending(
    world: &World,
    people: impl IntoIterator<Item = u32>,
) -> JoinSet<(u32, Result<Receipt, Error>)> {
    let mut sending = JoinSet::new();
    for number in people {
        let vault = world.vault.clone();
        sending.spawn(async move {
            let facts = StoredFacts::default();
            (number, submit(&vault, number, &answers("green"), facts, day(2)).await)
        });
    }
    sending
}

/// Holds the rows of these people's answers until the transaction ends.
async fn hold(tx: &DatabaseTransaction, world: &World, people: Range<u32>) {
    let key = world.poll_key().await;
    for number in people {
        let row = hex(&pseudonym(&key, number));
        let lock = format!("SELECT id FROM response WHERE pseudonym = '\\x{row}' FOR UPDATE");
        tx.execute_unprepared(&lock).await.unwrap();
    }
}

/// Bytes as PostgreSQL reads them.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}
