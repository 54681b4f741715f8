//! The inbox: whom it tells what, and what in it is new.

use crate::{
    accounts::{anna, boris, one_question},
    portal::{Browser, TestPortal, noon, on_postgres, waits_for_a_lock},
    statistics::{answered, publish},
};
use chrono::TimeDelta;
use ports::{caller::SignedIn, roles::Role, states::State};
use questionnaire::{Audience, Facts, Language, Text, Unknown};
use sea_orm::{EntityTrait as _, TransactionTrait as _};
use server::{
    clock::ManualClock,
    polls::{catalogue::Catalogue, record::Poll},
    staff::roles,
    store::{account, department},
};
use std::{sync::Arc, time::Duration};
use tower_sessions::Session;

/// The mark of a notice that was not seen.
const NEW: &str = "<strong class=\"govuk-tag\">New";

#[tokio::test]
async fn the_inbox_says_what_is_new_to_those_whom_a_poll_asks() {
    let portal = TestPortal::new().await;
    let (_, mut anna) = anna(&portal).await;
    let (_, mut boris) = boris(&portal).await;
    let northern = Audience {
        regions: ["north".to_owned()].into(),
        unknown: Unknown::Refuse,
        ..Audience::default()
    };
    portal
        .open_poll(|poll| {
            poll.questionnaire = one_question();
            poll.audience = northern;
            poll.closes_at = Some(noon(2));
        })
        .await;
    // What came just now would be new once more.
    portal.clock.set(noon(1) + TimeDelta::minutes(1));
    // The header of every page counts what is new.
    let counted = portal.get(&mut anna, "/polls").await;
    counted.is(200).shows("veche-header__count").shows("1 new notice");
    portal.get(&mut boris, "/polls").await.is(200).hides("veche-header__count");
    portal.get(&mut Browser::default(), "/polls").await.is(200).hides("veche-header__count");
    portal.get(&mut boris, "/notices").await.is(200).hides("Night buses");
    let inbox = portal.get(&mut anna, "/notices").await;
    inbox.is(200).shows("A poll for you is open: Night buses").shows(NEW);
    let inbox = portal.get(&mut anna, "/notices").await;
    inbox.shows("A poll for you is open: Night buses").hides(NEW);
    portal.get(&mut anna, "/polls").await.is(200).hides("veche-header__count");

    portal.at(noon(2)).await;
    let row = server::store::poll::Entity::find().one(&portal.platform.db).await.unwrap().unwrap();
    assert_eq!(row.state, State::Published.code());
    let (id, mut again) = self::anna(&portal).await;
    assert!(!id.is_nil());
    let inbox = portal.get(&mut again, "/notices").await;
    inbox.shows("too few people answered for results to be published: Night buses");
    inbox.hides("A poll for you is open").hides("Results are published");
}

#[tokio::test]
async fn the_header_counts_what_the_inbox_marks_as_new() {
    let portal = TestPortal::new().await;
    let (id, _) = anna(&portal).await;
    let db = &portal.platform.db;
    roles::give(db, &portal.platform, None, id, Role::Administrator, None).await.unwrap();
    let southern = Audience {
        regions: ["south".to_owned()].into(),
        unknown: Unknown::Refuse,
        ..Audience::default()
    };
    portal.open_poll(|_| {}).await;
    portal.open_poll(|poll| poll.audience = southern).await;
    portal.open_poll(|poll| poll.opens_at = Some(noon(9))).await;
    portal.clock.set(noon(1) + TimeDelta::minutes(1));
    let mut anna = portal.sign_in(id).await;
    let counted = portal.get(&mut anna, "/polls").await;
    let inbox = portal.get(&mut anna, "/notices").await;
    assert_eq!(inbox.body.matches(NEW).count(), 2, "a poll and a role: {}", inbox.body);
    counted.is(200).shows("2 new notices");
}

#[tokio::test]
async fn the_inbox_speaks_of_results_only_where_there_are_some() {
    let portal = TestPortal::new().await;
    let named = |title: &'static str| move |poll: &mut Poll| poll.title = Text::both(title, title);
    answered(&portal, named("Many"), &[("red", "", 20)]).await;
    answered(&portal, named("Few"), &[("red", "", 9)]).await;
    let russian = |poll: &mut Poll| poll.title = Text::new([(Language::Ru, "Парки")]);
    answered(&portal, russian, &[("red", "", 20)]).await;
    publish(&portal).await;
    let (_, mut boris) = boris(&portal).await;
    let inbox = portal.get(&mut boris, "/notices").await;
    inbox.shows("Results are published: <span lang=\"ru\">Парки<");
    inbox.is(200).shows("Results are published: Many").hides("Results are published: Few");
    inbox.shows("too few people answered for results to be published: Few");
}

/// Somebody who looks at the inbox without a page.
async fn reader(portal: &TestPortal) -> SignedIn {
    SignedIn {
        account: portal.account(&Facts::default()).await,
        session: Session::new(None, portal.sessions.clone(), None),
        name: None,
        assured: true,
        grants: Arc::default(),
        facts: Arc::default(),
        unread: None,
        lasts: 0,
    }
}

/// The polls that an inbox is made of are a moment old.
#[tokio::test]
async fn what_opens_while_somebody_looks_at_the_inbox_is_new_afterwards() {
    let portal = TestPortal::new().await;
    let platform = &portal.platform;
    let person = reader(&portal).await;
    // Of another server, which is not told what changes here.
    let catalogue = Catalogue::new(platform.clone());
    catalogue.shelf().await.unwrap();
    portal.clock.set(noon(1) + TimeDelta::milliseconds(500));
    portal.open_poll(|_| {}).await;
    portal.clock.set(noon(1) + TimeDelta::milliseconds(600));
    let look = || server::notices::look(platform, &catalogue, &person);
    look().await.unwrap();
    catalogue.changed().await;
    let next = look().await.unwrap();
    assert_eq!(next.len(), 1);
    assert!(next[0].unread);
    portal.clock.set(noon(1) + TimeDelta::minutes(1));
    assert!(look().await.unwrap()[0].unread, "it was looked at too soon");
    assert!(!look().await.unwrap()[0].unread, "it was looked at");

    // Whoever looks in two windows goes on from the later look.
    let kept = async || {
        let row = account::Entity::find_by_id(person.account).one(&platform.db).await.unwrap();
        row.unwrap().inbox_seen_at
    };
    let latest = kept().await;
    assert!(latest.is_some_and(|at| at > noon(1)), "{latest:?}");
    portal.clock.set(noon(1) - TimeDelta::hours(1));
    look().await.unwrap();
    assert_eq!(kept().await, latest);
}

/// One waits for another change of its department; of one more the server that opens it is behind.
#[tokio::test]
async fn a_poll_that_opens_after_a_later_one_was_seen_is_new() {
    let portal = on_postgres().await;
    let platform = &portal.platform;
    let mut polls = Vec::new();
    for _ in 0..3 {
        let id = portal.open_poll(|poll| poll.opens_at = Some(noon(9))).await;
        polls.push(Poll::load(&platform.db, id).await.unwrap());
    }
    let [waiting, quick, behind] = &polls[..] else { panic!("three polls") };
    let (life, person) = (crate::authoring::another(&portal), reader(&portal).await);
    let open = |poll, now| life.change(poll, State::Open, None, None, now);
    // How many there are, and how many of them are new.
    let look = async || {
        life.catalogue.changed().await;
        let inbox = server::notices::look(platform, &life.catalogue, &person).await.unwrap();
        (inbox.len(), inbox.iter().filter(|notice| notice.unread).count())
    };
    let at = |seconds| noon(1) + TimeDelta::seconds(seconds);

    let held = platform.db.begin().await.unwrap();
    department::lock(&held, waiting.department).await.unwrap();
    let beside = async {
        while !waits_for_a_lock(&platform.db).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        portal.clock.set(at(60));
        open(quick, at(60)).await.unwrap();
        assert_eq!(look().await, (1, 1));
        held.commit().await.unwrap();
    };
    let (opened, ()) = tokio::join!(open(waiting, at(0)), beside);
    opened.unwrap();
    assert_eq!(look().await, (2, 2));

    portal.clock.set(at(120));
    assert_eq!(look().await, (2, 2));
    assert_eq!(look().await, (2, 0));
    let mut slow = crate::authoring::another(&portal);
    slow.platform.clock = Arc::new(ManualClock::new(at(100)));
    slow.change(behind, State::Open, None, None, at(100)).await.unwrap();
    assert_eq!(look().await, (3, 1));
}
