//! Publishing on PostgreSQL under the role that can do nothing else.

use crate::{
    portal::{Browser, TestPortal, noon},
    statistics::{answered, results},
};
use chrono::TimeDelta;
use migration::{connection, roles, testing};
use ports::{failure::Failure, states::State};
use questionnaire::{Facts, Questionnaire};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryResult, Statement, TransactionTrait as _,
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use server::{
    clock::SystemClock, doctor, polls::record::Poll, scheduler::Scheduler, statistics::release,
    store::poll_event,
};
use std::sync::Arc;
use uuid::Uuid;

/// Only for the throw-away databases of tests.
const PASSWORD: &str = "tried";

/// The address of the same database for another role.
fn for_role(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (_, place) = rest.split_once('@').unwrap();
    format!("{scheme}://{role}:{PASSWORD}@{place}")
}

/// Makes the roles. They belong to all databases of a server, and another test may be making them.
async fn make_roles(admin: &DatabaseConnection) {
    let mut last = None;
    for _ in 0..600 {
        match admin.execute_unprepared(roles::SQL).await {
            Ok(_) => return,
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the roles cannot be made: {last:?}");
}

/// A portal whose three roles are as `veche migrate --roles` makes them, and who made them.
async fn portal() -> (TestPortal, DatabaseConnection) {
    portal_at(testing::postgres().await.unwrap()).await
}

async fn portal_at(url: String) -> (TestPortal, DatabaseConnection) {
    let admin = connection::open(&url).await.unwrap();
    make_roles(&admin).await;
    let stores = json!({
        "portal": for_role(&url, "veche_portal"),
        "vault": for_role(&url, "veche_vault"),
        "publisher": for_role(&url, "veche_publisher"),
    });
    // The publisher has its rights after the first migration only.
    let portal = TestPortal::on(&stores).await;
    make_roles(&admin).await;
    (portal, admin)
}

async fn state(portal: &TestPortal, poll: Uuid) -> State {
    Poll::load(&portal.platform.db, poll).await.unwrap().state
}

async fn publications(portal: &TestPortal, poll: Uuid) -> u64 {
    poll_event::Entity::find()
        .filter(poll_event::Column::PollId.eq(poll))
        .filter(poll_event::Column::ToState.eq(State::Published.code()))
        .count(&portal.platform.db)
        .await
        .unwrap()
}

/// It is published on the day after, after an attempt that failed.
async fn published_soon(portal: &TestPortal, poll: Uuid) {
    portal.at(noon(22)).await;
    // The attempt before may still be being rolled back: the poll is another's to count as long.
    for _ in 0..100 {
        if state(portal, poll).await == State::Published {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        portal.at(noon(22)).await;
    }
    assert_eq!(state(portal, poll).await, State::Published);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_publisher_s_role_publishes_and_nobody_else_needs_to() {
    let (portal, admin) = portal().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 31), ("green", "", 12)]).await;
    // It needs nothing of the portal's, and neither of the others can count.
    let nothing = "REVOKE ALL ON ALL TABLES IN SCHEMA portal FROM veche_publisher; \
                   REVOKE ALL ON SCHEMA portal FROM veche_publisher; \
                   REVOKE EXECUTE ON FUNCTION vault.count_closed FROM veche_vault";
    admin.execute_unprepared(nothing).await.unwrap();
    // Without its right nothing is published, and nothing is broken.
    let right = "EXECUTE ON FUNCTION vault.count_closed";
    let revoke = format!("REVOKE {right} FROM veche_publisher");
    admin.execute_unprepared(&revoke).await.unwrap();
    portal.clock.set(noon(21));
    let tick = portal.scheduler.tick(noon(21)).await.unwrap();
    assert_eq!((tick.closed, tick.published, tick.failed), (1, 0, 1));
    assert_eq!(state(&portal, poll).await, State::Closed);
    assert!(release::load(&portal.platform.db, poll).await.unwrap().is_none());
    // With it, the next tick does what is left to do.
    let grant = format!("GRANT {right} TO veche_publisher");
    admin.execute_unprepared(&grant).await.unwrap();
    published_soon(&portal, poll).await;
    assert_eq!(publications(&portal, poll).await, 1);
    portal.get(&mut Browser::default(), &results(poll)).await.is(200).shows("72%");
}

/// A trigger runs with the rights of whoever writes: the portal's tables belong to the portal's role, which
/// could make one.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_counts_writes_nothing_where_the_portal_could_make_more_of_it() {
    let (portal, admin) = portal().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    for sql in [
        "CREATE TABLE wrote (who text)",
        "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         INSERT INTO portal.wrote VALUES (current_user); RETURN NEW; END $$",
        "CREATE TRIGGER spy AFTER INSERT ON release FOR EACH ROW EXECUTE FUNCTION spy()",
    ] {
        portal.platform.db.execute_unprepared(sql).await.unwrap();
    }
    portal.at(noon(21)).await;
    assert_eq!(state(&portal, poll).await, State::Published);
    let wrote = Statement::from_string(DbBackend::Postgres, "SELECT who FROM portal.wrote");
    let wrote = admin.query_all_raw(wrote).await.unwrap();
    let who: Vec<String> = wrote.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(who, ["veche_portal"]);
    let checks = doctor::examine(Ok(portal.config.clone()), Arc::new(SystemClock)).await;
    let said = |what: &str| checks.iter().find(|check| check.what == what).unwrap().wrong();
    assert!(said("portal's triggers").is_some_and(|words| words.starts_with("release.spy ")));
    assert_eq!(said("vault's triggers"), None);
}

/// A vault of its own cluster can be taken over by a replica that was behind, or be brought back to a moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_lost_the_closing_is_closed_once_more() {
    let (portal, admin) = portal().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    let lost = format!("UPDATE vault.poll_key SET state = 'open' WHERE poll_id = '{poll}'");
    let right = "EXECUTE ON FUNCTION vault.count_closed";
    let revoke = format!("REVOKE {right} FROM veche_publisher");
    admin.execute_unprepared(&revoke).await.unwrap();
    portal.clock.set(noon(21));
    portal.scheduler.tick(noon(21)).await.unwrap();
    assert_eq!(state(&portal, poll).await, State::Closed);
    admin.execute_unprepared(&lost).await.unwrap();
    let grant = format!("GRANT {right} TO veche_publisher");
    admin.execute_unprepared(&grant).await.unwrap();
    published_soon(&portal, poll).await;
    admin.execute_unprepared(&lost).await.unwrap();
    let later = noon(22) + TimeDelta::days(40);
    portal.clock.set(later);
    let tick = portal.scheduler.tick(later).await.unwrap();
    assert_eq!((tick.destroyed, tick.failed), (1, 0));
    assert!(portal.vault.is_destroyed(poll).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_deleted_account_nothing_is_left_that_was_published() {
    let (portal, admin) = portal().await;
    let one = |poll: &mut Poll| {
        let questions = poll.questionnaire.questions.drain(..1).collect();
        poll.questionnaire = Questionnaire { questions };
    };
    let poll = portal.open_poll(one).await;
    let early = portal.account(&Facts::default()).await;
    let leaving = portal.account(&Facts::default()).await;
    let staying = portal.account(&Facts::default()).await;
    for account in [early, leaving, staying] {
        portal.answer(&mut portal.sign_in(account).await, poll).await;
    }
    portal.at(noon(21)).await;
    // What a backup may not have yet might have to be published once more, and is then to count the same.
    let kept = TimeDelta::days(portal.config.portal.backup_days.into());
    assert!(kept > TimeDelta::days(2) && kept < TimeDelta::days(25), "the key is still there");
    portal.at(noon(22)).await;
    portal.clock.set(noon(21) + kept - TimeDelta::minutes(1));
    let mut browser = portal.sign_in(early).await;
    portal.post(&mut browser, "/api/account/delete", &[("word", "delete")]).await.leads("/");
    portal.clock.set(noon(22) + kept);
    let published = release::load(&portal.platform.db, poll).await.unwrap().unwrap();
    let mut browser = portal.sign_in(leaving).await;
    portal.post(&mut browser, "/api/account/delete", &[("word", "delete")]).await.leads("/");
    let rows = "SELECT counted FROM vault.response ORDER BY length(counted)";
    let rows = admin.query_all_raw(Statement::from_string(DbBackend::Postgres, rows)).await;
    let counted = |row: &QueryResult| row.try_get::<String>("", "counted").unwrap();
    let counted: Vec<String> = rows.unwrap().iter().map(counted).collect();
    assert_eq!((counted.len(), counted[0].as_str()), (3, "[]"));
    assert_ne!(counted[1], "[]");
    let after = release::load(&portal.platform.db, poll).await.unwrap().unwrap();
    assert_eq!(after, published, "a release never changes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_the_release_is_stored_is_made_good() {
    let (portal, _) = portal().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    let open = Poll::load(&portal.platform.db, poll).await.unwrap();
    let early = portal.publisher.publish(&portal.platform, &open, &[]).await;
    assert!(early.is_err(), "an open poll is not counted");
    portal.vault.close(poll).await.unwrap();
    portal.clock.set(noon(21));
    let publish = || portal.publisher.publish(&portal.platform, &open, &[]);
    let outcomes = tokio::join!(publish(), publish(), publish());
    let outcomes = [outcomes.0, outcomes.1, outcomes.2];
    assert!(outcomes.contains(&Ok(())), "of several at once one counts: {outcomes:?}");
    let quicker = |outcome| matches!(outcome, &Ok(()) | &Err(Failure::Conflict));
    assert!(outcomes.iter().all(quicker), "and nobody else's work waits for it: {outcomes:?}");
    let made = release::load(&portal.platform.db, poll).await.unwrap().unwrap();
    assert_eq!(state(&portal, poll).await, State::Open, "the server died here");
    portal.get(&mut Browser::default(), &results(poll)).await.is(404);

    let (one, two) = (&portal.scheduler, Scheduler::new(crate::authoring::another(&portal)));
    let (first, second) = tokio::join!(one.tick(noon(22)), two.tick(noon(22)));
    let published = first.unwrap().published + second.unwrap().published;
    assert_eq!((published, publications(&portal, poll).await), (1, 1));
    assert_eq!(state(&portal, poll).await, State::Published);
    let stored = release::load(&portal.platform.db, poll).await.unwrap().unwrap();
    assert_eq!(stored, made, "a release never changes");
}

/// What somebody may do to the roles by mistake, and what the doctor says of it, of which role.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "GRANT SELECT (pseudonym) ON vault.response TO veche_publisher",
        "publisher's role",
        "vault.response.pseudonym SELECT",
    ),
    (
        "GRANT SELECT (poll_id) ON vault.response TO veche_publisher",
        "publisher's role",
        "vault.response.poll_id SELECT",
    ),
    (
        "REVOKE EXECUTE ON FUNCTION vault.count_closed FROM veche_publisher",
        "publisher's role",
        "lacks the right vault.count_closed() EXECUTE",
    ),
    (
        "GRANT USAGE ON SCHEMA vault TO veche_portal; \
     GRANT SELECT ON vault.draft TO veche_portal",
        "portal's role",
        "vault.draft SELECT",
    ),
    (
        "GRANT USAGE ON SCHEMA portal TO veche_vault; \
     GRANT SELECT ON portal.account TO veche_vault",
        "vault's role",
        "portal.account SELECT",
    ),
    (
        "ALTER ROLE veche_portal NOINHERIT; GRANT veche_vault TO veche_portal",
        "portal's role",
        "veche_portal is a member of veche_vault",
    ),
    (
        "CREATE ROLE clerks; GRANT veche_portal TO clerks; GRANT clerks TO veche_publisher",
        "publisher's role",
        "veche_publisher is a member of veche_portal",
    ),
    (
        "CREATE ROLE keeper CREATEROLE; GRANT veche_portal TO keeper WITH ADMIN OPTION; \
     SET ROLE keeper; GRANT veche_portal TO veche_vault; RESET ROLE",
        "vault's role",
        "veche_vault is a member of veche_portal",
    ),
    ("GRANT keeper TO veche_vault", "vault's role", "veche_vault is a member of keeper"),
    (
        "CREATE ROLE chief SUPERUSER; GRANT chief TO veche_portal",
        "portal's role",
        "veche_portal is a member of chief",
    ),
    (
        "GRANT pg_read_all_data TO veche_publisher",
        "publisher's role",
        "veche_publisher is a member of pg_read_all_data",
    ),
    (
        "GRANT pg_execute_server_program TO veche_vault",
        "vault's role",
        "veche_vault is a member of pg_execute_server_program",
    ),
    (
        "GRANT EXECUTE ON FUNCTION pg_lock_status, pg_stat_get_db_tuples_inserted TO veche_portal",
        "portal's role",
        "can see when somebody answers, by 2 functions of the server (pg_lock_status)",
    ),
    (
        "GRANT EXECUTE ON FUNCTION pg_try_advisory_lock(bigint) TO veche_publisher",
        "publisher's role",
        "can see when somebody answers",
    ),
    ("ALTER ROLE veche_portal REPLICATION", "portal's role", "REPLICATION"),
    ("ALTER ROLE veche_vault CREATEROLE", "vault's role", "CREATEROLE"),
    ("ALTER ROLE veche_publisher BYPASSRLS", "publisher's role", "BYPASSRLS"),
    ("ALTER ROLE veche_portal SUPERUSER", "portal's role", "is a superuser"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tries_the_rights_of_every_role() {
    // Memberships belong to all databases of a server, and other tests would take them back.
    let (portal, admin) = portal_at(testing::lone_postgres().await.unwrap()).await;
    let wrong = async || {
        let checks = doctor::examine(Ok(portal.config.clone()), Arc::new(SystemClock)).await;
        let role = |check: &&doctor::Check| check.what.ends_with("'s role");
        let roles: Vec<_> = checks.iter().filter(role).cloned().collect();
        assert_eq!(roles.len(), 3, "{roles:?}");
        let wrong = |check: doctor::Check| Some((check.what.clone(), check.wrong()?.to_owned()));
        roles.into_iter().filter_map(wrong).collect::<Vec<_>>()
    };
    assert!(wrong().await.is_empty());
    for (mistake, role, words) in MISTAKES {
        admin.execute_unprepared(mistake).await.unwrap();
        let found = wrong().await;
        assert_eq!(found.len(), 1, "{mistake}: {found:?}");
        assert!(found[0].0 == *role && found[0].1.contains(words), "{mistake}: {found:?}");
        assert!(found[0].1.contains("veche migrate --roles"));
        // What the doctor says helps.
        make_roles(&admin).await;
        assert!(wrong().await.is_empty(), "{mistake}");
    }
    // A group that has nothing to do with the stores is nobody's fault.
    admin.execute_unprepared("CREATE ROLE plain; GRANT plain TO veche_portal").await.unwrap();
    assert!(wrong().await.is_empty());
    // One that may read them is, also for a role that inherits nothing and would have to become it.
    let analysts = "CREATE ROLE analysts; GRANT USAGE ON SCHEMA vault TO analysts; \
                    GRANT SELECT ON vault.response TO analysts; GRANT analysts TO veche_portal";
    admin.execute_unprepared(analysts).await.unwrap();
    let found = wrong().await;
    assert!(found.len() == 1 && found[0].1.contains("vault.response SELECT"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_make_one_schema() {
    let url = testing::postgres().await.unwrap();
    let server = || async {
        let db = connection::open(&url).await.unwrap();
        migration::up::<migration::portal::Migrator>(&db).await.unwrap();
        migration::up::<migration::vault::Migrator>(&db).await.unwrap();
    };
    tokio::join!(server(), server(), server(), server());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_publisher_sees_nothing_of_a_poll_that_takes_answers() {
    let (portal, _) = portal().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    let publisher = portal.config.stores.publisher.as_ref().unwrap().read().unwrap();
    let publisher = connection::open(publisher.expose_secret()).await.unwrap();
    // Counting one that is open tells nothing, nor does PostgreSQL say how it did it.
    for sql in ["SELECT 1 FROM vault.response", "SELECT COUNT(poll_id) FROM vault.response"] {
        for sql in [sql.to_owned(), format!("EXPLAIN (ANALYZE, TIMING off) {sql}")] {
            let refused = publisher.execute_unprepared(&sql).await.unwrap_err().to_string();
            assert!(refused.contains("permission denied"), "{sql}: {refused}");
        }
    }
    let counted = async |by_list: bool| {
        let sql = format!("SELECT * FROM count_closed('{poll}', {by_list})");
        let explained =
            Statement::from_string(DbBackend::Postgres, format!("EXPLAIN (ANALYZE) {sql}"));
        let plan = publisher.query_all_raw(explained).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert!(
            !plan.iter().any(|line| line.contains("Removed") || line.contains("response")),
            "{plan:?}"
        );
        let rows = publisher.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        let people = |row: &QueryResult| row.try_get::<i64>("", "people").unwrap();
        rows.unwrap().iter().map(people).max()
    };
    assert_eq!([counted(true).await, counted(false).await], [None; 2]);
    portal.vault.close(poll).await.unwrap();
    assert_eq!([counted(true).await, counted(false).await], [Some(20); 2]);
}

/// Whoever counts a poll, or has died at it, keeps nobody from the rest of the scheduled work.
#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_another_server_counts_holds_up_no_other() {
    let (portal, admin) = portal().await;
    let counted = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    let turn = admin.begin().await.unwrap();
    let bits = i32::from_be_bytes(counted.as_bytes()[..4].try_into().unwrap());
    let hold = format!("SELECT pg_advisory_xact_lock({}, {bits})", 0x7075_626c);
    turn.execute_unprepared(&hold).await.unwrap();
    let later = portal
        .open_poll(|poll| (poll.opens_at, poll.closes_at) = (Some(noon(22)), Some(noon(28))))
        .await;
    let soon = std::time::Duration::from_mins(1);
    tokio::time::timeout(soon, portal.at(noon(21))).await.expect("it waits for nobody");
    assert_eq!(state(&portal, counted).await, State::Closed);
    tokio::time::timeout(soon, portal.at(noon(23))).await.expect("it waits for nobody");
    assert_eq!(state(&portal, later).await, State::Open);
    turn.rollback().await.unwrap();
    portal.at(noon(23)).await;
    assert_eq!(state(&portal, counted).await, State::Published);
}
