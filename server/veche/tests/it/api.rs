//! The read-only API: what a department's programs get, and what nobody gets.

use crate::{
    authoring::set,
    portal::{Answer, Browser, TestPortal, noon},
    statistics::{answered, publish, spoil, staff},
};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use chrono::TimeDelta;
use ports::roles::Role;
use questionnaire::{Breakdown, Language, Plan, Text};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use server::{
    polls::record::Poll,
    statistics::release::digest,
    store::{api_token, release as release_table},
};
use tower::ServiceExt as _;
use uuid::Uuid;

const RELEASES: &str = "/api/v1/releases";

fn release(poll: Uuid) -> String {
    format!("{RELEASES}/{poll}")
}

async fn tokens_page(portal: &TestPortal, poll: Uuid) -> (String, String) {
    let place = Poll::load(&portal.platform.db, poll).await.unwrap().department.to_string();
    (format!("/staff/departments/{place}/tokens"), place)
}

/// The statistician makes a token; the page shows it.
async fn make(portal: &TestPortal, browser: &mut Browser, poll: Uuid) -> String {
    let (page, place) = tokens_page(portal, poll).await;
    let form = [("department", place.as_str()), ("name", "Quarterly report")];
    portal.post(browser, "/api/tokens/create", &form).await.leads(&page);
    let shown = portal.get(browser, &page).await;
    shown.is(200).shows("Quarterly report");
    // It is shown this once, so the page opens with the focus on it.
    shown.shows("role=\"group\" aria-labelledby=\"new-token\" tabindex=\"-1\" autofocus");
    let at = shown.body.find("veche_").expect("the new token");
    let token = shown.body[at..].split('<').next().unwrap().to_owned();
    portal.get(browser, &page).await.is(200).hides("veche_");
    token
}

async fn published(portal: &TestPortal) -> Uuid {
    let numbers =
        [("red", "north", 31), ("green", "north", 22), ("red", "south", 14), ("blue", "south", 4)];
    let plan = |poll: &mut Poll| poll.plan = Plan([Breakdown::Region].into());
    let poll = answered(portal, plan, &numbers).await;
    publish(portal).await;
    poll
}

fn read(answer: &Answer) -> Value {
    answer.is(200);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn a_program_reads_the_figures_of_the_page() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, poll).await;

    let list = read(&portal.program(RELEASES, Some(&token), "etag").await);
    assert_eq!(list["releases"][0]["poll"], json!(poll));
    assert_eq!(list["releases"][0]["responses"], 71);
    assert_eq!(list["releases"].as_array().unwrap().len(), 1);

    let answer = portal.program(&release(poll), Some(&token), "etag").await;
    let read = read(&answer);
    assert_eq!(read["responses"], 71);
    // Where it comes from, and which it is.
    let source = format!("{}/polls/{poll}/results", portal.config.server.origin());
    for told in [&read, &list["releases"][0]] {
        assert_eq!(told["page"], json!(source));
        assert_eq!(told["digest"].as_str().map(str::len), Some(64), "{told}");
    }
    assert_eq!(read["digest"], list["releases"][0]["digest"]);
    // As the page says: of one region the residents are known, of the other not, so nor of both.
    assert_eq!(read["residents"], Value::Null);
    assert_eq!(read["audience"], json!(["Everybody"]));
    let [colour, why] = [0_usize, 1].map(|number| &read["questions"][number]);
    assert_eq!((&colour["required"], &why["required"]), (&json!(true), &json!(false)));
    assert_eq!((&colour["several"], &colour["most"]), (&json!(false), &Value::Null));
    assert_eq!((&colour["hint"], &colour["scale"]), (&Value::Null, &Value::Null));
    let rows = read["participation"][0]["rows"].as_array().unwrap();
    let known = rows.iter().map(|row| (row["categories"][0]["code"].clone(), &row["residents"]));
    let known: Vec<_> = known.collect();
    assert_eq!(known, [(json!("north"), &json!(4000)), (json!("south"), &Value::Null)]);
    let page = portal.get(&mut statistician, &format!("/polls/{poll}/results?by=region")).await;
    let table = &read["questions"][0]["breakdowns"][0];
    assert_eq!(table["by"], "region");
    for row in table["rows"].as_array().unwrap() {
        page.shows(row["categories"][0]["label"].as_str().unwrap());
        for figure in row["figures"].as_array().unwrap() {
            // A bound has no count beside it, anywhere.
            assert_eq!(figure["count"].is_null(), figure["percent_is"] != "exactly", "{row}");
            let Some(count) = figure["count"].as_u64() else {
                page.shows(">withheld<");
                continue;
            };
            page.shows(&format!(">{count}<"));
            assert!(count > 2, "{row}");
        }
    }
    assert_eq!(table["rows"].as_array().unwrap().len(), 2);
    // And what is said beside them.
    let method = &read["method"];
    assert_eq!((&method["by_facts"], &method["several_accounts_at"]), (&json!(true), &json!("ID")));
    let notes = method["notes"].as_array().unwrap();
    assert!(notes.len() > 5, "{notes:?}");
    for note in notes.iter().chain([&read["residents_note"]]) {
        page.shows(note.as_str().unwrap());
    }
    assert_eq!((&read["outcome"], &read["outcome_language"]), (&Value::Null, &Value::Null));

    // What is said beside the figures can change, and is another edition then.
    let with_an_outcome = |poll: &mut Poll| {
        poll.outcome = Some(Text::both("Ten benches", "Десять"));
        poll.revision += 1;
    };
    set(&portal, poll, with_an_outcome).await;
    let later = portal.program(&release(poll), Some(&token), "etag").await;
    assert_ne!(later.to, answer.to);
    assert_eq!(self::read(&later)["outcome"], "Ten benches");
    let a_day_sooner = |poll: &mut Poll| {
        poll.opened_at = poll.opened_at.map(|at| at - TimeDelta::days(1));
        poll.revision += 1;
    };
    set(&portal, poll, a_day_sooner).await;
    let other_days = portal.program(&release(poll), Some(&token), "etag").await;
    assert_ne!(other_days.to, later.to);
    // The same release is not sent again to whoever has it.
    assert!(answer.to.starts_with("W/\""), "{}", answer.to);
    let day = api_token::Entity::find().one(&portal.platform.db).await.unwrap().unwrap();
    assert_eq!(day.last_used_on, Some(noon(22).date_naive()));
    assert!(!day.hash.contains(&token));
}

/// What a program is told that has the release with this tag.
async fn again(portal: &TestPortal, path: &str, token: &str, tag: &str) -> StatusCode {
    let request = Request::get(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::IF_NONE_MATCH, tag)
        .body(Body::empty())
        .unwrap();
    portal.router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn no_release_is_read_for_a_program_that_has_it_already() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, poll).await;
    let path = release(poll);
    let first = portal.program(&path, Some(&token), "etag").await;
    first.is(200);
    spoil(&portal, poll, "nothing").await;
    assert_eq!(again(&portal, &path, &token, &first.to).await, 304);
    // Nor for anybody else: it was read before.
    assert_eq!(again(&portal, &path, &token, "\"another\"").await, 200);
    // Whose it is comes first, also for what is known.
    let other = answered(&portal, |poll| poll.closes_at = Some(noon(30)), &[]).await;
    let mut elsewhere = staff(&portal, other, Role::Statistician, false).await;
    let foreign = make(&portal, &mut elsewhere, other).await;
    assert_eq!(again(&portal, &path, &foreign, &first.to).await, 404);
}

/// A text of megabytes: its figures with blanks after them.
async fn lengthen(portal: &TestPortal, poll: Uuid) {
    let db = &portal.platform.db;
    let release = release_table::Entity::find_by_id(poll).one(db).await.unwrap().unwrap();
    let long = release.content + &" ".repeat(2 << 20);
    let digest = digest(&long);
    let longer = release_table::Entity::update_many()
        .col_expr(release_table::Column::Content, long.into())
        .col_expr(release_table::Column::Digest, digest.into())
        .filter(release_table::Column::PollId.eq(poll));
    longer.exec(db).await.unwrap();
}

#[tokio::test]
async fn of_a_very_large_release_the_same_is_told_in_its_turn() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, poll).await;
    let small = read(&portal.program(&release(poll), Some(&token), "etag").await);
    lengthen(&portal, poll).await;
    let answer = portal.program(&release(poll), Some(&token), "content-type").await;
    assert_eq!(answer.to, "application/json");
    let mut large = read(&answer);
    assert_ne!(large["digest"], small["digest"]);
    large["digest"] = small["digest"].clone();
    assert_eq!(large, small);
    for page in [format!("/polls/{poll}/results"), format!("/staff/polls/{poll}/results")] {
        let page = portal.get(&mut statistician, &format!("{page}?by=region")).await;
        page.is(200).shows("Option red").shows("The North");
    }
}

#[tokio::test]
async fn no_release_is_read_for_a_program_of_another_department() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let other = answered(&portal, |poll| poll.closes_at = Some(noon(30)), &[]).await;
    let mut elsewhere = staff(&portal, other, Role::Statistician, false).await;
    let foreign = make(&portal, &mut elsewhere, other).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, poll).await;
    // Whoever reads it is told that it is broken.
    spoil(&portal, poll, "nothing").await;
    portal.program(&release(poll), Some(&foreign), "etag").await.is(404).shows("No such release");
    portal.program(&release(poll), Some(&token), "etag").await.is(500);
}

#[tokio::test]
async fn the_newest_release_stands_first_also_within_a_day() {
    let portal = TestPortal::new().await;
    let morning = noon(21) - TimeDelta::hours(3);
    let closes = |poll: &mut Poll| poll.closes_at = Some(morning);
    let older = answered(&portal, closes, &[("red", "", 20)]).await;
    let department = Poll::load(&portal.platform.db, older).await.unwrap().department;
    let beside = |poll: &mut Poll| {
        (poll.department, poll.closes_at) = (department, Some(noon(21)));
        for question in &mut poll.questionnaire.questions {
            question.title = Text::both("Another question?", "Другой вопрос?");
        }
    };
    let newer = answered(&portal, beside, &[("red", "", 20)]).await;
    portal.at(morning).await;
    portal.at(noon(21)).await;

    let mut statistician = staff(&portal, older, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, older).await;
    let list = read(&portal.program(RELEASES, Some(&token), "etag").await);
    let lines = list["releases"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["published"] == "2026-11-21"), "{list}");
    let polls: Vec<_> = lines.iter().map(|line| line["poll"].clone()).collect();
    assert_eq!(polls, [json!(newer), json!(older)]);
}

#[tokio::test]
async fn words_in_another_language_say_which() {
    let portal = TestPortal::new().await;
    let russian = |poll: &mut Poll| {
        poll.languages = [Language::Ru].into();
        *poll = poll.as_asked();
    };
    let poll = answered(&portal, russian, &[("red", "", 20)]).await;
    publish(&portal).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, poll).await;
    for (asked, named) in [("en", json!("ru")), ("ru", Value::Null)] {
        let of = async |path: String| {
            read(&portal.program(&format!("{path}?lang={asked}"), Some(&token), "etag").await)
        };
        assert_eq!(of(RELEASES.to_owned()).await["releases"][0]["language"], named);
        let release = of(release(poll)).await;
        assert_eq!(release["language"], named);
        let colour = &release["questions"][0];
        assert_eq!(colour["headline"]["figures"][0]["label"], "Option red");
        assert_eq!((&colour["language"], &colour["options_language"]), (&named, &named));
    }
}

#[tokio::test]
async fn without_a_valid_token_there_is_nothing() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, poll).await;
    for path in [RELEASES.to_owned(), release(poll)] {
        for wrong in [None, Some(""), Some("veche_"), Some("veche_AAAA"), Some(&token[1..])] {
            let answer = portal.program(&path, wrong, "www-authenticate").await;
            answer.is(401).shows("No valid token").hides("Night buses");
            // RFC 6750 §3.1: no error where there was no token.
            let challenge = match wrong {
                None => "Bearer realm=\"releases\"",
                Some(_) => "Bearer realm=\"releases\", error=\"invalid_token\"",
            };
            assert_eq!(answer.to, challenge, "{wrong:?}");
        }
    }
    // Signed in is not enough: a session is no token.
    portal.get(&mut statistician, RELEASES).await.is(401);

    let (page, _) = tokens_page(&portal, poll).await;
    let id = api_token::Entity::find().one(&portal.platform.db).await.unwrap().unwrap().id;
    // It is asked once more.
    let asked = format!("{page}/{id}");
    let listed = portal.get(&mut statistician, &page).await;
    listed.shows(&format!("href=\"{asked}\"")).hides("/api/tokens/revoke");
    listed.shows("Authorization: Bearer $TOKEN").shows("/api/v1/releases<");
    let shown = portal.get(&mut statistician, &asked).await;
    shown.is(200).shows("Revoke this token?").shows("“Quarterly report”");
    let (place, id) = (shown.hidden("department"), shown.hidden("token"));
    let form = [("department", place.as_str()), ("token", id.as_str())];
    portal.post(&mut statistician, "/api/tokens/revoke", &form).await.leads(&page);
    let revoked = portal.get(&mut statistician, &page).await;
    revoked.is(200).shows("Revoked").shows("The token was revoked").hides("consent");
    for nothing in [asked, format!("{page}/nothing")] {
        let gone = portal.get(&mut statistician, &nothing).await;
        gone.is(404).shows(&format!("<p class=\"govuk-body\"><a href=\"{page}\""));
    }
    // Nor is it said that it was one.
    let answer = portal.program(RELEASES, Some(&token), "www-authenticate").await;
    answer.is(401).shows("No valid token");
    assert_eq!(answer.to, "Bearer realm=\"releases\", error=\"invalid_token\"");
}

#[tokio::test]
async fn a_token_opens_published_polls_of_its_department_only() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let other = answered(&portal, |poll| poll.closes_at = Some(noon(30)), &[("red", "", 60)]).await;
    let mut elsewhere = staff(&portal, other, Role::Statistician, false).await;
    let token = make(&portal, &mut elsewhere, other).await;
    assert_eq!(
        read(&portal.program(RELEASES, Some(&token), "etag").await),
        json!({ "releases": [] })
    );
    let open = portal.program(&release(other), Some(&token), "etag").await;
    let foreign = portal.program(&release(poll), Some(&token), "etag").await;
    let unknown = portal.program(&release(Uuid::nil()), Some(&token), "etag").await;
    let nonsense = portal.program("/api/v1/releases/1%20or%201", Some(&token), "etag").await;
    for answer in [&open, &foreign, &unknown, &nonsense] {
        answer.is(404).shows("No such release").hides("Night buses");
    }
}

#[tokio::test]
async fn nothing_can_be_filtered() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, poll).await;
    for query in ["region=north", "by=gender", "filter=age%3C30", "lang=en&question=colour"] {
        let path = format!("{}?{query}", release(poll));
        portal.program(&path, Some(&token), "etag").await.is(400).shows("Nothing to filter by");
    }
    for query in ["lang=de", "lang=en&lang=ru"] {
        let path = format!("{}?{query}", release(poll));
        let answer = portal.program(&path, Some(&token), "etag").await;
        answer.is(400).shows("No such language").shows("`en` or `ru`").hides("filter");
    }
    let russian = portal.program(&format!("{}?lang=ru", release(poll)), Some(&token), "etag").await;
    assert_eq!(read(&russian)["department"], "Департамент автобусов");
}

#[tokio::test]
async fn only_statisticians_of_the_department_make_tokens() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let (page, place) = tokens_page(&portal, poll).await;
    let form = [("department", place.as_str()), ("name", "Mine")];
    let mut anyone = Browser::default();
    portal.post(&mut anyone, "/api/tokens/create", &form).await;
    for (role, elsewhere, status) in
        [(Role::Initiator, false, 403), (Role::Statistician, true, 404)]
    {
        let mut browser = staff(&portal, poll, role, elsewhere).await;
        portal.get(&mut browser, &page).await.is(status);
        portal.post(&mut browser, "/api/tokens/create", &form).await;
    }
    assert_eq!(api_token::Entity::find().all(&portal.platform.db).await.unwrap().len(), 0);

    let mut initiator = staff(&portal, poll, Role::Initiator, false).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    // Whoever may not make any is not led there.
    let statistics = format!("/staff/departments/{place}/statistics");
    let link = format!("href=\"{page}\"");
    portal.get(&mut initiator, &statistics).await.is(200).hides(&link);
    portal.get(&mut statistician, &statistics).await.is(200).shows(&link);
    for name in ["", "  ", "\u{200b}", &"x".repeat(101)] {
        let form = [("department", place.as_str()), ("name", name)];
        let again = format!("{page}?again");
        portal.post(&mut statistician, "/api/tokens/create", &form).await.leads(&again);
        let page = portal.get(&mut statistician, &again).await;
        page.is(422).shows(name.trim()).shows("<title>Error: ").hides("Error: Error: ");
    }
    assert_eq!(api_token::Entity::find().all(&portal.platform.db).await.unwrap().len(), 0);
}

#[tokio::test]
async fn no_two_valid_tokens_of_a_department_have_the_same_name() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let (page, place) = tokens_page(&portal, poll).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let mut colleague = staff(&portal, poll, Role::Statistician, false).await;
    let create = "/api/tokens/create";
    let form = |name| [("department", place.as_str()), ("name", name)];
    let all = async || api_token::Entity::find().all(&portal.platform.db).await.unwrap();

    // Pressed twice, it makes one, and that one is shown all the same.
    portal.post(&mut statistician, create, &form("Monthly report")).await.leads(&page);
    let again = portal.post(&mut statistician, create, &form(" Monthly report")).await;
    again.leads(&format!("{page}?again"));
    let shown = portal.get(&mut statistician, &again.to).await;
    shown.is(422).shows("here is a valid token of this name already").shows("veche_");
    assert_eq!(shown.body.matches(" autofocus").count(), 1, "what is wrong has the focus");
    let made = all().await;
    assert_eq!(made.len(), 1);
    // Also where two make it at the same moment.
    let other = form("Yearly report");
    let (one, two) = tokio::join!(
        portal.post(&mut statistician, create, &other),
        portal.post(&mut colleague, create, &other),
    );
    assert_eq!([&one, &two].iter().filter(|answer| answer.to == page).count(), 1);
    assert_eq!(all().await.len(), 2);

    // Once it is revoked its name is free; and every department has names of its own.
    let token = made[0].id.to_string();
    let revoked = [("department", place.as_str()), ("token", token.as_str())];
    portal.post(&mut statistician, "/api/tokens/revoke", &revoked).await.leads(&page);
    portal.post(&mut colleague, create, &form("Monthly report")).await.leads(&page);
    let other = answered(&portal, |poll| poll.closes_at = Some(noon(30)), &[]).await;
    let mut elsewhere = staff(&portal, other, Role::Statistician, false).await;
    let (page, place) = tokens_page(&portal, other).await;
    let form = [("department", place.as_str()), ("name", "Monthly report")];
    portal.post(&mut elsewhere, create, &form).await.leads(&page);
}

/// Each of the answers can show it: what the first put into the session may be written over by the second.
#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_token() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let (page, place) = tokens_page(&portal, poll).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let create = "/api/tokens/create";
    let all = async || api_token::Entity::find().all(&portal.platform.db).await.unwrap();
    let new = portal.get(&mut statistician, &page).await.is(200).hidden("new");
    let another = portal.get(&mut statistician, &page).await.is(200).hidden("new");
    assert!(new.parse::<Uuid>().is_ok() && new != another, "{new} and {another}");
    let form = [("department", &*place), ("name", "Monthly report"), ("new", &*new)];
    let shown = async |browser: &mut Browser| {
        let shown = portal.get(browser, &page).await;
        let at = shown.is(200).body.find("veche_").expect("the new token");
        shown.body[at..].split('<').next().unwrap().to_owned()
    };

    let mut tab = statistician.clone();
    let (one, two) = tokio::join!(
        portal.post(&mut statistician, create, &form),
        portal.post(&mut tab, create, &form),
    );
    one.leads(&page);
    two.leads(&page);
    let token = shown(&mut statistician).await;
    portal.program(RELEASES, Some(&token), "etag").await.is(200);
    portal.post(&mut statistician, create, &form).await.leads(&page);
    assert_eq!(shown(&mut statistician).await, token);
    assert_eq!(all().await.len(), 1);

    // Later it is not shown again; and one that was revoked does not come back.
    portal.clock.set(portal.platform.now() + TimeDelta::minutes(2));
    let late = portal.post(&mut statistician, create, &form).await;
    late.leads(&format!("{page}?again"));
    let told = portal.get(&mut statistician, &late.to).await;
    told.is(422).shows("here is a valid token of this name already").hides("veche_");
    let id = all().await[0].id.to_string();
    let revoked = [("department", &*place), ("token", &*id)];
    portal.post(&mut statistician, "/api/tokens/revoke", &revoked).await.leads(&page);
    portal.post(&mut statistician, create, &form).await.leads(&page);
    assert_ne!(shown(&mut statistician).await, token);
    portal.program(RELEASES, Some(&token), "etag").await.is(401);
    assert_eq!(all().await.len(), 2);
}

#[tokio::test]
async fn the_api_is_only_to_be_read_and_says_so() {
    let portal = TestPortal::new().await;
    let poll = published(&portal).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let token = make(&portal, &mut statistician, poll).await;
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        for path in [RELEASES, &release(poll), ports::routes::OPENAPI] {
            let request = Request::builder()
                .method(&method)
                .uri(path)
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .body(Body::empty())
                .unwrap();
            let answer = portal.router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.headers()[header::ALLOW], "GET,HEAD", "{method} {path}");
            let kind = &answer.headers()[header::CONTENT_TYPE];
            assert_eq!(kind, "application/problem+json", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_program_gets_problems_in_one_form_whatever_it_accepts() {
    let portal = TestPortal::limited(&json!({ "api": { "account_per_minute": 1 } })).await;
    // As Java's own client asks where nobody tells it how.
    let java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
    let ask = async |path: &str, field: header::HeaderName, value: String| {
        let request = Request::get(path).header(header::ACCEPT, java).header(field, value);
        let request = request.body(Body::empty()).unwrap();
        let (parts, body) = portal.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 100_000).await.unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json", "{problem}");
        assert_eq!(problem["status"], parts.status.as_u16());
        (parts.status.as_u16(), problem["detail"].as_str().unwrap().to_owned())
    };
    let token = || "Bearer one".to_owned();
    assert_eq!(ask(RELEASES, header::AUTHORIZATION, token()).await.0, 401);
    let (status, detail) = ask(RELEASES, header::AUTHORIZATION, token()).await;
    assert!(status == 429 && detail.contains("Retry-After"), "{status}: {detail}");
    assert_eq!(ask("/api/v1/nothing", header::PRAGMA, "no-cache".to_owned()).await.0, 404);
    let (status, detail) = ask(RELEASES, header::PRAGMA, "x".repeat(100_000)).await;
    assert!(status == 431 && detail.contains("shorter fields"), "{status}: {detail}");
}

#[tokio::test]
async fn the_description_names_every_address() {
    let portal = TestPortal::new().await;
    let answer = portal.program(ports::routes::OPENAPI, None, "content-type").await;
    let document = read(&answer);
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/api/v1/releases", "/api/v1/releases/{poll}"]);
    assert!(document["components"]["schemas"]["Release"]["properties"]["questions"].is_object());
    assert!(document["components"]["schemas"]["Problem"]["properties"]["detail"].is_object());
    assert!(document["components"]["securitySchemes"]["token"].is_object());
    // A program that averages bounds is told that they are none to be averaged.
    let figure = &document["components"]["schemas"]["Figure"]["properties"];
    let percent = figure["percent"]["description"].as_str().unwrap();
    assert!(percent.contains("`percent_is`") && percent.contains("the bound"), "{percent}");
    let percent_is = figure["percent_is"]["description"].as_str().unwrap();
    assert!(percent_is.contains("`percent`") && percent_is.contains("a bound"), "{percent_is}");
    assert_eq!(document["info"].get("license"), None, "it is no licence of the figures");
    let schemas = &document["components"]["schemas"];
    for (name, codes) in [
        ("PercentIs", json!(["at_most", "exactly", "at_least"])),
        ("Facet", json!(["region", "age_band", "gender"])),
        ("Withheld", json!(["too_few", "special_category"])),
    ] {
        assert_eq!(schemas[name]["enum"], codes, "{name}");
    }
    assert_eq!(schemas["By"]["enum"].as_array().unwrap().len(), Breakdown::ALL.len());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (status, response) in item["get"]["responses"].as_object().unwrap() {
            // OpenAPI 3.1 §4.8.17.1: required; and empty it says nothing.
            let said = response["description"].as_str().unwrap_or_default();
            assert!(!said.is_empty(), "{path}: {status}");
        }
    }
    let one = &document["paths"]["/api/v1/releases/{poll}"]["get"];
    for status in ["200", "304"] {
        assert!(one["responses"][status]["headers"]["ETag"].is_object(), "{status}");
    }
    let mut parameters = one["parameters"].as_array().unwrap().iter();
    let known = parameters.find(|one| one["name"] == "If-None-Match").expect("a tag");
    assert_eq!((&known["in"], &known["required"]), (&json!("header"), &json!(false)));
    let about = document["info"]["description"].as_str().unwrap();
    assert!(about.contains("fields are only ever added"), "{about}");
    // What stands in an address is said to be there, and the language behind it, where it may.
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().unwrap();
        let language = parameters.iter().find(|one| one["name"] == "lang").expect("a language");
        assert_eq!((&language["in"], &language["required"]), (&json!("query"), &json!(false)));
        let schema = &language["schema"];
        assert_eq!((&schema["enum"], &schema["default"]), (&json!(["en", "ru"]), &json!("en")));
        // When to come back, and what is refused before anything of the API is asked.
        let responses = &item["get"]["responses"];
        for status in ["429", "503"] {
            assert!(responses[status]["headers"]["Retry-After"].is_object(), "{path}: {status}");
        }
        assert!(responses["413"].is_object() && responses["431"].is_object(), "{path}");
        for status in ["400", "401", "413", "429", "431", "500", "503"] {
            let told = &responses[status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(told, "#/components/schemas/Problem", "{path}: {status}");
        }
        let in_path = parameters.iter().filter(|one| one["in"] == "path");
        let places: Vec<_> =
            in_path.map(|one| format!("{{{}}}", one["name"].as_str().unwrap())).collect();
        let template: Vec<_> = path.split('/').filter(|part| part.starts_with('{')).collect();
        assert_eq!(places, template);
    }
}
