//! The provider as a browser and a client meet it, without a network.

use std::sync::Mutex;

use axum::body::{Body, to_bytes};
use axum::http::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::encoding::{base64url, form_decode, percent_encode, with_query};
use super::*;

const ISSUER: &str = "http://127.0.0.1:8001";
const CALLBACK: &str = "http://127.0.0.1:8000/sign-in/callback";
const AFTER_LOGOUT: &str = "http://127.0.0.1:8000/";
const SECRET: &str = "a secret: with + and %";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

struct TestClock(Mutex<DateTime<Utc>>);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Different bytes at every call, the same in every run.
#[derive(Default)]
struct TestEntropy(Mutex<u64>);

impl Entropy for TestEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut counter = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(32) {
            *counter += 1;
            chunk.copy_from_slice(&Sha256::digest(counter.to_be_bytes())[..chunk.len()]);
        }
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[LOCATION].to_str().unwrap()
    }

    /// A parameter of the address that the answer redirects to.
    fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).and_then(|(_, value)| form_decode(value))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A provider, and one browser with a cookie jar.
struct Lab {
    app: Router,
    clock: Arc<TestClock>,
    cookie: Option<String>,
}

fn settings() -> Settings {
    let client = |id: &str, redirect: &str| Client {
        client_id: id.into(),
        client_secret: SECRET.into(),
        redirect_uris: vec![redirect.into()],
        post_logout_redirect_uris: vec![AFTER_LOGOUT.into()],
    };
    let clients = vec![client("portal", CALLBACK), client("other", "http://localhost:9/cb")];
    Settings { issuer: ISSUER.into(), clients }
}

fn challenge() -> String {
    base64url(&Sha256::digest(VERIFIER))
}

/// A well-formed authorization request, changed by `changes`; an empty value removes.
fn request(scope: &str, changes: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let mut pairs = vec![
        ("client_id", "portal"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", scope),
        ("state", "st&te"),
        ("nonce", "n0nce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    pairs.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    pairs.extend(changes);
    with_query("/authorize", &pairs)
}

impl Lab {
    fn new() -> Self {
        let clock =
            Arc::new(TestClock(Mutex::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap())));
        let entropy = Arc::new(TestEntropy::default());
        let app = router(settings(), People::demo(), clock.clone(), entropy).unwrap();
        Self { app, clock, cookie: None }
    }

    fn wait(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    async fn send(&mut self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let pair = cookie.split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&mut self, address: &str) -> Answer {
        let mut request = Request::get(address);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Answer {
        let mut request =
            Request::post(address).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let form = with_query("", form);
        self.send(request.body(Body::from(form.trim_start_matches('?').to_owned())).unwrap()).await
    }

    /// From the authorization request to the address of the visitor's pages.
    async fn begin(&mut self, address: &str) -> String {
        let answer = self.get(address).await;
        let location = answer.location();
        assert!(location.starts_with("/interaction/"), "{location}");
        location.to_owned()
    }

    /// A whole visit: `granted` are the boxes left ticked. The answer leads back to the client.
    async fn visit(&mut self, person: &str, scope: &str, granted: &[&str]) -> Answer {
        let page = self.begin(&request(scope, &[])).await;
        self.post(&format!("{page}/sign-in"), &[("person", person)]).await.location();
        let mut form = vec![("decision", "allow")];
        form.extend(granted.iter().map(|scope| ("scope", *scope)));
        self.post(&format!("{page}/consent"), &form).await
    }

    async fn code(&mut self, person: &str, scope: &str, granted: &[&str]) -> String {
        self.visit(person, scope, granted).await.parameter("code").unwrap()
    }

    /// The client's exchange of a code, changed by `changes`; an empty value removes.
    async fn exchange(&mut self, code: &str, changes: &[(&str, &str)]) -> Answer {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", "portal"),
            ("client_secret", SECRET),
            ("redirect_uri", CALLBACK),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        form.extend(changes);
        self.post("/token", &form).await
    }

    async fn userinfo(&mut self, access_token: &str) -> Answer {
        let request = Request::get("/userinfo")
            .header(AUTHORIZATION, format!("Bearer {access_token}"))
            .body(Body::empty());
        self.send(request.unwrap()).await
    }

    async fn tokens(&mut self, person: &str, scope: &str, granted: &[&str]) -> Value {
        let code = self.code(person, scope, granted).await;
        let answer = self.exchange(&code, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    /// The claims of an ID token, checked against the published key.
    async fn verified(&mut self, id_token: &Value) -> Value {
        let keys = self.get("/jwks").await.json();
        let key = jsonwebtoken::DecodingKey::from_ec_components(
            keys["keys"][0]["x"].as_str().unwrap(),
            keys["keys"][0]["y"].as_str().unwrap(),
        );
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        validation.validate_exp = false;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&["portal"]);
        let token = id_token.as_str().unwrap();
        let data = jsonwebtoken::decode::<Value>(token, &key.unwrap(), &validation).unwrap();
        assert_eq!(data.header.kid.as_deref(), keys["keys"][0]["kid"].as_str());
        data.claims
    }
}

#[tokio::test]
async fn a_whole_sign_in() {
    let mut lab = Lab::new();
    let metadata = lab.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["issuer"], ISSUER);
    assert_eq!(metadata["token_endpoint"], format!("{ISSUER}/token"));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);

    let page = lab.begin(&request("openid fullname gender kid_birthdate", &[])).await;
    let people = lab.get(&page).await;
    assert_eq!(people.status, StatusCode::OK);
    assert!(people.body.contains("value=\"demo-anna\""));
    let back = lab.post(&format!("{page}/sign-in"), &[("person", "demo-anna")]).await;
    assert_eq!(back.location(), page);

    let consent = lab.get(&page).await.body;
    for shown in ["Примерова Анна Сергеевна", "Female", "03.02.2014", "demo-anna"]
    {
        assert!(consent.contains(shown), "{shown}");
    }
    assert!(!consent.contains("12.04.1988"), "the date of birth was not asked for");
    assert!(!consent.contains("value=\"openid\""), "the subject cannot be refused");

    let form = [
        ("decision", "allow"),
        ("scope", "fullname"),
        ("scope", "gender"),
        ("scope", "kid_birthdate"),
        ("scope", "snils"),
    ];
    let answer = lab.post(&format!("{page}/consent"), &form).await;
    assert!(answer.location().starts_with(CALLBACK));
    assert_eq!(answer.parameter("state").as_deref(), Some("st&te"));
    assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
    let code = answer.parameter("code").unwrap();

    lab.wait(59);
    let tokens = lab.exchange(&code, &[]).await;
    assert_eq!(tokens.headers["cache-control"], "no-store");
    let tokens = tokens.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 600);
    assert_eq!(tokens["scope"], "openid fullname gender kid_birthdate");

    let claims = lab.verified(&tokens["id_token"]).await;
    assert_eq!(claims["sub"], "demo-anna");
    assert_eq!(claims["nonce"], "n0nce");
    assert_eq!(claims["acr"], "substantial");
    assert_eq!(claims["auth_time"], 1_800_000_000);
    assert_eq!(claims["iat"], 1_800_000_059);
    assert_eq!(claims["exp"], 1_800_000_359);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims["at_hash"], base64url(&Sha256::digest(access_token)[..16]));
    assert!(claims["sid"].as_str().is_some_and(|sid| !sid.is_empty()));
    assert!(claims.get("firstName").is_none(), "data comes from userinfo alone");

    let userinfo = lab.userinfo(access_token).await.json();
    assert_eq!(
        userinfo,
        json!({
            "sub": "demo-anna", "trusted": true,
            "firstName": "Анна", "middleName": "Сергеевна", "lastName": "Примерова",
            "gender": "F",
            "kids": [{ "birthDate": "03.02.2014" }, { "birthDate": "21.10.2018" }],
        })
    );
}

#[tokio::test]
async fn a_refused_scope_is_in_neither_the_token_nor_userinfo() {
    let mut lab = Lab::new();
    let tokens = lab.tokens("demo-anna", "openid fullname email mobile", &["mobile"]).await;
    assert_eq!(tokens["scope"], "openid mobile");
    let userinfo = lab.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert!(userinfo.get("firstName").is_none());
    assert_eq!(userinfo["contacts"].as_array().map(Vec::len), Some(1));
    assert_eq!(userinfo["contacts"][0]["type"], "MBT");

    let tokens = lab.tokens("demo-anna", "openid fullname", &[]).await;
    assert_eq!(tokens["scope"], "openid");
}

#[tokio::test]
async fn the_person_can_cancel_before_and_after_signing_in() {
    let mut lab = Lab::new();
    let page = lab.begin(&request("openid", &[])).await;
    let answer = lab.post(&format!("{page}/consent"), &[("decision", "cancel")]).await;
    assert!(answer.location().starts_with(CALLBACK));
    assert_eq!(answer.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.parameter("state").as_deref(), Some("st&te"));
    assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));

    let page = lab.begin(&request("openid", &[])).await;
    lab.post(&format!("{page}/sign-in"), &[("person", "demo-vera")]).await;
    let answer = lab.post(&format!("{page}/consent"), &[("decision", "cancel")]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.parameter("code"), None);
    let again = lab.post(&format!("{page}/consent"), &[("decision", "allow")]).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nobody_can_agree_without_having_signed_in() {
    let mut lab = Lab::new();
    let page = lab.begin(&request("openid", &[])).await;
    let answer = lab.post(&format!("{page}/consent"), &[("decision", "allow")]).await;
    assert_eq!(answer.location(), page);
    let answer = lab.post(&format!("{page}/sign-in"), &[("person", "demo-nobody")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn another_browser_cannot_go_on_with_an_interaction() {
    let mut lab = Lab::new();
    let page = lab.begin(&request("openid", &[])).await;
    let own = lab.cookie.take();
    for cookie in [None, Some(format!("demo_idp={}", "A".repeat(43)))] {
        lab.cookie = cookie;
        assert_eq!(lab.get(&page).await.status, StatusCode::BAD_REQUEST);
        for step in ["sign-in", "switch", "consent"] {
            let form = [("person", "demo-anna"), ("decision", "cancel")];
            let answer = lab.post(&format!("{page}/{step}"), &form).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{step}");
        }
    }
    lab.cookie = own;
    assert_eq!(lab.get(&page).await.status, StatusCode::OK);
    lab.wait(30 * 60);
    assert_eq!(lab.get(&page).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn signing_in_changes_the_cookie_and_keeps_the_other_tabs() {
    let mut lab = Lab::new();
    let first = lab.begin(&request("openid", &[])).await;
    let second = lab.begin(&request("openid", &[])).await;
    let before = lab.cookie.clone();
    lab.post(&format!("{first}/sign-in"), &[("person", "demo-anna")]).await;
    assert_ne!(lab.cookie, before);
    assert_eq!(lab.get(&second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_consent_page_of_someone_who_signed_out_asks_again() {
    let mut lab = Lab::new();
    let first = lab.begin(&request("openid", &[])).await;
    lab.post(&format!("{first}/sign-in"), &[("person", "demo-anna")]).await;
    let second = lab.begin(&request("openid", &[("prompt", "login")])).await;
    lab.post(&format!("{second}/sign-in"), &[("person", "demo-boris")]).await;
    let answer = lab.post(&format!("{first}/consent"), &[("decision", "allow")]).await;
    assert_eq!(answer.location(), first, "Anna’s session is gone");
    assert!(lab.get(&first).await.body.contains("value=\"demo-anna\""));
}

#[tokio::test]
async fn a_replayed_code_is_refused_and_takes_the_token_with_it() {
    let mut lab = Lab::new();
    let code = lab.code("demo-anna", "openid", &[]).await;
    let tokens = lab.exchange(&code, &[]).await.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(lab.userinfo(access_token).await.status, StatusCode::OK);
    lab.wait(120);
    let replay = lab.exchange(&code, &[]).await;
    assert_eq!(replay.status, StatusCode::BAD_REQUEST);
    assert_eq!(replay.json(), json!({ "error": "invalid_grant" }));
    assert_eq!(lab.userinfo(access_token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_bound_to_its_verifier_address_client_and_minute() {
    let mut lab = Lab::new();
    let wrong_verifier = ("code_verifier", "another-verifier-of-forty-three-characters-");
    for change in [wrong_verifier, ("redirect_uri", AFTER_LOGOUT), ("redirect_uri", "")] {
        let code = lab.code("demo-anna", "openid", &[]).await;
        let answer = lab.exchange(&code, &[change]).await;
        assert_eq!(answer.json(), json!({ "error": "invalid_grant" }), "{change:?}");
        let second = lab.exchange(&code, &[]).await;
        assert_eq!(second.json(), json!({ "error": "invalid_grant" }), "one attempt only");
    }

    let code = lab.code("demo-anna", "openid", &[]).await;
    let answer = lab.exchange(&code, &[("client_id", "other")]).await;
    assert_eq!(answer.json(), json!({ "error": "invalid_grant" }));
    let own = lab.exchange(&code, &[]).await;
    assert_eq!(own.status, StatusCode::OK, "a stranger’s attempt does not spoil the code");

    let code = lab.code("demo-anna", "openid", &[]).await;
    lab.wait(60);
    assert_eq!(lab.exchange(&code, &[]).await.json(), json!({ "error": "invalid_grant" }));
}

#[tokio::test]
async fn a_malformed_exchange_is_told_apart() {
    let mut lab = Lab::new();
    for (change, error) in [
        (("grant_type", "client_credentials"), "unsupported_grant_type"),
        (("grant_type", ""), "invalid_request"),
        (("code", ""), "invalid_request"),
        (("code_verifier", ""), "invalid_request"),
        (("code", "nonsense"), "invalid_grant"),
    ] {
        let code = lab.code("demo-anna", "openid", &[]).await;
        let answer = lab.exchange(&code, &[change]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json(), json!({ "error": error }), "{change:?}");
    }
    let request = Request::post("/token").header(CONTENT_TYPE, "application/json");
    let answer = lab.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.json(), json!({ "error": "invalid_request" }));
}

#[tokio::test]
async fn a_client_must_prove_itself() {
    let mut lab = Lab::new();
    let code = lab.code("demo-anna", "openid", &[]).await;
    for change in [("client_secret", "wrong"), ("client_secret", ""), ("client_id", "unknown")] {
        let answer = lab.exchange(&code, &[change]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json(), json!({ "error": "invalid_client" }));
    }

    let credentials = |secret: &str| {
        let pair = format!("portal:{}", percent_encode(secret));
        format!("Basic {}", STANDARD.encode(pair))
    };
    let form = |code: &str| {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("redirect_uri", CALLBACK),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        with_query("", &pairs)[1..].to_owned()
    };
    let with_header = |secret: &str, body: String| {
        Request::post("/token")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, credentials(secret))
            .body(Body::from(body))
            .unwrap()
    };
    let answer = lab.send(with_header("wrong", form(&code))).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.headers.contains_key(WWW_AUTHENTICATE));
    let both = format!("{}&client_secret=x", form(&code));
    let answer = lab.send(with_header(SECRET, both)).await;
    assert_eq!(answer.json(), json!({ "error": "invalid_request" }));
    let answer = lab.send(with_header(SECRET, form(&code))).await;
    assert_eq!(answer.status, StatusCode::OK, "failed proofs do not spoil the code");
}

#[tokio::test]
async fn an_unregistered_address_is_never_redirected_to() {
    let mut lab = Lab::new();
    for change in [
        ("redirect_uri", "http://127.0.0.1:8000/sign-in/callback/"),
        ("redirect_uri", "http://127.0.0.1:8000/sign-in/callback?x=1"),
        ("redirect_uri", "http://evil.example/"),
        ("redirect_uri", ""),
        ("client_id", "unknown"),
        ("client_id", "other"),
        ("client_id", ""),
    ] {
        let answer = lab.get(&request("openid", &[change])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{change:?}");
        assert!(!answer.headers.contains_key(LOCATION));
        assert!(!answer.body.contains("evil.example"));
    }
    let twice = format!("{}&redirect_uri=http%3A%2F%2Fevil.example%2F", request("openid", &[]));
    let answer = lab.get(&twice).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(!answer.headers.contains_key(LOCATION));
}

#[tokio::test]
async fn a_wrong_request_is_answered_in_the_protocols_words() {
    let mut lab = Lab::new();
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
        (("response_mode", "fragment"), "invalid_request"),
        (("scope", "fullname"), "invalid_scope"),
        (("scope", ""), "invalid_scope"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("prompt", "create"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("id_token_hint", "nonsense"), "invalid_request"),
        (("request", "x"), "request_not_supported"),
        (("request_uri", "x"), "request_uri_not_supported"),
        (("prompt", "none"), "login_required"),
    ] {
        let answer = lab.get(&request("openid", &[change])).await;
        assert!(answer.location().starts_with(&format!("{CALLBACK}?")), "{change:?}");
        assert_eq!(answer.parameter("error").as_deref(), Some(error), "{change:?}");
        assert_eq!(answer.parameter("state").as_deref(), Some("st&te"));
        assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
    }
    let twice = format!("{}&nonce=again", request("openid", &[]));
    let answer = lab.get(&twice).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn a_request_can_be_posted() {
    let mut lab = Lab::new();
    let query = request("openid", &[]);
    let body = query.split_once('?').unwrap().1.to_owned();
    let request =
        Request::post("/authorize").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = lab.send(request.body(Body::from(body)).unwrap()).await;
    assert!(answer.location().starts_with("/interaction/"));
}

#[tokio::test]
async fn a_signed_in_browser_goes_straight_to_the_consent_page() {
    let mut lab = Lab::new();
    lab.tokens("demo-anna", "openid", &[]).await;
    let consent = |answer: Answer| answer.body.contains("value=\"allow\"");

    let page = lab.begin(&request("openid gender", &[])).await;
    assert!(consent(lab.get(&page).await));
    let again = lab.post(&format!("{page}/switch"), &[]).await;
    assert_eq!(again.location(), page);
    assert!(!consent(lab.get(&page).await), "someone else can be picked");

    for afresh in [("prompt", "login"), ("prompt", "select_account"), ("max_age", "0")] {
        let page = lab.begin(&request("openid", &[afresh])).await;
        assert!(!consent(lab.get(&page).await), "{afresh:?}");
    }
    let page = lab.begin(&request("openid", &[("max_age", "100")])).await;
    assert!(consent(lab.get(&page).await));
    lab.wait(100);
    let page = lab.begin(&request("openid", &[("max_age", "100")])).await;
    assert!(!consent(lab.get(&page).await));
    lab.wait(8 * 60 * 60);
    let page = lab.begin(&request("openid", &[])).await;
    assert!(!consent(lab.get(&page).await), "the session has ended");
}

#[tokio::test]
async fn a_silent_request_repeats_the_last_decision_and_nothing_more() {
    let mut lab = Lab::new();
    let silent = |scope: &str| request(scope, &[("prompt", "none")]);
    let tokens = lab.tokens("demo-anna", "openid gender email", &["gender"]).await;

    let answer = lab.get(&silent("openid gender email")).await;
    let code = answer.parameter("code").unwrap();
    assert_eq!(lab.exchange(&code, &[]).await.json()["scope"], "openid gender");
    let answer = lab.get(&silent("openid snils")).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("consent_required"));

    let hint = tokens["id_token"].as_str().unwrap();
    lab.tokens("demo-anna", "openid", &[]).await;
    let hinted = request("openid", &[("prompt", "none"), ("id_token_hint", hint)]);
    assert!(lab.get(&hinted).await.parameter("code").is_some());
    let page = lab.begin(&request("openid", &[("prompt", "login")])).await;
    lab.post(&format!("{page}/sign-in"), &[("person", "demo-boris")]).await;
    let answer = lab.get(&hinted).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn userinfo_wants_a_token_that_still_lives() {
    let mut lab = Lab::new();
    let none = lab.get("/userinfo").await;
    assert_eq!(none.status, StatusCode::UNAUTHORIZED);
    assert_eq!(none.headers[WWW_AUTHENTICATE], "Bearer");
    let wrong = lab.userinfo("nonsense").await;
    assert_eq!(wrong.headers[WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
    let tokens = lab.tokens("demo-anna", "openid", &[]).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    lab.wait(599);
    assert_eq!(lab.userinfo(access_token).await.status, StatusCode::OK);
    lab.wait(1);
    assert_eq!(lab.userinfo(access_token).await.status, StatusCode::UNAUTHORIZED);
}

fn end_session(parameters: &[(&str, &str)]) -> String {
    with_query("/end_session", parameters)
}

#[tokio::test]
async fn the_clients_hint_signs_out_at_once_and_returns() {
    let mut lab = Lab::new();
    let tokens = lab.tokens("demo-anna", "openid", &[]).await;
    lab.wait(3600);
    let hint = tokens["id_token"].as_str().unwrap();
    let address = end_session(&[
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", AFTER_LOGOUT),
        ("state", "s t"),
    ]);
    let answer = lab.get(&address).await;
    assert_eq!(answer.location(), "http://127.0.0.1:8000/?state=s%20t");
    assert_eq!(lab.cookie, None);
    let answer = lab.get(&request("openid", &[("prompt", "none")])).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn signing_out_ends_the_codes_and_tokens_of_the_session() {
    let mut lab = Lab::new();
    let tokens = lab.tokens("demo-anna", "openid", &[]).await;
    let code = lab.get(&request("openid", &[("prompt", "none")])).await.parameter("code").unwrap();
    let hint = tokens["id_token"].as_str().unwrap();
    let answer = lab.get(&end_session(&[("id_token_hint", hint)])).await;
    assert_eq!(answer.status, StatusCode::OK);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(lab.userinfo(access_token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(lab.exchange(&code, &[]).await.json(), json!({ "error": "invalid_grant" }));
}

#[tokio::test]
async fn a_sign_out_leads_to_registered_addresses_only() {
    let mut lab = Lab::new();
    let tokens = lab.tokens("demo-anna", "openid", &[]).await;
    let hint = tokens["id_token"].as_str().unwrap();
    for parameters in [
        vec![("id_token_hint", hint), ("post_logout_redirect_uri", "http://evil.example/")],
        vec![("post_logout_redirect_uri", AFTER_LOGOUT)],
        vec![("client_id", "unknown"), ("post_logout_redirect_uri", AFTER_LOGOUT)],
        vec![("id_token_hint", "nonsense"), ("post_logout_redirect_uri", AFTER_LOGOUT)],
        vec![
            ("id_token_hint", hint),
            ("client_id", "other"),
            ("post_logout_redirect_uri", AFTER_LOGOUT),
        ],
    ] {
        let answer = lab.get(&end_session(&parameters)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{parameters:?}");
        assert!(!answer.headers.contains_key(LOCATION));
    }
}

#[tokio::test]
async fn without_a_hint_the_visitor_is_asked() {
    let mut lab = Lab::new();
    let address =
        end_session(&[("client_id", "portal"), ("post_logout_redirect_uri", AFTER_LOGOUT)]);
    assert_eq!(lab.get(&address).await.location(), AFTER_LOGOUT, "nobody is signed in");

    lab.tokens("demo-anna", "openid", &[]).await;
    let page = lab.get(&address).await.location().to_owned();
    assert!(lab.get(&page).await.body.contains("value=\"yes\""));
    let own = lab.cookie.take();
    let stranger = lab.post(&page, &[("decision", "yes")]).await;
    assert_eq!(stranger.status, StatusCode::BAD_REQUEST);
    lab.cookie = own;
    let kept = lab.post(&page, &[("decision", "no")]).await;
    assert_eq!(kept.status, StatusCode::OK);
    assert!(lab.get(&request("openid", &[("prompt", "none")])).await.parameter("code").is_some());

    let page = lab.get(&address).await.location().to_owned();
    assert_eq!(lab.post(&page, &[("decision", "yes")]).await.location(), AFTER_LOGOUT);
    let answer = lab.get(&request("openid", &[("prompt", "none")])).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn the_pages_speak_both_languages() {
    let mut lab = Lab::new();
    let page = lab.begin(&request("openid gender", &[("ui_locales", "fr ru")])).await;
    let body = lab.get(&page).await.body;
    assert!(body.contains("<html lang=\"ru\">"));
    assert!(body.contains("Примерова Анна Сергеевна"));
    let body = lab.get(&format!("{page}?ui_locales=en")).await.body;
    assert!(body.contains("<html lang=\"en\">"));
    assert!(body.contains("Anna Primerova"));
    assert!(lab.get(&page).await.body.contains("<html lang=\"en\">"), "the choice is kept");
}

#[tokio::test]
async fn a_page_runs_no_script_and_its_forms_lead_home_or_to_the_client() {
    let mut lab = Lab::new();
    let page = lab.begin(&request("openid", &[])).await;
    let answer = lab.get(&page).await;
    let policy = answer.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'"));
    assert!(policy.contains("form-action 'self' http://127.0.0.1:8000;"));
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(answer.body.contains(&format!("<style nonce=\"{nonce}\">")));
    assert!(!answer.body.contains("<script"));
    let second = lab.get(&page).await;
    assert_ne!(second.headers[CONTENT_SECURITY_POLICY], answer.headers[CONTENT_SECURITY_POLICY]);
    let missing = lab.get("/nowhere").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.headers.contains_key(CONTENT_SECURITY_POLICY));
}

#[test]
fn a_provider_for_other_machines_is_not_built() {
    let clock = Arc::new(TestClock(Mutex::new(DateTime::UNIX_EPOCH)));
    let elsewhere = Settings { issuer: "https://id.example".into(), ..settings() };
    let result = router(elsewhere, People::demo(), clock, Arc::new(TestEntropy::default()));
    assert!(matches!(result, Err(SettingsError::NotLoopback(_))));
}
