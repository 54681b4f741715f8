//! A bounded store of things that expire.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

/// How often the expired are cleared away while there is room.
const SWEEP_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// Things by their secret name, each until its own time.
///
/// At most [`Shelf::LIMIT`] things are kept: when there is no more room, the one that would
/// expire first makes way.
#[derive(Debug)]
pub(super) struct Shelf<V> {
    entries: BTreeMap<String, (DateTime<Utc>, V)>,
    last_sweep: DateTime<Utc>,
}

impl<V> Default for Shelf<V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), last_sweep: DateTime::UNIX_EPOCH }
    }
}

impl<V> Shelf<V> {
    /// How many things fit.
    pub(super) const LIMIT: usize = 10_000;

    /// Keeps `value` as `key` until `expires`.
    pub(super) fn put(
        &mut self,
        now: DateTime<Utc>,
        key: String,
        expires: DateTime<Utc>,
        value: V,
    ) {
        if now - self.last_sweep >= SWEEP_INTERVAL || self.entries.len() >= Self::LIMIT {
            self.entries.retain(|_, (expires, _)| *expires > now);
            self.last_sweep = now;
        }
        if self.entries.len() >= Self::LIMIT && !self.entries.contains_key(&key) {
            let first = self.entries.iter().min_by_key(|(_, (expires, _))| *expires);
            if let Some(key) = first.map(|(key, _)| key.clone()) {
                self.entries.remove(&key);
            }
        }
        self.entries.insert(key, (expires, value));
    }

    /// What is kept as `key`, unless it has expired.
    pub(super) fn get(&mut self, now: DateTime<Utc>, key: &str) -> Option<&mut V> {
        let (expires, value) = self.entries.get_mut(key)?;
        (*expires > now).then_some(value)
    }

    /// Takes away what is kept as `key`, unless it has expired.
    pub(super) fn take(&mut self, now: DateTime<Utc>, key: &str) -> Option<V> {
        let (expires, value) = self.entries.remove(key)?;
        (expires > now).then_some(value)
    }

    /// Takes away whatever is not to be kept.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.entries.retain(|_, (_, value)| keep(value));
    }

    /// Everything that is kept, expired or not.
    pub(super) fn values(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.values_mut().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn a_thing_is_there_until_its_time() {
        let mut shelf = Shelf::default();
        shelf.put(at(0), "a".into(), at(10), 1);
        assert_eq!(shelf.get(at(9), "a"), Some(&mut 1));
        assert_eq!(shelf.get(at(10), "a"), None);
        assert_eq!(shelf.take(at(10), "a"), None);
    }

    #[test]
    fn a_thing_can_be_taken_once() {
        let mut shelf = Shelf::default();
        shelf.put(at(0), "a".into(), at(10), 1);
        assert_eq!(shelf.take(at(1), "a"), Some(1));
        assert_eq!(shelf.take(at(1), "a"), None);
    }

    #[test]
    fn the_expired_do_not_stay_for_long() {
        let mut shelf = Shelf::default();
        shelf.put(at(1000), "a".into(), at(1010), 1);
        shelf.put(at(1060), "b".into(), at(1100), 2);
        assert_eq!(shelf.entries.len(), 1);
    }

    #[test]
    fn the_expired_go_first_and_then_those_that_expire_next() {
        let mut shelf = Shelf::default();
        shelf.put(at(0), "expired".into(), at(15), 0);
        for n in 1..Shelf::<usize>::LIMIT {
            let expires = at(100 + i64::try_from(n).unwrap());
            shelf.put(at(10), format!("{n}"), expires, n);
        }
        assert_eq!(shelf.entries.len(), Shelf::<usize>::LIMIT);
        shelf.put(at(20), "first".into(), at(99), 0);
        assert_eq!(shelf.entries.len(), Shelf::<usize>::LIMIT);
        assert!(!shelf.entries.contains_key("expired"));
        assert!(shelf.get(at(20), "1").is_some());
        shelf.put(at(20), "second".into(), at(200), 0);
        assert_eq!(shelf.entries.len(), Shelf::<usize>::LIMIT);
        assert!(shelf.get(at(20), "first").is_none());
        assert!(shelf.get(at(20), "1").is_some());
    }
}
