//! What was typed is found again, by its own person only, until it is sent.

use crate::world::{POLL, World, answers, day, person, rng, submit};
use questionnaire::{Typed, audience::StoredFacts};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use vault::{Draft, Error};

crate::on_both_engines! {
    a_draft_is_found_on_another_device,
    sending_and_withdrawing_end_the_draft,
    a_draft_stays_to_be_seen_after_closing,
}

/// Typed, and not valid: kept all the same.
fn typed(text: &str) -> Draft {
    let typed = Typed { text: Some(text.into()), ..Typed::default() };
    let years = "years".to_owned();
    Draft { typed: BTreeMap::from([(years.clone(), typed)]), position: Some(years) }
}

async fn a_draft_is_found_on_another_device(world: World) {
    let me = person(1).await;
    for text in ["thirty", "thirty-one"] {
        world.vault.save_draft(&me, POLL, &typed(text), day(1), &mut rng(1)).await.unwrap();
    }
    let elsewhere = world.another_vault().await;
    assert!(elsewhere.draft(&me, POLL).await.unwrap() == Some(typed("thirty-one")));
    assert!(elsewhere.draft(&person(2).await, POLL).await.unwrap().is_none());
    let polls = [POLL, Uuid::nil()];
    assert_eq!(elsewhere.standings(&me, &polls).await.unwrap().drafts, BTreeSet::from([POLL]));
    assert_eq!(
        elsewhere.standings(&person(2).await, &polls).await.unwrap().drafts,
        BTreeSet::new()
    );
    // A draft is not an answer.
    assert_eq!(elsewhere.standings(&me, &polls).await.unwrap().answered, BTreeSet::new());
    elsewhere.discard_draft(&me, POLL).await.unwrap();
    assert!(world.vault.draft(&me, POLL).await.unwrap().is_none());
    assert_eq!(world.count("draft").await, 0);
}

async fn sending_and_withdrawing_end_the_draft(world: World) {
    let me = person(1).await;
    let others = person(2).await;
    world.vault.save_draft(&others, POLL, &typed("2"), day(1), &mut rng(2)).await.unwrap();
    world.vault.save_draft(&me, POLL, &typed("1"), day(1), &mut rng(1)).await.unwrap();
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    assert!(world.vault.draft(&me, POLL).await.unwrap().is_none());
    world.vault.save_draft(&me, POLL, &typed("1"), day(1), &mut rng(1)).await.unwrap();
    world.vault.withdraw(&me, POLL).await.unwrap();
    assert!(world.vault.draft(&me, POLL).await.unwrap().is_none());
    assert!(world.vault.draft(&others, POLL).await.unwrap() == Some(typed("2")));
}

async fn a_draft_stays_to_be_seen_after_closing(world: World) {
    let me = person(1).await;
    world.vault.save_draft(&me, POLL, &typed("1"), day(1), &mut rng(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    let late = world.vault.save_draft(&me, POLL, &typed("2"), day(1), &mut rng(1)).await;
    assert!(matches!(late, Err(Error::NotOpen)));
    assert!(world.vault.draft(&me, POLL).await.unwrap() == Some(typed("1")));
    world.end_retention(day(9)).await;
    assert_eq!(world.count("draft").await, 0);
}
