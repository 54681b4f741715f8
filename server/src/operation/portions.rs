//! Events that become visible in portions only.
//!
//! A counter that moves when one person does something is a way to watch that person: whoever
//! knows when somebody sat down to answer reads in the counter whether they did. So what speaks of
//! taking part waits until a random number of events has come together, and then all of them
//! appear at once. The number is drawn anew each time: whoever brings events of their own, to
//! fill a portion up to its last place, does not know which place is the last.

use crate::entropy::Entropy;
use std::sync::{Arc, Mutex, PoisonError};

/// Fewest events of a portion.
const LEAST: usize = 64;
/// Most events of a portion.
pub const MOST: usize = 191;

/// The events that wait.
pub struct Portions<E> {
    waiting: Mutex<(Vec<E>, usize)>,
    entropy: Arc<dyn Entropy>,
}

impl<E> Portions<E> {
    /// None yet.
    #[must_use]
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        let size = size(&*entropy);
        Self { waiting: Mutex::new((Vec::with_capacity(MOST), size)), entropy }
    }

    /// Adds an event; gives the whole portion when it is full, the events in no order of time.
    pub fn add(&self, event: E) -> Option<Vec<E>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.0.push(event);
        if waiting.0.len() < waiting.1 {
            return None;
        }
        waiting.1 = size(&*self.entropy);
        Some(std::mem::replace(&mut waiting.0, Vec::with_capacity(MOST)))
    }
}

/// The size of the next portion. 128 sizes, so a byte's 256 values fall on each of them equally.
fn size(entropy: &dyn Entropy) -> usize {
    let mut byte = [0];
    entropy.fill(&mut byte);
    LEAST + usize::from(byte[0]) % (MOST - LEAST + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use std::collections::BTreeSet;

    #[test]
    fn nothing_shows_before_a_portion_is_full_and_no_portion_tells_the_next_ones_size() {
        let portions = Portions::new(Arc::new(SystemEntropy));
        let mut sizes = Vec::new();
        let mut since = 0;
        for event in 0..20_000 {
            since += 1;
            if let Some(portion) = portions.add(event) {
                assert_eq!(portion.len(), since);
                sizes.push(since);
                since = 0;
            }
        }
        assert!(sizes.iter().all(|size| (LEAST..=MOST).contains(size)), "{sizes:?}");
        assert!(sizes.iter().collect::<BTreeSet<_>>().len() > 50, "{sizes:?}");
    }
}
