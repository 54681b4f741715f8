//! A poll's key and gate: made, opened, closed, destroyed.
//!
//! The gate decides the race at closing. Whoever writes a response holds it shared until the
//! commit; closing takes it alone, so it waits for the running ones and no later one gets in. On
//! PostgreSQL it is an advisory lock, whose queue is fair and which, unlike a lock on the poll's
//! row, writes nothing for each submission. On SQLite a write transaction is alone anyway.

use crate::{
    Error, Random, Vault,
    keys::PollKey,
    overwrite::write_anew_at_last,
    rounds::refusal,
    store::poll_key::{self, State},
};
use chrono::NaiveDate;
use migration::connection;
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, Select, Set,
    SqliteTransactionMode, Statement, TransactionOptions, sea_query::Expr,
};
use std::sync::Arc;
use uuid::Uuid;

/// Whoever is to hold a gate alone waits for those who hold it, and everybody who sends an answer waits behind that. So
/// it is for two seconds at most, whatever it is that somebody else holds; what is refused then is tried again. Nor do
/// those wait for longer who hold it together, a person who leaves while somebody holds that person's row for instance:
/// as long no poll could be closed.
const PATIENCE: &str = "SET LOCAL lock_timeout = '2s'";

/// How a transaction holds a poll's gate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Together with others.
    Shared,
    /// Alone, after those that hold it.
    Alone,
}

impl Vault {
    /// Makes the poll's key, once: later calls change nothing, also after the key is destroyed.
    ///
    /// # Errors
    /// The database.
    pub async fn create_poll_key(&self, poll: Uuid, rng: Random<'_>) -> Result<(), Error> {
        let key = PollKey::generate(rng);
        let row = poll_key::ActiveModel {
            poll_id: Set(poll),
            state: Set(State::New),
            wrapped: Set(self.master.wrap(poll, &key, rng)),
            destroyed_on: Set(None),
            batch: Set(1),
            bare: Set(false),
        };
        poll_key::Entity::insert(row)
            .on_conflict_do_nothing_on([poll_key::Column::PollId])
            .exec_without_returning(&self.writer)
            .await?;
        Ok(())
    }

    /// Lets answers in. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Error::NotOpen`] if the poll was closed before, which is for good;
    /// [`Error::UnknownPoll`]; [`Error::KeyDestroyed`]; the database.
    pub async fn open(&self, poll: Uuid) -> Result<(), Error> {
        let tx = self.enter(poll, Gate::Alone).await?;
        let (row, _) = self.key(&tx, poll).await?;
        match row.state {
            State::New => set_state(&tx, poll, State::Open).await?,
            State::Open => {}
            State::Closed => return Err(Error::NotOpen),
        }
        Ok(tx.commit().await?)
    }

    /// Lets no more answers in. When it returns, every acknowledged one is stored and no other
    /// will be. Repeating it changes nothing. Drafts are [`Self::drop_unsent`]'s.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`]; the database, also where somebody holds the poll's gate or key for seconds: then it is
    /// to be repeated.
    pub async fn close(&self, poll: Uuid) -> Result<(), Error> {
        let tx = self.enter(poll, Gate::Alone).await?;
        if find(&tx, poll).await?.state != State::Closed {
            set_state(&tx, poll, State::Closed).await?;
        }
        tx.commit().await?;
        self.known.forget(poll).await;
        // No response comes any more that could enter a second batch.
        self.forget_released(poll).await
    }

    /// Destroys the key of a poll that is not open, and with it, at once and for good, the way from
    /// a person to a response and from a response to what was written. The rows are emptied by
    /// [`Self::empty`] afterwards. Repeating it changes nothing.
    ///
    /// Backups and a database's log keep the wrapped key until they are rotated; it is of use to
    /// those only who also have the master key. The files that are copied into a later backup do not:
    /// see `overwrite.rs`.
    ///
    /// # Errors
    /// [`Error::StillOpen`]; [`Error::UnknownPoll`]; the database.
    pub async fn destroy_poll_key(&self, poll: Uuid, today: NaiveDate) -> Result<(), Error> {
        let tx = self.enter(poll, Gate::Alone).await?;
        let row = find(&tx, poll).await?;
        if row.state == State::Open {
            return Err(Error::StillOpen);
        }
        if row.destroyed_on.is_some() {
            return Ok(());
        }
        poll_key::Entity::update_many()
            .col_expr(poll_key::Column::State, Expr::val(State::Closed.to_value()))
            .col_expr(poll_key::Column::Wrapped, Expr::val(Vec::<u8>::new()))
            .col_expr(poll_key::Column::DestroyedOn, Expr::val(today))
            .filter(poll_key::Column::PollId.eq(poll))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        // Where it cannot be done yet, it is done with the rows, the day after.
        self.overwrite_keys().await.map(drop)
    }

    /// Whether the poll's key was destroyed, so that nobody's answers can be shown any more.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`]; the database.
    pub async fn is_destroyed(&self, poll: Uuid) -> Result<bool, Error> {
        Ok(find(&self.db, poll).await?.destroyed_on.is_some())
    }

    /// Tries the master key on the key of some poll, for a server to ask before it starts.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if the store was made under another master key; the database.
    pub async fn check_master_key(&self) -> Result<(), Error> {
        let key = undestroyed().limit(1).into_tuple::<Wrapped>().one(&self.db).await?;
        key.map_or(Ok(()), |(poll, wrapped)| self.master.unwrap(poll, &wrapped).map(|_| ()))
    }

    /// Tries the master key on every poll's key; how many of them open only under the previous one, so
    /// that [`Self::rewrap`] is not done with.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if a key opens under neither; the database.
    pub async fn check_every_key(&self) -> Result<usize, Error> {
        let keys: Vec<Wrapped> = undestroyed().into_tuple().all(&self.db).await?;
        let mut previous = 0;
        for (poll, wrapped) in keys {
            if !self.master.is_current(poll, &wrapped) {
                self.master.unwrap(poll, &wrapped)?;
                previous += 1;
            }
        }
        Ok(previous)
    }

    /// Wraps every poll's key under the current master key; how many were under the previous one.
    /// It can be stopped and repeated at any time, and servers go on meanwhile.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if a key opens under neither; the database, also where somebody holds the
    /// table of keys for seconds, a poll's count for instance: then it is to be repeated.
    pub async fn rewrap(&self, rng: Random<'_>) -> Result<u64, Error> {
        let keys: Vec<Wrapped> = undestroyed().into_tuple().all(&self.db).await?;
        let mut changed = 0;
        for (poll, before) in keys {
            if self.master.is_current(poll, &before) {
                continue;
            }
            let key = self.master.unwrap(poll, &before)?;
            let wrapped = self.master.wrap(poll, &key, rng);
            // Only as it was read: a key that was destroyed meanwhile must not come back.
            let update = poll_key::Entity::update_many()
                .col_expr(poll_key::Column::Wrapped, Expr::value(wrapped))
                .filter(poll_key::Column::PollId.eq(poll))
                .filter(poll_key::Column::Wrapped.eq(before));
            changed += update.exec(&self.writer).await?.rows_affected;
        }
        // What the previous key wrapped must not stay in the database's files; also not where somebody
        // held the table the time before.
        write_anew_at_last(&self.writer, "poll_key").await?;
        Ok(changed)
    }

    /// Begins a write transaction that holds the poll's gate until it ends. It waits neither for it, nor for
    /// anything that it changes then, without an end ([`PATIENCE`]); a person is told so ([`Error::Busy`]).
    pub(crate) async fn enter(&self, poll: Uuid, gate: Gate) -> Result<DatabaseTransaction, Error> {
        let tx = begin(&self.writer).await?;
        if tx.get_database_backend() == DbBackend::Postgres {
            tx.execute_unprepared(PATIENCE).await?;
        }
        match (lock(&tx, poll, gate).await, gate) {
            (Ok(()), _) => Ok(tx),
            (Err(error), Gate::Shared) => Err(refusal(error)),
            (Err(error), Gate::Alone) => Err(error.into()),
        }
    }

    /// The poll's key, to compute from: at hand, or from its row.
    pub(crate) async fn key_at_hand(&self, poll: Uuid) -> Result<Arc<PollKey>, Error> {
        if let Some(key) = self.known.get(poll).await {
            return Ok(key);
        }
        let (row, key) = self.key(&self.db, poll).await?;
        let key = Arc::new(key);
        if row.state == State::Open {
            self.known.keep(poll, key.clone()).await;
        }
        Ok(key)
    }

    /// As [`Self::key_at_hand`], but [`Error::NotOpen`] if the row says so. A cached key may be seconds
    /// old, so a writer checks the row in its own transaction.
    pub(crate) async fn key_of_open(&self, poll: Uuid) -> Result<Arc<PollKey>, Error> {
        if let Some(key) = self.known.get(poll).await {
            return Ok(key);
        }
        let key = Arc::new(self.open_key(&self.db, poll).await?.0);
        self.known.keep(poll, key.clone()).await;
        Ok(key)
    }

    /// The poll's row and its key, unwrapped.
    pub(crate) async fn key(
        &self,
        db: &impl ConnectionTrait,
        poll: Uuid,
    ) -> Result<(poll_key::Model, PollKey), Error> {
        let row = find(db, poll).await?;
        if row.destroyed_on.is_some() {
            return Err(Error::KeyDestroyed);
        }
        let key = self.master.unwrap(poll, &row.wrapped)?;
        Ok((row, key))
    }

    /// The key of a poll that is open, and the live batch that new responses join.
    pub(crate) async fn open_key(
        &self,
        db: &impl ConnectionTrait,
        poll: Uuid,
    ) -> Result<(PollKey, i32), Error> {
        let (row, key) = self.key(db, poll).await?;
        if row.state == State::Open { Ok((key, row.batch)) } else { Err(Error::NotOpen) }
    }
}

/// Begins a transaction that will write.
///
/// What is read after the gate must be newer than the gate: on PostgreSQL the transaction has to be
/// `READ COMMITTED`, which every connection of `migration::connection` is opened with. To say it
/// for each would be one more way to the database.
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        isolation_level: None,
        access_mode: None,
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
    };
    connection::begin(db, options).await
}

/// Holds the poll's gate until the transaction ends. Whoever takes several takes them in the order
/// of the polls, and none of them alone.
pub async fn lock(tx: &DatabaseTransaction, poll: Uuid, gate: Gate) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let lock = match gate {
        Gate::Shared => "SELECT pg_advisory_xact_lock_shared($1)",
        Gate::Alone => "SELECT pg_advisory_xact_lock($1)",
    };
    let values = [gate_number(poll).into()];
    tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, values)).await?;
    Ok(())
}

/// The number of the poll's gate among PostgreSQL's advisory locks.
pub const fn gate_number(poll: Uuid) -> i64 {
    poll.as_u64_pair().0.cast_signed()
}

/// A poll and its key under a master key.
type Wrapped = (Uuid, Vec<u8>);

/// The keys that there are, as [`Wrapped`]. No other column is read: a backup is asked for them before
/// its store has those that were added since.
fn undestroyed() -> Select<poll_key::Entity> {
    poll_key::Entity::find()
        .select_only()
        .columns([poll_key::Column::PollId, poll_key::Column::Wrapped])
        .filter(poll_key::Column::DestroyedOn.is_null())
}

pub async fn find(db: &impl ConnectionTrait, poll: Uuid) -> Result<poll_key::Model, Error> {
    poll_key::Entity::find_by_id(poll).one(db).await?.ok_or(Error::UnknownPoll)
}

async fn set_state(db: &impl ConnectionTrait, poll: Uuid, state: State) -> Result<(), Error> {
    poll_key::Entity::update_many()
        .col_expr(poll_key::Column::State, Expr::val(state.to_value()))
        .filter(poll_key::Column::PollId.eq(poll))
        .exec(db)
        .await?;
    Ok(())
}
