//! The vault: the only code that can read or write an answer.
//!
//! A response is filed under a pseudonym that only the poll's own random key can compute from a
//! person; that key is stored wrapped by a master key from outside the database. What a person
//! wrote is sealed; beside it stand, in clear, the codes that are counted.
//!
//! What it must never do: take a person's identifier from anywhere but a session
//! ([`Respondent`]), give anybody somebody else's answers, list respondents, tell whether another
//! person answered, or let a count out other than as [`disclosure::RawTables`], as
//! [`Participation`], rounded, and as [`LiveResults`], with noise. It keeps no time finer than a day,
//! and nothing here prints a person or an answer: no [`Error`] quotes one, and the types that hold one
//! have neither `Debug` nor `Serialize`, but for the rows in `store`. Those have `Debug` because the
//! mapper asks for it, and must never be printed.
//!
//! # A poll's life here
//! [`Vault::create_poll_key`] → [`Vault::open`] → people take part: [`Vault::save_draft`],
//! [`Vault::submit`], [`Vault::own`], [`Vault::withdraw`], and [`Vault::draw_live_batch`] now and
//! then → [`Vault::close`], [`Vault::drop_unsent`] → [`tabulate`], and whoever takes a consent back:
//! [`Vault::revoke`] → [`Vault::destroy_poll_key`], [`Vault::empty`].
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
mod overwrite;
mod reading;
mod respondent;
mod retention;
mod rounds;
mod store;
mod taking_part;

pub use counting::{Participation, tabulate};
pub use error::{Error, kind_in_sqlite, unquoted};
pub use keys::{MasterKey, Random, with_blanks};
pub use live::{LiveOption, LiveQuestion, LiveResults};
pub use overwrite::{Rewriting, empty_log, write_anew_at_last};
pub use reading::Standings;
pub use respondent::{Respondent, SESSION_ACCOUNT_KEY};
pub use retention::Emptied;
pub use taking_part::{Draft, OwnResponse, Receipt, Stays, Submission, Unsent};

use drafts::Drafts;
use intake::Intake;
use known::Known;
use live::Resting;
use overwrite::Overwriting;
use reading::Reading;
use sea_orm::DatabaseConnection;
use std::sync::Arc;

/// By what the vault's database is reached; some or all of them may be the same.
#[derive(Clone, Debug)]
pub struct Connections {
    /// By which is read.
    pub db: DatabaseConnection,
    /// By which is written what comes now and then.
    pub writer: DatabaseConnection,
    /// By which responses are stored: `migration::connection::rounds`.
    pub responses: DatabaseConnection,
    /// By which drafts are kept.
    pub drafts: DatabaseConnection,
    /// By which drafts are read, and how far people are.
    pub reading: DatabaseConnection,
}

impl From<DatabaseConnection> for Connections {
    fn from(db: DatabaseConnection) -> Self {
        let [writer, responses, drafts, reading] = [(); 4].map(|()| db.clone());
        Self { db, writer, responses, drafts, reading }
    }
}

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
    overwriting: Arc<Overwriting>,
    /// By which is written what comes now and then.
    writer: DatabaseConnection,
    /// By which rounds are done.
    of_rounds: [DatabaseConnection; 3],
}

impl Vault {
    /// A vault over a database that `migration::connection::open` opened and
    /// `migration::vault::Migrator` brought to the newest schema.
    ///
    /// # Panics
    /// Outside a Tokio runtime: what is read and stored is so by tasks of its own.
    #[must_use]
    pub fn new(connections: impl Into<Connections>, master: MasterKey) -> Self {
        let Connections { db, writer, responses, drafts, reading } = connections.into();
        Self {
            master: Arc::new(master),
            known: Known::new(),
            intake: intake::intake(responses.clone()),
            keeper: drafts::drafts(drafts.clone()),
            reading: Reading::new(&reading),
            resting: Resting::default(),
            overwriting: Arc::default(),
            db,
            writer,
            of_rounds: [responses, drafts, reading],
        }
    }

    /// Closes its connections, for the end of the program.
    ///
    /// # Errors
    /// The database.
    pub async fn disconnect(&self) -> Result<(), Error> {
        for connections in self.of_rounds.iter().chain([&self.writer, &self.db]) {
            connections.close_by_ref().await?;
        }
        Ok(())
    }
}
