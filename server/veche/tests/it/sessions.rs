//! Sessions: their cookies, how long they last, and what becomes of what is typed after their end.

use crate::{
    identity::{
        account_of, arrive, come_back, demo, leave, scripted, sessions_of, signed_in,
        somebody_waits,
    },
    scripted::Scripted,
    visitors::{Browser, Engine, Portal, Visitor, noon},
};
use axum::http::{StatusCode, header::SET_COOKIE};
use chrono::TimeDelta;
use ports::roles::Role;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, Set,
};
use serde_json::{Value, json};
use server::{
    clock::{Clock as _, ManualClock},
    identity::sessions::{self, Sessions, StoredSession},
    staff::roles,
    store::{account, session, staff_role},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_sessions::{
    Session, SessionStore as _,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
};
use vault::SESSION_ACCOUNT_KEY;

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn of_a_sign_in_that_gets_another_id_meanwhile_it_is_not_said_that_it_ended() {
    let (portal, provider) = demo(Engine::Postgres).await;
    let mut desk = Visitor::new(&portal, &provider);
    desk.sign_in("demo-anna", &[], &[], "/").await;
    let mut phone = Visitor::new(&portal, &provider);
    phone.sign_in("demo-anna", &[], &[], "/").await;
    let page = desk.portal.get("/account/sign-ins").await;
    let handle = page.body.split("name=\"handle\" value=\"").nth(1).unwrap();
    let handle = handle.split('"').next().unwrap().to_owned();

    // As where the phone is given another id.
    let (db, new) = (&portal.platform.db, vec![7; 32]);
    let phone = phone.portal.cookies["session"].parse().unwrap();
    let another = session::ActiveModel { id_hash: Set(new.clone()), ..Default::default() };
    let tx = portal.platform.begin().await.unwrap();
    session::Entity::update_many()
        .filter(session::Column::IdHash.eq(sessions::filed_under(phone)))
        .set(another)
        .exec(&tx)
        .await
        .unwrap();
    let ending = tokio::spawn(async move {
        desk.portal.post("/api/account/end-sign-in", &[("handle", &handle)]).await;
        desk.portal.get("/account/sign-ins").await
    });
    somebody_waits(db).await;
    tx.commit().await.unwrap();
    let page = ending.await.unwrap();
    assert!(page.body.contains("Page not found"), "{}", page.body);
    assert!(!page.body.contains("The sign-in was ended"), "{}", page.body);
    assert!(session::Entity::find_by_id(new).one(db).await.unwrap().is_some());
}

/// More sessions than one step takes end at the same moment; half of them are nobody's.
async fn all_ended_sessions_are_emptied(engine: Engine) {
    const SESSIONS: u32 = 1_200;
    let (portal, provider) = demo(engine).await;
    let (anna, mut browser) = account_of(&portal, &provider, "demo-anna").await;
    let (db, now) = (&portal.platform.db, portal.clock.now());
    let session = |number: u32| session::ActiveModel {
        id_hash: Set(number.to_le_bytes().to_vec()),
        account_id: Set(number.is_multiple_of(2).then_some(anna)),
        provider_sid: Set(Some("provided".to_owned())),
        sealed: Set(vec![1; 40]),
        device: Set(None),
        created_at: Set(now),
        seen_at: Set(now),
        expires_at: Set(now + TimeDelta::seconds(600)),
    };
    let sessions = (0..SESSIONS).map(session);
    session::Entity::insert_many(sessions).exec_without_returning(db).await.unwrap();
    portal.wait(700);
    let sweep = async || sessions::delete_expired(db, portal.clock.now()).await.unwrap();
    assert_eq!(sweep().await, u64::from(SESSIONS / 2), "nobody's are gone at once");
    let emptied = |row: &session::Model| row.sealed.is_empty() && row.provider_sid.is_none();
    let left = sessions_of(&portal).await;
    assert_eq!(left.iter().filter(|row| emptied(row)).count(), SESSIONS as usize / 2);
    assert!(left.iter().filter(|row| emptied(row)).all(|row| row.account_id == Some(anna)));
    assert!(signed_in(&mut browser).await, "hers that has not ended");
    portal.wait(24 * 60 * 60 - 200);
    assert_eq!(sweep().await, 0);
    portal.wait(200);
    assert_eq!(sweep().await, u64::from(SESSIONS / 2));
}

#[tokio::test]
async fn ended_sessions_are_emptied_and_forgotten_however_many_they_are() {
    all_ended_sessions_are_emptied(Engine::Sqlite).await;
    all_ended_sessions_are_emptied(Engine::Postgres).await;
}

#[tokio::test]
async fn the_session_gets_a_new_id_and_the_old_one_is_dead() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    let address = anna.leave("/", &[]).await;
    let before = anna.portal.clone();
    let callback = anna.agree(&address, "demo-anna", &[]).await;
    let answer = anna.portal.get(&callback).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("session=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_ne!(before.cookies, anna.portal.cookies);
    assert!(signed_in(&mut anna.portal).await);
    let mut before = before;
    assert!(!signed_in(&mut before).await);
    assert!(before.cookies.is_empty(), "the browser is told that its session is gone");
}

#[tokio::test]
async fn the_cookie_over_tls_is_bound_to_the_host() {
    let (portal, _) = {
        let provider = Scripted::start().await;
        let clock = Arc::new(ManualClock::new(noon()));
        let changes = json!({ "server": { "public_url": "https://polls.example" } });
        (Portal::new(Engine::Sqlite, &provider.issuer, clock, changes).await, provider)
    };
    let mut browser = portal.browser_at("https://polls.example");
    let answer = browser.post("/auth/sign-in", &[]).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    browser.cookies.insert("__Host-session".to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    let answer = browser.get("/").await;
    let removal = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(removal.contains("; Secure") && removal.contains("Max-Age=0"), "{removal}");
}

#[tokio::test]
async fn a_session_at_rest_says_nothing_about_a_person() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &["fullname"], &["fullname"], "/polls").await;
    let rows = sessions_of(&portal).await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    let id = anna.portal.cookies["session"].parse().unwrap();
    assert_eq!(row.id_hash, sessions::filed_under(id));
    assert_eq!(row.device.as_deref(), Some("Firefox, Linux"));
    assert!(row.provider_sid.is_some());
    let sealed = String::from_utf8_lossy(&row.sealed).into_owned();
    for secret in ["demo-anna", "/polls", "account", &anna.portal.cookies["session"]] {
        assert!(!sealed.contains(secret), "{secret} stands in the session's row");
    }
    let account = account::Entity::find().one(&portal.platform.db).await.unwrap().unwrap();
    assert!(!account.subject.windows(4).any(|bytes| bytes == b"demo"));
}

#[tokio::test]
async fn a_session_ends_after_a_time_without_requests() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    for _ in 0..3 {
        portal.wait(1700);
        assert!(signed_in(&mut anna.portal).await, "each request begins the time anew");
    }
    portal.wait(1801);
    assert!(!signed_in(&mut anna.portal).await);
    let db = &portal.platform.db;
    assert_eq!(sessions::delete_expired(db, portal.clock.now()).await.unwrap(), 0);
    let rows = sessions_of(&portal).await;
    assert_eq!(rows.len(), 1, "not deleted yet, and dead all the same");
    assert!(rows[0].sealed.is_empty() && rows[0].provider_sid.is_none(), "only whose it was");
    portal.wait(24 * 60 * 60);
    assert_eq!(sessions::delete_expired(db, portal.clock.now()).await.unwrap(), 1);
    assert!(sessions_of(&portal).await.is_empty());
}

#[tokio::test]
async fn to_ask_how_long_a_session_lasts_is_no_use_of_it() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    assert_eq!(anna.portal.get("/auth/session").await.body, "0 gone");
    assert!(!anna.portal.get("/").await.body.contains("SessionEnd"), "nobody is warned");
    anna.sign_in("demo-anna", &[], &[], "/").await;
    assert!(anna.portal.get("/").await.body.contains("SessionEnd"));
    portal.wait(1700);
    for _ in 0..2 {
        let told = anna.portal.get("/auth/session").await;
        assert_eq!((told.status, &*told.body), (StatusCode::OK, "100 more"));
        assert_eq!(told.headers["cache-control"], "no-store");
        assert!(!told.headers.contains_key(SET_COOKIE));
    }
    let mut elsewhere = portal.browser_at("https://evil.example");
    elsewhere.cookies = anna.portal.cookies.clone();
    assert_eq!(elsewhere.post("/auth/session", &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(anna.portal.post("/auth/session", &[]).await.body, "1800 more");
    portal.wait(1800);
    assert_eq!(anna.portal.post("/auth/session", &[]).await.body, "0 kept", "it has ended");
    assert!(!signed_in(&mut anna.portal).await);
    session::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
    assert_eq!(anna.portal.get("/auth/session").await.body, "0 gone");
    // Whoever has an id of no session is told the same.
    assert_eq!(anna.portal.post("/auth/session", &[]).await.body, "0 gone");
}

#[tokio::test]
async fn many_who_ask_at_once_how_long_their_sessions_last_are_all_told() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    portal.wait(1700);
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        let (mut one, mut other) = (anna.portal.clone(), anna.portal.clone());
        asking.spawn(async move {
            let told = one.get("/auth/session").await.body;
            assert!(["100 more", "1800 more"].contains(&&*told), "{told}");
        });
        asking.spawn(async move {
            assert_eq!(other.post("/auth/session", &[]).await.body, "1800 more");
        });
    }
    asking.join_all().await;
}

#[tokio::test]
async fn many_sessions_that_are_used_at_once_go_on_and_an_ended_one_does_not() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, _) = demo(engine).await;
        let store =
            Sessions::new(portal.platform.clone(), server::config::sessions::Sessions::default());
        let mut ids = Vec::new();
        for _ in 0..40 {
            let (id, data) = (Id::default(), HashMap::new());
            let mut record = Record { id, data, expiry_date: OffsetDateTime::UNIX_EPOCH };
            store.create(&mut record).await.unwrap();
            ids.push(record.id);
        }
        portal.wait(900);
        let gone = ids.pop().unwrap();
        let (used, unused) = ids.split_at(30);
        // One of them was ended after its request had read it.
        let before = session::Entity::find().all(&portal.platform.db).await.unwrap();
        let row =
            before.into_iter().find(|row| row.id_hash == sessions::filed_under(gone)).unwrap();
        let (seen_at, expires_at) = (row.seen_at, row.expires_at);
        let read = StoredSession { sealed: row.sealed, seen_at, expires_at };
        store.delete(&gone).await.unwrap();
        let late = store.of_request(Some(gone), Some(read));
        let mut using = JoinSet::new();
        for &id in used {
            let store = store.clone();
            using.spawn(async move { store.load(&id).await.unwrap().is_some() });
        }
        using.spawn(async move { late.load(&gone).await.unwrap().is_some() });
        assert!(using.join_all().await.into_iter().all(|found| found));
        portal.wait(1000);
        for id in used {
            assert!(store.load(id).await.unwrap().is_some(), "used 1000 seconds ago");
        }
        for id in unused {
            assert!(store.load(id).await.unwrap().is_none(), "not used for 1900 seconds");
        }
        assert!(store.load(&gone).await.unwrap().is_none(), "it stays ended");
    }
}

/// More writers wait than there are connections.
#[tokio::test]
async fn pages_are_answered_while_writers_wait() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let (_, mut anna) = account_of(&portal, &provider, "demo-anna").await;
    let first = portal.platform.begin().await.unwrap();
    let mut others = JoinSet::new();
    for _ in 0..8 {
        let platform = portal.platform.clone();
        others.spawn(async move { platform.begin().await.unwrap().rollback().await.unwrap() });
    }
    sleep(Duration::from_millis(200)).await;
    let page = timeout(Duration::from_secs(10), signed_in(&mut anna)).await;
    assert!(page.expect("a page that writes nothing"));
    first.rollback().await.unwrap();
    others.join_all().await;
}

#[tokio::test]
async fn a_page_is_answered_though_it_cannot_be_written_that_its_session_is_used() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, provider) = demo(engine).await;
        let (_, mut anna) = account_of(&portal, &provider, "demo-anna").await;
        portal.wait(120);
        let writing = portal.platform.begin().await.unwrap();
        let device = session::ActiveModel { device: Set(None), ..Default::default() };
        session::Entity::update_many().set(device).exec(&writing).await.unwrap();
        let page = timeout(Duration::from_secs(10), signed_in(&mut anna)).await;
        assert!(page.expect("a page that does not wait for that"));
        assert_eq!(sessions_of(&portal).await[0].seen_at, noon());
        writing.rollback().await.unwrap();
        portal.wait(120);
        assert!(signed_in(&mut anna).await);
        assert_eq!(sessions_of(&portal).await[0].seen_at, portal.clock.now());
    }
}

#[tokio::test]
async fn two_requests_of_one_session_change_it_at_the_same_time() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, _) = demo(engine).await;
        let store =
            Sessions::new(portal.platform.clone(), server::config::sessions::Sessions::default());
        let data = json!({
            "sign_ins": [{ "state": "a" }, { "state": "b" }],
            "forms": [["left", 1]],
            "flash": "said by one of them",
        });
        let (id, data) = (Id::default(), serde_json::from_value(data).unwrap());
        let mut record = Record { id, data, expiry_date: OffsetDateTime::UNIX_EPOCH };
        store.create(&mut record).await.unwrap();
        let id = record.id;
        let request = || {
            let view = Arc::new(store.of_request(None, None));
            (view.clone(), Session::new(Some(id), view, None))
        };
        let [(first, one), (second, other)] = [request(), request()];
        one.remove_value("flash").await.unwrap();
        for (session, form) in [(&one, "one"), (&other, "other")] {
            session.insert("sign_ins", json!([{ "state": "b" }])).await.unwrap();
            session.insert("forms", json!([["left", 1], [form, 1]])).await.unwrap();
            session.insert(form, true).await.unwrap();
        }
        for _ in 0..2 {
            one.save().await.unwrap();
            other.save().await.unwrap();
        }
        assert!(!first.was_taken("a") && second.was_taken("a"), "of two one is the first");
        assert!(!second.was_taken("b"));
        let both = json!({
            "sign_ins": [{ "state": "b" }],
            "forms": [["left", 1], ["one", 1], ["other", 1]],
            "one": true,
            "other": true,
        });
        let data = store.load(&id).await.unwrap().unwrap().data;
        assert_eq!(serde_json::to_value(data).unwrap(), both);

        // One of them gives it another id. What the other changes afterwards is of a session that is gone.
        let (_, renewed) = request();
        renewed.cycle_id().await.unwrap();
        other.insert("later", 1).await.unwrap();
        other.save().await.unwrap();
        renewed.save().await.unwrap();
        other.insert("too late", 1).await.unwrap();
        other.save().await.unwrap();
        assert!(second.was_taken("b"), "nobody knows");
        let data = store.load(&renewed.id().unwrap()).await.unwrap().unwrap().data;
        assert_eq!(data["later"], 1);
        assert!(!data.contains_key("too late"));
        assert!(store.load(&id).await.unwrap().is_none());
    }
}

/// In another tab, on a page that was open before.
#[tokio::test]
async fn what_is_typed_while_somebody_else_signs_in_does_not_come_to_them() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, provider) = demo(engine).await;
        let (anna, _) = account_of(&portal, &provider, "demo-anna").await;
        let (boris, _) = account_of(&portal, &provider, "demo-boris").await;
        let store =
            Sessions::new(portal.platform.clone(), server::config::sessions::Sessions::default());
        let data = json!({ (SESSION_ACCOUNT_KEY): anna, "sign_ins": [{ "state": "a" }] });
        let (id, data) = (Id::default(), serde_json::from_value(data).unwrap());
        let mut record = Record { id, data, expiry_date: OffsetDateTime::UNIX_EPOCH };
        store.create(&mut record).await.unwrap();
        let [typing, signing_in] = [(); 2]
            .map(|()| Session::new(Some(record.id), Arc::new(store.of_request(None, None)), None));
        signing_in.insert("sign_ins", json!([])).await.unwrap();
        signing_in.insert(SESSION_ACCOUNT_KEY, boris).await.unwrap();
        typing.insert("sign_ins", json!([{ "state": "a" }, { "state": "c" }])).await.unwrap();
        typing.insert("forms", json!([["typed", 1]])).await.unwrap();
        typing.save().await.unwrap();
        signing_in.cycle_id().await.unwrap();
        signing_in.save().await.unwrap();
        let data = store.load(&signing_in.id().unwrap()).await.unwrap().unwrap().data;
        let his = json!({ (SESSION_ACCOUNT_KEY): boris, "sign_ins": [{ "state": "c" }] });
        assert_eq!(serde_json::to_value(data).unwrap(), his);
        assert!(store.load(&record.id).await.unwrap().is_none());
    }
}

/// As for a moment of an upgrade. On PostgreSQL only: on SQLite readers wait for nobody.
#[tokio::test]
async fn whoever_comes_while_the_table_of_sessions_is_held_is_told_to_come_again() {
    let (portal, provider) = demo(Engine::Postgres).await;
    let (_, mut anna) = account_of(&portal, &provider, "demo-anna").await;
    let held = portal.platform.begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE session IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let page = timeout(Duration::from_secs(10), anna.get("/")).await.expect("an answer");
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
    held.rollback().await.unwrap();
    assert!(signed_in(&mut anna).await);
}

/// A session is emptied at its end, and the clock goes on as on a server that is ten seconds behind.
async fn emptied_ahead_of_time(portal: &Portal, _: &mut Visitor) {
    portal.wait(1800);
    sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    portal.wait(-10);
}

#[tokio::test]
async fn an_emptied_session_has_ended_by_whatever_clock() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, provider) = demo(engine).await;
        let mut anna = Visitor::new(&portal, &provider);
        anna.sign_in("demo-anna", &[], &[], "/").await;
        let row = sessions_of(&portal).await.remove(0);
        let (seen_at, expires_at) = (row.seen_at, row.expires_at);
        let read = StoredSession { sealed: row.sealed, seen_at, expires_at };
        emptied_ahead_of_time(&portal, &mut anna).await;
        assert!(portal.clock.now() < expires_at);
        assert!(sessions_of(&portal).await[0].sealed.is_empty());
        let id: Id = anna.portal.cookies["session"].parse().unwrap();
        // With the shorter time it is as old as it gets before it would end unused.
        for longest_seconds in [43_200, 3_000] {
            let lasting =
                server::config::sessions::Sessions { longest_seconds, ..Default::default() };
            let store = Sessions::new(portal.platform.clone(), lasting);
            // A request that had read it before.
            let late = store.of_request(Some(id), Some(read.clone()));
            assert!(late.load(&id).await.unwrap().is_some());
            assert_eq!(sessions_of(&portal).await[0].expires_at, expires_at, "it lasts no longer");
        }
        let asked = anna.portal.get("/auth/session").await;
        let used = anna.portal.post("/auth/session", &[]).await;
        for told in [asked, used] {
            assert_eq!((told.status, &*told.body), (StatusCode::OK, "0 kept"));
        }
        assert!(!signed_in(&mut anna.portal).await);
        let kept = typed_too_late(engine, emptied_ahead_of_time, "demo-anna").await;
        assert_eq!(kept.len(), 1, "{kept:?}");
    }
}

/// What waits in a browser's session under the names of forms.
async fn waiting(portal: &Portal, browser: &Browser) -> Vec<Value> {
    let store =
        Sessions::new(portal.platform.clone(), server::config::sessions::Sessions::default());
    let id = browser.cookies["session"].parse().unwrap();
    let data = store.load(&id).await.unwrap().unwrap().data;
    let forms: Vec<(String, Value)> = data
        .get("forms")
        .cloned()
        .map(|forms| serde_json::from_value(forms).unwrap())
        .unwrap_or_default();
    forms.into_iter().map(|(_, form)| form).collect()
}

/// Anna's session ends as `end` does it, what she typed comes too late, and `next` signs in: what
/// is there for them.
async fn typed_too_late(
    engine: Engine,
    end: impl AsyncFnOnce(&Portal, &mut Visitor),
    next: &str,
) -> Vec<Value> {
    let (portal, provider) = demo(engine).await;
    let mut shared = Visitor::new(&portal, &provider);
    shared.sign_in("demo-anna", &[], &[], "/").await;
    end(&portal, &mut shared).await;
    let poll = portal.platform.uuid().to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let to = shared.portal.post("/api/take/answer", &form).await;
    assert!(to.location().starts_with("/sign-in?"), "{to:?}");
    let mut next_one = Visitor { portal: shared.portal, provider: provider.browser() };
    next_one.sign_in(next, &[], &[], "/").await;
    assert!(signed_in(&mut next_one.portal).await);
    waiting(&portal, &next_one.portal).await
}

/// What the page of the sign-in says once to Anna, whose session ended as `end` does it before what she
/// typed came.
async fn told_before_signing_in(end: impl AsyncFnOnce(&Portal, &mut Visitor)) -> String {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    end(&portal, &mut anna).await;
    let poll = portal.platform.uuid().to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let to = anna.portal.post("/api/take/answer", &form).await.location().to_owned();
    let page = anna.portal.get(&to).await;
    assert!(!anna.portal.get(&to).await.body.contains("You are signed out"), "it is said once");
    page.body
}

#[tokio::test]
async fn whoever_was_signed_out_is_told_what_becomes_of_what_was_typed() {
    let kept = told_before_signing_in(time_passes).await;
    assert!(kept.contains("What you typed is kept here for 30 minutes"), "{kept}");
    let ends_elsewhere = async |portal: &Portal, _: &mut Visitor| {
        session::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
    };
    let lost = told_before_signing_in(ends_elsewhere).await;
    assert!(lost.contains("what you typed could not be kept"), "{lost}");
}

#[tokio::test]
async fn how_long_a_sign_in_lasts_is_said_as_it_is_set() {
    let lasts = json!({ "sessions": { "idle_seconds": 900, "longest_seconds": 7200 } });
    let (portal, _) = scripted(lasts).await;
    let page = portal.browser().get("/accessibility").await;
    assert!(page.body.contains("after 15 minutes without"), "{}", page.body);
    assert!(page.body.contains("2 hours after signing in"), "{}", page.body);
}

/// The session ends by itself, the scheduled work comes by, another tab is looked at.
async fn time_passes(portal: &Portal, visitor: &mut Visitor) {
    portal.wait(1801);
    sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    assert!(!signed_in(&mut visitor.portal).await);
}

#[tokio::test]
async fn what_was_typed_too_late_waits_for_whoever_typed_it() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kept = typed_too_late(engine, time_passes, "demo-anna").await;
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(kept[0]["typed"]["text"], "what Anna thinks");
        let kept = typed_too_late(engine, time_passes, "demo-boris").await;
        assert!(kept.is_empty(), "Boris was given {kept:?}");
    }
}

#[tokio::test]
async fn what_comes_under_the_id_of_a_moment_ago_waits_for_whoever_typed_it() {
    let role_changes = async |portal: &Portal, visitor: &mut Visitor| {
        let platform = &portal.platform;
        let anna = account::Entity::find().one(&platform.db).await.unwrap().unwrap().id;
        roles::give(&platform.db, platform, None, anna, Role::Auditor, None).await.unwrap();
        // A page of the same browser, whose answer comes when the form is on its way.
        let mut page = visitor.portal.clone();
        assert!(signed_in(&mut page).await);
        assert_ne!(page.cookies, visitor.portal.cookies);
    };
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kept = typed_too_late(engine, role_changes, "demo-anna").await;
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(kept[0]["typed"]["text"], "what Anna thinks");
        let kept = typed_too_late(engine, role_changes, "demo-boris").await;
        assert!(kept.is_empty(), "Boris was given {kept:?}");
    }
}

#[tokio::test]
async fn what_was_typed_by_nobody_knows_whom_waits_for_nobody() {
    let signs_out = async |_: &Portal, visitor: &mut Visitor| {
        visitor.portal.post("/auth/sign-out", &[]).await;
    };
    let days_pass = async |portal: &Portal, _: &mut Visitor| {
        portal.wait(3 * 24 * 60 * 60);
        sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    };
    for next in ["demo-anna", "demo-boris"] {
        let kept = typed_too_late(Engine::Sqlite, signs_out, next).await;
        assert!(kept.is_empty(), "{next} was given {kept:?}");
        let kept = typed_too_late(Engine::Sqlite, days_pass, next).await;
        assert!(kept.is_empty(), "{next} was given {kept:?}");
    }
}

#[tokio::test]
async fn whoever_signs_in_is_told_once_that_what_nobody_owns_was_not_kept() {
    const NOT_KEPT: &str = "What was typed before signing in was not kept";
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut shared = Visitor::new(&portal, &provider);
    shared.sign_in("demo-anna", &[], &[], "/").await;
    assert!(!shared.portal.get("/").await.body.contains(NOT_KEPT));
    // Another tab of the browser signs out.
    shared.portal.post("/auth/sign-out", &[]).await;
    let poll = portal.platform.uuid().to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let to = shared.portal.post("/api/take/answer", &form).await;
    assert!(to.location().starts_with("/sign-in?"), "{to:?}");
    let mut anna = Visitor { portal: shared.portal, provider: provider.browser() };
    anna.sign_in("demo-anna", &[], &[], "/").await;
    let told = anna.portal.get("/").await.body;
    assert!(told.contains(NOT_KEPT) && told.contains("<title>Important: "), "{told}");
    assert!(!anna.portal.get("/").await.body.contains(NOT_KEPT));
}

/// Or whoever has no account could fill the store.
#[tokio::test]
async fn what_nobody_owns_takes_no_room() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let (poll, long) = (portal.platform.uuid().to_string(), "x".repeat(30_000));
    let answer = [("poll", poll.as_str()), ("number", "1"), ("text", long.as_str())];
    let question = [
        ("poll", poll.as_str()),
        ("revision", "1"),
        ("question", "new"),
        ("kind", "yes_no"),
        ("title[en]", long.as_str()),
    ];
    let forms = [("/api/take/answer", &answer[..]), ("/api/editor/save-question", &question[..])];
    for (address, form) in forms {
        for made_up in [None, Some("AAAAAAAAAAAAAAAAAAAAAA")] {
            let mut browser = portal.browser();
            if let Some(id) = made_up {
                browser.cookies.insert("session".to_owned(), id.to_owned());
            }
            // Again and again, the second time with the session that it was given.
            for _ in 0..2 {
                let to = browser.post(address, form).await.location().to_owned();
                assert!(to.starts_with("/sign-in?"), "{to}");
                let largest = sessions_of(&portal).await.iter().map(|row| row.sealed.len()).max();
                assert!(largest.is_some_and(|bytes| bytes < 2_000), "{address}: {largest:?}");
                assert!(waiting(&portal, &browser).await.is_empty());
                let page = browser.get(&to).await;
                let told = "what you typed could not be kept";
                assert!(page.body.contains(told), "{address}: {}", page.body);
            }
            // A sign-in that is under way in the same session goes on.
            let mut anna = Visitor { portal: browser, provider: provider.browser() };
            let leaves = anna.leave("/", &[]).await;
            anna.portal.post(address, form).await;
            let callback = anna.agree(&leaves, "demo-anna", &[]).await;
            assert_eq!(anna.portal.get(&callback).await.location(), "/");
            assert!(signed_in(&mut anna.portal).await);
            session::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
        }
    }
}

/// Or whoever has one could.
#[tokio::test]
async fn what_comes_too_late_takes_the_room_of_what_a_person_types() {
    const NOT_KEPT: &str = "what you typed could not be kept";
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    portal.wait(1801);
    sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    let poll = portal.platform.uuid().to_string();
    let (long, longest) = ("x".repeat(30_000), "x".repeat(300_000));
    let answer = [("poll", poll.as_str()), ("number", "1"), ("text", long.as_str())];
    let question = [
        ("poll", poll.as_str()),
        ("revision", "1"),
        ("question", "new"),
        ("kind", "yes_no"),
        ("title[en]", longest.as_str()),
    ];
    let mut browser = anna.portal.clone();
    let to = browser.post("/api/editor/save-question", &question).await.location().to_owned();
    assert!(waiting(&portal, &browser).await.is_empty());
    assert!(browser.get(&to).await.body.contains(NOT_KEPT));
    // The browser does as if it knew of no other session, again and again.
    let mut kept = Vec::new();
    for _ in 0..100 {
        let mut browser = anna.portal.clone();
        let to = browser.post("/api/take/answer", &answer).await.location().to_owned();
        kept.push(!waiting(&portal, &browser).await.is_empty());
        assert_eq!(browser.get(&to).await.body.contains(NOT_KEPT), kept.last() == Some(&false));
    }
    assert_eq!((kept[0], kept[99]), (true, false));
    let rows = sessions_of(&portal).await;
    assert!(rows.iter().filter(|row| row.sealed.len() >= 2_000).count() <= 25);
    assert!(rows.iter().all(|row| row.sealed.len() < 40_000));
}

/// What was promised to be kept is.
#[tokio::test]
async fn what_is_too_much_takes_nothing_away_of_what_was_typed_before_it() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    time_passes(&portal, &mut anna).await;
    let (poll, longest) = (portal.platform.uuid().to_string(), "x".repeat(300_000));
    let answer = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let question = [
        ("poll", poll.as_str()),
        ("revision", "1"),
        ("question", "new"),
        ("kind", "yes_no"),
        ("title[en]", longest.as_str()),
    ];
    for (address, form, told) in [
        ("/api/take/answer", &answer[..], "What you typed is kept here"),
        ("/api/editor/save-question", &question[..], "what you typed could not be kept"),
    ] {
        let to = anna.portal.post(address, form).await.location().to_owned();
        let page = anna.portal.get(&to).await;
        assert!(page.body.contains(told), "{address}: {}", page.body);
    }
    let mut anna = Visitor { portal: anna.portal, provider: provider.browser() };
    anna.sign_in("demo-anna", &[], &[], "/").await;
    let waits = waiting(&portal, &anna.portal).await;
    assert!(waits.iter().any(|form| form.to_string().contains("what Anna thinks")), "{waits:?}");
    assert!(waits.iter().all(|form| form.to_string().len() < 2_000));
}

#[tokio::test]
async fn what_was_typed_too_late_is_not_there_after_the_account_was_deleted() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, provider) = demo(engine).await;
        let accounts = async || account::Entity::find().all(&portal.platform.db).await.unwrap();
        let mut phone = Visitor::new(&portal, &provider);
        phone.sign_in("demo-anna", &[], &[], "/").await;
        let before = accounts().await;
        time_passes(&portal, &mut phone).await;
        let poll = portal.platform.uuid().to_string();
        let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
        let to = phone.portal.post("/api/take/answer", &form).await;
        assert!(to.location().starts_with("/sign-in?"), "{to:?}");
        assert_eq!(waiting(&portal, &phone.portal).await.len(), 1);

        let mut laptop = Visitor::new(&portal, &provider);
        laptop.sign_in("demo-anna", &[], &[], "/").await;
        laptop.portal.post("/api/account/delete", &[("word", "delete")]).await;
        assert!(accounts().await.is_empty());

        let mut phone = Visitor { portal: phone.portal, provider: provider.browser() };
        phone.sign_in("demo-anna", &[], &[], "/").await;
        assert!(signed_in(&mut phone.portal).await);
        assert_eq!(accounts().await[0].id, before[0].id, "the same person");
        assert!(waiting(&portal, &phone.portal).await.is_empty());
    }
}

#[tokio::test]
async fn the_time_of_the_last_request_is_written_once_a_minute() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    portal.wait(30);
    signed_in(&mut anna.portal).await;
    assert_eq!(sessions_of(&portal).await[0].seen_at, noon());
    portal.wait(40);
    signed_in(&mut anna.portal).await;
    assert_eq!(sessions_of(&portal).await[0].seen_at, portal.clock.now());
}

#[tokio::test]
async fn an_account_that_is_gone_is_signed_out_at_once() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    account::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
    assert!(!signed_in(&mut anna.portal).await);
    assert!(anna.portal.cookies.is_empty());
}

#[tokio::test]
async fn the_configured_administrator_is_one_and_a_change_of_roles_changes_the_session() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut alexei = Visitor::new(&portal, &provider);
    alexei.sign_in("demo-alexei", &[], &[], "/").await;
    assert_eq!(alexei.portal.get("/staff/admin").await.status, StatusCode::OK);
    let before = alexei.portal.clone();
    staff_role::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
    assert_eq!(alexei.portal.get("/staff/admin").await.status, StatusCode::FORBIDDEN);
    assert_ne!(alexei.portal.cookies, before.cookies);
    let mut before = before;
    assert!(!signed_in(&mut before).await);
    assert!(signed_in(&mut alexei.portal).await);
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    assert_eq!(anna.portal.get("/staff/admin").await.status, StatusCode::FORBIDDEN);
}

/// While servers are replaced, each of both versions reads what the other one wrote.
#[tokio::test]
async fn a_role_that_another_version_wrote_into_a_session_is_left_out() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut alexei = Visitor::new(&portal, &provider);
    alexei.sign_in("demo-alexei", &[], &[], "/").await;
    let id: Id = alexei.portal.cookies["session"].parse().unwrap();
    let store =
        Sessions::new(portal.platform.clone(), server::config::sessions::Sessions::default());
    let mut record = store.load(&id).await.unwrap().unwrap();
    let written = json!([{ "role": "administrator", "department": null }]);
    assert_eq!(record.data["grants"], written, "as the version before reads it");
    let newer = json!([
        { "role": "of_tomorrow" },
        { "role": "of_tomorrow", "department": "and region" },
        { "role": "administrator", "department": null, "until": "tomorrow" },
        "of the day after",
    ]);
    record.data.insert("grants".to_owned(), newer);
    store.save(&record).await.unwrap();
    let before = alexei.portal.cookies.clone();
    assert_eq!(alexei.portal.get("/staff/admin").await.status, StatusCode::OK);
    assert_eq!(alexei.portal.cookies, before, "the roles have not changed");
}

#[tokio::test]
async fn another_persons_sign_in_in_one_browser_begins_an_empty_session() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut shared = Visitor::new(&portal, &provider);
    shared.sign_in("demo-anna", &["fullname"], &["fullname"], "/").await;
    let mut boris = Visitor { portal: shared.portal, provider: provider.browser() };
    boris.sign_in("demo-boris", &["fullname"], &["fullname"], "/").await;
    let page = boris.portal.get("/").await;
    assert!(!page.body.contains("Примерова"), "{}", page.body);
    assert_eq!(sessions_of(&portal).await.len(), 1);
}

#[tokio::test]
async fn whoever_needs_an_hour_at_the_provider_finds_what_was_typed() {
    const ALMOST_AN_HOUR: i64 = 59 * 60;
    let (portal, provider) = scripted(json!({})).await;
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    portal.wait(1801);
    let poll = portal.platform.uuid().to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let to = anna.post("/api/take/answer", &form).await;
    assert!(to.location().starts_with("/sign-in?"), "{to:?}");

    let (state, nonce) = leave(&mut anna, &[]).await;
    // Another tab is looked at, which gives the session less time than it has.
    portal.wait(600);
    assert!(!signed_in(&mut anna).await);
    portal.wait(ALMOST_AN_HOUR - 600);
    sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    {
        let mut script = provider.script.lock().unwrap();
        script.id_token = provider.good("anna", &nonce, portal.clock.now().timestamp());
        script.userinfo = json!({ "sub": "anna" });
    }
    assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
    assert!(signed_in(&mut anna).await);
    assert_eq!(waiting(&portal, &anna).await[0]["typed"]["text"], "what Anna thinks");

    // Whoever is signed in and leaves for more does not stay so for longer.
    leave(&mut anna, &[]).await;
    portal.wait(1801);
    assert!(!signed_in(&mut anna).await);
    // And an hour is an hour.
    let (state, _) = leave(&mut anna, &[]).await;
    portal.wait(60 * 60);
    assert_eq!(come_back(&mut anna, &provider, &state).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_sign_in_ends_some_time_after_it_began_however_much_it_is_used() {
    let lasts = json!({ "sessions": { "idle_seconds": 1800, "longest_seconds": 3600 } });
    let (portal, provider) = scripted(lasts).await;
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    for _ in 0..3 {
        portal.wait(19 * 60);
        assert!(signed_in(&mut anna).await);
    }
    for told in [anna.get("/auth/session").await, anna.post("/auth/session", &[]).await] {
        assert_eq!(told.body, "180 last");
    }
    portal.wait(3 * 60);
    let now = portal.platform.now();
    // The list of the person's sign-ins is not told otherwise, though nobody has asked for this one since.
    assert!(sessions_of(&portal).await[0].expires_at <= now);
    assert!(!signed_in(&mut anna).await);
    // As of any that ended by itself, it is known whose it was.
    let ended = &sessions_of(&portal).await[0];
    assert!(ended.expires_at <= now && ended.account_id.is_some());
    // It is over, too, where it was written when a sign-in could last longer.
    let written = session::ActiveModel {
        expires_at: Set(now + TimeDelta::minutes(20)),
        ..ended.clone().into_active_model()
    };
    written.update(&portal.platform.db).await.unwrap();
    for told in [anna.get("/auth/session").await, anna.post("/auth/session", &[]).await] {
        assert_eq!(told.body, "0 kept");
    }
    assert!(!signed_in(&mut anna).await);
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    assert!(signed_in(&mut anna).await);
}
