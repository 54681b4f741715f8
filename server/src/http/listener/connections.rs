//! How many connections are open: all together, and of one household.
//!
//! What it must never do: make a connection wait for a place. It has one, or it is refused.

use crate::http::refused::{Limit, Refused};
use std::{
    collections::HashMap,
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
    of: HashMap<IpAddr, usize>,
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
        let ip = crate::http::household::household(ip);
        let of_one = open.of.entry(ip).or_default();
        // One that is refused has others that are counted already: no entry is left behind.
        if self.most_of_one.is_some_and(|most| *of_one >= most) {
            return Err(Refused(Limit::ConnectionsOfAddress));
        }
        *of_one += 1;
        open.all += 1;
        drop(open);
        Ok(Place { open: self.open.clone(), ip })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(of_one) = open.of.get_mut(&self.ip) {
            *of_one -= 1;
            if *of_one == 0 {
                open.of.remove(&self.ip);
            }
        }
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
