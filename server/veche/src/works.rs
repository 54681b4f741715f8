//! What a server does for as long as it lives: it takes connections and does the scheduled work.
//!
//! If one of the two ends by itself, the process has to end, too: it would live on with half of it missing,
//! and nobody would start it again.

use std::{error::Error, time::Duration};
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle},
    time::timeout,
};

/// Why a server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It was asked to.
    Asked,
    /// The scheduled work has ended by itself.
    Scheduled,
    /// Taking connections has ended by itself.
    Serving,
}

impl Over {
    /// What the process says at its end.
    ///
    /// # Errors
    /// When it was not asked to stop.
    pub fn outcome(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Asked => Ok(()),
            Self::Scheduled => Err("the scheduled work has ended".into()),
            Self::Serving => Err("taking connections has ended".into()),
        }
    }
}

/// What a server does for as long as it lives.
#[derive(Debug)]
pub struct Works {
    /// The scheduled work.
    pub scheduled: JoinHandle<()>,
    /// Taking connections; gives how many had to be cut off.
    pub serving: JoinHandle<usize>,
    /// Tells both to end.
    pub stop: watch::Sender<bool>,
    /// How long what was begun may take to end.
    pub patience: Duration,
}

impl Works {
    /// Waits until one of them ends by itself, which neither should.
    pub async fn one_ends(&mut self) -> Over {
        tokio::select! {
            // Nobody would open or close a poll any more while this server says that it leads.
            ended = &mut self.scheduled => {
                tracing::error!(?ended, "the scheduled work has ended; stopping");
                Over::Scheduled
            }
            // Nobody would be answered any more, by a process that seems to be well.
            ended = &mut self.serving => {
                tracing::error!(?ended, "taking connections has ended; stopping");
                Over::Serving
            }
        }
    }

    /// Tells them to end and waits for what was begun, but for the one that is `over`.
    ///
    /// # Errors
    /// When taking connections failed instead of ending.
    pub async fn end(self, over: Over) -> Result<(), JoinError> {
        let Self { mut scheduled, serving, stop, patience } = self;
        stop.send_replace(true);
        let served = if over == Over::Serving { Ok(0) } else { serving.await };
        if let Ok(cut_off @ 1..) = served {
            tracing::warn!(cut_off, "connections did not end in time");
        }
        if over != Over::Scheduled && timeout(patience, &mut scheduled).await.is_err() {
            scheduled.abort();
            tracing::warn!("the scheduled work did not end in time; another server goes on soon");
        }
        served.map(|_| ())
    }
}
