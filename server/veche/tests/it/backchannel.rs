//! Sign-ins that the provider ends by the back channel, also while they are being made.

use crate::{
    identity::{
        arrive, come_back, leave, leave_as, scripted, scripted_on, sessions_of, signed_in,
        somebody_waits,
    },
    scripted::Scripted,
    visitors::{Browser, Engine, Portal},
};
use axum::http::StatusCode;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, Set, Statement,
};
use serde_json::{Value, json};
use server::{
    clock::Clock as _,
    identity,
    store::{account, session},
};

/// The scheduled work asks for them every few seconds.
#[tokio::test]
async fn logout_tokens_that_have_expired_are_looked_up_and_not_searched_for() {
    for (engine, ask, column) in [
        (
            Engine::Sqlite,
            "EXPLAIN QUERY PLAN DELETE FROM logout_token WHERE expires_at <= '2026'",
            "detail",
        ),
        (
            Engine::Postgres,
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'logout_token'",
            "indexdef",
        ),
    ] {
        let (portal, _) = scripted_on(engine, json!({})).await;
        // By a connection that was opened after the migrations: SQLite explains by the schema that it knows.
        let tx = portal.platform.begin().await.unwrap();
        let ask = Statement::from_string(tx.get_database_backend(), ask);
        let rows = tx.query_all_raw(ask).await.unwrap();
        let said: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
        assert!(said.iter().any(|line| line.contains("logout_token_expires_at")), "{said:?}");
    }
}

#[tokio::test]
async fn the_provider_ends_sessions_by_the_back_channel() {
    let (portal, provider) = scripted(json!({})).await;
    let now = portal.clock.now().timestamp();
    let mut browsers = Vec::new();
    for sub in ["anna", "boris"] {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &[]).await;
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = provider.good(sub, &nonce, now);
            script.userinfo = json!({ "sub": sub });
        }
        come_back(&mut browser, &provider, &state).await;
        assert!(signed_in(&mut browser).await);
        browsers.push(browser);
    }
    let logout = |jti: &str, change: Value| {
        let mut claims = json!({
            "iss": provider.issuer, "aud": "portal", "iat": now, "exp": now + 120, "jti": jti,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            "sub": "anna", "sid": "sid of anna",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    };
    let mut outside = portal.browser_at(&provider.issuer);
    let post = async |outside: &mut Browser, token: String| {
        outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await.status
    };
    for (what, token) in [
        ("no token", String::new()),
        ("another key", provider.sign(&logout("1", json!({})), Some("logout+jwt"), 8)),
        (
            "another audience",
            provider.sign(&logout("1", json!({ "aud": "other" })), Some("logout+jwt"), 7),
        ),
        ("an ID token", provider.sign(&provider.good("anna", "n", now), None, 7)),
    ] {
        assert_eq!(post(&mut outside, token).await, StatusCode::BAD_REQUEST, "{what}");
    }
    assert!(signed_in(&mut browsers[0]).await);
    let token = provider.sign(&logout("1", json!({})), Some("logout+jwt"), 7);
    assert_eq!(post(&mut outside, token.clone()).await, StatusCode::OK);
    assert!(!signed_in(&mut browsers[0]).await);
    assert!(signed_in(&mut browsers[1]).await, "another person's session stays");
    assert_eq!(post(&mut outside, token).await, StatusCode::BAD_REQUEST, "a token counts once");
    let by_subject =
        provider.sign(&logout("2", json!({ "sub": "boris", "sid": null })), Some("logout+jwt"), 7);
    assert_eq!(post(&mut outside, by_subject).await, StatusCode::OK);
    assert!(!signed_in(&mut browsers[1]).await);
}

/// A logout token of the provider, valid for two minutes.
fn logout_token(
    portal: &Portal,
    provider: &Scripted,
    jti: &str,
    (sub, sid): (&Value, &Value),
) -> String {
    let now = portal.clock.now().timestamp();
    let claims = json!({
        "iss": provider.issuer, "aud": "portal", "iat": now, "exp": now + 120, "jti": jti,
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        "sub": sub, "sid": sid,
    });
    provider.sign(&claims, Some("logout+jwt"), 7)
}

#[tokio::test]
async fn a_logout_token_of_one_session_ends_that_one_alone() {
    let (portal, provider) = scripted(json!({})).await;
    let mut browsers = Vec::new();
    for (sub, sid) in [("anna", "one"), ("anna", "two"), ("anna", "three"), ("boris", "four")] {
        browsers.push(arrive(&portal, &provider, sub, &json!({ "sid": sid })).await);
    }
    let mut outside = portal.browser_at(&provider.issuer);
    for (jti, sub, sid, stay) in [
        ("1", Value::Null, "one", [false, true, true, true]),
        ("2", json!("anna"), "two", [false, false, true, true]),
    ] {
        let token = logout_token(&portal, &provider, jti, (&sub, &json!(sid)));
        let told = outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, StatusCode::OK, "{sid}");
        for (number, (browser, stays)) in browsers.iter_mut().zip(stay).enumerate() {
            assert_eq!(signed_in(browser).await, stays, "{number} after {sid}");
        }
    }
}

/// The provider tries again what could not be done, and nobody else what was.
#[tokio::test]
async fn a_logout_token_counts_once_it_has_ended_what_it_ends_and_never_again() {
    let (portal, provider) = scripted(json!({})).await;
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    let db = &portal.platform.db;
    let run = async |sql: &str| db.execute_unprepared(sql).await.unwrap();
    let token = logout_token(&portal, &provider, "1", (&json!("anna"), &json!("sid of anna")));
    let mut outside = portal.browser_at(&provider.issuer);
    let mut post =
        async || outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await.status;
    run("CREATE TRIGGER full BEFORE DELETE ON session BEGIN SELECT RAISE(ABORT, 'full'); END")
        .await;
    assert_eq!(post().await, StatusCode::SERVICE_UNAVAILABLE);
    run("DROP TRIGGER full").await;
    assert!(signed_in(&mut anna).await);
    assert_eq!(post().await, StatusCode::OK);
    assert!(!signed_in(&mut anna).await);
    // It is remembered for as long as it may hold, by whatever clock, and what it ended for two hours,
    // which whoever sends it again does not prolong.
    for (seconds, forgotten) in [(121, 0), (120, 1), (2 * 60 * 60 - 240, 1)] {
        portal.wait(seconds);
        let now = portal.clock.now();
        assert_eq!(identity::forget_logout_tokens(db, now).await.unwrap(), forgotten);
        assert_eq!(post().await, StatusCode::BAD_REQUEST, "{forgotten} forgotten");
    }
}

async fn what_is_ended_while_somebody_signs_in(engine: Engine) {
    let (portal, provider) = scripted_on(engine, json!({})).await;
    let mut outside = portal.browser_at(&provider.issuer);
    for (number, (sub, sid, ends)) in [
        (json!("anna"), Value::Null, true),
        (Value::Null, json!("mine"), true),
        (json!("anna"), json!("mine"), true),
        (json!("anna"), json!("another"), false),
        (Value::Null, json!("another"), false),
        (json!("boris"), json!("mine"), false),
        (json!("boris"), Value::Null, false),
    ]
    .into_iter()
    .enumerate()
    {
        // What has ended before that is of no matter.
        portal.wait(1);
        let mut anna = portal.browser();
        let who = ("anna", &json!({ "sid": "mine" }));
        let state = leave_as(&mut anna, &portal, &provider, who).await;
        let token = logout_token(&portal, &provider, &number.to_string(), (&sub, &sid));
        let told = outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, StatusCode::OK, "{sub} {sid}");
        // The provider lets her in all the same, by a clock that is ahead.
        portal.wait(20);
        provider.script.lock().unwrap().id_token["iat"] =
            json!(portal.clock.now().timestamp() + 60);
        let back = come_back(&mut anna, &provider, &state).await;
        assert_eq!(signed_in(&mut anna).await, !ends, "{sub} {sid}");
        if !ends {
            assert_eq!(back.location(), "/polls", "{sub} {sid}");
            continue;
        }
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{sub} {sid}");
        assert!(back.body.contains("/sign-in?return=%2Fpolls"), "{}", back.body);
        assert!(account::Entity::find().all(&portal.platform.db).await.unwrap().is_empty());
    }
    let rows = server::store::logout_token::Entity::find().all(&portal.platform.db).await.unwrap();
    assert_eq!(rows.len(), 14, "each token, and what it ended");
    let names = ["anna", "boris", "mine", "another"];
    assert!(rows.iter().all(|row| names.iter().all(|name| !row.jti.contains(name))), "{rows:?}");
}

#[tokio::test]
async fn a_sign_in_that_was_ended_before_it_was_completed_is_none() {
    what_is_ended_while_somebody_signs_in(Engine::Sqlite).await;
    what_is_ended_while_somebody_signs_in(Engine::Postgres).await;
}

/// A transaction of another sign-in of somebody who has an account, which holds up the next one once the
/// provider has proved it and before the session is stored.
async fn held_up(portal: &Portal) -> DatabaseTransaction {
    let tx = portal.platform.begin().await.unwrap();
    let signed_in =
        account::ActiveModel { last_sign_in_at: Set(portal.clock.now()), ..Default::default() };
    account::Entity::update_many().set(signed_in).exec(&tx).await.unwrap();
    tx
}

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn what_is_ended_while_its_session_is_made_ends() {
    let (portal, provider) = scripted_on(Engine::Postgres, json!({})).await;
    let mut desk = arrive(&portal, &provider, "anna", &json!({})).await;
    let mut outside = portal.browser_at(&provider.issuer);
    let db = &portal.platform.db;
    for (jti, sub, sid) in
        [("1", Value::Null, json!("sid of anna")), ("2", json!("anna"), Value::Null)]
    {
        portal.wait(1);
        let mut phone = portal.browser();
        let state = leave_as(&mut phone, &portal, &provider, ("anna", &json!({}))).await;
        let tx = held_up(&portal).await;
        let there = provider.clone();
        let coming = tokio::spawn(async move {
            let back = come_back(&mut phone, &there, &state).await;
            (phone, back)
        });
        somebody_waits(db).await;
        let token = logout_token(&portal, &provider, jti, (&sub, &sid));
        let told = outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, StatusCode::OK, "{jti}");
        tx.commit().await.unwrap();
        let (mut phone, back) = coming.await.unwrap();
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{jti}");
        assert!(!signed_in(&mut phone).await && !signed_in(&mut desk).await, "{jti}");
        let rows = sessions_of(&portal).await;
        assert!(rows.iter().all(|row| row.account_id.is_none()), "{rows:?}");

        // And the same browser can sign in after that.
        portal.wait(1);
        let state = leave_as(&mut phone, &portal, &provider, ("anna", &json!({}))).await;
        assert_eq!(come_back(&mut phone, &provider, &state).await.location(), "/polls");
        assert!(signed_in(&mut phone).await, "{jti}");
        desk = phone;
    }
}

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn what_ends_is_noted_before_it_is_known_which_sessions_are_there() {
    let (portal, provider) = scripted_on(Engine::Postgres, json!({})).await;
    let mut desk = arrive(&portal, &provider, "anna", &json!({})).await;
    let mut phone = portal.browser();
    let state = leave_as(&mut phone, &portal, &provider, ("anna", &json!({}))).await;
    // As where the desk's session is used: whoever would end it waits, and knows already which there are.
    let tx = portal.platform.begin().await.unwrap();
    let used = session::ActiveModel { seen_at: Set(portal.clock.now()), ..Default::default() };
    session::Entity::update_many()
        .filter(session::Column::AccountId.is_not_null())
        .set(used)
        .exec(&tx)
        .await
        .unwrap();
    let token = logout_token(&portal, &provider, "1", (&json!("anna"), &Value::Null));
    let mut outside = portal.browser_at(&provider.issuer);
    let ending = tokio::spawn(async move {
        outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await.status
    });
    somebody_waits(&portal.platform.db).await;
    let back = come_back(&mut phone, &provider, &state).await;
    tx.commit().await.unwrap();
    assert_eq!(ending.await.unwrap(), StatusCode::OK);
    assert_eq!(back.status, StatusCode::BAD_REQUEST);
    assert!(!signed_in(&mut phone).await && !signed_in(&mut desk).await);
}

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn where_it_cannot_be_known_whether_a_sign_in_was_ended_nobody_is_signed_in() {
    let (portal, provider) = scripted_on(Engine::Postgres, json!({})).await;
    arrive(&portal, &provider, "anna", &json!({})).await;
    let mut phone = portal.browser();
    let state = leave_as(&mut phone, &portal, &provider, ("anna", &json!({}))).await;
    let tx = held_up(&portal).await;
    let db = &portal.platform.db;
    let coming = tokio::spawn(async move {
        let back = come_back(&mut phone, &provider, &state).await;
        (phone, back)
    });
    somebody_waits(db).await;
    // Nor can the session be ended that was stored meanwhile.
    for sql in [
        "DROP TABLE logout_token",
        "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql \
         AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$",
        "CREATE TRIGGER refused BEFORE DELETE ON session FOR EACH ROW EXECUTE FUNCTION refused()",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (mut phone, back) = coming.await.unwrap();
    assert_eq!(back.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!signed_in(&mut phone).await);
}
