//! Polls that would ask the same people the same at the same time, or too soon after each other.

use crate::{
    authoring::{another, bring, initiator, load, new_department, office, reviewer, set, state},
    portal::{TestPortal, noon},
};
use chrono::TimeDelta;
use migration::connection;
use ports::states::State;
use questionnaire::{Facts, Language, Unknown};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _};
use secrecy::ExposeSecret as _;
use server::{polls::record::Poll, store::poll};
use uuid::Uuid;

#[tokio::test]
async fn two_polls_do_not_ask_the_same_people_the_same_at_the_same_time() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let approved = author.ready_alike(&portal, department).await;
    bring(&portal, approved, State::Scheduled, noon(1)).await;

    // The template asks the same again.
    let rival = author.ready_alike(&portal, department).await;
    let page = author.get(&portal, &format!("/staff/polls/{rival}")).await;
    // Once for all questions of the other poll, with the time from which they may be asked again.
    page.is(200).shows("at the same time by the poll").shows("New benches").shows("(closes ");
    assert_eq!(page.body.matches("at the same time by the poll").count(), 1);
    author.save(&portal, rival, "submit", &[]).await;
    assert_eq!(state(&portal, rival).await, State::Draft);
    let told = author.get(&portal, &format!("/staff/polls/{rival}")).await;
    told.is(200).shows("The poll is not ready. The reasons are below.");

    // People under 30 are asked by the one, people from 30 by the other: nobody by both. Whoever's
    // age nobody knows would be, so one of them has to refuse them.
    set(&portal, approved, |poll| poll.audience.age_to = Some(29)).await;
    set(&portal, rival, |poll| poll.audience.age_from = Some(30)).await;
    author.save(&portal, rival, "submit", &[]).await;
    assert_eq!(state(&portal, rival).await, State::Draft);
    set(&portal, rival, |poll| poll.audience.unknown = Unknown::Refuse).await;
    author.save(&portal, rival, "submit", &[]).await;
    assert_eq!(state(&portal, rival).await, State::InReview);

    // What changed while it was reviewed is seen when it is approved.
    set(&portal, approved, |poll| poll.audience.age_to = Some(30)).await;
    let review = second.get(&portal, &format!("/staff/reviews/{rival}")).await;
    review.is(200).shows("at the same time by the poll").hides("/api/editor/approve");
    second.save(&portal, rival, "approve", &[]).await;
    assert_eq!(state(&portal, rival).await, State::InReview);

    // When the other has just closed it is not asked of others, but of the same people again; another
    // department may ask it any time.
    set(&portal, rival, |poll| {
        poll.opens_at = Some(noon(10));
        poll.closes_at = Some(noon(12));
    })
    .await;
    let review = second.get(&portal, &format!("/staff/reviews/{rival}")).await;
    review.is(200).shows("fewer than 30 days between the two polls").shows("(until ");
    review.hides("at the same time by the poll").hides("/api/editor/approve");
    second.save(&portal, rival, "approve", &[]).await;
    assert_eq!(state(&portal, rival).await, State::InReview);
    let audience = load(&portal, approved).await.audience;
    set(&portal, rival, |poll| poll.audience = audience).await;
    second.save(&portal, rival, "approve", &[]).await;
    assert_eq!(state(&portal, rival).await, State::Scheduled);
    // Opened before its time it would be beside the other: the page says why not, and has no button.
    let page = format!("/staff/polls/{rival}/open");
    let open = author.get(&portal, &page).await;
    open.is(200).shows("at the same time by the poll").hides("/api/editor/open");
    author.save(&portal, rival, "open", &[]).await.leads(&page);
    let told = author.get(&portal, &page).await;
    told.is(200).shows("The poll is not ready.").shows("at the same time by the poll");
    assert_eq!(state(&portal, rival).await, State::Scheduled);
    let elsewhere = new_department(&portal).await;
    let mut other = initiator(&portal, elsewhere).await;
    let id = other.ready_alike(&portal, elsewhere).await;
    other.save(&portal, id, "submit", &[]).await;
    assert_eq!(state(&portal, id).await, State::InReview);
}

/// A draft keeps what was written in a language that it lost, and nobody is asked it.
#[tokio::test]
async fn words_that_nobody_will_read_are_no_reason_to_refuse_a_poll() {
    let (portal, department, mut author) = office().await;
    let approved = author.ready_alike(&portal, department).await;
    bring(&portal, approved, State::Scheduled, noon(1)).await;
    let id = author.ready_alike(&portal, department).await;
    set(&portal, id, |poll| {
        poll.languages = [Language::En].into();
        for question in &mut poll.questionnaire.questions {
            let words = format!("{} At night?", question.title.get(Language::En));
            question.title.set(Language::En, words);
        }
    })
    .await;
    let page = format!("/staff/polls/{id}");
    author.get(&portal, &page).await.is(200).hides("at the same time by the poll");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::InReview);
    let mut second = reviewer(&portal).await;
    second.save(&portal, id, "approve", &[]).await.leads("/staff/reviews");
    assert_eq!(state(&portal, id).await, State::Scheduled);
}

/// Both wait for review, and only one of them can be approved.
#[tokio::test]
async fn a_reviewer_who_approves_the_second_of_two_rivals_is_told_why_not() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let mut polls = Vec::new();
    for _ in 0..2 {
        let id = author.ready_alike(&portal, department).await;
        author.save(&portal, id, "submit", &[]).await;
        polls.push(id);
    }
    let review = format!("/staff/reviews/{}", polls[1]);
    second.get(&portal, &review).await.is(200).shows("/api/editor/approve");
    second.save(&portal, polls[0], "approve", &[]).await.leads("/staff/reviews");
    second.save(&portal, polls[1], "approve", &[]).await.leads(&review);
    let told = second.get(&portal, &review).await;
    told.is(200).shows("The poll is not ready.").shows("at the same time by the poll");
    assert_eq!(state(&portal, polls[1]).await, State::InReview);
}

/// Whoever closes one poll early and opens another one early asks most people twice within the hour.
#[tokio::test]
async fn right_after_a_poll_its_questions_are_not_asked_of_a_different_audience() {
    let (portal, department, mut author) = office().await;
    let first = author.ready_alike(&portal, department).await;
    let later = author.ready_alike(&portal, department).await;
    let again = author.ready_alike(&portal, department).await;
    bring(&portal, first, State::Scheduled, noon(1)).await;
    let month = TimeDelta::days(30);
    set(&portal, later, |poll| {
        poll.audience.age_from = Some(19);
        poll.opens_at = Some(noon(10) + month);
        poll.closes_at = Some(noon(20) + month);
    })
    .await;
    bring(&portal, later, State::Scheduled, noon(1)).await;
    portal.at(noon(5)).await;
    portal.clock.set(noon(6));
    author.back(&portal).await;
    author.save(&portal, first, "close", &[]).await;
    assert_eq!(state(&portal, first).await, State::Closed);

    let page = author.get(&portal, &format!("/staff/polls/{later}/open")).await;
    page.is(200).shows("fewer than 30 days between the two polls").shows("(until ");
    page.hides("at the same time by the poll").hides("/api/editor/open");
    author.save(&portal, later, "open", &[]).await;
    assert_eq!(state(&portal, later).await, State::Scheduled);

    // The same audience may be asked again at once.
    set(&portal, again, |poll| {
        poll.opens_at = Some(noon(7));
        poll.closes_at = Some(noon(9));
    })
    .await;
    bring(&portal, again, State::Scheduled, noon(6)).await;
    // As if an earlier version had approved it, which did not look at what was before: it is not stuck.
    set(&portal, again, |poll| poll.audience.age_from = Some(19)).await;
    portal.at(noon(7)).await;
    assert_eq!(state(&portal, again).await, State::Open);

    portal.at(noon(6) + month).await;
    author.back(&portal).await;
    author.save(&portal, later, "open", &[]).await;
    assert_eq!(state(&portal, later).await, State::Open);
}

/// Of too few people nothing is said, so there is nothing from which the next result could be subtracted.
#[tokio::test]
async fn a_poll_that_published_nothing_keeps_nobody_from_being_asked_the_same() {
    let (portal, department, mut author) = office().await;
    let first = author.ready_alike(&portal, department).await;
    let next = author.ready_alike(&portal, department).await;
    bring(&portal, first, State::Scheduled, noon(1)).await;
    set(&portal, next, |poll| {
        poll.audience.age_from = Some(19);
        poll.opens_at = Some(noon(12));
        poll.closes_at = Some(noon(20));
    })
    .await;
    portal.at(noon(5)).await;
    portal.clock.set(noon(10));
    let life = another(&portal);
    let open = load(&portal, first).await;
    life.change(&open, State::Closed, None, None, noon(10)).await.unwrap();
    // What it will publish nobody knows yet.
    author.back(&portal).await;
    let page = format!("/staff/polls/{next}");
    author.get(&portal, &page).await.is(200).shows("fewer than 30 days between the two polls");
    portal.at(noon(10)).await;
    assert_eq!(state(&portal, first).await, State::Published);
    author.back(&portal).await;
    let told = "fewer than 30 days between the two polls";
    author.get(&portal, &page).await.is(200).hides(told);
    // Interim totals are something; and where nobody can say, there may have been some.
    let url = portal.config.stores.vault.read().unwrap();
    let vault = connection::open(url.expose_secret()).await.unwrap();
    let totals = "INSERT INTO live_batch (poll_id, number, responses, content) \
                  SELECT poll_id, 1, 50, '{}' FROM poll_key";
    for (before, after) in [
        (totals, "DELETE FROM live_batch"),
        ("ALTER TABLE live_batch RENAME TO away", "ALTER TABLE away RENAME TO live_batch"),
    ] {
        vault.execute_unprepared(before).await.unwrap();
        author.get(&portal, &page).await.is(200).shows(told);
        vault.execute_unprepared(after).await.unwrap();
    }
    author.save(&portal, next, "submit", &[]).await;
    assert_eq!(state(&portal, next).await, State::InReview);
    let mut second = reviewer(&portal).await;
    second.save(&portal, next, "approve", &[]).await.leads("/staff/reviews");
    assert_eq!(state(&portal, next).await, State::Scheduled);
}

/// As where servers of two versions run, and the newer one has approved a poll that the older cannot read.
#[tokio::test]
async fn beside_a_poll_that_cannot_be_read_nothing_opens_that_could_ask_the_same_people_the_same() {
    const TOLD: &str = "another poll that this server cannot read";
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let [draft, later, approved, opened, unreadable] = {
        let mut polls = [Uuid::nil(); 5];
        for poll in &mut polls {
            *poll = author.ready(&portal, department).await;
        }
        polls
    };
    set(&portal, unreadable, |poll| poll.audience.regions = ["north".to_owned()].into()).await;
    bring(&portal, unreadable, State::Scheduled, noon(1)).await;
    bring(&portal, approved, State::Scheduled, noon(1)).await;
    bring(&portal, opened, State::Open, noon(1)).await;
    let special = async |category: &str| {
        let newer = poll::Entity::update_many()
            .col_expr(poll::Column::SpecialCategory, category.into())
            .filter(poll::Column::Id.eq(unreadable));
        newer.exec(&portal.platform.db).await.unwrap();
    };
    special("of_tomorrow").await;

    // What could be its rival is refused, and told why.
    let page = format!("/staff/polls/{draft}");
    let shown = author.get(&portal, &page).await;
    shown.is(200).shows(TOLD).shows("New benches").shows("(closes ").hides("/api/editor/submit");
    author.save(&portal, draft, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, draft).await, State::Draft);
    let open = author.get(&portal, &format!("/staff/polls/{approved}/open")).await;
    open.is(200).shows(TOLD).hides("/api/editor/open");
    author.save(&portal, approved, "open", &[]).await;
    assert_eq!(state(&portal, approved).await, State::Scheduled);

    // Everything else goes on: reading, editing, closing, publishing.
    for path in [format!("/staff/departments/{department}"), format!("/staff/polls/{opened}")] {
        author.get(&portal, &path).await.is(200).hides(TOLD);
    }
    author.save(&portal, draft, "save-special", &[("special", "health")]).await.leads(&page);
    author.save(&portal, opened, "close", &[]).await;
    assert_eq!(state(&portal, opened).await, State::Closed);
    portal.at(noon(1)).await;
    assert_eq!(state(&portal, opened).await, State::Published);

    // So do polls that share nobody with it, and those that are not near it.
    set(&portal, draft, |poll| {
        poll.audience.regions = ["south".to_owned()].into();
        poll.audience.unknown = Unknown::Refuse;
    })
    .await;
    author.save(&portal, draft, "submit", &[]).await;
    second.save(&portal, draft, "approve", &[]).await;
    assert_eq!(state(&portal, draft).await, State::Scheduled);
    let audience = |poll: &mut Poll| poll.audience.regions = ["north".to_owned()].into();
    for (opens, allowed) in [(noon(11), false), (noon(10) + TimeDelta::days(30), true)] {
        set(&portal, later, |poll| {
            audience(poll);
            poll.opens_at = Some(opens);
            poll.closes_at = Some(opens + TimeDelta::days(1));
        })
        .await;
        let shown = author.get(&portal, &format!("/staff/polls/{later}")).await;
        shown.is(200);
        if allowed {
            shown.hides(TOLD);
        } else {
            // That both ask the same people cannot be known.
            shown.shows(TOLD).shows("(until ");
        }
    }

    // What was approved waits for a server that can tell.
    portal.clock.set(noon(5));
    let tick = portal.scheduler.tick(noon(5)).await.unwrap();
    assert_eq!((tick.opened, tick.failed), (1, 2), "and nor can the other be opened here");
    assert_eq!(state(&portal, draft).await, State::Open);
    assert_eq!(state(&portal, approved).await, State::Scheduled);
    special("none").await;
    portal.at(noon(5)).await;
    assert_eq!(state(&portal, approved).await, State::Open);
}

#[tokio::test]
async fn of_two_rivals_approved_at_once_one_is_refused() {
    for _ in 0..5 {
        let portal = TestPortal::new().await;
        let department = new_department(&portal).await;
        let mut author = initiator(&portal, department).await;
        let mut polls = Vec::new();
        for _ in 0..2 {
            let id = author.ready_alike(&portal, department).await;
            bring(&portal, id, State::InReview, noon(1)).await;
            polls.push(load(&portal, id).await);
        }
        let reviewer = portal.account(&Facts::default()).await;
        let life = another(&portal);
        let approve = |poll| life.change(poll, State::Scheduled, Some(reviewer), None, noon(1));
        let (one, other) = tokio::join!(approve(&polls[0]), approve(&polls[1]));
        assert_eq!([one, other].iter().filter(|result| result.is_ok()).count(), 1);
    }
}
