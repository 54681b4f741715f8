//! Whether the process lives (`/healthz`) and whether it can do its work (`/readyz`).
//!
//! Ready means: both stores answer, each with every migration that this program knows (a newer one
//! may have more: that is a rolling upgrade), the master key opens a poll's key, and this server's
//! clock goes with the database's, as the scheduler last found it. Otherwise the answer is 503 and,
//! as JSON, one word; the cause is in the log, because the path is public. The stores are asked at most once a
//! second, however often the path is.

use crate::{named::named, scheduler::Beat};
use migration::{portal, vault as vault_schema};
use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use vault::Vault;

/// For how long an answer holds.
const HOLDS: Duration = Duration::from_secs(1);
/// How long a store may take.
const PATIENCE: Duration = Duration::from_secs(2);

named! {
    /// Why the portal is not ready. What is answered is its name.
    Reason {
        /// It was asked to stop.
        Draining = "draining",
        /// The portal's store does not answer.
        PortalStore = "portal-store",
        /// The portal's store lacks migrations.
        PortalSchema = "portal-schema",
        /// The vault's store does not answer.
        VaultStore = "vault-store",
        /// The vault's store lacks migrations.
        VaultSchema = "vault-schema",
        /// The master key does not open the polls' keys.
        MasterKey = "master-key",
        /// The clock differs from the database's.
        Clock = "clock",
    }
}

/// The state of one server.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    portal: DatabaseConnection,
    vault_store: DatabaseConnection,
    vault: Arc<Vault>,
    beat: Arc<Beat>,
    draining: AtomicBool,
    last: Mutex<Option<(Instant, Result<(), Reason>)>>,
}

impl Health {
    /// The health of a server over its two stores, with this scheduler.
    #[must_use]
    pub fn new(
        portal: DatabaseConnection,
        vault_store: DatabaseConnection,
        vault: Arc<Vault>,
        beat: Arc<Beat>,
    ) -> Self {
        let (draining, last) = (AtomicBool::new(false), Mutex::new(None));
        Self(Arc::new(Inner { portal, vault_store, vault, beat, draining, last }))
    }

    /// From now on it is not ready: it will stop.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Whether it is ready.
    ///
    /// # Errors
    /// Why not.
    pub async fn ready(&self) -> Result<(), Reason> {
        if self.0.draining.load(Ordering::Relaxed) {
            return Err(Reason::Draining);
        }
        // The scheduler tells the log.
        if self.0.beat.wrong_clock.load(Ordering::Relaxed) {
            return Err(Reason::Clock);
        }
        // Whoever asks at the same time waits for the one who asks the stores.
        let mut last = self.0.last.lock().await;
        if let Some((at, answer)) = *last
            && at.elapsed() < HOLDS
        {
            return answer;
        }
        let answer = self.0.examine().await;
        *last = Some((Instant::now(), answer));
        answer
    }
}

impl Inner {
    async fn examine(&self) -> Result<(), Reason> {
        let (store, schema) = (Reason::PortalStore, Reason::PortalSchema);
        examine_store::<portal::Migrator>(&self.portal, store, schema).await?;
        let (store, schema) = (Reason::VaultStore, Reason::VaultSchema);
        examine_store::<vault_schema::Migrator>(&self.vault_store, store, schema).await?;
        match timeout(PATIENCE, self.vault.check_master_key()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error @ vault::Error::Unreadable)) => Err(because(Reason::MasterKey, error)),
            Ok(Err(error)) => Err(because(Reason::VaultStore, error)),
            Err(late) => Err(because(Reason::VaultStore, late)),
        }
    }
}

fn because(reason: Reason, error: impl std::fmt::Display) -> Reason {
    tracing::warn!(reason = reason.name(), %error, "not ready");
    reason
}

async fn examine_store<M: MigratorTrait>(
    db: &DatabaseConnection,
    store: Reason,
    schema: Reason,
) -> Result<(), Reason> {
    let lacking = timeout(PATIENCE, migration::lacking::<M>(db))
        .await
        .map_err(|late| because(store, late))?
        .map_err(|error| because(store, error))?;
    match lacking {
        0 => Ok(()),
        count => Err(because(schema, format_args!("{count} migrations are missing"))),
    }
}
