//! Publishing: a closed poll is counted and its release stored, once.
//!
//! This is the one place where a poll's answers are counted for publication. On PostgreSQL it is
//! the only thing that the role `veche_publisher` is for (`migration::roles`): that role is
//! given groups of people and can change nothing. The portal's own role stores the release, and marks the poll
//! as published afterwards, because there is one: see
//! [`crate::polls::life`]. A crash in between leaves a release that the next attempt finds.
//!
//! The role that counts writes nothing into the portal's tables, which belong to the portal's role: a trigger
//! there runs with the rights of whoever writes, and could have the role count for it and hand the groups on.
//!
//! A release is not made again, so a server whose configuration lacks a region that the poll asks for makes
//! none: while a change of the configuration reaches one server after the other, the people of that region
//! would be left without a row for ever. It must never look for such regions among the answers: to find
//! one would tell that somebody of there took part.

use super::release::{self, breakdown, digest, stored};
use crate::{
    error::while_,
    operation::traces::TRACED,
    platform::Platform,
    polls::record::Poll,
    store::{
        lease::LONGEST,
        release::{ActiveModel, Column, Entity},
    },
};
use disclosure::{Parameters, Plan, ProtectedTables, RawTables};
use migration::connection;
use ports::failure::Failure;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait as _, IsolationLevel, Statement, TransactionOptions,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::RwLock, task};
use uuid::Uuid;
use vault::Vault;

/// Advisory locks of publishing, apart from all others by this number.
const LOCKS: i32 = 0x7075_626c;
/// How much longer than a round the transaction that holds such a lock may wait for the count: until then the
/// round has given up by itself.
const SPARE: Duration = Duration::from_mins(1);
/// To publish a poll.
const ALONE: &str = "SELECT pg_try_advisory_xact_lock($1, $2)";
/// To do what nobody may publish the poll beside ([`Publisher::undisturbed`]).
const TOGETHER: &str = "SELECT pg_try_advisory_xact_lock_shared($1, $2)";

/// Who counts the answers.
#[derive(Clone)]
enum Counting {
    /// The role that can do nothing else, over its connection to the vault's database.
    Role(DatabaseConnection),
    /// The vault itself, where there are no roles.
    Vault(Arc<Vault>),
}

/// Counts closed polls and stores their releases.
#[derive(Clone)]
pub struct Publisher {
    releases: DatabaseConnection,
    counting: Counting,
    /// The turn to publish on SQLite, which one server has for itself: of all polls together.
    turn: Arc<RwLock<()>>,
}

impl Publisher {
    /// The two stores publish over connections of their own: SQLite, which has no roles.
    #[must_use]
    pub fn of_stores(portal: DatabaseConnection, vault: Arc<Vault>) -> Self {
        Self { releases: portal, counting: Counting::Vault(vault), turn: Arc::default() }
    }

    /// The publisher's role counts, over its connection to the vault's database; the portal stores the release
    /// over one of its own.
    #[must_use]
    pub fn of_role(portal: DatabaseConnection, counting: DatabaseConnection) -> Self {
        Self { releases: portal, counting: Counting::Role(counting), turn: Arc::default() }
    }

    /// Makes the release of a closed poll and stores it. If there is one already, nothing happens:
    /// a release is immutable. `regions` are the codes of the portal's regions, in the order of
    /// tables.
    ///
    /// Of several servers that publish at once one counts; on PostgreSQL the others are told so at once
    /// ([`Failure::Conflict`]) and go on with their other work, however long counting takes. On SQLite,
    /// which one server has for itself, a transaction around the count would hold up every other writer,
    /// so there a lock of this server's takes its place.
    ///
    /// # Errors
    /// While the poll is not closed in the vault, or another server counts it; while `regions` lack one
    /// by which the poll's answers are divided; when a store fails. It can be called again.
    #[tracing::instrument(target = TRACED, name = "publish a poll", skip_all)]
    pub async fn publish(
        &self,
        platform: &Platform,
        poll: &Poll,
        regions: &[String],
    ) -> Result<(), Failure> {
        if self.releases.get_database_backend() != DbBackend::Postgres {
            let _turn = self.turn.write().await;
            return self.once(&self.releases, platform, poll, regions).await;
        }
        let broken = || while_("publishing a poll");
        let Some(tx) = self.in_turn(ALONE, poll.id).await.map_err(broken())? else {
            return Err(Failure::Conflict);
        };
        self.once(&tx, platform, poll, regions).await?;
        tx.commit().await.map_err(broken())
    }

    /// Does something to a closed poll while nobody publishes it. `act` is told whether its release is made, and
    /// that stays so until it has ended. Several may do so at once.
    ///
    /// # Errors
    /// [`Failure::Busy`] while the poll is published, which may take minutes: then nothing is done. What `act` fails
    /// with; when the portal's store fails.
    pub async fn undisturbed<T, F>(
        &self,
        poll: Uuid,
        act: impl FnOnce(bool) -> F + Send,
    ) -> Result<T, Failure>
    where
        T: Send,
        F: Future<Output = Result<T, Failure>> + Send,
    {
        if self.releases.get_database_backend() != DbBackend::Postgres {
            let Ok(_turn) = self.turn.try_read() else { return Err(Failure::Busy) };
            let made = release::made(&self.releases, vec![poll]).await?;
            return act(made.contains_key(&poll)).await;
        }
        let turn = self.in_turn(TOGETHER, poll).await;
        let turn = turn.map_err(while_("keeping a poll from being published"))?;
        let Some(tx) = turn else { return Err(Failure::Busy) };
        let made = release::made(&tx, vec![poll]).await?;
        let done = act(made.contains_key(&poll)).await;
        // Nothing was written in it. What was done is done, however it ends.
        drop(tx.rollback().await);
        done
    }

    /// A transaction that has the turn of this kind, until it ends; none if somebody else has it.
    async fn in_turn(
        &self,
        kind: &'static str,
        poll: Uuid,
    ) -> Result<Option<DatabaseTransaction>, DbErr> {
        // What is read after the lock must be newer than the lock.
        let options = TransactionOptions {
            isolation_level: Some(IsolationLevel::ReadCommitted),
            ..TransactionOptions::default()
        };
        let tx = connection::begin(&self.releases, options).await?;
        Ok(take_turn(&tx, kind, poll).await?.then_some(tx))
    }

    async fn once(
        &self,
        db: &impl ConnectionTrait,
        platform: &Platform,
        poll: &Poll,
        regions: &[String],
    ) -> Result<(), Failure> {
        if stored(db, poll.id).await?.is_some() {
            return Ok(());
        }
        knows_regions(poll, regions)?;
        let raw = self.count(poll, regions).await.map_err(while_("counting a closed poll"))?;
        let plan = poll.plan.breakdowns().map(breakdown).collect();
        let tables = protected(raw, plan).await?;
        let content = serde_json::to_string(&tables).map_err(while_("writing down a release"))?;
        let row = ActiveModel {
            poll_id: Set(poll.id),
            published_at: Set(platform.now()),
            digest: Set(digest(&content)),
            content: Set(content),
        };
        Entity::insert(row)
            .on_conflict_do_nothing_on([Column::PollId])
            .exec_without_returning(db)
            .await
            .map_err(while_("storing a release"))?;
        Ok(())
    }

    async fn count(&self, poll: &Poll, regions: &[String]) -> Result<RawTables, vault::Error> {
        let (questions, audience) = (&poll.questionnaire, &poll.audience);
        let special = poll.special.is_some();
        match &self.counting {
            Counting::Role(vault) => {
                vault::tabulate(vault, poll.id, questions, audience, regions, special).await
            }
            Counting::Vault(vault) => {
                vault.tables(poll.id, questions, audience, regions, special).await
            }
        }
    }
}

/// That this server knows every region that the poll asks for, if its answers are divided by region.
///
/// Only the poll and the configuration are looked at, and told to the log. Where everybody is asked, a
/// region that is not known here counts as not stated (`vault::tabulate`).
fn knows_regions(poll: &Poll, regions: &[String]) -> Result<(), Failure> {
    let asked = poll.audience.regions.iter();
    let unknown = asked.filter(|code| !regions.contains(code)).count();
    if unknown == 0 || !poll.plan.needs_region() {
        return Ok(());
    }
    Err(Failure::internal(format_args!(
        "publishing the poll {}, which asks for {unknown} regions that are not configured here",
        poll.id
    )))
}

/// Protects what was counted, beside the threads that answer requests: that may take minutes.
async fn protected(raw: RawTables, plan: Plan) -> Result<ProtectedTables, Failure> {
    let protect = move || disclosure::protect(raw, &plan, &Parameters::default());
    task::spawn_blocking(protect).await.map_err(while_("protecting what was counted"))
}

/// Takes the turn of this kind, until the transaction ends; `false` if somebody else has it.
async fn take_turn(
    db: &impl ConnectionTrait,
    kind: &'static str,
    poll: Uuid,
) -> Result<bool, DbErr> {
    // It has nothing to say while another connection counts, for as long as a round of the scheduled work
    // may take; not for ever, if its server stands still.
    let idle = (LONGEST + SPARE).as_secs();
    let patience = format!("SET LOCAL idle_in_transaction_session_timeout = '{idle}s'");
    db.execute_unprepared(&patience).await?;
    // Two polls that share these bits go one after the other, and that is all.
    let [a, b, c, d, ..] = *poll.as_bytes();
    let values = [LOCKS.into(), i32::from_be_bytes([a, b, c, d]).into()];
    let ask = Statement::from_sql_and_values(DbBackend::Postgres, kind, values);
    let row = db.query_one_raw(ask).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()? == Some(true))
}

/// What is published of a poll that nobody answered.
#[cfg(test)]
pub(super) fn of_nobody() -> ProtectedTables {
    let nobody = RawTables::new(disclosure::Schema::default());
    disclosure::protect(nobody, &Plan::default(), &Parameters::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::release::SAYS_LITTLE;
    use disclosure::Schema;

    /// The test has one thread for all its tasks.
    #[tokio::test]
    async fn while_what_was_counted_is_protected_others_are_answered() {
        let other = tokio::spawn(async {});
        let nobody = RawTables::new(Schema::default());
        assert!(protected(nobody, Plan::default()).await.is_ok());
        assert!(other.is_finished());
    }

    #[test]
    fn a_release_that_says_nothing_is_by_far_short_enough_to_be_found() {
        let tables = of_nobody();
        assert!(tables.withheld().is_some());
        let length = serde_json::to_string(&tables).unwrap().len();
        assert!(length * 10 < usize::try_from(SAYS_LITTLE).unwrap(), "{length}");
    }
}
