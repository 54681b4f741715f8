//! When a session ends by itself, by the platform's clock: the cookie has no age.
//!
//! It ends after a time without requests, and some hours after signing in however much it is used. One in
//! which nobody is signed in yet, and somebody is away at the provider to sign in, waits for as long as
//! they may take.

use super::SIGNED_IN_AT;
use crate::{
    config,
    identity::{UNDER_WAY, UnderWay, start::PATIENCE},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize as _;
use serde_json::Value;
use std::collections::HashMap;
use vault::SESSION_ACCOUNT_KEY;

/// How often at most the time of the last request is written, in seconds.
const SEEN_SECONDS: i64 = 60;

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// Without a request.
    pub idle: TimeDelta,
    /// After signing in.
    longest: TimeDelta,
}

impl Lifetime {
    /// As configured.
    pub fn new(lasting: config::sessions::Sessions) -> Self {
        Self {
            idle: TimeDelta::seconds(lasting.idle_seconds.into()),
            longest: TimeDelta::seconds(lasting.longest_seconds.into()),
        }
    }

    /// When a session with these data ends however much it is used. One that began before this was kept
    /// says nothing of it.
    pub fn latest_end(&self, data: &HashMap<String, Value>) -> Option<DateTime<Utc>> {
        let seconds = data.get(SIGNED_IN_AT)?.as_i64()?;
        Some(DateTime::from_timestamp(seconds, 0)? + self.longest)
    }

    /// When a session with these data ends that is used now and not again.
    pub fn ends_at(&self, data: &HashMap<String, Value>, now: DateTime<Utc>) -> DateTime<Utc> {
        let idle = now + self.idle;
        // Being signed in lasts no longer for a sign-in that is under way.
        if data.contains_key(SESSION_ACCOUNT_KEY) {
            return self.latest_end(data).map_or(idle, |last| last.min(idle));
        }
        let under_way = data.get(UNDER_WAY).and_then(|all| Vec::<UnderWay>::deserialize(all).ok());
        let latest = under_way.into_iter().flatten().map(|one| one.at + PATIENCE).max();
        let back = latest.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        back.map_or(idle, |back| back.max(idle))
    }

    /// Whether the use of a session is to be written that was last seen then.
    pub fn is_to_be_noted(&self, seen_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - seen_at >= TimeDelta::seconds(SEEN_SECONDS).min(self.idle / 4)
    }
}
