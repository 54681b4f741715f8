//! Turns at something for which results are loaded, and who waits for one.
//!
//! Results may take tens of megabytes, so only a few of those who need them have them at a time. Whoever
//! waits holds nothing but a place, and where there is none is told so at once: how much is held at most
//! follows from the number of turns, however many come.

use crate::error::while_;
use ports::failure::Failure;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many wait at most. With small results their turn comes within a second; with the largest ones those
/// who came last may run out of the time that a request has.
const WAITING: usize = 64;

/// Turns, and a bounded number of those who wait for one.
pub struct Queue {
    turns: Arc<Semaphore>,
    places: Semaphore,
}

impl Queue {
    /// A queue for so many turns at a time.
    pub fn new(at_a_time: usize) -> Self {
        let turns = Arc::new(Semaphore::new(at_a_time));
        Self { turns, places: Semaphore::new(WAITING) }
    }

    /// A turn, as soon as there is one.
    ///
    /// # Errors
    /// [`Failure::Busy`] at once where too many wait already.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        if let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            return Ok(turn);
        }
        let Ok(_place) = self.places.try_acquire() else { return Err(Failure::Busy) };
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map_err(while_("waiting for a turn at results"))
    }

    /// How many turns nobody has.
    #[cfg(test)]
    pub fn free(&self) -> usize {
        self.turns.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task;

    #[tokio::test]
    async fn whoever_finds_no_place_to_wait_at_is_told_so_at_once() {
        let queue = Arc::new(Queue::new(1));
        let turn = queue.turn().await.unwrap();
        let wait = || {
            let queue = Arc::clone(&queue);
            async move { queue.turn().await.is_ok() }
        };
        let waiting: Vec<_> = (0..WAITING).map(|_| tokio::spawn(wait())).collect();
        while queue.places.available_permits() > 0 {
            task::yield_now().await;
        }
        assert_eq!(queue.turn().await.err(), Some(Failure::Busy));
        drop(turn);
        for waited in waiting {
            assert!(waited.await.unwrap());
        }
        assert!(queue.turn().await.is_ok());
        assert_eq!(queue.places.available_permits(), WAITING);
    }
}
