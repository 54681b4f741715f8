//! Live results: drawn by whichever server leads, once, and never of a special category.

use crate::{
    accounts::respondent,
    portal::{TestPortal, noon, options, question},
};
use chrono::TimeDelta;
use questionnaire::{Answer, Answers, Kind, Order, Questionnaire, Special, audience::StoredFacts};
use server::{entropy::AsRng, polls::record::Poll, scheduler::Scheduler, statistics::live};
use uuid::Uuid;
use vault::Submission;

fn questionnaire() -> Questionnaire {
    let colours = Kind::SingleChoice { options: options(&["red", "green"]), order: Order::Fixed };
    Questionnaire { questions: vec![question("colour", true, colours)] }
}

async fn open(portal: &TestPortal, special: Option<Special>) -> Uuid {
    portal
        .open_poll(|poll| {
            poll.questionnaire = questionnaire();
            poll.special = special;
        })
        .await
}

async fn load(portal: &TestPortal, poll: Uuid) -> Poll {
    Poll::load(&portal.platform.db, poll).await.unwrap()
}

/// So many people answer as the participation port lets them.
async fn answer(portal: &TestPortal, poll: Uuid, people: u32) {
    let special = load(portal, poll).await.special.is_some();
    let answers = Answers::from([("colour".to_owned(), Answer::Choice("red".to_owned()))]);
    for _ in 0..people {
        let respondent = respondent(portal, portal.platform.uuid()).await;
        let (facts, today) = (StoredFacts::default(), portal.platform.today());
        let mut random = AsRng(&*portal.platform.entropy);
        let questionnaire = questionnaire();
        let said = Submission::new(&questionnaire, &answers, facts);
        let said = Submission { special_consent: special, ..said };
        portal.vault.submit(&respondent, poll, said, today, &mut random).await.unwrap();
    }
}

#[tokio::test]
async fn the_scheduler_draws_what_is_due_once() {
    let portal = TestPortal::new().await;
    let poll = open(&portal, None).await;
    let results = async || live::results(&portal.vault, &load(&portal, poll).await).await.unwrap();
    answer(&portal, poll, 49).await;
    let (one, two) = (&portal.scheduler, Scheduler::new(crate::authoring::another(&portal)));
    // The other one's lease has run out each time.
    let minute = |minutes| noon(2) + TimeDelta::minutes(minutes);
    assert_eq!(one.tick(minute(0)).await.unwrap().batches, 0);
    assert_eq!(results().await.unwrap().batches, 0);
    // Enough, whatever the last digit of the number at which it is due.
    answer(&portal, poll, 10).await;
    assert_eq!(two.tick(minute(1)).await.unwrap().batches, 1);
    assert_eq!(one.tick(minute(2)).await.unwrap().batches, 0);
    let shown = results().await.unwrap();
    assert_eq!((shown.batches, shown.responses), (1, 50));
    assert!(shown.questions[0].options[0].count.abs_diff(59) < 40, "{shown:?}");
    // After closing the release speaks.
    portal.at(noon(21)).await;
    assert!(results().await.is_none());
}

#[tokio::test]
async fn a_special_category_has_no_live_results() {
    let portal = TestPortal::new().await;
    let poll = open(&portal, Some(Special::PoliticalOpinion)).await;
    answer(&portal, poll, 60).await;
    assert_eq!(portal.scheduler.tick(noon(2)).await.unwrap().batches, 0);
    let record = load(&portal, poll).await;
    assert!(!live::shown(&record));
    assert!(live::results(&portal.vault, &record).await.unwrap().is_none());
    assert!(!live::draw(&portal.platform, &portal.vault, &record).await.unwrap());
    assert_eq!(portal.vault.live_results(poll).await.unwrap().batches, 0);
}

#[tokio::test]
async fn a_poll_of_free_texts_has_no_live_results() {
    let portal = TestPortal::new().await;
    let text = Kind::ShortText { max_chars: 20 };
    let poll = portal
        .open_poll(|poll| poll.questionnaire.questions = vec![question("why", true, text)])
        .await;
    assert!(!live::shown(&load(&portal, poll).await));
    let asked = open(&portal, None).await;
    assert!(live::shown(&load(&portal, asked).await));
}
