//! The vault: the only code that can read or write an answer.
//!
//! A response is filed under a pseudonym that only the poll's own random key can compute from a
//! person; that key is stored wrapped by a master key from outside the database. What a person
//! wrote is sealed; beside it stand, in clear, the codes that are counted.
//!
//! What it must never do: take a person's identifier from anywhere but a session
//! ([`Respondent`]), give anybody somebody else's answers, list respondents, tell whether another
//! person answered, or let a count out other than as [`disclosure::RawTables`], as
//! [`Participation`], rounded, and as [`LiveResults`], with noise. It keeps no time finer than a day, and nothing here prints a person
//! or an answer: the types that hold one have neither `Debug` nor `Serialize`.
//!
//! # A poll's life here
//! [`Vault::create_poll_key`] → [`Vault::open`] → people take part: [`Vault::save_draft`],
//! [`Vault::submit`], [`Vault::own`], [`Vault::withdraw`], and [`Vault::draw_live_batch`] now and
//! then → [`Vault::close`] → [`tabulate`] → [`Vault::destroy_poll_key`], [`Vault::empty`].
//! Each of these steps can be repeated after a crash.
//!
//! The calendar day and randomness are parameters: `today` is the day to be stored, and
//! [`Random`] any cryptographic generator (`&mut UnwrapErr(SysRng)` of the crate `rand`).

mod counted;
mod counting;
mod drafts;
mod error;
mod intake;
mod keys;
mod known;
mod lifecycle;
mod live;
mod reading;
mod respondent;
mod retention;
mod rounds;
mod store;
mod taking_part;

pub use counting::{Participation, tabulate};
pub use error::Error;
pub use keys::{MasterKey, Random};
pub use live::{LiveOption, LiveQuestion, LiveResults};
pub use reading::Standings;
pub use respondent::{Respondent, SESSION_ACCOUNT_KEY};
pub use taking_part::{Draft, OwnResponse, Receipt, Submission, Unsent};

use drafts::Drafts;
use intake::Intake;
use known::Known;
use live::Resting;
use reading::Reading;
use sea_orm::DatabaseConnection;
use std::sync::Arc;

/// The vault over its database. Clones share the connections, the master key and the
/// queues.
#[derive(Clone)]
pub struct Vault {
    db: DatabaseConnection,
    master: Arc<MasterKey>,
    known: Known,
    intake: Intake,
    keeper: Drafts,
    reading: Reading,
    resting: Resting,
    /// By which everything is written.
    writer: DatabaseConnection,
}

impl Vault {
    /// A vault over a database that `migration::connection::open` opened and
    /// `migration::vault::Migrator` brought to the newest schema.
    ///
    /// # Panics
    /// Outside a Tokio runtime: what is read and stored is so by tasks of its own.
    #[must_use]
    pub fn new(db: DatabaseConnection, master: MasterKey) -> Self {
        Self::with_writer(db.clone(), db, master)
    }

    /// As [`Self::new`], where what is written is written by connections of their own:
    /// `migration::connection::writer`.
    ///
    /// # Panics
    /// As [`Self::new`].
    #[must_use]
    pub fn with_writer(
        db: DatabaseConnection,
        writer: DatabaseConnection,
        master: MasterKey,
    ) -> Self {
        let (intake, keeper) = (intake::intake(writer.clone()), drafts::drafts(writer.clone()));
        let reading = Reading::new(&db);
        Self {
            db,
            master: Arc::new(master),
            known: Known::new(),
            intake,
            keeper,
            reading,
            resting: Resting::default(),
            writer,
        }
    }

    /// Closes its connections, for the end of the program.
    ///
    /// # Errors
    /// The database.
    pub async fn disconnect(&self) -> Result<(), Error> {
        self.writer.close_by_ref().await?;
        Ok(self.db.close_by_ref().await?)
    }
}
