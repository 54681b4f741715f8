//! Signing in with the State Services' provider, played by a small one that checks what is signed.

use crate::{
    scripted,
    visitors::{Answer, Browser, Engine, ORIGIN_OF_PORTAL, Portal, config, noon, parameter},
};
use axum::{
    Form, Json, Router,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header, encode};
use migration::testing::SqliteFile;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use server::{accounts::attributes::Attribute, clock::ManualClock, doctor, store::account};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

const OID: &str = "1000299353";
const TOKEN_ISSUER: &str = "http://esia.example/";

/// What the next sign-in gets, and what was asked.
#[derive(Default)]
struct Script {
    id_token: String,
    scope: String,
    /// Whether what comes for the code cannot be read, and how often one was taken.
    unreadable: bool,
    taken: usize,
    /// Paths of the data that was asked for.
    asked: Vec<String>,
}

#[derive(Clone)]
struct Fake {
    issuer: String,
    script: Arc<Mutex<Script>>,
}

/// The fake signer signs with the text itself, so that it can be read here.
fn signs(parameters: &BTreeMap<String, String>, code: &str) -> bool {
    let part = |name: &str| parameters.get(name).map_or("", String::as_str);
    let names = ["client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri"];
    let text = names.map(part).concat() + code;
    BASE64_URL_SAFE_NO_PAD.decode(part("client_secret")).is_ok_and(|said| said == text.as_bytes())
        && part("client_certificate_hash") == "AB12"
}

async fn token(State(fake): State<Fake>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    if !signs(&form, "the code") || form["code"] != "the code" {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "ESIA-007053" }))).into_response();
    }
    let mut script = fake.script.lock().unwrap();
    script.taken += 1;
    if script.unreadable {
        return "not JSON".into_response();
    }
    let access = part(&json!({ "scope": script.scope, "urn:esia:sbj_id": OID }));
    Json(json!({
        "id_token": script.id_token, "access_token": format!("h.{access}.s"), "state": form["state"],
        "token_type": "Bearer", "expires_in": 60,
    }))
    .into_response()
}

fn data(fake: &Fake, headers: &HeaderMap, path: String, document: Value) -> Response {
    if !headers[AUTHORIZATION].to_str().unwrap().starts_with("Bearer h.") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    fake.script.lock().unwrap().asked.push(path);
    Json(document).into_response()
}

async fn person(
    State(fake): State<Fake>,
    Path(oid): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let document = json!({
        "firstName": "Анна", "lastName": "Примерова", "middleName": "Сергеевна", "trusted": true,
        "birthDate": "12.04.1988", "gender": "F",
        "contacts": { "elements": [
            { "type": "MBT", "value": "+7(000)0000001", "vrfStu": "NOT_VERIFIED" },
            { "type": "EML", "value": "anna@people.example", "vrfStu": "VERIFIED" },
        ]},
        "addresses": { "elements": [
            { "type": "PLV", "region": "Lake District" }, { "type": "PRG", "region": "01" },
        ]},
        "vehicles": { "elements": [{ "numberPlate": "A000AA01" }] },
    });
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    data(&fake, &headers, format!("/rs/prns/{oid}{query}"), document)
}

async fn kids(State(fake): State<Fake>, Path(oid): Path<String>, headers: HeaderMap) -> Response {
    let document = json!({ "elements": [{ "firstName": "Лев", "snils": "000-000-001 00" }] });
    data(&fake, &headers, format!("/rs/prns/{oid}/kids"), document)
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Claims of a good ID token.
fn claims(nonce: &str) -> Value {
    let now = noon().timestamp();
    json!({
        "iss": TOKEN_ISSUER, "aud": "PORTAL01", "sub": OID, "iat": now, "exp": now + 300, "nonce": nonce,
        "urn:esia:sid": "sid", "urn:esia:sbj": {
            "urn:esia:sbj:typ": "P", "urn:esia:sbj:oid": OID, "urn:esia:sbj:lvl": "KD",
            "urn:esia:sbj:is_tru": true,
        },
    })
}

/// A token that a key of an elliptic curve signed.
fn es256(claims: &Value, scalar: u8) -> String {
    encode(&Header::new(Algorithm::ES256), claims, &scripted::key(scalar)).unwrap()
}

/// A token with an algorithm and a signature of the test's choice.
fn signed(algorithm: &str, claims: &Value, signature: &str) -> String {
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
    format!("{}.{}.{signature}", part(&json!({ "alg": algorithm, "sbt": "id" })), part(claims))
}

async fn portal(engine: Engine, signer: &str) -> (Portal, Fake) {
    portal_with(engine, signer, |_| {}).await
}

/// The settings of a portal that signs by `signer`.
fn settings(signer: &str) -> Value {
    json!({ "staff": { "administrators": [OID] }, "provider": {
        "kind": "esia", "client_id": "PORTAL01", "acr_values": ["PR", "KD"],
        "esia": {
            "token_issuer": TOKEN_ISSUER, "certificate_hash": "AB12",
            "signer": { "command": [signer] }, "token_key": scripted::public_pem(7),
            // Confirms the signature "good" and nothing else.
            "verifier": {
                "program": { "command": ["grep", "-q", "[.]Z29vZA$"] },
                "algorithms": ["GOST3410_2012_256"],
            },
        },
        "attributes": [
            { "target": "name", "scope": "fullname", "source": "person", "pointer": "/lastName",
              "join": ["/firstName", "/middleName"], "verified": "/trusted" },
            { "target": "birth_date", "scope": "birthdate", "source": "person", "pointer": "/birthDate", "transform": "date" },
            { "target": "email", "scope": "email", "source": "contacts", "pointer": "/[type=EML]/value", "verified": "/[type=EML]/vrfStu" },
            { "target": "phone", "scope": "mobile", "source": "contacts", "pointer": "/[type=MBT]/value",
              "transform": "phone", "verified": "/[type=MBT]/vrfStu" },
            { "target": "region", "scope": "addresses", "source": "addresses", "pointer": "/[type=PRG]/region", "transform": "region" },
            { "target": "vehicles", "scope": "vehicles", "source": "vehicles", "pointer": "/*" },
            { "target": "children", "scope": "kid_fullname", "source": "kids", "pointer": "/*", "keep": ["firstName"] },
        ],
    }})
}

/// As [`portal`], with other settings of the provider.
async fn portal_with(
    engine: Engine,
    signer: &str,
    change: impl FnOnce(&mut Value),
) -> (Portal, Fake) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let fake = Fake { issuer, script: Arc::default() };
    let router = Router::new()
        .route("/aas/oauth2/v3/te", post(token))
        .route("/rs/prns/{oid}", get(person))
        .route("/rs/prns/{oid}/kids", get(kids))
        .with_state(fake.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut changes = settings(signer);
    change(&mut changes["provider"]);
    let clock = Arc::new(ManualClock::new(noon()));
    (Portal::new(engine, &fake.issuer, clock, changes).await, fake)
}

const ASKED: [&str; 7] =
    ["fullname", "birthdate", "email", "mobile", "addresses", "vehicles", "kid_fullname"];

/// Leaves for ESIA with everything asked for; gives the parameters of the address there.
async fn leave(browser: &mut Browser, fake: &Fake) -> BTreeMap<String, String> {
    let mut form = vec![("return", "/polls")];
    form.extend(ASKED.map(|scope| ("scopes[]", scope)));
    let answer = browser.post("/auth/sign-in", &form).await;
    let address = answer.location();
    assert!(address.starts_with(&format!("{}/aas/oauth2/v2/ac?", fake.issuer)), "{address}");
    let (_, query) = address.split_once('?').unwrap();
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn come_back(browser: &mut Browser, state: &str) -> Answer {
    browser.get(&format!("/auth/callback?code=the+code&state={state}")).await
}

async fn known(portal: &Portal) -> BTreeMap<String, Attribute> {
    let accounts = account::Entity::find().all(&portal.platform.db).await.unwrap();
    assert_eq!(accounts.len(), 1);
    let all = portal.attributes.all(accounts[0].id).await.unwrap();
    all.into_iter().map(|attribute| (attribute.name.clone(), attribute)).collect()
}

async fn a_person_signs_in_and_refuses_a_part(engine: Engine) {
    let (portal, fake) = portal(engine, "cat").await;
    let mut browser = portal.browser();
    let sent = leave(&mut browser, &fake).await;
    assert!(signs(&sent, ""), "{sent:?}");
    assert_eq!(sent["timestamp"], "2026.11.22 12:00:00 +0000");
    assert_eq!((sent["response_type"].as_str(), sent["access_type"].as_str()), ("code", "online"));
    assert!(sent["scope"].starts_with("openid ") && sent["scope"].contains("kid_fullname"));
    {
        let mut script = fake.script.lock().unwrap();
        script.id_token = es256(&claims(&sent["nonce"]), 7);
        let granted = ["fullname", "birthdate", "email", "mobile", "addresses"];
        script.scope = granted.map(|scope| format!("{scope}?oid={OID}")).join(" ") + " openid";
    }
    assert_eq!(come_back(&mut browser, &sent["state"]).await.location(), "/polls");
    let known_now = known(&portal).await;
    let value = |name: &str| (known_now[name].value.clone(), known_now[name].verified);
    assert_eq!(
        known_now.keys().collect::<Vec<_>>(),
        ["birth_date", "email", "name", "phone", "region"]
    );
    assert_eq!(value("name"), (json!("Примерова Анна Сергеевна"), true));
    assert_eq!(value("birth_date"), (json!("1988-04-12"), true));
    assert_eq!(value("email"), (json!("anna@people.example"), true));
    assert_eq!(value("phone"), (json!("+70000000001"), false), "nobody checked this number");
    assert_eq!(value("region"), (json!("01"), true));
    let asked = std::mem::take(&mut fake.script.lock().unwrap().asked);
    assert_eq!(
        asked,
        [format!("/rs/prns/{OID}?embed=(contacts.elements,addresses.elements)")],
        "what was refused is not asked for"
    );
    let out = browser.post("/auth/sign-out", &[]).await;
    assert!(out.location().starts_with(&format!("{}/idp/ext/Logout?", fake.issuer)), "{out:?}");
    assert_eq!(out.parameter("client_id").as_deref(), Some("PORTAL01"));
    assert_eq!(parameter(out.location(), "redirect_url"), Some(format!("{ORIGIN_OF_PORTAL}/")));

    // Another time, by an algorithm that a program outside checks, with children released.
    let sent = leave(&mut browser, &fake).await;
    {
        let mut script = fake.script.lock().unwrap();
        let mut claims = claims(&sent["nonce"]);
        claims["urn:esia:sbj"]["urn:esia:sbj:is_tru"] = Value::Null;
        script.id_token = signed("GOST3410_2012_256", &claims, "good");
        script.scope = "openid kid_fullname vehicles fullname".into();
    }
    assert_eq!(come_back(&mut browser, &sent["state"]).await.location(), "/polls");
    let known = known(&portal).await;
    assert_eq!(known["children"].value, json!([{ "firstName": "Лев" }]));
    assert_eq!(known["vehicles"].value, json!([{ "numberPlate": "A000AA01" }]));
    assert!(!known["name"].verified, "the account is not confirmed any more");
    let asked = fake.script.lock().unwrap().asked.clone();
    let paths =
        [format!("/rs/prns/{OID}?embed=(vehicles.elements)"), format!("/rs/prns/{OID}/kids")];
    assert_eq!(asked, paths);
}

#[tokio::test]
async fn from_the_signed_request_to_what_was_released() {
    a_person_signs_in_and_refuses_a_part(Engine::Sqlite).await;
    a_person_signs_in_and_refuses_a_part(Engine::Postgres).await;
}

#[tokio::test]
async fn a_token_whose_signature_nobody_confirms_signs_nobody_in() {
    let (portal, fake) = portal(Engine::Sqlite, "cat").await;
    let bad: [(&str, fn(&Value) -> String); 8] = [
        ("another key", |claims| es256(claims, 8)),
        ("a changed token", |claims| {
            let good = es256(claims, 7);
            let (_, signature) = good.rsplit_once('.').unwrap();
            let mut other = claims.clone();
            other["exp"] = json!(noon().timestamp() + 301);
            let changed = es256(&other, 7);
            format!("{}.{signature}", changed.rsplit_once('.').unwrap().0)
        }),
        ("no signature", |claims| signed("none", claims, "")),
        ("a shared secret", |claims| signed("HS256", claims, "good")),
        ("another family", |claims| signed("RS256", claims, "good")),
        ("a program that does not confirm", |claims| signed("GOST3410_2012_256", claims, "bad")),
        ("an algorithm that nobody checks", |claims| signed("GOST3410_2012_512", claims, "good")),
        ("another client", |claims| {
            let mut claims = claims.clone();
            claims["aud"] = json!("OTHER");
            es256(&claims, 7)
        }),
    ];
    for (what, forge) in bad {
        let mut browser = portal.browser();
        let sent = leave(&mut browser, &fake).await;
        fake.script.lock().unwrap().id_token = forge(&claims(&sent["nonce"]));
        let answer = come_back(&mut browser, &sent["state"]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}: {}", answer.body);
    }
    assert!(fake.script.lock().unwrap().asked.is_empty(), "no data is read before");
    assert!(account::Entity::find().all(&portal.platform.db).await.unwrap().is_empty());
}

/// The samples of ESIA's tokens have none.
#[tokio::test]
async fn a_token_without_the_nonce_signs_in_where_none_has_to_come_back() {
    for (required, enough) in [(None, true), (Some(false), true), (Some(true), false)] {
        let change = |provider: &mut Value| {
            if let Some(required) = required {
                provider["esia"]["nonce_required"] = json!(required);
            }
        };
        let (portal, fake) = portal_with(Engine::Sqlite, "cat", change).await;
        for (nonce, enough) in [(Some("another"), false), (None, enough)] {
            let mut browser = portal.browser();
            let sent = leave(&mut browser, &fake).await;
            let mut token = claims(&sent["nonce"]);
            match nonce {
                Some(nonce) => token["nonce"] = json!(nonce),
                None => drop(token.as_object_mut().unwrap().remove("nonce")),
            }
            fake.script.lock().unwrap().id_token = es256(&token, 7);
            let answer = come_back(&mut browser, &sent["state"]).await;
            let status = if enough { StatusCode::SEE_OTHER } else { StatusCode::BAD_REQUEST };
            assert_eq!(answer.status, status, "{required:?} {nonce:?}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_code_that_may_have_been_taken_is_not_sent_again() {
    let (portal, fake) = portal(Engine::Sqlite, "cat").await;
    let mut browser = portal.browser();
    let sent = leave(&mut browser, &fake).await;
    {
        let mut script = fake.script.lock().unwrap();
        script.id_token = es256(&claims(&sent["nonce"]), 7);
        script.unreadable = true;
    }
    let page = come_back(&mut browser, &sent["state"]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
    fake.script.lock().unwrap().unreadable = false;
    let page = come_back(&mut browser, &sent["state"]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
    assert_eq!(fake.script.lock().unwrap().taken, 1);
}

#[tokio::test]
async fn without_a_signature_nobody_is_sent_anywhere() {
    let (portal, _) = portal(Engine::Sqlite, "false").await;
    let answer = portal.browser().post("/auth/sign-in", &[("return", "/polls")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
}

#[tokio::test]
async fn a_signer_that_does_not_sign_is_not_taken_for_a_provider_that_does_not_answer() {
    let files = [SqliteFile::new(), SqliteFile::new()];
    let config = config("http://127.0.0.1:9", &files[0].url(), &files[1].url(), settings("false"));
    let checks = doctor::examine(Ok(config), Arc::new(ManualClock::new(noon()))).await;
    let check = checks.iter().find(|check| check.what == "identity provider").unwrap();
    let words = check.wrong().unwrap();
    assert!(words.contains("cannot prove itself") && words.contains("signer"), "{words}");
    assert!(!words.contains("does not answer") && !words.contains("reached"), "{words}");
}

#[tokio::test]
async fn where_there_is_a_minimum_the_account_has_to_be_confirmed_and_of_its_level() {
    let assured_only = |provider: &mut Value| provider["assured_only"] = json!(true);
    let (portal, fake) = portal_with(Engine::Sqlite, "cat", assured_only).await;
    for (level, confirmed, enough) in [
        (json!("P"), json!(true), false),
        (json!("KD"), Value::Null, false),
        (Value::Null, json!(true), false),
        (json!("PR"), json!(true), true),
    ] {
        let mut browser = portal.browser();
        let sent = leave(&mut browser, &fake).await;
        let mut claims = claims(&sent["nonce"]);
        claims["urn:esia:sbj"]["urn:esia:sbj:lvl"] = level.clone();
        claims["urn:esia:sbj"]["urn:esia:sbj:is_tru"] = confirmed.clone();
        fake.script.lock().unwrap().id_token = es256(&claims, 7);
        assert_eq!(come_back(&mut browser, &sent["state"]).await.location(), "/polls");
        // The configured administrator is one at the level that is enough, and only so.
        let page = browser.get("/staff/admin").await;
        let status = if enough { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(page.status, status, "{level} {confirmed}");
        assert_eq!(page.body.contains("Sign in again, more reliably"), !enough);
    }
}
