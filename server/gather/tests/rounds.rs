//! What is gathered, in which rounds, and who is answered.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use gather::{Gather, Limits, Refused, padded};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::{Notify, Semaphore},
    task::{JoinSet, yield_now},
    time::{Instant, sleep},
};

/// Lets every other task of this one thread go as far as it can.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

/// The doubling, its permits, the sizes of its rounds.
type Doubling = (Gather<u32, u32>, Arc<Semaphore>, Arc<Mutex<Vec<usize>>>);

/// Doubles numbers, a round for each permit, and keeps the sizes of the rounds.
fn doubling(limits: Limits) -> Doubling {
    let (permits, rounds) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
    let gather = {
        let (permits, rounds) = (permits.clone(), rounds.clone());
        Gather::new(limits, move |numbers: Vec<u32>| {
            let (permits, rounds) = (permits.clone(), rounds.clone());
            async move {
                permits.acquire().await.unwrap().forget();
                rounds.lock().unwrap().push(numbers.len());
                assert!(!numbers.contains(&1300), "an unlucky number");
                numbers.into_iter().map(|number| number * 2).collect()
            }
        })
    };
    (gather, permits, rounds)
}

#[tokio::test]
async fn what_arrives_during_a_round_is_the_next_round_and_each_gets_its_own_answer() {
    let (gather, permits, rounds) = doubling(Limits::new(100, 8));
    let mut asked = JoinSet::new();
    for number in 0..20 {
        let gather = gather.clone();
        asked.spawn(async move { (number, gather.ask(number).await) });
        if number == 0 {
            // The first one starts alone, at once.
            settle().await;
        }
    }
    settle().await;
    permits.add_permits(10);
    while let Some(done) = asked.join_next().await {
        let (number, answer) = done.unwrap();
        assert_eq!(answer, Ok(number * 2));
    }
    assert_eq!(*rounds.lock().unwrap(), [1, 8, 8, 3]);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_goes_on_afterwards() {
    let (gather, permits, _) = doubling(Limits::new(2, 1));
    let mut waiting = JoinSet::new();
    for number in 0..3 {
        let gather = gather.clone();
        waiting.spawn(async move { gather.ask(number).await });
        settle().await;
    }
    // One is being done and two wait.
    assert_eq!(gather.ask(3).await, Err(Refused::Busy));
    permits.add_permits(4);
    while let Some(done) = waiting.join_next().await {
        assert!(done.unwrap().is_ok());
    }
    assert_eq!(gather.ask(4).await, Ok(8));
}

#[tokio::test]
async fn a_round_that_panics_answers_nobody_and_the_worker_goes_on() {
    let (gather, permits, rounds) = doubling(Limits::new(10, 10));
    permits.add_permits(2);
    assert_eq!(gather.ask(1300).await, Err(Refused::Lost));
    assert_eq!(gather.ask(1).await, Ok(2));
    assert_eq!(rounds.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_handed_in_is_done_also_when_nobody_waits_for_it() {
    let (gather, permits, rounds) = doubling(Limits::new(10, 1));
    for number in 0..3 {
        let gather = gather.clone();
        let asked = tokio::spawn(async move { gather.ask(number).await });
        settle().await;
        asked.abort();
    }
    drop(gather);
    permits.add_permits(3);
    settle().await;
    assert_eq!(*rounds.lock().unwrap(), [1, 1, 1]);
}

#[tokio::test]
async fn those_who_are_about_to_ask_come_along() {
    let (gather, permits, rounds) = doubling(Limits::new(100, 8));
    permits.add_permits(10);
    settle().await;
    let (mut asked, ready) = (JoinSet::new(), Arc::new(Notify::new()));
    for number in 0..6 {
        let (gather, ready) = (gather.clone(), ready.clone());
        asked.spawn(async move {
            if number > 0 {
                ready.notified().await;
            }
            assert_eq!(gather.ask(number).await, Ok(number * 2));
        });
    }
    // Runs after the first has asked and woken the worker, and so makes the others ready behind it.
    asked.spawn(async move { ready.notify_waiters() });
    while let Some(done) = asked.join_next().await {
        done.unwrap();
    }
    assert_eq!(*rounds.lock().unwrap(), [6]);
}

#[test]
fn a_list_is_filled_up_with_its_last() {
    assert_eq!(padded(Vec::<u8>::new()), Vec::<u8>::new());
    assert_eq!(padded(vec![1]), [1]);
    assert_eq!(padded(vec![1, 2, 3]), [1, 2, 3, 3]);
    assert_eq!(padded(vec![1, 2, 3, 4]), [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_round_without_an_end_is_broken_off_and_its_worker_goes_on() {
    let limits = Limits::new(10, 10);
    let (gather, permits, rounds) = doubling(limits);
    let mut stuck = JoinSet::new();
    for number in 0..2 {
        let gather = gather.clone();
        stuck.spawn(async move { gather.ask(number).await });
    }
    let began = Instant::now();
    while let Some(done) = stuck.join_next().await {
        assert_eq!(done.unwrap(), Err(Refused::Lost));
    }
    assert_eq!(began.elapsed().as_secs(), limits.longest.as_secs());
    permits.add_permits(1);
    settle().await;
    // What was broken off has let go of what it held: the permit is there for the next round.
    assert_eq!(gather.ask(4).await, Ok(8));
    assert_eq!(*rounds.lock().unwrap(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_round_that_is_slow_is_waited_for() {
    let gather = Gather::new(Limits::new(10, 10), |numbers: Vec<u32>| async {
        sleep(Duration::from_secs(19)).await;
        numbers
    });
    assert_eq!(gather.ask(7).await, Ok(7));
}
