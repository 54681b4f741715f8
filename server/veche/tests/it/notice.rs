//! What a poll's privacy notice says: as the settings, the rules and the time make it true.

use crate::{
    authoring::another,
    participation::{Citizen, Way},
    portal::{Browser, TestPortal, noon},
};
use chrono::TimeDelta;
use ports::look::{DISPLAY_COOKIE, LANGUAGE_COOKIE, SESSION_COOKIES};
use questionnaire::{Breakdown, Plan, Special, Text};
use sea_orm::{ColumnTrait as _, DbBackend, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use server::{
    doctor::{self, Verdict},
    polls::{life::Life, record::Poll},
    scheduler::{LOG_MINUTES, Scheduler},
    store::poll,
};
use uuid::Uuid;

/// What a person is told of accounts, copies and files is what this portal's settings make true.
#[tokio::test]
async fn the_notice_is_made_of_the_settings() {
    for (assured_only, days) in [(false, 14), (false, 0), (true, 14)] {
        let portal = TestPortal::configured(|config| {
            config.provider.assured_only = assured_only;
            config.portal.backup_days = days;
        })
        .await;
        let on_postgres = portal.platform.db.get_database_backend() == DbBackend::Postgres;
        let poll = portal.open_poll(|_| {}).await;
        let way = Way(poll);
        let mut anna = Citizen::new(&portal, poll).await;
        let (key, copies) =
            ("may keep the key for up to 14 days", "may hold what was deleted for up to 14 days");
        let (files, log) = ("until its place is used again", "keep the moment of every change");
        let soon = format!("files for about {LOG_MINUTES} minute longer");
        let mut told = vec![
            (
                way.poll(),
                "whoever has several accounts at ID could answer several times",
                !assured_only,
            ),
            (way.poll(), key, days > 0),
            (way.poll(), copies, days > 0),
            (way.poll(), files, on_postgres),
            (way.poll(), soon.as_str(), !on_postgres),
            (way.poll(), log, on_postgres),
            (way.poll(), "in two parts of one database server", on_postgres),
            (way.poll(), "keeps the order in which everything was written", on_postgres),
            (way.poll(), "keeps the order in which answers were written", false),
            (way.poll(), "in two files of one machine", !on_postgres),
            ("/protection".to_owned(), "in two separate databases", false),
            ("/protection".to_owned(), "in two files of one machine", !on_postgres),
            ("/protection".to_owned(), "in two parts of one database server", on_postgres),
            ("/protection".to_owned(), "keeps the order in which everything", on_postgres),
            ("/protection".to_owned(), "may hold a deleted key", days > 0),
            ("/protection".to_owned(), files, on_postgres),
            ("/protection".to_owned(), soon.as_str(), !on_postgres),
            ("/protection".to_owned(), log, on_postgres),
            ("/account/consents".to_owned(), copies, days > 0),
            ("/account/delete".to_owned(), copies, days > 0),
        ];
        for path in ["/account/consents", "/account/delete"] {
            told.push((path.to_owned(), files, on_postgres));
            told.push((path.to_owned(), soon.as_str(), !on_postgres));
        }
        if !assured_only {
            anna.fill_in().await;
            anna.send().await;
            told.push((way.withdraw(), copies, days > 0));
        }
        for (path, words, there) in told {
            let page = anna.get(&path).await;
            assert_eq!(page.is(200).body.contains(words), there, "{path}, {days} days: {words}");
        }
    }
}

/// What is to be counted is not encrypted: of each kind of answer it is said what that is, where it is asked for.
#[tokio::test]
async fn the_notice_says_what_is_stored_without_encryption() {
    let portal = TestPortal::new().await;
    let mut anyone = Browser::default();
    let all = portal.open_poll(|_| {}).await;
    let plain = portal.open_poll(|poll| poll.questionnaire.questions.truncate(1)).await;
    let told = [
        "Of a number that you give, only its range is stored without encryption",
        "Of a date that you give, only its year is stored without encryption",
        "that you wrote something is noted without encryption",
    ];
    for (poll, asked) in [(all, true), (plain, false)] {
        let page = portal.get(&mut anyone, &Way(poll).poll()).await;
        page.is(200).shows("without encryption: which questions you answered and the options");
        for words in told {
            assert_eq!(page.body.contains(words), asked, "{words}");
        }
    }
}

/// A poll may keep its key for no day at all.
#[tokio::test]
async fn a_key_that_goes_with_the_publication_is_not_said_to_stay_for_days() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|poll| poll.retention_days = 0).await;
    let cookie = |language: &str| Some(format!("language={language}"));
    for (language, told, not) in [
        ("en", "destroyed as soon as the results are published: on", " 0 day"),
        ("ru", "уничтожается сразу после публикации результатов: ", " 0 д"),
    ] {
        let mut anyone = Browser { cookie: cookie(language) };
        portal.get(&mut anyone, &Way(poll).poll()).await.is(200).shows(told).hides(not);
    }
}

/// As the rules of the release have it.
#[tokio::test]
async fn the_notice_says_from_how_many_people_on_something_is_published() {
    let portal = TestPortal::new().await;
    let mut anyone = Browser::default();
    let poll = portal.open_poll(|poll| poll.plan = Plan([Breakdown::Gender].into())).await;
    let page = portal.get(&mut anyone, &Way(poll).poll()).await;
    page.is(200)
        .shows("If at least 10 people answer: the number of participants")
        .shows("If at least 50 people answer, also these tables")
        .shows("<li>Each question by gender.")
        .shows("Rows of fewer than 10 people are withheld")
        .shows("If everybody chose the same")
        .shows("Missing rows can show whether anybody of a small group took part")
        .shows("can show that everybody who was asked took part");
    let back = "until the poll’s key is destroyed, also after the poll has closed";
    let poll = portal.open_poll(|poll| poll.special = Some(Special::Health)).await;
    let page = portal.get(&mut anyone, &Way(poll).poll()).await;
    page.is(200).shows("If at least 50 people answer: the number of participants").shows(back);
    page.shows("That you gave it is stored with your answers").shows("Open since");
    page.hides("If at least 10 people").hides("also these tables").hides("Rows of fewer");
    page.hides("Missing rows").shows("can show that everybody who was asked took part");
    // What the same number of people is needed for is said once.
    let sensitive = portal.open_poll(|poll| {
        poll.special = Some(Special::Health);
        poll.plan = Plan([Breakdown::Region, Breakdown::Gender].into());
    });
    let sensitive = Way(sensitive.await).poll();
    let page = portal.get(&mut anyone, &sensitive).await;
    page.is(200)
        .shows("the totals of each question, and the tables listed below")
        .hides("also these tables");
    assert_eq!(page.body.matches("If at least").count(), 1);
    assert_eq!(page.body.matches("<li>Each question by").count(), 2);
    portal.at(noon(21)).await;
    let page = portal.get(&mut anyone, &Way(poll).poll()).await;
    page.is(200)
        .shows("Answers could be sent only with a separate, explicit consent")
        .shows(back)
        .shows("The consent to them can still be withdrawn")
        .hides("changed or withdrawn")
        .hides("you will be asked for your separate")
        .hides("No interim results are shown")
        .hides("Open since");
}

/// Until when something is kept, and what is kept of answers that are withdrawn, is read at once.
#[tokio::test]
async fn what_is_kept_for_longer_is_not_folded() {
    let portal = TestPortal::configured(|config| config.portal.backup_days = 14).await;
    let poll = portal.open_poll(|poll| poll.plan = Plan([Breakdown::Gender].into())).await;
    let page = portal.get(&mut Browser::default(), &Way(poll).poll()).await;
    for words in ["may keep the key for up to 14 days", "a number stays until the poll closes"] {
        let (before, _) = page.is(200).body.split_once(words).expect(words);
        let (_, answer) = before.rsplit_once("<dd").unwrap();
        assert!(!answer.contains("<details"), "{words}");
    }
}

/// What could be done, and what was stored, is not said any more of a time in which it is over.
#[tokio::test]
async fn the_notice_says_what_holds_after_the_closing_and_after_the_key() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|poll| poll.plan = Plan([Breakdown::Gender].into())).await;
    let mut anyone = Browser::default();
    let times = [noon(1), noon(20), noon(20) + TimeDelta::days(31)];
    let told = [
        ("withdraw your answers while the poll is open", [true, false, false]),
        ("a number stays until the poll closes", [true, false, false]),
        ("answers can no longer be changed or withdrawn", [false, true, true]),
        ("Your answers, encrypted", [true, true, false]),
        ("These facts about you are stored", [true, true, false]),
        ("You see your own answers", [true, true, false]),
        ("could decrypt answers", [true, true, false]),
        ("whoever holds the answers’ database and the master key", [true, true, false]),
        ("interim totals, with chance added, stay stored", [true, true, true]),
        ("the day on which it was last saved", [true, true, false]),
        ("Of each response only its number remains", [false, false, true]),
    ];
    for (place, now) in times.into_iter().enumerate() {
        portal.at(now).await;
        let page = portal.get(&mut anyone, &Way(poll).poll()).await;
        page.is(200);
        for (words, there) in told {
            assert_eq!(page.body.contains(words), there[place], "{now}: {words}");
        }
    }
}

/// Between the end of its time and the moment at which somebody closes it, a poll takes no answers.
#[tokio::test]
async fn the_notice_of_a_poll_whose_time_is_over_says_what_its_page_says() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    portal.clock.set(noon(20) + TimeDelta::seconds(1));
    let page = portal.get(&mut Browser::default(), &Way(poll).poll()).await;
    page.is(200)
        .shows("This poll closed on")
        .shows("answers can no longer be changed or withdrawn");
    page.hides("withdraw your answers while the poll is open");
}

/// One line of the configuration does not change what was promised while people answered.
#[tokio::test]
async fn the_notice_says_of_backups_no_less_than_when_the_poll_opened() {
    let portal = TestPortal::new().await;
    let told = portal.config.portal.backup_days;
    let doubt = async || {
        let checks = doctor::examine(Ok(portal.config.clone()), portal.clock.clone()).await;
        let of_polls = |check: &doctor::Check| check.what.starts_with("how long polls said");
        checks.into_iter().find(of_polls).unwrap().verdict
    };
    let db = &portal.platform.db;
    let mut last = Uuid::nil();
    for (before, shown) in [(told + 76, told + 76), (told - 7, told)] {
        let poll = portal.open_poll(|_| {}).await;
        last = poll;
        assert_eq!(Poll::load(db, poll).await.unwrap().backup_days, Some(told));
        assert_eq!(doubt().await, Verdict::Ok);
        poll::Entity::update_many()
            .col_expr(poll::Column::BackupDays, Expr::val(i32::from(before)))
            .filter(poll::Column::Id.eq(poll))
            .exec(db)
            .await
            .unwrap();
        let page = portal.get(&mut Browser::default(), &Way(poll).poll()).await;
        page.is(200).shows(&format!("may keep the key for up to {shown} days longer"));
    }
    let Verdict::Doubtful(words) = doubt().await else { panic!("it was not found") };
    assert!(words.contains(&format!("backup_days is {told}, and 1 polls")), "{words}");
    // A backup of yesterday has the key that was destroyed since.
    for (days, kept) in [(1, true), (i64::from(told) + 1, false)] {
        let destroyed = portal.platform.now() - TimeDelta::days(days);
        poll::Entity::update_many()
            .col_expr(poll::Column::KeyDestroyedAt, Expr::val(destroyed))
            .filter(poll::Column::Id.eq(last))
            .exec(db)
            .await
            .unwrap();
        assert_eq!(doubt().await != Verdict::Ok, kept, "{days} days ago");
    }
}

/// A version that kept nothing of it with a poll may have opened it.
#[tokio::test]
async fn what_an_open_poll_says_of_backups_is_kept_also_where_its_opening_did_not() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let (db, told) = (&portal.platform.db, portal.config.portal.backup_days);
    let days = async || Poll::load(db, poll).await.unwrap().backup_days;
    poll::Entity::update_many()
        .col_expr(poll::Column::BackupDays, Expr::val(Option::<i32>::None))
        .filter(poll::Column::Id.eq(poll))
        .exec(db)
        .await
        .unwrap();
    assert_eq!(days().await, None);
    portal.at(portal.platform.now()).await;
    assert_eq!(days().await, Some(told));
    // A server with another setting changes nothing of it.
    portal.scheduler.retire().await.unwrap();
    let life = Life { backup_days: told + 7, ..another(&portal) };
    let tick = Scheduler::new(life).tick(portal.platform.now()).await.unwrap();
    assert!(tick.leading);
    assert_eq!(days().await, Some(told));
}

/// What the law may want to be told stands where people decide.
#[tokio::test]
async fn people_are_told_of_the_operator_what_the_configuration_says() {
    let portal = TestPortal::configured(|config| {
        let portal = &mut config.portal;
        portal.address = Text::both("The street of tests", "Улица проверок");
        portal.officer = Text::both("The officer of tests", "Ответственный за проверки");
        portal.legal_basis = Text::both("The law of tests", "Закон о проверках");
        portal.recipients = Text::both("The centre of tests", "Центр проверок");
        portal.authority = Text::both("The office of tests", "Управление проверок");
    })
    .await;
    let poll = portal.open_poll(|_| {}).await;
    for path in [Way(poll).poll(), "/protection".to_owned(), "/sign-in".to_owned()] {
        let page = portal.get(&mut Browser::default(), &path).await;
        page.is(200)
            .shows("The street of tests")
            .shows("The officer of tests")
            .shows("The law of tests")
            .shows("The centre of tests")
            .shows("supervisory authority: The office of tests")
            .shows("Whom a poll asks is decided automatically");
    }
    let portal = TestPortal::new().await;
    let page = portal.get(&mut Browser::default(), "/protection").await;
    page.is(200).hides("Postal address").shows("the authority that supervises");
}

#[tokio::test]
async fn people_are_told_of_addresses_cookies_and_logs() {
    let portal = TestPortal::new().await;
    let page = portal.get(&mut Browser::default(), "/protection").await;
    page.is(200).shows("within a quarter of an hour").shows("writes no addresses into its logs");
    // Without TLS, as here, the session's has no prefix.
    for name in [SESSION_COOKIES[1], LANGUAGE_COOKIE, DISPLAY_COOKIE] {
        page.shows(&format!("<code>{name}<"));
    }
}

#[tokio::test]
async fn no_page_says_more_of_staff_than_that_no_page_shows_it() {
    let portal = TestPortal::new().await;
    let mut anyone = Browser::default();
    portal.get(&mut anyone, "/").await.is(200).shows("No page shows staff whether you took part");
    let page = portal.get(&mut anyone, "/protection").await;
    page.is(200).shows("No page shows whether a person took part").hides("Never: whether a person");
}
