//! Many small requests become few: what arrives while one round is being done goes, together, into
//! the next.
//!
//! A commit costs a database about the same for one row as for fifty, and so does a round trip.
//! So whoever wants something done hands it to a [`Gather`] and waits for its own answer; a worker
//! takes all that waits, up to a limit, and does it in one go. There is one worker: two would make
//! more rounds of fewer each, and cost more than what they do at the same time saves. Alone, a request starts at once: no
//! timer holds it up. Under load the rounds grow by themselves, because more arrives while one is
//! running, and because a worker lets those go first who are about to ask: it yields to the other
//! tasks of its thread until nobody comes any more. Those who were answered together then ask for
//! the next thing together, too.
//!
//! The queue is bounded. When it is full, the next one is told so at once ([`Refused::Busy`])
//! instead of waiting for a time-out.
//!
//! What it must never do: acknowledge what was not done. An answer is what the worker gave for
//! this very request, after its round has ended; a round that breaks off answers nobody
//! ([`Refused::Lost`]), and whoever asked has to find out or to try again. It knows nothing of
//! what it carries.
//!
//! A round that takes too long is broken off ([`Limits::longest`]). Nothing else would ever end it
//! where the database's machine has lost its power: no word comes over such a connection any more,
//! not even that it is gone, and the worker would be lost with it. What was sent may still be done.
//! The round's future is dropped, and with it a transaction, whose rollback is only queued by that,
//! and a connection, which its pool uses again only if it answers soon (`migration::connection`).

use std::{fmt, num::NonZeroUsize, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// How long a round may take. A pool says after 15 seconds that it has no connection, and SQLite
/// that somebody else is writing: that is a better answer than none. A request waits for 30 seconds
/// and is to be told in that time.
const LONGEST: Duration = Duration::from_secs(20);

/// How much may wait, and how much is done at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests that may wait; one more is refused.
    pub queue: NonZeroUsize,
    /// Requests of one round.
    pub round: NonZeroUsize,
    /// How long a round may take before it is broken off.
    pub longest: Duration,
}

impl Limits {
    /// So many that wait and of one round, each at least one. A round may take 20 seconds.
    #[must_use]
    pub const fn new(queue: usize, round: usize) -> Self {
        Self { queue: at_least_one(queue), round: at_least_one(round), longest: LONGEST }
    }
}

const fn at_least_one(number: usize) -> NonZeroUsize {
    match NonZeroUsize::new(number) {
        Some(number) => number,
        None => NonZeroUsize::MIN,
    }
}

/// A round's list that is as long as the next power of two, the last one repeated, for work to
/// which a repetition is nothing: so there are few lengths, a statement for each of which a database
/// plans once, and not one for every number of requests.
#[must_use]
pub fn padded<T: Clone>(mut list: Vec<T>) -> Vec<T> {
    if let Some(last) = list.last().cloned() {
        list.resize(list.len().next_power_of_two(), last);
    }
    list
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too many wait already. Nothing was done.
    #[error("too many requests are waiting")]
    Busy,
    /// The round broke off, or took too long. It may or may not have been done.
    #[error("the work broke off or took too long")]
    Lost,
}

type Waiting<I, O> = (I, oneshot::Sender<O>);

/// Gathers requests `I` and gives each its answer `O`. Clones share the queue.
pub struct Gather<I, O> {
    queue: mpsc::Sender<Waiting<I, O>>,
}

impl<I, O> Clone for Gather<I, O> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<I, O> fmt::Debug for Gather<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").field("free", &self.queue.capacity()).finish()
    }
}

impl<I: Send + 'static, O: Send + 'static> Gather<I, O> {
    /// Gathers for `work`, which gives one answer for each request, in their order. The worker
    /// ends when the last clone is gone and what waits is done.
    ///
    /// # Panics
    /// Outside a Tokio runtime with a clock.
    pub fn new<W, F>(limits: Limits, work: W) -> Self
    where
        W: Fn(Vec<I>) -> F + Send + Sync + 'static,
        F: Future<Output = Vec<O>> + Send + 'static,
    {
        let (queue, waiting) = mpsc::channel(limits.queue.get());
        tokio::spawn(run(waiting, limits, work));
        Self { queue }
    }

    /// Hands a request in and waits for its answer.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn ask(&self, request: I) -> Result<O, Refused> {
        let (answer, mine) = oneshot::channel();
        self.queue.try_send((request, answer)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refused::Busy,
            mpsc::error::TrySendError::Closed(_) => Refused::Lost,
        })?;
        mine.await.map_err(|_| Refused::Lost)
    }
}

/// How often at most a worker lets others go first.
const YIELDS: usize = 8;

/// The next round: what waits, and what is asked for while the tasks run that are ready now. Empty
/// when nobody can ask any more.
async fn take<T>(waiting: &mut mpsc::Receiver<T>, most: usize) -> Vec<T> {
    let mut taken = Vec::new();
    if waiting.recv_many(&mut taken, most).await == 0 {
        return taken;
    }
    for _ in 0..YIELDS {
        let before = taken.len();
        tokio::task::yield_now().await;
        while taken.len() < most
            && let Ok(one) = waiting.try_recv()
        {
            taken.push(one);
        }
        if taken.len() == before || taken.len() == most {
            break;
        }
    }
    taken
}

/// The worker: round after round.
async fn run<I, O, W, F>(mut waiting: mpsc::Receiver<Waiting<I, O>>, limits: Limits, work: W)
where
    I: Send + 'static,
    O: Send + 'static,
    W: Fn(Vec<I>) -> F + Send + Sync + 'static,
    F: Future<Output = Vec<O>> + Send + 'static,
{
    loop {
        let taken = take(&mut waiting, limits.round.get()).await;
        if taken.is_empty() {
            return;
        }
        let (requests, answers): (Vec<I>, Vec<_>) = taken.into_iter().unzip();
        // A task of its own, so that a round that panics takes no worker with it.
        let round = tokio::spawn(timeout(limits.longest, work(requests)));
        let Ok(Ok(done)) = round.await else { continue };
        for (answer, done) in answers.into_iter().zip(done) {
            // Whoever asked may have gone away.
            let _ = answer.send(done);
        }
    }
}
