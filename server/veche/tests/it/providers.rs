//! Providers with other keys, claims and proofs of who asks, and those that fail or say nothing.

use crate::{
    identity::{SILENCE, SOON, arrive, come_back, known, leave, leave_as, scripted, signed_in},
    scripted::{self, Scripted},
    visitors::{Engine, Portal, noon},
};
use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{NaiveDate, TimeDelta};
use jsonwebtoken::{Algorithm, Header, TokenData, Validation, decode, encode};
use serde_json::{Value, json};
use server::clock::{Clock as _, ManualClock};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

#[tokio::test]
async fn an_answer_that_the_provider_could_not_take_may_come_again() {
    let (portal, provider) = scripted(json!({})).await;
    let mut anna = portal.browser();
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    let token = {
        let mut script = provider.script.lock().unwrap();
        script.error = "invalid_client";
        script.id_token.take()
    };
    let page = come_back(&mut anna, &provider, &state).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
    provider.script.lock().unwrap().id_token = token;
    assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
    assert!(signed_in(&mut anna).await);
}

#[tokio::test]
async fn a_code_that_was_taken_is_not_sent_again() {
    let changes = json!({ "provider": {
        "client_authentication": "private_key_jwt", "client_key": client_key(),
    }});
    let (portal, provider) = scripted(changes).await;
    let mut anna = portal.browser();
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    provider.script.lock().unwrap().no_userinfo = true;
    let page = come_back(&mut anna, &provider, &state).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
    assert!(page.body.contains("/sign-in?return=%2Fpolls"), "{}", page.body);
    provider.script.lock().unwrap().no_userinfo = false;
    let page = come_back(&mut anna, &provider, &state).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
    assert_eq!(provider.script.lock().unwrap().redeemed, 1);
    // Nor where it cannot be read what came for it.
    for (answer, redeemed) in [("not JSON", 2), ("", 3)] {
        let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
        provider.script.lock().unwrap().in_place_of_tokens = Some(answer);
        let page = come_back(&mut anna, &provider, &state).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{answer}: {}", page.body);
        provider.script.lock().unwrap().in_place_of_tokens = None;
        let page = come_back(&mut anna, &provider, &state).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{answer}: {}", page.body);
        assert_eq!(provider.script.lock().unwrap().redeemed, redeemed, "{answer}");
    }
    // Begun anew, it goes on.
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
}

/// Signed for one request alone, also where the same code may come again.
#[tokio::test]
async fn each_request_is_proved_by_a_statement_of_its_own() {
    let changes = json!({ "provider": {
        "client_authentication": "private_key_jwt", "client_key": client_key(),
    }});
    let (portal, provider) = scripted(changes).await;
    let mut anna = portal.browser();
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    let token = {
        let mut script = provider.script.lock().unwrap();
        script.error = "invalid_client";
        script.id_token.take()
    };
    let mut seen = BTreeSet::new();
    for token in [Value::Null, token] {
        provider.script.lock().unwrap().id_token = token;
        come_back(&mut anna, &provider, &state).await;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[&provider.issuer]);
        rules.validate_exp = false;
        let assertion = provider.script.lock().unwrap().form["client_assertion"].clone();
        let assertion: TokenData<Value> =
            decode(&assertion, &scripted::public_key(9), &rules).unwrap();
        seen.insert(assertion.claims["jti"].as_str().unwrap().to_owned());
    }
    assert!(signed_in(&mut anna).await);
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[tokio::test]
async fn without_its_provider_the_portal_shows_what_is_public() {
    let clock = Arc::new(ManualClock::new(noon()));
    // Nothing listens on the discard port.
    let portal = Portal::new(Engine::Sqlite, "http://127.0.0.1:9", clock, json!({})).await;
    let mut browser = portal.browser();
    assert!(!signed_in(&mut browser).await);
    assert_eq!(browser.get("/sign-in").await.status, StatusCode::OK);
    let answer = browser.post("/auth/sign-in", &[("return", "/polls")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("Signing in does not work at the moment"), "{}", answer.body);
    assert!(answer.body.contains("/sign-in?return=%2Fpolls"), "{}", answer.body);
}

#[tokio::test]
async fn a_clock_that_was_put_back_keeps_nobody_out() {
    let (portal, provider) = scripted(json!({})).await;
    arrive(&portal, &provider, "anna", &json!({})).await;
    assert_eq!(provider.script.lock().unwrap().asked, 1);
    portal.clock.set(portal.clock.now() - TimeDelta::hours(1));
    // A key that is not known: the provider may have new ones since.
    let header = Header { kid: Some("8".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = encode(&header, &json!({}), &scripted::key(8)).unwrap();
    let mut outside = portal.browser_at(&provider.issuer);
    outside.post("/auth/backchannel-logout", &[("logout_token", token.as_str())]).await;
    assert_eq!(provider.script.lock().unwrap().asked, 2);
}

#[tokio::test]
async fn a_provider_that_says_nothing_leaves_room_for_everybody_else() {
    let (portal, provider) = scripted(json!({ "limits": { "running_requests": 8 } })).await;
    provider.script.lock().unwrap().silence = SILENCE;
    let mut waiting = JoinSet::new();
    for (path, page) in [("/auth/sign-in", "/polls"), ("/auth/backchannel-logout", "/")] {
        for _ in 0..8 {
            let mut browser = portal.browser();
            let form = [("logout_token", "x.y.z")];
            waiting.spawn(async move { browser.post(path, &form).await.status });
        }
        for _ in 0..6 {
            let told = timeout(SOON, waiting.join_next()).await.expect("those without room know");
            assert_eq!(told.unwrap().unwrap(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        }
        // So the others are there.
        assert_eq!(portal.browser().get(page).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(waiting.len(), 4, "a quarter of the room each");
}

/// They take no part of the room that is for the way to the provider, so they must not fill the whole.
#[tokio::test]
async fn of_many_who_sign_out_a_few_wait_for_longer_than_a_moment() {
    let (portal, provider) = scripted(json!({})).await;
    provider.script.lock().unwrap().silence = SILENCE;
    let mut leaving = JoinSet::new();
    for _ in 0..20 {
        let mut browser = portal.browser();
        leaving
            .spawn(async move { browser.post("/auth/sign-out", &[]).await.location().to_owned() });
    }
    for _ in 0..4 {
        let to = timeout(SOON, leaving.join_next()).await.expect("an answer");
        assert_eq!(to.unwrap().unwrap(), "/");
    }
    sleep(Duration::from_millis(200)).await;
    assert!(leaving.try_join_next().is_none(), "the others are still waiting");
}

#[tokio::test]
async fn whoever_does_not_wait_does_not_have_the_provider_asked_again() {
    let (portal, provider) = scripted(json!({})).await;
    arrive(&portal, &provider, "anna", &json!({})).await;
    portal.wait(61);
    provider.script.lock().unwrap().silence = Duration::from_secs(1);
    let header = Header { kid: Some("8".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = encode(&header, &json!({}), &scripted::key(8)).unwrap();
    let form = [("logout_token", token.as_str())];
    let mut outside = portal.browser_at(&provider.issuer);
    for _ in 0..10 {
        let post = outside.post("/auth/backchannel-logout", &form);
        let _ = timeout(Duration::from_millis(50), post).await;
    }
    for _ in 0..2 {
        let told = outside.post("/auth/backchannel-logout", &form).await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(provider.script.lock().unwrap().asked, 2, "at the sign-in, and for the new key");
}

#[tokio::test]
async fn a_provider_may_sign_with_the_secret_that_it_shares_with_the_portal() {
    const SECRET: &str = "a secret: with + and %";
    /// The left half of the access token's SHA-256.
    const HASH: &str = "oFYf1knNtrqnhAVfBRuteQ";
    let (portal, provider) = scripted(json!({})).await;
    for (secret, hash, good) in [
        (Some(SECRET), HASH, true),
        (None, HASH, true),
        (Some(SECRET), "AAAAAAAAAAAAAAAAAAAAAA", false),
        (Some("guessed"), HASH, false),
    ] {
        provider.script.lock().unwrap().secret = secret;
        let mut anna = arrive(&portal, &provider, "anna", &json!({ "at_hash": hash })).await;
        assert_eq!(signed_in(&mut anna).await, good, "{secret:?} {hash}");
    }

    provider.script.lock().unwrap().secret = Some(SECRET);
    let mut boris = arrive(&portal, &provider, "boris", &json!({ "at_hash": HASH })).await;
    let now = portal.clock.now().timestamp();
    let claims = json!({
        "iss": provider.issuer, "aud": "portal", "iat": now, "exp": now + 120, "jti": "1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} }, "sub": "boris",
    });
    let public = scripted::public_pem(7);
    let mut outside = portal.browser_at(&provider.issuer);
    for (secret, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("guessed", StatusCode::BAD_REQUEST),
        (public.as_str(), StatusCode::BAD_REQUEST),
        (SECRET, StatusCode::OK),
    ] {
        assert!(signed_in(&mut boris).await, "{secret}");
        let token = scripted::signed_with(secret, &claims);
        let told = outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, status, "{secret}");
    }
    assert!(!signed_in(&mut boris).await);
}

#[tokio::test]
async fn a_provider_with_other_claims_needs_another_configuration_only() {
    let changes = json!({ "provider": {
        "client_authentication": "client_secret_post",
        "acr_values": ["substantial", "high"],
        "scopes": [{ "name": "profile", "label": { "en": "Profile", "ru": "Профиль" } },
                   { "name": "address", "label": { "en": "Address", "ru": "Адрес" } }],
        "attributes": [
            { "target": "name", "scope": "profile", "source": "id_token", "pointer": "/family_name", "join": ["/given_name"] },
            { "target": "birth_date", "scope": "profile", "source": "id_token", "pointer": "/birthdate", "transform": "date" },
            { "target": "region", "scope": "address", "source": "id_token", "pointer": "/address/region", "transform": "region" },
        ],
    }});
    let (portal, provider) = scripted(changes).await;
    for (level, verified) in [("high", true), ("low", false)] {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &["profile", "address"]).await;
        let mut claims = provider.good("alma", &nonce, portal.clock.now().timestamp());
        for (name, value) in [
            ("acr", json!(level)),
            ("family_name", json!("Sample")),
            ("given_name", json!("Alma")),
            ("birthdate", json!("1988-04-12")),
            ("address", json!({ "region": "Lake District" })),
        ] {
            claims[name] = value;
        }
        provider.script.lock().unwrap().id_token = claims;
        assert_eq!(come_back(&mut browser, &provider, &state).await.location(), "/polls");
        let known = known(&portal).await;
        assert_eq!(known["name"].value, "Sample Alma");
        assert_eq!(known["birth_date"].value, json!(NaiveDate::from_ymd_opt(1988, 4, 12).unwrap()));
        assert_eq!(known["region"].value, "02");
        assert!(known.values().all(|attribute| attribute.verified == verified), "{level}");
        let to = browser.post("/auth/sign-out", &[]).await;
        assert_eq!(to.parameter("client_id").as_deref(), Some("portal"));
        assert_eq!(to.parameter("id_token_hint"), None, "her name stands in it");
        let script = provider.script.lock().unwrap();
        assert!(!script.basic);
        assert_eq!(script.form["client_secret"], "a secret: with + and %");
        assert!(script.form["code_verifier"].len() >= 43);
    }
}

#[tokio::test]
async fn a_provider_that_announces_nothing_is_asked_where_the_configuration_says() {
    let provider = Scripted::start().await;
    let at = |path: &str| format!("{}{path}", provider.issuer);
    let changes = json!({ "provider": { "endpoints": {
        "authorization": at("/elsewhere/authorize"), "token": at("/token"), "keys": at("/jwks"),
        "userinfo": at("/userinfo"), "end_session": at("/elsewhere/end"), "algorithms": ["ES256"],
    }}});
    let clock = Arc::new(ManualClock::new(noon()));
    let portal = Portal::new(Engine::Sqlite, &provider.issuer, clock, changes).await;
    let mut anna = portal.browser();
    let answer = anna.post("/auth/sign-in", &[("return", "/polls")]).await;
    assert!(answer.location().starts_with(&at("/elsewhere/authorize?")), "{answer:?}");
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
    assert!(signed_in(&mut anna).await);
    let to = anna.post("/auth/sign-out", &[]).await;
    assert!(to.location().starts_with(&at("/elsewhere/end?")), "{to:?}");
    assert_eq!(provider.script.lock().unwrap().asked, 0, "what it would announce");
    // Its keys are its own all the same, and how it signs is what was said.
    for (key, secret) in [(8, None), (7, Some("a secret: with + and %"))] {
        {
            let mut script = provider.script.lock().unwrap();
            (script.key, script.secret) = (key, secret);
        }
        let mut boris = arrive(&portal, &provider, "boris", &json!({})).await;
        assert!(!signed_in(&mut boris).await, "{key} {secret:?}");
    }
}

/// Issuers are compared letter by letter: one without a path has no slash, and one with a slash keeps it.
#[tokio::test]
async fn the_issuer_of_tokens_is_the_one_that_is_written() {
    for issuer in ["http://tokens.example", "http://tokens.example/"] {
        let provider = Scripted::start().await;
        let at = |path: &str| format!("{}{path}", provider.issuer);
        let changes = json!({ "provider": { "endpoints": {
            "authorization": at("/authorize"), "token": at("/token"), "keys": at("/jwks"),
            "userinfo": at("/userinfo"), "token_issuer": issuer, "algorithms": ["ES256"],
        }}});
        let clock = Arc::new(ManualClock::new(noon()));
        let portal = Portal::new(Engine::Sqlite, &provider.issuer, clock, changes).await;
        for (said, right) in [(issuer, true), ("http://tokens.example//", false)] {
            let mut anna = portal.browser();
            let said = json!({ "iss": said });
            let state = leave_as(&mut anna, &portal, &provider, ("anna", &said)).await;
            // The answer itself names no issuer.
            anna.get(&format!("/auth/callback?code=code&state={state}")).await;
            assert_eq!(signed_in(&mut anna).await, right, "{issuer} {said}");
        }
    }
}

#[tokio::test]
async fn vectors_of_trust_stand_in_the_place_of_levels() {
    let changes = json!({ "provider": {
        "vtr": ["Cl.Cm.P2", "Cl.Cm.P3"],
        "scopes": [{ "name": "profile", "label": { "en": "Profile", "ru": "Профиль" } }],
        "attributes": [{ "target": "name", "scope": "profile", "pointer": "/family_name" }],
    }});
    let (portal, provider) = scripted(changes).await;
    for (said, enough) in [
        (json!({ "vot": "P2.Cl.Cm" }), true),
        (json!({ "vot": "Cl.Cm.P3" }), true),
        (json!({ "vot": "Cl.Cm" }), false),
        (json!({ "vot": "Cl.Cm.P20" }), false),
        (json!({ "vot": ["Cl.Cm.P2"] }), false),
        (json!({ "acr": "Cl.Cm.P2" }), false),
        (json!({}), false),
    ] {
        let mut anna = portal.browser();
        let asked = anna.post("/auth/sign-in", &[("return", "/polls")]).await;
        assert_eq!(asked.parameter("vtr").as_deref(), Some("[\"Cl.Cm.P2\",\"Cl.Cm.P3\"]"));
        assert_eq!(asked.parameter("acr_values"), None);
        let (state, nonce) = leave(&mut anna, &["profile"]).await;
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = provider.good("anna", &nonce, portal.clock.now().timestamp());
            for (name, value) in said.as_object().unwrap() {
                script.id_token[name] = value.clone();
            }
            script.userinfo = json!({ "sub": "anna", "family_name": "Sample" });
        }
        assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
        assert_eq!(known(&portal).await["name"].verified, enough, "{said}");
        // How somebody signed in is no data of theirs.
        let left = anna.post("/auth/sign-out", &[]).await;
        assert!(left.parameter("id_token_hint").is_some(), "{said}");
    }
}

#[tokio::test]
async fn what_no_scope_releases_is_asked_for_claim_by_claim() {
    let region = "https://vocabulary.example/region";
    let changes = json!({ "provider": {
        "scopes": [
            { "name": "email", "label": { "en": "Email", "ru": "Почта" } },
            { "name": "birth", "claims": ["birthdate"], "label": { "en": "Birth", "ru": "Рождение" } },
            { "name": "home", "claims": [region], "label": { "en": "Home", "ru": "Дом" } },
        ],
        "attributes": [
            { "target": "email", "scope": "email", "pointer": "/email" },
            { "target": "birth_date", "scope": "birth", "source": "id_token", "pointer": "/birthdate", "transform": "date" },
            { "target": "region", "scope": "home", "pointer": "/https:~1~1vocabulary.example~1region", "transform": "region" },
        ],
    }});
    let (portal, provider) = scripted(changes).await;
    let mut anna = portal.browser();
    let all =
        [("return", "/polls"), ("scopes[]", "email"), ("scopes[]", "birth"), ("scopes[]", "home")];
    let to = anna.post("/auth/sign-in", &all).await;
    assert_eq!(to.parameter("scope").as_deref(), Some("openid email"));
    let claims: Value = serde_json::from_str(&to.parameter("claims").unwrap()).unwrap();
    let asked = json!({ "id_token": { "birthdate": null }, "userinfo": { region: null } });
    assert_eq!(claims, asked);

    // The token endpoint speaks of scopes alone: what came is what was granted.
    for said in [Some("openid email"), None] {
        let (state, nonce) = leave(&mut anna, &["email", "birth", "home"]).await;
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = provider.good("anna", &nonce, portal.clock.now().timestamp());
            script.userinfo =
                json!({ "sub": "anna", "email": "anna@example.org", region: "Lake District" });
            script.scope = said.map(ToOwned::to_owned);
        }
        assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
        let known = known(&portal).await;
        assert_eq!(known["region"].value, "02");
        assert_eq!(known["email"].value, "anna@example.org");
        assert!(!known.contains_key("birth_date"));
        let page = anna.get("/account/consents").await;
        assert!(page.body.contains("Home") && page.body.contains("Email"), "{}", page.body);
        assert!(!page.body.contains("Birth"), "it was not granted: {}", page.body);
    }
    // Without any of it ticked, nothing of it is asked for.
    let to = anna.post("/auth/sign-in", &[("return", "/polls"), ("scopes[]", "email")]).await;
    assert_eq!(to.parameter("claims"), None);
}

/// A P-256 key, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes it.
fn client_key() -> String {
    let der = BASE64_STANDARD.encode(scripted::pkcs8(9));
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

#[tokio::test]
async fn the_portal_proves_itself_with_a_key_of_its_own() {
    let changes = json!({ "provider": {
        "client_authentication": "private_key_jwt", "client_key": client_key(), "client_key_id": "2026",
    }});
    let (portal, provider) = scripted(changes).await;
    let now = portal.clock.now().timestamp();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &[]).await;
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = provider.good("anna", &nonce, now);
            script.userinfo = json!({ "sub": "anna" });
        }
        assert_eq!(come_back(&mut browser, &provider, &state).await.location(), "/polls");
        let form = provider.script.lock().unwrap().form.clone();
        assert!(!provider.script.lock().unwrap().basic && !form.contains_key("client_secret"));
        assert_eq!(form["client_id"], "portal");
        assert_eq!(
            form["client_assertion_type"],
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[&provider.issuer]);
        rules.validate_exp = false;
        let token: TokenData<Value> =
            decode(&form["client_assertion"], &scripted::public_key(9), &rules).unwrap();
        assert_eq!(token.header.kid.as_deref(), Some("2026"));
        assert_eq!(
            (&token.claims["iss"], &token.claims["sub"]),
            (&json!("portal"), &json!("portal"))
        );
        let (issued, expires) = (token.claims["iat"].as_i64(), token.claims["exp"].as_i64());
        assert_eq!((issued, expires), (Some(now), Some(now + 60)));
        seen.push(token.claims["jti"].as_str().unwrap().to_owned());
    }
    assert_ne!(seen[0], seen[1], "each statement is for one use");
}

#[tokio::test]
async fn a_provider_that_does_not_know_the_portal_is_a_failure_of_ours() {
    let (portal, provider) = scripted(json!({})).await;
    for (error, status) in [
        ("invalid_client", StatusCode::SERVICE_UNAVAILABLE),
        ("invalid_grant", StatusCode::BAD_REQUEST),
    ] {
        let mut browser = portal.browser();
        let (state, _) = leave(&mut browser, &[]).await;
        provider.script.lock().unwrap().error = error;
        let answer = come_back(&mut browser, &provider, &state).await;
        assert_eq!(answer.status, status, "{error}: {}", answer.body);
        assert!(!signed_in(&mut browser).await);
    }
}
