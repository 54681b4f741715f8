//! What the clock does with polls, keys and sessions, and which of several servers does it.

use crate::{
    authoring::{another, bring, initiator, load, new_department, office, set, state},
    portal::{TestPortal, noon},
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use migration::{
    connection,
    testing::{self, SqliteFile},
};
use ports::{actions::Action, failure::Failure, states::State};
use questionnaire::Facts;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;
use secrecy::ExposeSecret as _;
use serde_json::json;
use server::{
    clock::{Clock, SystemClock, Zone},
    config::secret::Secret,
    doctor,
    operation::health::{Health, Reason},
    polls::life::Retention,
    scheduler::{LOG_MINUTES, Scheduler},
    statistics::publisher::Publisher,
    store::{lease, poll, poll_event, release, session, staff_log},
};
use std::sync::{Arc, atomic::Ordering};
use uuid::Uuid;
use vault::{Emptied, MasterKey, Vault};

#[tokio::test]
async fn a_poll_opens_closes_and_is_published_by_the_clock() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    bring(&portal, id, State::Scheduled, noon(1)).await;
    portal.at(noon(4)).await;
    assert_eq!(state(&portal, id).await, State::Scheduled);
    portal.at(noon(5)).await;
    author.back(&portal).await;
    let open = author.get(&portal, &page).await;
    open.is(200).shows("Not shown yet").shows("Close now");
    open.shows(&format!("href=\"/polls/{id}\""));
    portal.at(noon(10)).await;
    assert_eq!(state(&portal, id).await, State::Published);
    author.back(&portal).await;
    // Nobody answered.
    let published = author.get(&portal, &page).await;
    published.is(200).shows(">Results withheld<").hides("Published results");
    published.shows("Closed → Results withheld").hides("Closed → Published");
}

async fn events(portal: &TestPortal, id: Uuid) -> u64 {
    let of = poll_event::Column::PollId.eq(id);
    poll_event::Entity::find().filter(of).count(&portal.platform.db).await.unwrap()
}

#[tokio::test]
async fn two_servers_do_the_scheduled_work_once() {
    let (portal, department, mut author) = office().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let id = author.ready(&portal, department).await;
        bring(&portal, id, State::Scheduled, noon(1)).await;
        ids.push(id);
    }
    let servers = [Scheduler::new(another(&portal)), Scheduler::new(another(&portal))];
    let [one, two] = &servers;
    for now in [noon(5), noon(10)] {
        portal.clock.set(now);
        let (one, two) = tokio::join!(one.tick(now), two.tick(now));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.leading != two.leading, "{one:?} {two:?}");
        assert_eq!((one.failed, two.failed), (0, 0));
    }
    // The lease only saves work: without it the result is the same.
    let life = another(&portal);
    portal.clock.set(noon(1));
    author.back(&portal).await;
    let id = author.ready(&portal, department).await;
    set(&portal, id, |poll| poll.closes_at = Some(noon(20))).await;
    bring(&portal, id, State::Scheduled, noon(10)).await;
    let poll = load(&portal, id).await;
    let race = tokio::join!(
        life.change(&poll, State::Open, None, None, noon(10)),
        life.change(&poll, State::Open, None, None, noon(10)),
    );
    let mut race = [race.0, race.1];
    race.sort_by_key(Result::is_err);
    assert_eq!(race, [Ok(()), Err(Failure::Conflict)]);
    for id in ids {
        assert_eq!(state(&portal, id).await, State::Published);
        assert_eq!(events(&portal, id).await, 5, "each change once");
    }
    assert_eq!(release::Entity::find().count(&portal.platform.db).await.unwrap(), 5);
}

#[tokio::test]
async fn a_lease_passes_on_when_its_holder_is_gone() {
    let portal = TestPortal::new().await;
    let (one, two) = (Scheduler::new(another(&portal)), Scheduler::new(another(&portal)));
    let seconds = |seconds| noon(1) + TimeDelta::seconds(seconds);
    assert!(one.tick(seconds(0)).await.unwrap().leading);
    assert!(!two.tick(seconds(5)).await.unwrap().leading);
    assert!(one.tick(seconds(20)).await.unwrap().leading);
    assert!(!two.tick(seconds(40)).await.unwrap().leading, "renewed at 20");
    assert!(two.tick(seconds(50)).await.unwrap().leading, "run out");
    assert!(!one.tick(seconds(55)).await.unwrap().leading);
    // A clock that was an hour ahead must not stop the work for an hour.
    assert!(two.tick(seconds(3650)).await.unwrap().leading);
    assert!(one.tick(seconds(60)).await.unwrap().leading);
    // Whoever stops lets another go on at once, and gives up nobody else's lease.
    two.retire().await.unwrap();
    assert!(!two.tick(seconds(61)).await.unwrap().leading);
    one.retire().await.unwrap();
    assert!(two.tick(seconds(62)).await.unwrap().leading);
}

/// Until then they have what was deleted.
#[tokio::test]
async fn the_logs_of_embedded_stores_are_emptied_again_and_again() {
    let portal = TestPortal::sqlite().await;
    let stores = [&portal.config.stores.portal, &portal.config.stores.vault];
    let urls = stores.map(|store| store.read().unwrap());
    let logs = urls.each_ref().map(|url| {
        let store = server::operation::embedded::file(url.expose_secret()).unwrap();
        format!("{}-wal", store.display())
    });
    let written = || logs.each_ref().map(|log| std::fs::metadata(log).unwrap().len() > 0);
    let round = async |round: i64| {
        let now = noon(1) + TimeDelta::seconds(lease::RENEWED.cast_signed() * round);
        assert_eq!(portal.scheduler.tick(now).await.unwrap().failed, 0);
    };
    assert_eq!(written(), [true; 2]);
    round(0).await;
    assert_eq!(written(), [false; 2]);
    let mut random = server::entropy::AsRng(&*portal.platform.entropy);
    portal.vault.create_poll_key(portal.platform.uuid(), &mut random).await.unwrap();
    let next = i64::from(LOG_MINUTES) * 60 / lease::RENEWED.cast_signed();
    for number in 1..next {
        // This writes into the portal's store.
        round(number).await;
        assert_eq!(written(), [true; 2], "{number}");
    }
    // Whoever reads is in the way.
    let vault = connection::open(urls[1].expose_secret()).await.unwrap();
    let reading = vault.begin().await.unwrap();
    reading.execute_unprepared("SELECT COUNT(*) FROM poll_key").await.unwrap();
    round(next).await;
    assert_eq!(written(), [false, true]);
    reading.rollback().await.unwrap();
    round(next + 1).await;
    assert_eq!(written(), [false; 2]);
}

/// As where polls of a whole country are counted: otherwise another server would count them beside it.
#[tokio::test]
async fn a_server_keeps_the_lease_while_its_round_takes_long() {
    let portal = TestPortal::new().await;
    let id = portal.open_poll(|poll| poll.opens_at = Some(noon(5))).await;
    // Its way to the vault takes as long as this one is held.
    let file = SqliteFile::new();
    let vault = connection::open(&file.url()).await.unwrap();
    migration::vault::Migrator::up(&vault, None).await.unwrap();
    let mut life = another(&portal);
    life.vault = Arc::new(Vault::new(vault.clone(), MasterKey::from_bytes([42; 32])));
    let writing = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let held = vault.begin_with_options(writing).await.unwrap();
    let (mut one, two) = (Scheduler::new(life), Scheduler::new(another(&portal)));
    let beat = one.beat();
    beat.failed.store(1, Ordering::Relaxed);
    let renewed = async |now| {
        while lease::last_beat(&portal.platform.db).await.unwrap() != Some(now) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    portal.clock.set(noon(5));
    let later = noon(5) + TimeDelta::minutes(1);
    let beside = async {
        renewed(noon(5)).await;
        portal.clock.set(later);
        renewed(later).await;
        assert!(!two.tick(later).await.unwrap().leading, "it would have run out");
        let failed = beat.failed.load(Ordering::Relaxed);
        assert_eq!(failed, 1, "what failed before is told until the round is over");
        held.rollback().await.unwrap();
    };
    let both = async { tokio::join!(one.round(noon(5)), beside) };
    let soon = std::time::Duration::from_mins(1);
    tokio::time::timeout(soon, Box::pin(both)).await.expect("the lease is renewed");
    assert_eq!(state(&portal, id).await, State::Open, "and the round goes on");
    assert_eq!(said(&one), (true, 0, later.timestamp()), "it is a success of when it ended");
}

#[tokio::test]
async fn a_server_that_stops_lets_another_go_on_at_once() {
    let portal = TestPortal::new().await;
    portal.clock.set(noon(1));
    let (one, two) = (Scheduler::new(another(&portal)), Scheduler::new(another(&portal)));
    let beat = one.beat();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(one.run(async move {
        let _ = stopped.await;
    }));
    while !beat.leading.load(Ordering::Relaxed) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(!two.tick(noon(1)).await.unwrap().leading);
    drop(stop);
    running.await.unwrap();
    assert!(!beat.leading.load(Ordering::Relaxed));
    assert!(two.tick(noon(1)).await.unwrap().leading);
}

/// What a scheduler says of itself: whether it leads, how much failed, and when it last did all.
fn said(scheduler: &Scheduler) -> (bool, u32, i64) {
    let beat = scheduler.beat();
    (
        beat.leading.load(Ordering::Relaxed),
        beat.failed.load(Ordering::Relaxed),
        beat.succeeded.load(Ordering::Relaxed),
    )
}

/// A store that does not answer.
async fn broken(address: &Secret) -> DatabaseConnection {
    let url = address.read().unwrap();
    let db = connection::open(url.expose_secret()).await.unwrap();
    db.close_by_ref().await.unwrap();
    db
}

#[tokio::test]
async fn a_server_whose_work_fails_lets_another_do_it() {
    let portal = TestPortal::new().await;
    let mut life = another(&portal);
    let vault = broken(&portal.config.stores.vault).await;
    life.vault = Arc::new(Vault::new(vault, MasterKey::from_bytes([42; 32])));
    let (mut sick, mut well) = (Scheduler::new(life), Scheduler::new(another(&portal)));
    let mut now = noon(1);
    for _ in 0..2 {
        sick.round(now).await;
        well.round(now).await;
        assert_eq!((said(&sick), said(&well)), ((true, 1, 0), (false, 0, 0)), "it may be a moment");
        now += TimeDelta::seconds(5);
    }
    sick.round(now).await;
    assert_eq!(said(&sick), (false, 1, 0), "and never a success, for not having led neither");
    well.round(now).await;
    assert_eq!(said(&well), (true, 0, now.timestamp()));
    // Also when nobody has the lease, a bid is left to others, and no more.
    well.retire().await.unwrap();
    now += TimeDelta::seconds(5);
    sick.round(now).await;
    assert!(!said(&sick).0);
    now += TimeDelta::seconds(5);
    sick.round(now).await;
    assert!(said(&sick).0);
}

/// What has run out is in the portal's store, and what is published is counted by another way.
#[tokio::test]
async fn a_vault_that_does_not_answer_holds_up_nothing_that_can_do_without_it() {
    let (portal, department, mut author) = office().await;
    let (anna, _) = crate::accounts::anna(&portal).await;
    let id = author.ready(&portal, department).await;
    bring(&portal, id, State::Closed, noon(5)).await;
    let mut life = another(&portal);
    let vault = broken(&portal.config.stores.vault).await;
    life.vault = Arc::new(Vault::new(vault, MasterKey::from_bytes([42; 32])));
    let mut alone = Scheduler::new(life);
    let now = noon(1) + TimeDelta::days(366);
    portal.clock.set(now);
    alone.round(now).await;
    assert_eq!(said(&alone), (true, 1, 0), "it is no success all the same");
    let known = portal.attributes.all(anna).await.unwrap();
    assert_eq!(known.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["region"]);
    assert_eq!(state(&portal, id).await, State::Published);
}

/// A poll that cannot be published, for whatever reason, is no reason for all the others to be late.
#[tokio::test]
async fn a_server_alone_goes_on_beside_a_step_that_fails() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    bring(&portal, id, State::Open, noon(5)).await;
    let mut life = another(&portal);
    let [one, other] = [&portal.config.stores.portal, &portal.config.stores.vault].map(broken);
    life.publisher = Publisher::of_role(one.await, other.await);
    let mut alone = Scheduler::new(life);
    for round in 0..24 {
        let now = noon(10) + TimeDelta::seconds(5 * round);
        portal.clock.set(now);
        alone.round(now).await;
        let (_, failed, succeeded) = said(&alone);
        assert_eq!(failed, 1, "{now}");
        assert!(now.timestamp() - succeeded <= 5, "one round is left to others: {now}");
    }
    assert_eq!(state(&portal, id).await, State::Closed);
}

/// A clock that is wrong by so much.
struct Wrong(TimeDelta);

impl Clock for Wrong {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }
}

#[tokio::test]
async fn a_server_whose_clock_differs_from_the_database_s_does_not_lead() {
    let [portal, vault] = [testing::postgres().await, testing::postgres().await];
    let stores = json!({ "portal": portal.unwrap(), "vault": vault.unwrap() });
    let portal = TestPortal::on(&stores).await;
    let url = portal.config.stores.vault.read().unwrap();
    let vault = connection::open(url.expose_secret()).await.unwrap();
    let by = |by| {
        let mut life = another(&portal);
        life.platform.clock = Arc::new(Wrong(by));
        (Scheduler::new(life), SystemClock.now() + by)
    };
    let ready = async |scheduler: &Scheduler| {
        let store = portal.platform.db.clone();
        let vault = (vault.clone(), portal.vault.clone());
        Health::new(store, vault.0, vault.1, scheduler.beat()).ready().await
    };
    let doctor = async |by| {
        let checks = doctor::examine(Ok(portal.config.clone()), Arc::new(Wrong(by))).await;
        let beside = |check: &&doctor::Check| check.what.starts_with("clock beside");
        checks.iter().find(beside).unwrap().wrong().map(str::to_owned)
    };
    for (wrong, way) in [(TimeDelta::days(40), "ahead of"), (TimeDelta::minutes(-1), "behind")] {
        let (mut scheduler, now) = by(wrong);
        scheduler.round(now).await;
        assert_eq!(said(&scheduler), (false, 1, 0));
        assert_eq!(ready(&scheduler).await, Err(Reason::Clock));
        assert!(doctor(wrong).await.is_some_and(|words| words.contains(way)), "{way}");
    }
    assert_eq!(lease::last_beat(&portal.platform.db).await.unwrap(), None, "nobody has led");
    let slightly = TimeDelta::seconds(3);
    let (mut scheduler, now) = by(slightly);
    scheduler.round(now).await;
    let (leading, failed, succeeded) = said(&scheduler);
    assert_eq!((leading, failed), (true, 0));
    assert!(succeeded >= now.timestamp(), "{succeeded}");
    assert_eq!(ready(&scheduler).await, Ok(()));
    assert_eq!(doctor(slightly).await, None);
}

#[tokio::test]
async fn a_server_that_cannot_ask_for_the_lease_does_not_say_that_it_leads() {
    let portal = TestPortal::new().await;
    let mut life = another(&portal);
    let url = portal.config.stores.portal.read().unwrap();
    life.platform.writer = connection::open(url.expose_secret()).await.unwrap();
    let store = life.platform.writer.clone();
    let mut scheduler = Scheduler::new(life);
    scheduler.round(noon(1)).await;
    assert_eq!(said(&scheduler), (true, 0, noon(1).timestamp()));
    store.close().await.unwrap();
    scheduler.round(noon(1) + TimeDelta::seconds(5)).await;
    assert_eq!(said(&scheduler), (false, 1, noon(1).timestamp()));
}

#[tokio::test]
async fn what_was_cut_short_is_finished_after_a_restart() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    bring(&portal, id, State::Scheduled, noon(1)).await;
    // Killed between the vault and the state, at opening: nobody gets in yet.
    let mut random = server::entropy::AsRng(&*portal.platform.entropy);
    portal.vault.create_poll_key(id, &mut random).await.unwrap();
    portal.vault.open(id).await.unwrap();
    assert!(!load(&portal, id).await.takes_answers(noon(5)));
    portal.at(noon(5)).await;
    assert_eq!(state(&portal, id).await, State::Open);
    // At closing.
    portal.vault.close(id).await.unwrap();
    portal.clock.set(noon(10));
    let restarted = Scheduler::new(another(&portal));
    let later = noon(10) + TimeDelta::minutes(1);
    let tick = restarted.tick(later).await.unwrap();
    assert_eq!((tick.closed, tick.published, tick.failed), (1, 1, 0));
    // Between the release and the state, at publishing: the release stays the first one.
    let first = release::Entity::find_by_id(id).one(&portal.platform.db).await.unwrap();
    set(&portal, id, |poll| (poll.state, poll.published_at) = (State::Closed, None)).await;
    let tick = restarted.tick(later + TimeDelta::seconds(5)).await.unwrap();
    assert_eq!((tick.published, tick.failed), (1, 0));
    let again = release::Entity::find_by_id(id).one(&portal.platform.db).await.unwrap();
    assert!(first.is_some());
    assert_eq!(first, again);
}

#[tokio::test]
async fn an_early_closing_that_is_cut_short_lets_nobody_in() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    bring(&portal, id, State::Open, noon(5)).await;
    // The first step is the closing time; then nothing more was done.
    let mut life = another(&portal);
    let vault = broken(&portal.config.stores.vault).await;
    life.vault = Arc::new(Vault::new(vault, MasterKey::from_bytes([42; 32])));
    portal.clock.set(noon(6));
    let poll = load(&portal, id).await;
    let closing = life.change(&poll, State::Closed, Some(author.account), None, noon(6)).await;
    assert!(matches!(closing, Err(Failure::Internal { .. })), "{closing:?}");
    let poll = load(&portal, id).await;
    assert_eq!((poll.state, poll.closes_at), (State::Open, Some(noon(6))));
    assert!(!poll.takes_answers(noon(6)));
    portal.at(noon(6) + TimeDelta::seconds(5)).await;
    assert_eq!(state(&portal, id).await, State::Published);
    // It stays the deed of who began it.
    assert_eq!(closed_by(&portal, id).await, [[Some(author.account)], [Some(author.account)]]);
}

/// Who closed a poll, by its history and by the staff's log.
async fn closed_by(portal: &TestPortal, id: Uuid) -> [Vec<Option<Uuid>>; 2] {
    let events = poll_event::Entity::find()
        .filter(poll_event::Column::PollId.eq(id))
        .filter(poll_event::Column::ToState.eq(State::Closed.code()))
        .all(&portal.platform.db)
        .await
        .unwrap();
    let lines = staff_log::Entity::find()
        .filter(staff_log::Column::Object.eq(id.to_string()))
        .filter(staff_log::Column::Action.eq(Action::PollClosed.code()))
        .all(&portal.platform.db)
        .await
        .unwrap();
    [
        events.into_iter().map(|event| event.actor_id).collect(),
        lines.into_iter().map(|line| line.actor_id).collect(),
    ]
}

#[tokio::test]
async fn an_early_closing_that_the_scheduler_overtakes_is_done_all_the_same() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    bring(&portal, id, State::Open, noon(5)).await;
    portal.clock.set(noon(6));
    // Another server, whose way to the vault takes as long as this one is held.
    let file = SqliteFile::new();
    let db = connection::open(&file.url()).await.unwrap();
    migration::vault::Migrator::up(&db, None).await.unwrap();
    let mut life = another(&portal);
    life.vault = Arc::new(Vault::new(db.clone(), MasterKey::from_bytes([42; 32])));
    let mut random = server::entropy::AsRng(&*portal.platform.entropy);
    life.vault.create_poll_key(id, &mut random).await.unwrap();
    let writing = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let held = db.begin_with_options(writing).await.unwrap();
    let poll = load(&portal, id).await;
    let closing = life.change(&poll, State::Closed, Some(author.account), None, noon(6));
    let overtaking = async {
        while load(&portal, id).await.takes_answers(noon(6)) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        portal.at(noon(6) + TimeDelta::seconds(5)).await;
        assert_eq!(state(&portal, id).await, State::Published);
        held.rollback().await.unwrap();
    };
    let (closed, ()) = tokio::join!(closing, overtaking);
    assert_eq!(closed, Ok(()));
    assert_eq!(closed_by(&portal, id).await, [[Some(author.account)], [Some(author.account)]]);
}

/// Whoever looked while a long round came to the poll has not seen that it is open.
#[tokio::test]
async fn a_poll_has_opened_when_it_is_open_and_not_when_the_round_began() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    bring(&portal, id, State::Scheduled, noon(1)).await;
    let now = noon(5) + TimeDelta::minutes(2);
    portal.clock.set(now);
    assert_eq!(portal.scheduler.tick(noon(5)).await.unwrap().opened, 1);
    assert_eq!(load(&portal, id).await.opened_at, Some(now));
}

#[tokio::test]
async fn a_closing_at_the_set_time_is_nobody_s_deed() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    bring(&portal, id, State::Open, noon(5)).await;
    portal.at(noon(10)).await;
    assert_eq!(closed_by(&portal, id).await, [[None::<Uuid>], [None]]);
}

#[tokio::test]
async fn a_poll_whose_end_passed_while_no_server_ran_closes_at_once() {
    let (portal, department, mut author) = office().await;
    let slept = author.ready(&portal, department).await;
    bring(&portal, slept, State::Open, noon(5)).await;
    let missed = author.ready(&portal, department).await;
    bring(&portal, missed, State::Scheduled, noon(5)).await;
    portal.clock.set(noon(12));
    for id in [slept, missed] {
        assert!(!load(&portal, id).await.takes_answers(noon(12)), "before the first tick");
    }
    portal.at(noon(12)).await;
    for id in [slept, missed] {
        assert_eq!(state(&portal, id).await, State::Published);
    }
    // Nobody got in since its time was over, and that is what is told.
    let of = async |id| {
        let poll = load(&portal, id).await;
        [poll.opens_at, poll.opened_at, poll.closes_at, poll.closed_at].map(Option::unwrap)
    };
    assert_eq!(of(slept).await, [noon(5), noon(5), noon(10), noon(10)]);
    assert_eq!(of(missed).await, [noon(12), noon(12), noon(10), noon(12)]);
    // What happened at one moment is told in its order, the newest first.
    author.back(&portal).await;
    let page = author.get(&portal, &format!("/staff/polls/{slept}")).await;
    let history = page.body.split("id=\"history\"").nth(1).expect("a history");
    let at = |words: &str| history.find(words).unwrap_or_else(|| panic!("{words}: {history}"));
    assert!(at("Closed → Results withheld") < at("Open → Closed"));
    assert!(at("Open → Closed") < at("Scheduled → Open"));
    // Ten days back: a poll's life goes one way.
    portal.at(noon(2)).await;
    assert_eq!(state(&portal, slept).await, State::Published);
}

#[tokio::test]
async fn the_key_goes_at_the_end_of_the_retention() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    set(&portal, id, |poll| poll.retention_days = 3).await;
    bring(&portal, id, State::Open, noon(5)).await;
    portal.at(noon(10)).await;
    portal.at(noon(13) - TimeDelta::seconds(60)).await;
    assert!(!portal.vault.is_destroyed(id).await.unwrap());
    portal.at(noon(13)).await;
    assert!(portal.vault.is_destroyed(id).await.unwrap());
    assert_eq!(load(&portal, id).await.key_destroyed_at, Some(noon(13)));
    portal.at(noon(14)).await;
    assert_eq!(load(&portal, id).await.key_destroyed_at, Some(noon(13)), "once");
}

/// As where a newer version has written something into it since, and a server of this one leads.
#[tokio::test]
async fn the_key_of_a_poll_that_cannot_be_read_goes_at_the_end_of_the_retention_too() {
    let portal = TestPortal::new().await;
    let id = portal.open_poll(|_| {}).await;
    portal.at(noon(20)).await;
    assert_eq!(state(&portal, id).await, State::Published);
    let newer = poll::Entity::update_many()
        .col_expr(poll::Column::SpecialCategory, "of_tomorrow".into())
        .filter(poll::Column::Id.eq(id));
    newer.exec(&portal.platform.db).await.unwrap();
    portal.at(noon(20) + TimeDelta::days(29)).await;
    assert!(!portal.vault.is_destroyed(id).await.unwrap());
    portal.at(noon(20) + TimeDelta::days(31)).await;
    assert!(portal.vault.is_destroyed(id).await.unwrap());
}

/// Whoever reads for long holds up what is left to do with a key, and nothing of the other polls.
#[tokio::test]
async fn a_key_that_is_held_holds_up_no_other_poll() {
    let (portal, department, mut author) = office().await;
    let mut polls = Vec::new();
    for _ in 0..2 {
        let id = author.ready(&portal, department).await;
        set(&portal, id, |poll| poll.questionnaire.questions.truncate(1)).await;
        bring(&portal, id, State::Open, noon(5)).await;
        let account = portal.account(&Facts::default()).await;
        portal.answer(&mut portal.sign_in(account).await, id).await;
        polls.push(id);
    }
    portal.at(noon(10)).await;
    polls.sort_unstable();
    let day = |day| noon(day).date_naive();
    // The first one's rows are emptied; only its key may still be in the way the day after.
    portal.vault.destroy_poll_key(polls[0], day(12)).await.unwrap();
    while portal.vault.empty(polls[0], day(12), 99).await.unwrap() == Emptied::Held {}
    let url = portal.config.stores.vault.read().unwrap();
    let db = connection::open(url.expose_secret()).await.unwrap();
    let reading = db.begin().await.unwrap();
    reading.execute_unprepared("SELECT COUNT(*) FROM response").await.unwrap();
    portal.vault.destroy_poll_key(polls[1], day(13)).await.unwrap();
    portal.at(noon(13)).await;
    let left = "SELECT COUNT(*) AS n FROM response WHERE counted <> '[]'";
    let left = Statement::from_string(DbBackend::Sqlite, left);
    let row = db.query_one_raw(left).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 0);
    assert!(portal.vault.to_empty().await.unwrap().contains(&polls[0]), "later");
    // If that goes on for long, it is told; once found after a pause it may be a moment.
    let mut ticks = Vec::new();
    for round in 0..5 {
        let now = noon(13) + TimeDelta::hours(2) + TimeDelta::seconds(5 * round);
        portal.clock.set(now);
        ticks.push(portal.scheduler.tick(now).await.unwrap());
    }
    assert_eq!((ticks[0].held, ticks[0].failed), (0, 0));
    assert!(ticks[4].held > 0 && ticks[4].failed == ticks[4].held, "{ticks:?}");
    reading.rollback().await.unwrap();
    // Whoever else is at this database can hold it up, too.
    while portal.scheduler.tick(portal.platform.now()).await.unwrap().held > 0 {}
}

/// Of what became shorter in it single copies may be left until then.
#[tokio::test]
async fn the_portals_file_is_written_anew_when_the_vaults_is() {
    let portal = TestPortal::sqlite().await;
    let db = &portal.platform.db;
    portal.open_poll(|_| {}).await;
    portal.at(noon(20)).await;
    let junk = "CREATE TABLE junk AS SELECT randomblob(100000) AS bytes; DROP TABLE junk";
    db.execute_unprepared(junk).await.unwrap();
    let free = async || {
        let sql = "SELECT freelist_count AS n FROM pragma_freelist_count";
        let pages = Statement::from_string(DbBackend::Sqlite, sql);
        db.query_one_raw(pages).await.unwrap().unwrap().try_get::<i64>("", "n").unwrap()
    };
    portal.at(noon(20) + TimeDelta::days(31)).await;
    assert!(free().await > 0, "nothing of the poll had to be emptied");
    // Whoever else is at it can hold it up.
    for _ in 0..9 {
        portal.at(noon(20) + TimeDelta::days(32)).await;
    }
    assert_eq!((free().await, portal.vault.files_written_anew()), (0, 1));
}

/// It is told until it is done.
#[tokio::test]
async fn a_portals_file_that_cannot_be_written_anew_is_tried_again_the_day_after() {
    let portal = TestPortal::sqlite().await;
    let db = &portal.platform.db;
    portal.open_poll(|_| {}).await;
    portal.at(noon(20)).await;
    portal.at(noon(20) + TimeDelta::days(31)).await;
    let tick = async |days| {
        let now = noon(20) + TimeDelta::days(days);
        portal.clock.set(now);
        let tick = portal.scheduler.tick(now).await.unwrap();
        (tick.failed, tick.held)
    };
    // A table that cannot be made once more.
    let odd = "CREATE TABLE odd (name text PRIMARY KEY); PRAGMA writable_schema = ON; \
               UPDATE sqlite_schema SET sql = replace(sql, 'text', 'text COLLATE unknown') \
               WHERE name = 'odd'; PRAGMA writable_schema = OFF";
    db.execute_unprepared(odd).await.unwrap();
    // Whoever else is at it can hold it up.
    let mut tries = 0;
    while tick(32).await != (1, 0) {
        tries += 1;
        assert!(tries < 9, "it fails");
    }
    db.execute_unprepared("DROP TABLE odd").await.unwrap();
    for _ in 0..2 {
        assert_eq!(tick(32).await, (1, 1), "it is put off");
    }
    tries = 0;
    while tick(33).await != (0, 0) {
        tries += 1;
        assert!(tries < 9, "it is done");
    }
}

/// However many polls have ended, a tick is not longer for it.
#[tokio::test]
async fn a_tick_empties_so_much_of_all_polls_together() {
    let portal = TestPortal::new().await;
    let url = portal.config.stores.vault.read().unwrap();
    let db = connection::open(url.expose_secret()).await.unwrap();
    let mut random = server::entropy::AsRng(&*portal.platform.entropy);
    for number in 1..=60 {
        let poll = Uuid::from_u128(number);
        portal.vault.create_poll_key(poll, &mut random).await.unwrap();
        // Each takes a step.
        let sql =
            "INSERT INTO draft (poll_id, pseudonym, content, saved_on) VALUES ($1, $2, $3, $4)";
        let bytes = vec![7_u8; 32];
        let values = [poll.into(), bytes.clone().into(), bytes.into(), noon(1).date_naive().into()];
        let draft = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        db.execute_raw(draft).await.unwrap();
    }
    db.execute_unprepared("UPDATE poll_key SET destroyed_on = '2026-11-01'").await.unwrap();
    let drafts = async || {
        let sql = "SELECT COUNT(*) AS n FROM draft";
        let count = Statement::from_string(db.get_database_backend(), sql);
        db.query_one_raw(count).await.unwrap().unwrap().try_get::<i64>("", "n").unwrap()
    };
    for left in [10, 0] {
        portal.at(noon(2)).await;
        assert_eq!(drafts().await, left);
    }
    // Whoever else is at this database can hold up the note.
    while !portal.vault.to_empty().await.unwrap().is_empty() {
        portal.at(noon(2)).await;
    }
}

#[tokio::test]
async fn a_key_goes_on_the_day_that_was_told() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let day = |month, day| chrono::NaiveDate::from_ymd_opt(2026, month, day);
    let cases = [
        // Clocks are put back between the two: a day of those thirty has 25 hours.
        ("2026-10-09T22:00:03Z", day(11, 9), "2026-11-08T22:30:00Z", "2026-11-08T23:00:03Z"),
        // And forward: one of them has 23, and half an hour before midnight is on that day still.
        ("2026-03-10T22:30:04Z", day(4, 9), "2026-04-09T21:30:00Z", "2026-04-09T21:30:04Z"),
    ];
    for (published, told, early, due) in cases {
        let portal = TestPortal::new().await;
        let department = new_department(&portal).await;
        let mut author = initiator(&portal, department).await;
        let id = author.ready(&portal, department).await;
        bring(&portal, id, State::Open, noon(5)).await;
        portal.at(noon(10)).await;
        let mut life = another(&portal);
        life.platform.zone = Zone(Tz::Europe__Berlin);
        set(&portal, id, |poll| poll.published_at = Some(at(published))).await;
        let poll = load(&portal, id).await;
        assert_eq!(server::polls::notice::severed_on(&poll, life.platform.zone), told);
        assert!(!life.end(Retention::of(&poll), at(early)).await.unwrap(), "{early}");
        assert!(!portal.vault.is_destroyed(id).await.unwrap());
        assert!(life.end(Retention::of(&poll), at(due)).await.unwrap(), "{due}");
        assert_eq!(Some(life.platform.zone.day(at(due))), told);
    }
}

#[tokio::test]
async fn sessions_that_have_run_out_are_removed() {
    let portal = TestPortal::new().await;
    portal.sign_in(portal.account(&Facts::default()).await).await;
    let sessions = || async { session::Entity::find().count(&portal.platform.db).await.unwrap() };
    portal.at(noon(1)).await;
    assert_eq!(sessions().await, 1);
    portal.at(noon(20) + TimeDelta::days(60)).await;
    assert_eq!(sessions().await, 0);
}
