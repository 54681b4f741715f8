//! What was typed is found again, by its own person only, until it is sent.

use crate::world::{POLL, World, answers, day, person, rng, submit};
use migration::connection;
use questionnaire::{Typed, audience::StoredFacts};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    sync::Arc,
    task::Poll,
};
use tokio::task::JoinSet;
use uuid::Uuid;
use vault::{Draft, Error};

crate::on_both_engines! {
    a_draft_is_found_on_another_device,
    sending_and_withdrawing_end_the_draft,
    a_draft_stays_to_be_seen_after_closing,
    what_many_type_and_look_at_at_once_is_each_ones_own,
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
    let kept = elsewhere.kept_draft(&me, POLL).await.unwrap();
    assert!(kept == Some((typed("thirty-one"), day(1))));
    assert!(elsewhere.kept_draft(&person(2).await, POLL).await.unwrap().is_none());
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

async fn what_many_type_and_look_at_at_once_is_each_ones_own(world: World) {
    let other = Uuid::from_u128(7);
    world.vault.create_poll_key(other, &mut rng(7)).await.unwrap();
    world.vault.open(other).await.unwrap();
    let world = Arc::new(world);
    let mut people = JoinSet::new();
    for number in 0..150_u32 {
        let world = world.clone();
        people.spawn(async move {
            let (me, vault) = (person(number).await, &world.vault);
            let polls = [vec![POLL], vec![POLL, other], vec![other]][number as usize % 3].clone();
            for &poll in &polls {
                let mine = typed(&format!("{number} {poll}"));
                vault.save_draft(&me, poll, &mine, day(1), &mut rng(number.into())).await.unwrap();
            }
            if number % 5 == 0 {
                let (facts, said) = (StoredFacts::default(), answers("red"));
                submit(vault, number, &said, facts, day(1)).await.unwrap();
            }
            let found = vault.standings(&me, &[POLL, other, Uuid::nil()]).await.unwrap();
            let mut begun: BTreeSet<Uuid> = polls.iter().copied().collect();
            let mut sent = BTreeSet::new();
            if number % 5 == 0 {
                begun.remove(&POLL);
                sent.insert(POLL);
            }
            assert_eq!((&found.drafts, &found.answered), (&begun, &sent), "{number}");
            for poll in [POLL, other] {
                let expected = begun.contains(&poll).then(|| typed(&format!("{number} {poll}")));
                assert!(vault.draft(&me, poll).await.unwrap() == expected, "{number}");
            }
        });
    }
    while let Some(done) = people.join_next().await {
        done.unwrap();
    }
}

/// Somebody's request runs out of time while the database is slow, and they type something else:
/// what nobody waited for is not put over it. Held up at will on PostgreSQL only.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_nobody_waits_for_any_more_is_not_kept() {
    let world = Arc::new(World::on_postgres().await);
    let other = connection::open(&world.url).await.unwrap();
    let held = other.begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE draft IN EXCLUSIVE MODE").await.unwrap();
    let saving = |number: u32, text: &'static str| {
        let world = world.clone();
        tokio::spawn(async move {
            let me = person(number).await;
            let mut rng = rng(number.into());
            world.vault.save_draft(&me, POLL, &typed(text), day(1), &mut rng).await
        })
    };
    // Both workers have a round, of other people, so that what comes now waits for its own.
    let busy = saving(2, "a");
    while world.waiting().await < 1 {
        tokio::task::yield_now().await;
    }
    let busy = [busy, saving(3, "b")];
    while world.waiting().await < 2 {
        tokio::task::yield_now().await;
    }
    let me = person(1).await;
    let old = typed("old");
    let mut rng = rng(1);
    let mut given_up = Box::pin(world.vault.save_draft(&me, POLL, &old, day(1), &mut rng));
    // With the poll's key at hand it is in the queue as soon as it waits for anything.
    poll_fn(|context| {
        assert!(given_up.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    drop(given_up);
    held.rollback().await.unwrap();
    for one in busy {
        one.await.unwrap().unwrap();
    }
    saving(4, "c").await.unwrap().unwrap();
    assert!(world.vault.draft(&person(1).await, POLL).await.unwrap().is_none());
    assert_eq!(world.count("draft").await, 3);
}
