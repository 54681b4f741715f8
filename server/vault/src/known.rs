//! The keys of open polls, unwrapped, for some seconds.
//!
//! Every step of taking part needs the poll's key, and everybody takes part in the same few polls.
//! Only keys of polls that were open when they were read are kept, and only to compute from; that
//! a poll is still open is decided by its row, in the transaction that writes. The key of an open
//! poll cannot be destroyed, and what is kept here is gone long before the retention of a poll
//! that has closed ends, or seconds after it where it is none. Dropped keys are overwritten.

use crate::keys::PollKey;
use moka::future::Cache;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How many keys at most.
const KEYS: u64 = 1_000;
/// How long one is kept.
const KEPT: Duration = Duration::from_secs(5);

/// The keys at hand. Clones share them.
#[derive(Clone)]
pub struct Known(Cache<Uuid, Arc<PollKey>>);

impl Known {
    pub fn new() -> Self {
        Self(Cache::builder().max_capacity(KEYS).time_to_live(KEPT).build())
    }

    pub async fn get(&self, poll: Uuid) -> Option<Arc<PollKey>> {
        self.0.get(&poll).await
    }

    pub async fn keep(&self, poll: Uuid, key: Arc<PollKey>) {
        self.0.insert(poll, key).await;
    }

    /// Lets go of a key: the poll is open no longer.
    pub async fn forget(&self, poll: Uuid) {
        self.0.invalidate(&poll).await;
    }
}
