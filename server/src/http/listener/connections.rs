//! How many connections are open: all together, and of one household.
//!
//! What it must never do: make a connection wait for a place. It has one, or it is refused.

use crate::http::{
    household::{Counts, household},
    refused::{Limit, Refused},
};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// The open connections.
#[derive(Clone)]
pub struct Connections {
    open: Arc<Mutex<Open>>,
    most: usize,
    most_of_one: Option<usize>,
}

#[derive(Default)]
struct Open {
    all: usize,
    of: Counts,
}

/// The place of one connection, free again when this is dropped.
pub struct Place {
    open: Arc<Mutex<Open>>,
    ip: IpAddr,
}

impl Connections {
    /// At most `most`, and of one address at most `most_of_one`.
    pub fn new(most: usize, most_of_one: Option<usize>) -> Self {
        Self { open: Arc::default(), most, most_of_one }
    }

    /// A place for a connection of this address, or which limit keeps it out.
    pub fn enter(&self, ip: IpAddr) -> Result<Place, Refused> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= self.most {
            return Err(Refused(Limit::Connections));
        }
        let ip = household(ip);
        if self.most_of_one.is_some_and(|most| open.of.of(ip) >= most) {
            return Err(Refused(Limit::ConnectionsOfAddress));
        }
        open.of.take(ip, 1);
        open.all += 1;
        drop(open);
        Ok(Place { open: self.open.clone(), ip })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        open.of.give_back(self.ip, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_by_household_and_all_together() {
        let connections = Connections::new(3, Some(2));
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let first = connections.enter(ip("2001:db8::1")).ok();
        let _second = connections.enter(ip("2001:db8::2")).ok();
        let refused = |address| connections.enter(ip(address)).err().map(|Refused(limit)| limit);
        assert_eq!(refused("2001:db8::3"), Some(Limit::ConnectionsOfAddress), "the same household");
        let third = connections.enter(ip("192.0.2.1")).ok();
        assert_eq!(refused("192.0.2.2"), Some(Limit::Connections), "all together");
        drop((first, third));
        assert!(connections.enter(ip("2001:db8::3")).is_ok());
        let open = connections.open.lock().unwrap();
        assert_eq!((open.all, open.of.len()), (1, 1), "who is gone is forgotten");
    }
}
