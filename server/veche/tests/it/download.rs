//! The download is held against the schema: whatever the portal's store keeps of a person is in the
//! file, or here with the reason why it is not.

use crate::{
    accounts::{anna, answer, boris, one_question, respondent},
    portal::{Browser, TestPortal, noon, question},
};
use chrono::{DateTime, TimeDelta};
use ports::{
    actions::Action, forms::WAITING, roles::Role, states::State, views::account::STATED_FORM,
};
use questionnaire::{Breakdown, Kind, Label, Order, Plan, Questionnaire, Text, Typed};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend,
    EntityTrait as _, QueryFilter as _, Statement, sea_query::Expr,
};
use serde_json::{Value, json};
use server::{
    entropy::AsRng,
    identity::{
        caller::ASSURED,
        sessions::{SIGNED_IN_AT, filed_under},
    },
    staff::{log, roles},
    store::{account, api_token, consent, poll_event, session},
};
use std::collections::{BTreeMap, BTreeSet};
use tower_sessions::Session;
use uuid::Uuid;
use vault::Draft;

/// Where each column is in the file. `*` is any element of a list.
const DOWNLOADED: &[(&str, &[(&str, &str)])] = &[
    (
        "account",
        &[
            ("id", "account/id"),
            ("provider", "account/provider"),
            ("created_at", "account/created_at"),
            ("last_sign_in_at", "account/last_sign_in_at"),
            ("language", "account/language"),
            ("inbox_seen_at", "account/inbox_seen_at"),
            ("staff_code", "account/staff_code"),
        ],
    ),
    (
        "attribute",
        &[
            ("account_id", "account/id"),
            ("name", "data/facts/*/name"),
            ("sealed", "data/facts/*/value"),
            ("source", "data/facts/*/source"),
            ("verified", "data/facts/*/verified"),
            ("obtained_at", "data/facts/*/at"),
        ],
    ),
    (
        "consent",
        &[
            ("id", "consents/*/id"),
            ("account_id", "account/id"),
            ("scope", "consents/*/label"),
            ("purpose", "consents/*/purposes/*"),
            ("granted_at", "consents/*/given"),
            ("ends_at", "consents/*/ends"),
            ("revoked_at", "consents/*/standing/revoked"),
        ],
    ),
    (
        "data_access",
        &[
            ("account_id", "account/id"),
            ("at", "uses/*/at"),
            ("who", "uses/*/who"),
            ("purpose", "uses/*/purpose"),
        ],
    ),
    (
        "notice",
        &[
            ("account_id", "account/id"),
            ("at", "notices/*/at"),
            ("kind", "notices/*/matter/kind"),
            ("params", "notices/*/matter/role"),
        ],
    ),
    (
        "staff_role",
        &[
            ("account_id", "account/id"),
            ("department_id", "account/roles/*/department"),
            ("role", "account/roles/*/role"),
            ("granted_at", "account/roles/*/given_at"),
        ],
    ),
    (
        "staff_log",
        &[
            ("at", "staff/log/*/at"),
            ("actor_id", "staff/log/*/by_you"),
            ("department_id", "staff/log/*/department"),
            ("action", "staff/log/*/action"),
            ("object", "staff/log/*/object"),
            ("details", "staff/log/*/details"),
        ],
    ),
    (
        "poll",
        &[
            ("id", "staff/polls/*/poll"),
            ("author_id", "account/id"),
            ("department_id", "staff/polls/*/department"),
            ("state", "staff/polls/*/state"),
            ("title", "staff/polls/*/title"),
            ("created_at", "staff/polls/*/created_at"),
            ("updated_at", "staff/polls/*/updated_at"),
        ],
    ),
    (
        "poll_event",
        &[
            ("actor_id", "account/id"),
            ("poll_id", "staff/changes/*/poll"),
            ("at", "staff/changes/*/at"),
            ("from_state", "staff/changes/*/from"),
            ("to_state", "staff/changes/*/to"),
            ("note", "staff/changes/*/note"),
        ],
    ),
    (
        "api_token",
        &[
            ("id", "staff/tokens/*/id"),
            ("created_by", "account/id"),
            ("department_id", "staff/tokens/*/department"),
            ("name", "staff/tokens/*/name"),
            ("created_at", "staff/tokens/*/created_at"),
            ("last_used_on", "staff/tokens/*/last_used_on"),
            ("revoked_at", "staff/tokens/*/revoked_at"),
        ],
    ),
    (
        "session",
        &[
            ("id_hash", "sign_ins/*/handle"),
            ("account_id", "account/id"),
            ("provider_sid", "sign_ins/*/provider_session"),
            ("device", "sign_ins/*/device"),
            ("created_at", "sign_ins/*/since"),
            ("seen_at", "sign_ins/*/seen"),
            ("expires_at", "sign_ins/*/ends"),
        ],
    ),
];

/// What is not in the file, and why.
const LEFT_OUT: &[(&str, &[&str], &str)] = &[
    (
        "account",
        &["subject"],
        "a keyed hash of what the provider calls the person; the id is of it",
    ),
    ("account", &["tag"], "a random number, which tells servers that something has changed"),
    (
        "account",
        &["mail_notices"],
        "`false` of everybody: a setting of earlier versions, which nobody could set",
    ),
    ("consent", &["settled"], "whether the scheduled work has looked at it after its end"),
    ("data_access", &["id"], "a number of the row, used nowhere"),
    ("notice", &["id"], "a number of the row, used nowhere"),
    ("staff_role", &["id"], "a number of the row, for the administrator's button"),
    ("staff_role", &["granted_by"], "somebody else; what the person gave is in the log"),
    ("staff_log", &["id"], "a number of the row, used nowhere"),
    ("poll_event", &["id"], "a number of the row, used nowhere"),
    ("api_token", &["hash"], "what the token opens by"),
    (
        "session",
        &["sealed"],
        "opens for the browser alone that has its cookie; what that one holds is in `session`",
    ),
    (
        "poll",
        &[
            "revision",
            "languages",
            "purpose",
            "questionnaire",
            "audience",
            "plan",
            "special_category",
            "opens_at",
            "closes_at",
            "retention_days",
            "outcome",
            "opened_at",
            "closed_at",
            "published_at",
            "key_destroyed_at",
            "backup_days",
        ],
        "what the department asks and when: of the poll, not of who wrote it",
    ),
];

async fn texts(db: &DatabaseConnection, sql: String) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Whether a column of this name holds whose account it is.
fn means_somebody(column: &str) -> bool {
    let people = ["account", "actor", "author", "citizen", "owner", "person", "user"];
    column.ends_with("_by") || people.iter().any(|person| column.starts_with(person))
}

/// The columns of each table that speaks of accounts, as the database knows them.
async fn of_accounts(db: &DatabaseConnection) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'".to_owned();
    for table in texts(db, tables).await {
        let columns = texts(db, format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let keys = format!(
            "SELECT \"from\" FROM pragma_foreign_key_list('{table}') WHERE \"table\" = 'account'"
        );
        let refers = !texts(db, keys).await.is_empty();
        if table == "account" || refers || columns.iter().any(|column| means_somebody(column)) {
            found.insert(table, columns.into_iter().collect());
        }
    }
    found
}

/// Whether something is at the place in the file.
fn is_there(value: &Value, path: &str) -> bool {
    let Some((first, rest)) = path.split_once('/').or((!path.is_empty()).then_some((path, "")))
    else {
        return !value.is_null();
    };
    match value {
        Value::Array(items) if first == "*" => items.iter().any(|item| is_there(item, rest)),
        Value::Object(fields) => fields.get(first).is_some_and(|field| is_there(field, rest)),
        _ => false,
    }
}

async fn file(portal: &TestPortal, browser: &mut Browser) -> Value {
    let file = portal.get(browser, "/account/download").await;
    file.is(200);
    serde_json::from_str(&file.body).unwrap()
}

/// Somebody of whom the store keeps whatever it can keep of anybody, and who appointed them.
async fn of_whom_everything_is_kept(portal: &TestPortal) -> (Uuid, Browser, Uuid) {
    let (anna, mut browser) = anna(portal).await;
    let (boris, _) = boris(portal).await;
    let (platform, db) = (&portal.platform, &portal.platform.db);
    let department = portal.department().await;
    account::Entity::update_many()
        .col_expr(account::Column::Language, Expr::val("en"))
        .filter(account::Column::Id.eq(anna))
        .exec(db)
        .await
        .unwrap();
    portal.post(&mut browser, "/api/account/staff-code", &[]).await.leads("/account/settings");
    let consent = consent::Entity::find().filter(consent::Column::AccountId.eq(anna));
    let consent = consent.one(db).await.unwrap().unwrap().id.to_string();
    portal
        .post(&mut browser, "/api/account/revoke", &[("consent", &consent)])
        .await
        .leads("/account/consents");
    let place = Some(department);
    roles::give(db, platform, Some(boris), anna, Role::Initiator, place).await.unwrap();
    roles::give(db, platform, Some(anna), boris, Role::Initiator, place).await.unwrap();
    let poll = portal.open_poll(|poll| poll.author = anna).await;
    let change = poll_event::ActiveModel {
        id: Set(platform.uuid()),
        poll_id: Set(poll),
        at: Set(platform.now()),
        actor_id: Set(Some(anna)),
        from_state: Set(State::Draft.code().to_owned()),
        to_state: Set(State::InReview.code().to_owned()),
        note: Set(Some("Please look at it".to_owned())),
    };
    poll_event::Entity::insert(change).exec_without_returning(db).await.unwrap();
    let entry = log::Entry {
        action: Action::StatisticsExported,
        actor: Some(anna),
        department: place,
        object: Some(poll),
        details: json!({ "format": "csv" }),
    };
    log::record(db, platform, entry).await.unwrap();
    let token = api_token::ActiveModel {
        id: Set(platform.uuid()),
        department_id: Set(department),
        name: Set("Dashboard".to_owned()),
        hash: Set("the hash of a token".to_owned()),
        created_by: Set(Some(anna)),
        created_at: Set(platform.now()),
        last_used_on: Set(Some(platform.today())),
        revoked_at: Set(Some(platform.now())),
    };
    api_token::Entity::insert(token).exec_without_returning(db).await.unwrap();
    portal.get(&mut browser, "/notices").await.is(200);
    session::Entity::update_many()
        .col_expr(session::Column::ProviderSid, Expr::val("the provider's session"))
        .col_expr(session::Column::Device, Expr::val("Firefox, Linux"))
        .filter(session::Column::AccountId.eq(anna))
        .exec(db)
        .await
        .unwrap();
    // The list of uses holds the downloads before.
    file(portal, &mut browser).await;
    (anna, browser, boris)
}

#[tokio::test]
async fn whatever_the_store_keeps_of_a_person_is_in_the_download() {
    let portal = TestPortal::sqlite().await;
    let (anna, mut browser, boris) = of_whom_everything_is_kept(&portal).await;
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let downloaded = DOWNLOADED
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(move |(column, _)| (*table, *column)));
    let left_out = LEFT_OUT
        .iter()
        .flat_map(|(table, columns, _)| columns.iter().map(move |column| (*table, *column)));
    for (table, column) in downloaded.chain(left_out) {
        let new = listed.entry(table.to_owned()).or_default().insert(column.to_owned());
        assert!(new, "{table}.{column} is listed twice");
    }
    assert_eq!(of_accounts(&portal.platform.db).await, listed, "the schema, and what is listed");

    let file = file(&portal, &mut browser).await;
    for (table, columns) in DOWNLOADED {
        for (column, path) in *columns {
            assert!(is_there(&file, path), "{table}.{column} is not at {path}: {file:#}");
        }
    }
    let text = file.to_string();
    assert!(text.contains(&anna.to_string()) && !text.contains(&boris.to_string()));
    assert!(!text.contains("the hash of a token"));
    let lines = file["staff"]["log"].as_array().unwrap();
    let roles: Vec<_> = lines.iter().filter(|line| line["action"] == "role_given").collect();
    assert_eq!(roles.len(), 2);
    let given = |line: &Value| (line["by_you"].clone(), line["to_you"].clone());
    assert!(roles.iter().any(|line| given(line) == (json!(false), json!(true))), "{roles:?}");
    assert!(roles.iter().any(|line| given(line) == (json!(true), json!(false))), "{roles:?}");
}

/// Every text of the file that begins as a moment does.
fn moments(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.get(10..11) == Some("T") && text.starts_with("20") => {
            found.push(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| moments(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| moments(field, found)),
        _ => {}
    }
}

/// As the pages of taking part file it.
#[tokio::test]
async fn an_answer_that_was_far_too_long_to_be_kept_is_in_the_download() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let (_, mut browser) = anna(&portal).await;
    let (id, words) = (poll.to_string(), "Night shifts on Mondays ".repeat(800));
    for (number, field, typed) in [("1", "choice", "yes"), ("6", "text", words.trim())] {
        let form = [("poll", id.as_str()), ("number", number), (field, typed)];
        portal.post(&mut browser, "/api/take/answer", &form).await.is(303);
    }
    let unsaved = file(&portal, &mut browser).await["session"]["unsaved"].clone();
    let typed = Typed { text: Some(words.trim().to_owned()), ..Typed::default() };
    let saved = file(&portal, &mut browser).await["answers"][0].clone();
    let (title, asked) = (&saved["title"], &saved["questions"][5]);
    assert!(asked.is_object() && title.is_object(), "{saved}");
    let told =
        json!({ "poll": poll, "title": title, "question": 6, "asked": asked, "typed": typed });
    assert_eq!(unsaved, json!([told]));
}

/// Whoever reads it elsewhere does not know the portal's clock.
#[tokio::test]
async fn every_moment_in_the_download_says_of_which_clock_it_is() {
    let portal = TestPortal::configured(|config| {
        config.portal.time_zone = "Europe/Moscow".to_owned();
    })
    .await;
    let (_, mut browser, _) = of_whom_everything_is_kept(&portal).await;
    let file = file(&portal, &mut browser).await;
    assert_eq!(file["time_zone"], "Europe/Moscow");
    let mut found = Vec::new();
    moments(&file, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for moment in found {
        let read = DateTime::parse_from_rfc3339(&moment);
        let ahead =
            read.unwrap_or_else(|error| panic!("{moment}: {error}")).offset().local_minus_utc();
        assert_eq!(ahead, 3 * 3600, "{moment}");
    }
    assert_eq!(file["made_at"], "2026-11-01T15:00:00+03:00");
}

#[tokio::test]
async fn a_sign_in_that_ended_is_in_the_download_as_long_as_it_is_remembered() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let phone = portal.sign_in(anna).await.cookie.unwrap();
    let ended = portal.platform.now() - TimeDelta::hours(1);
    session::Entity::update_many()
        .col_expr(session::Column::ExpiresAt, Expr::val(ended))
        .filter(
            session::Column::IdHash
                .eq(filed_under(phone.trim_start_matches("session=").parse().unwrap())),
        )
        .exec(&portal.platform.db)
        .await
        .unwrap();
    portal.at(noon(1)).await;
    portal.get(&mut browser, "/account/sign-ins").await.is(200).hides("End all others");
    let file = file(&portal, &mut browser).await;
    let ends: Vec<_> = file["sign_ins"].as_array().unwrap().iter().map(|it| &it["ends"]).collect();
    assert_eq!(ends.len(), 2);
    assert_eq!(*ends[1], json!(portal.platform.zone.zoned(ended)));
}

#[tokio::test]
async fn what_this_browsers_session_holds_is_in_the_download_but_nothing_that_opens_something() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    assert_eq!(
        file(&portal, &mut browser).await["session"],
        json!({ "signed_in_at": null, "assured_at": null, "unsaved": [], "unsaved_data": null })
    );
    let id = browser.cookie.clone().unwrap().trim_start_matches("session=").parse().unwrap();
    let session = Session::new(Some(id), portal.sessions.clone(), None);
    session.insert(SIGNED_IN_AT, portal.platform.now().timestamp()).await.unwrap();
    session.insert(ASSURED, Some("high")).await.unwrap();
    let poll = portal.platform.uuid();
    // Whatever a form says: what is not public is told to nobody.
    let planned = portal.open_poll(|poll| poll.opens_at = Some(noon(19))).await;
    let form = |typed: Value| json!({ "typed": typed, "faults": [] });
    let stated = |mark: &str| json!({ "gender": "female", "region": "03", "mark": mark });
    let waiting = json!([
        [STATED_FORM, form(stated(""))],
        [format!("take/{planned}/1"), form(json!({ "text": "Who knows the number" }))],
        [format!("take/{poll}/2"), form(json!({ "text": "Too late" }))],
        [format!("take/{poll}/1"), form(json!({ "text": "Of somebody else", "owner": "another" }))],
        [format!("take/{poll}/3"), form(Value::Null)],
        [format!("take/{poll}/check"), form(json!({}))],
        ["tokens/7", form(json!("the token itself"))],
        [format!("take/{poll}/4"), null],
    ]);
    session.insert(WAITING, waiting).await.unwrap();
    session.save().await.unwrap();
    let told = file(&portal, &mut browser).await;
    let typed = Typed { text: Some("Too late".to_owned()), ..Typed::default() };
    // Of polls that nobody knows.
    let (title, asked) = (Value::Null, Value::Null);
    let early = Typed { text: Some("Who knows the number".to_owned()), ..Typed::default() };
    let unsaved = json!([
        { "poll": planned, "title": title, "question": 1, "asked": asked, "typed": early },
        { "poll": poll, "title": title, "question": 2, "asked": asked, "typed": typed },
    ]);
    let at = portal.platform.zone.zoned(portal.platform.now());
    let data = json!({ "gender": "female", "region": "03" });
    let holds = json!({
        "signed_in_at": at, "assured_at": "high", "unsaved": unsaved, "unsaved_data": data,
    });
    assert_eq!(told["session"], holds);
    let told = told.to_string();
    assert!(!told.contains("the token itself") && !told.contains("somebody else"), "{told}");
    // Another browser's is sealed for it.
    let mut phone = portal.sign_in(anna).await;
    assert_eq!(file(&portal, &mut phone).await["session"]["unsaved"], json!([]));
}

/// Whoever reads the file later has nobody to ask what a code stands for.
#[tokio::test]
async fn answers_are_in_the_download_with_the_words_of_what_was_chosen() {
    let portal = TestPortal::new().await;
    let (_, mut browser) = anna(&portal).await;
    let option = |code: &str, words: &str| Label {
        code: code.to_owned(),
        text: Text::both(words, words),
        exclusive: false,
    };
    let options = vec![option("o1", "Bus"), option("o2", "Tram")];
    let kind = Kind::SingleChoice { options, order: Order::Fixed };
    let questions = vec![question("q1", true, kind)];
    let poll = portal
        .open_poll(|poll| {
            poll.questionnaire = Questionnaire { questions };
            poll.plan = Plan([Breakdown::Region].into());
        })
        .await;
    let id = poll.to_string();
    let form = [("poll", id.as_str()), ("number", "1"), ("choice", "o2")];
    portal.post(&mut browser, "/api/take/answer", &form).await.is(303);
    portal.send_answers(&mut browser, poll).await.leads(&format!("/polls/{id}/receipt"));

    let of_poll = file(&portal, &mut browser).await["answers"][0].clone();
    let chosen = &of_poll["sent"]["answers"]["q1"]["value"];
    assert_eq!(chosen, "o2");
    let asked = &of_poll["questions"][0];
    assert_eq!((&asked["code"], &asked["type"]), (&json!("q1"), &json!("single_choice")));
    let options = asked["options"].as_array().unwrap();
    let option = options.iter().find(|option| option["code"] == *chosen).unwrap();
    assert_eq!(option["text"]["en"], "Tram");
    assert_eq!(of_poll["sent"]["facts"]["region"], "north");
    assert_eq!(of_poll["sent"]["region_name"]["en"], "The North");
}

#[tokio::test]
async fn the_download_says_when_a_draft_was_kept_and_which_batch_counts_or_was_left() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let poll = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    answer(&portal, anna, poll).await;
    for _ in 1..60 {
        answer(&portal, portal.platform.uuid(), poll).await;
    }
    portal.at(noon(1)).await;
    let sent = file(&portal, &mut browser).await["answers"][0]["sent"].clone();
    assert_eq!(sent["interim_batch"], 1, "the first one counts it");
    let person = respondent(&portal, anna).await;
    assert!(portal.vault.withdraw(&person, poll).await.unwrap());
    let left = file(&portal, &mut browser).await["answers"][0].clone();
    assert_eq!((&left["poll"], &left["left_a_batch"]), (&json!(poll), &json!(true)));
    assert!(left["sent"].is_null() && left["draft"].is_null());

    let draft = Draft::default();
    let mut rng = AsRng(&*portal.platform.entropy);
    let today = portal.platform.today();
    portal.vault.save_draft(&person, poll, &draft, None, today, &mut rng).await.unwrap();
    let begun = file(&portal, &mut browser).await["answers"][0]["draft"].clone();
    assert_eq!(begun, json!({ "typed": {}, "saved_on": today }));
    // It is nobody else's.
    let (_, mut boris) = boris(&portal).await;
    assert_eq!(file(&portal, &mut boris).await["answers"], json!([]));
}

/// Of a poll that the person has nothing to do with nothing is read but that there is one.
#[tokio::test]
async fn a_poll_of_others_is_not_read_for_the_download() {
    let portal = TestPortal::sqlite().await;
    let (somebody, mut browser) = boris(&portal).await;
    let poll = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    answer(&portal, somebody, poll).await;
    portal.open_poll(|poll| poll.state = State::Draft).await;
    let unreadable =
        format!("UPDATE poll SET plan = 'unreadable' WHERE id <> x'{}'", poll.simple());
    let changed = portal.platform.db.execute_unprepared(&unreadable).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
    let answers = file(&portal, &mut browser).await["answers"].clone();
    assert_eq!(answers.as_array().unwrap().len(), 1);
    assert_eq!(answers[0]["poll"], json!(poll));
}

#[tokio::test]
async fn whoever_is_in_the_staffs_records_is_told_that_they_stay() {
    const STAYS: &str = "The log of what staff did";
    let portal = TestPortal::sqlite().await;
    let (platform, db) = (&portal.platform, &portal.platform.db);
    let (citizen, mut browser) = boris(&portal).await;
    portal.get(&mut browser, "/account/delete").await.is(200).hides(STAYS);
    roles::give(db, platform, None, citizen, Role::Auditor, None).await.unwrap();
    let page = portal.get(&mut browser, "/account/delete").await;
    page.is(200).shows(STAYS).shows("your roles as staff").shows("lead to you again");
    let grant = roles::held(db, None).await.unwrap().remove(0).id;
    let (administrator, _) = boris(&portal).await;
    roles::take(platform, administrator, grant).await.unwrap().unwrap();
    let page = portal.get(&mut browser, "/account/delete").await;
    page.is(200).shows(STAYS).hides("your roles as staff");
    let mut browser = portal.sign_in(administrator).await;
    portal.get(&mut browser, "/account/delete").await.is(200).shows(STAYS);

    // Whoever stands in one of the other records, and not in the log.
    let told = async |somebody: Uuid| {
        let mut browser = portal.sign_in(somebody).await;
        portal.get(&mut browser, "/account/delete").await.is(200).shows(STAYS);
    };
    let (author, _) = boris(&portal).await;
    let poll = portal.open_poll(|poll| poll.author = author).await;
    told(author).await;
    let (reviewer, _) = boris(&portal).await;
    poll_event::Entity::insert(poll_event::ActiveModel {
        id: Set(platform.uuid()),
        poll_id: Set(poll),
        at: Set(platform.now()),
        actor_id: Set(Some(reviewer)),
        from_state: Set(State::InReview.code().to_owned()),
        to_state: Set(State::Scheduled.code().to_owned()),
        note: Set(None),
    })
    .exec_without_returning(db)
    .await
    .unwrap();
    told(reviewer).await;
    let (chief, _) = boris(&portal).await;
    roles::give(db, platform, None, citizen, Role::Reviewer, None).await.unwrap();
    let by_the_chief = "UPDATE staff_role SET granted_by = ?";
    let by_the_chief =
        Statement::from_sql_and_values(DbBackend::Sqlite, by_the_chief, [chief.into()]);
    db.execute_raw(by_the_chief).await.unwrap();
    told(chief).await;
}
