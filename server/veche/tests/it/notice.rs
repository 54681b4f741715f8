//! What a poll's privacy notice says: as the settings, the rules and the time make it true.

use crate::{
    participation::{Citizen, Way},
    portal::{Browser, TestPortal, noon},
};
use chrono::TimeDelta;
use questionnaire::{Breakdown, Plan, Special};
use sea_orm::DbBackend;
use server::scheduler::LOG_MINUTES;

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
        .shows("Rows of fewer than 10 people are withheld")
        .shows("If everybody chose the same");
    let back = "withdraw your answers before the poll closes";
    let poll = portal.open_poll(|poll| poll.special = Some(Special::Health)).await;
    let page = portal.get(&mut anyone, &Way(poll).poll()).await;
    page.is(200).shows("If at least 50 people answer: the number of participants").shows(back);
    page.hides("If at least 10 people").hides("also these tables").hides("Rows of fewer");
    portal.at(noon(21)).await;
    portal.get(&mut anyone, &Way(poll).poll()).await.is(200).hides(back);
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
