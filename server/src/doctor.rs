//! Checks a configuration against the world: what is wrong, and what to do about it.
//!
//! It changes nothing but for the empty table in which a database remembers its migrations, and
//! prints no secret.

use crate::{
    accounts::{issuers, portal_key},
    clock::{self, Clock},
    config::{Config, ConfigError, secret::Secret},
    http::assets,
    identity::{
        CALLBACK,
        provider::{Provider, ProviderError},
    },
    operation::{
        backup::{BackupError, restore},
        embedded, soundness,
    },
    outgoing,
    replica::may_be_read,
    store::{lease, poll},
};
use chrono::{Datelike as _, TimeDelta};
use migration::{Store, connection, roles};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr,
    EntityTrait as _, PaginatorTrait as _, QueryFilter as _, Statement,
};
use sea_orm_migration::MigratorTrait;
use secrecy::{ExposeSecret as _, SecretString};
use std::{collections::BTreeSet, fmt, sync::Arc};
use vault::Vault;

/// The first year in which this program ran: an earlier clock is wrong.
const FIRST_YEAR: i32 = 2026;

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub what: String,
    /// What was found.
    pub verdict: Verdict,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Ok,
    /// What works, but should not be left as it is.
    Doubtful(String),
    /// What is wrong and what to do.
    Wrong(String),
}

impl Check {
    /// What is wrong and what to do, if anything is.
    #[must_use]
    pub fn wrong(&self) -> Option<&str> {
        if let Verdict::Wrong(words) = &self.verdict { Some(words) } else { None }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Ok => write!(f, "ok     {}", self.what),
            Verdict::Doubtful(words) => write!(f, "doubt  {}: {words}", self.what),
            Verdict::Wrong(words) => write!(f, "wrong  {}: {words}", self.what),
        }
    }
}

fn check(what: impl Into<String>, outcome: Result<(), String>) -> Check {
    Check { what: what.into(), verdict: outcome.err().map_or(Verdict::Ok, Verdict::Wrong) }
}

/// Checks everything that the configuration names. What depends on something wrong is left out.
pub async fn examine(config: Result<Config, ConfigError>, clock: Arc<dyn Clock>) -> Vec<Check> {
    let config = match config {
        Ok(config) => config,
        Err(error) => return vec![check("configuration", Err(error.to_string()))],
    };
    let mut checks = Vec::new();
    let findings = config.validate();
    if findings.is_empty() {
        checks.push(check("configuration", Ok(())));
    }
    let found: BTreeSet<_> = findings.iter().map(|finding| finding.key.clone()).collect();
    checks.extend(
        findings.into_iter().map(|finding| check(finding.key.into_owned(), Err(finding.problem))),
    );
    let doubts = config.stores.exposed().into_iter().chain(config.portal.untold());
    checks.extend(doubts.map(|finding| Check {
        what: finding.key.into_owned(),
        verdict: Verdict::Doubtful(finding.problem),
    }));
    // While a restore is not finished, a store may not be there, and nobody is to be told to make it.
    let mut unfinished = false;
    // The driver would tell an address that is wrong, with its password.
    if !found.contains("stores.portal") {
        if let Err(error) = restore::ensure_finished(&config) {
            unfinished = matches!(error, BackupError::Unfinished(_));
            checks.push(check("restore", Err(error.to_string())));
        }
        if !unfinished {
            portal(&config, &*clock, &mut checks).await;
        }
    }
    if !unfinished && !found.contains("stores.vault") {
        answers(&config, &mut checks).await;
    }
    if !["stores.publisher", "stores.publisher_vault"].iter().any(|key| found.contains(*key)) {
        publisher(&config, &mut checks).await;
    }
    if !found.contains("stores.portal_replica") {
        replica(&config, &*clock, &mut checks).await;
    }
    authorities(&config, &mut checks);
    checks.push(check("identity provider", provider(&config, clock.clone()).await));
    checks.push(check("built client", client(&config)));
    checks.push(check("clock", time(&*clock)));
    checks
}

/// The portal's store, its clock, and the key in it.
async fn portal(config: &Config, clock: &dyn Clock, checks: &mut Vec<Check>) {
    match store::<migration::portal::Migrator>(&config.stores.portal).await {
        Err(wrong) => checks.push(check("portal's database", Err(wrong))),
        Ok(db) => {
            checks.push(check("portal's database", sound(&db).await));
            role(Store::Portal, &db, checks).await;
            if db.get_database_backend() == DbBackend::Postgres {
                checks.push(check("clock beside the database's", same_time(clock, &db).await));
                let what = "what the portal's store acknowledges";
                checks.push(check(what, durable(&db, "deletions and consents").await));
            }
            checks.push(backups(config, clock, &db).await);
            checks.push(accounts(config, &db).await);
            if let Ok(masters) = config.keys.masters() {
                let opens = portal_key::check(&db, &masters).await.map_err(|e| e.to_string());
                checks.push(check("portal's key", opens));
            }
        }
    }
}

/// Whether backups are kept no longer than the notices of polls have said whose keys are there, or in backups yet.
async fn backups(config: &Config, clock: &dyn Clock, db: &DatabaseConnection) -> Check {
    let days = config.portal.backup_days;
    let key_is_kept = Condition::any()
        .add(poll::Column::KeyDestroyedAt.is_null())
        .add(poll::Column::KeyDestroyedAt.gt(clock.now() - TimeDelta::days(days.into())));
    let told_less = poll::Entity::find()
        .filter(key_is_kept)
        .filter(poll::Column::BackupDays.lt(i32::from(days)))
        .count(db)
        .await;
    let verdict = match told_less {
        Ok(0) => Verdict::Ok,
        Ok(polls) => Verdict::Doubtful(format!(
            "portal.backup_days is {days}, and {polls} polls whose keys are there, or in backups yet, told \
             people fewer when they opened: delete backups as early as that was until {days} days after \
             those keys are destroyed"
        )),
        Err(error) => Verdict::Wrong(format!("what polls have said cannot be read: {error}")),
    };
    Check { what: "how long polls said that backups are kept".to_owned(), verdict }
}

/// Whether all accounts are of the configured issuer.
async fn accounts(config: &Config, db: &DatabaseConnection) -> Check {
    let verdict = match issuers::others(db, config.provider.issuer_id()).await {
        Ok(0) => Verdict::Ok,
        Ok(others) => Verdict::Doubtful(format!(
            "{others} are of another issuer than provider.issuer: {}",
            issuers::FOLLOWS
        )),
        Err(error) => Verdict::Wrong(format!("they cannot be read: {error}")),
    };
    Check { what: "accounts".to_owned(), verdict }
}

/// The vault's store, and the keys in it.
async fn answers(config: &Config, checks: &mut Vec<Check>) {
    match store::<migration::vault::Migrator>(&config.stores.vault).await {
        Err(wrong) => checks.push(check("vault's database", Err(wrong))),
        Ok(db) => {
            checks.push(check("vault's database", sound(&db).await));
            role(Store::Vault, &db, checks).await;
            if db.get_database_backend() == DbBackend::Postgres {
                checks.push(check("vault's transactions", read_committed(&db).await));
                checks.push(check("what the vault acknowledges", durable(&db, "answers").await));
                checks.push(log_of_changes(&db).await);
            }
            // What is wrong with the key itself was said already.
            if let Ok(masters) = config.keys.masters() {
                let vault = Vault::new(db, masters.of_polls());
                let verdict = match vault.check_every_key().await {
                    Ok(0) => Verdict::Ok,
                    Ok(polls) => Verdict::Doubtful(format!(
                        "{polls} polls' keys open only under the previous one: it may not go before \
                         `veche rotate-key` has been run with this one on every server"
                    )),
                    Err(error) => Verdict::Wrong(format!(
                        "{error}. Use the key under which this database was made"
                    )),
                };
                checks.push(Check { what: "master key".to_owned(), verdict });
            }
        }
    }
}

/// Whether the file of an embedded store is whole.
async fn sound(db: &DatabaseConnection) -> Result<(), String> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    match soundness::sqlite(db).await {
        Ok(None) => Ok(()),
        Ok(Some(words)) => Err(format!(
            "its file is damaged: {words}. Restore a backup (/usr/share/doc/veche/RUNBOOK.md)"
        )),
        Err(error) => Err(format!("whether its file is sound cannot be asked: {error}")),
    }
}

/// Whether this machine's clock goes with the database's, by which servers are compared.
async fn same_time(clock: &dyn Clock, db: &DatabaseConnection) -> Result<(), String> {
    let skew = clock::skew(clock, db).await;
    let skew = skew.map_err(|error| format!("the database's cannot be read: {error}"))?;
    if skew.abs() <= clock::MOST_SKEW {
        return Ok(());
    }
    let way = if skew > TimeDelta::zero() { "ahead of" } else { "behind" };
    Err(format!(
        "it is {} s {way} it: this server is not ready and does no scheduled work. See which of the \
         two is wrong (`timedatectl`), and have both set over the network",
        skew.num_seconds().abs()
    ))
}

/// Whether transactions are as the vault's gates need them. Connections ask for it when they are
/// opened, which something between the portal and the database may leave out.
async fn read_committed(db: &DatabaseConnection) -> Result<(), String> {
    match setting(db, "transaction_isolation").await {
        Ok(isolation) if isolation == "read committed" => Ok(()),
        Ok(isolation) => Err(format!(
            "they are {isolation}: let the pooler pass `options` on, or set \
             default_transaction_isolation of the vault's role to 'read committed'"
        )),
        Err(error) => Err(format!("they cannot be read: {error}")),
    }
}

/// Whether what was committed is on the disk. The portal leaves `synchronous_commit` as it is found, because
/// where there is a replica it may be `remote_apply`.
async fn durable(db: &DatabaseConnection, what: &str) -> Result<(), String> {
    for (name, lossy) in [("synchronous_commit", &["off", "local"][..]), ("fsync", &["off"])] {
        match setting(db, name).await {
            Ok(value) if lossy.contains(&&*value) => {
                return Err(format!(
                    "{name} is {value}: {what} that were acknowledged could be lost. Set it to on"
                ));
            }
            Ok(_) => {}
            Err(error) => return Err(format!("{name} cannot be read: {error}")),
        }
    }
    Ok(())
}

/// Whether `PostgreSQL`'s log of changes is compressed. Each response belongs to another page of an
/// index, and the first change of a page after a checkpoint logs all of it.
async fn log_of_changes(db: &DatabaseConnection) -> Check {
    let verdict = match setting(db, "wal_compression").await {
        Ok(method) if method != "off" => Verdict::Ok,
        Ok(_) => Verdict::Doubtful(
            "wal_compression is off: with millions of answers present fewer are taken a second. \
             Set it to lz4 (/usr/share/doc/veche/postgresql/README.md)"
                .to_owned(),
        ),
        Err(error) => Verdict::Wrong(format!("wal_compression cannot be read: {error}")),
    };
    Check { what: "log of the vault's changes".to_owned(), verdict }
}

/// A setting of `PostgreSQL`, as it is for this role and database.
async fn setting(db: &DatabaseConnection, name: &str) -> Result<String, DbErr> {
    let sql = "SELECT current_setting($1)";
    let asked = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
    let row = db.query_one_raw(asked).await?;
    row.map_or(Ok(String::new()), |row| row.try_get_by_index(0))
}

/// Whether the role of a store keeps to its own store, and nobody has made its tables do more than they do.
/// SQLite has no roles.
async fn role(store: Store, db: &DatabaseConnection, checks: &mut Vec<Check>) {
    if db.get_database_backend() == DbBackend::Postgres {
        let faults = roles::store_faults(db, store).await;
        checks.push(check(format!("{store}'s role"), keeps_to_its_rights(faults)));
        let strange = roles::strange_triggers(db).await;
        checks.push(check(format!("{store}'s triggers"), made_by_migrations(strange)));
    }
}

fn made_by_migrations(strange: Result<Vec<String>, DbErr>) -> Result<(), String> {
    let strange = strange.map_err(|error| format!("they cannot be read: {error}"))?;
    if strange.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} are of no migration. They run with the rights of whoever writes: find out who made \
         them, and drop them",
        strange.join(", ")
    ))
}

/// Whether the publisher's role can do its work and nothing else.
async fn publisher(config: &Config, checks: &mut Vec<Check>) {
    const WHAT: &str = "publisher's role";
    let stores = &config.stores;
    let Some(portal) = &stores.publisher else {
        let address = stores.portal.read();
        if address.is_ok_and(|url| connection::is_postgres(url.expose_secret())) {
            let unset = format!("{WHAT} (stores.publisher is not set: the stores' roles publish)");
            checks.push(check(unset, Ok(())));
        }
        return;
    };
    let outcome = match &stores.publisher_vault {
        None => publisher_in(portal, &roles::PUBLISHER_IN_VAULT, &roles::PUBLISHER_IN_PORTAL).await,
        Some(vault) => match publisher_in(portal, &[], &roles::PUBLISHER_IN_PORTAL).await {
            Ok(()) => publisher_in(vault, &roles::PUBLISHER_IN_VAULT, &[]).await,
            wrong => wrong,
        },
    };
    checks.push(check(WHAT, outcome));
}

async fn publisher_in(address: &Secret, needed: &[&str], allowed: &[&str]) -> Result<(), String> {
    let db = connection::open(read(address)?.expose_secret())
        .await
        .map_err(|error| format!("its database does not answer: {error}"))?;
    keeps_to_its_rights(roles::publisher_faults(&db, needed, allowed).await)
}

fn keeps_to_its_rights(faults: Result<Vec<String>, DbErr>) -> Result<(), String> {
    let faults = faults.map_err(|error| format!("its rights cannot be read: {error}"))?;
    if faults.is_empty() {
        return Ok(());
    }
    let faults = faults.join("; ");
    Err(format!(
        "{faults}. Run what `veche migrate --roles` prints as the database's administrator"
    ))
}

/// Whether the replica of the portal's store can be used. A portal without it works all the same.
async fn replica(config: &Config, clock: &dyn Clock, checks: &mut Vec<Check>) {
    let Some(address) = &config.stores.portal_replica else { return };
    let outcome = async {
        let broken = |error| format!("it does not answer: {error}");
        let db = connection::open_replica(read(address)?.expose_secret()).await.map_err(broken)?;
        let Some(beat) = lease::last_beat(&db).await.map_err(broken)? else {
            return Err("it has never seen a running server".to_owned());
        };
        let behind = clock.now() - beat;
        let lag = TimeDelta::seconds(config.stores.replica_lag_seconds.into());
        if !may_be_read(behind, lag, clock::apart(&db)) {
            let behind = behind.num_seconds();
            let why = "check the replication, unless no server is running";
            return Err(format!("it is {behind} s behind and not used: {why}"));
        }
        Ok(())
    };
    checks.push(check("portal's replica", outcome.await));
}

/// The address of a database.
fn read(address: &Secret) -> Result<SecretString, String> {
    address.read().map_err(|error| format!("the file of its address cannot be read: {error}"))
}

/// The database, if it can be reached and has all of the schema that this program knows.
async fn store<M: MigratorTrait>(address: &Secret) -> Result<DatabaseConnection, String> {
    const MIGRATE: &str = "run `veche migrate`";
    let url = read(address)?;
    let url = url.expose_secret();
    if let Some(file) = embedded::file(url)
        && !file.is_file()
    {
        return Err(format!("there is no file {}: {MIGRATE}", file.display()));
    }
    let db = connection::open(url).await.map_err(|error| format!("it does not answer: {error}"))?;
    let unread = |error| format!("it cannot be read: {error}");
    M::install(&db).await.map_err(unread)?;
    match migration::lacking::<M>(&db).await.map_err(unread)? {
        0 => Ok(db),
        lacking => Err(format!("{lacking} migrations are missing: {MIGRATE}")),
    }
}

/// How many authorities of our own are believed. What is wrong with one is said of the
/// configuration.
fn authorities(config: &Config, checks: &mut Vec<Check>) {
    let files = &config.network.authorities;
    let read = files.iter().map(|file| outgoing::authorities(file));
    if let (false, Ok(read)) = (files.is_empty(), read.collect::<Result<Vec<_>, _>>()) {
        let count = read.concat().len();
        let public = if config.network.public_authorities { "with" } else { "without" };
        let what =
            format!("authorities ({count} of network.authorities, {public} the public ones)");
        checks.push(check(what, Ok(())));
    }
}

async fn provider(config: &Config, clock: Arc<dyn Clock>) -> Result<(), String> {
    let callback = format!("{}{CALLBACK}", config.server.origin());
    let provider = Provider::new(config.provider.clone(), &config.network, callback, clock)?;
    provider.check().await.map_err(|error| match error {
        ProviderError::Ours(_) => {
            format!("{error}. Nobody can sign in: check the key or the signer in [provider]")
        }
        _ => format!("{error}. Check [provider], and that it can be reached"),
    })
}

fn client(config: &Config) -> Result<(), String> {
    let Some(folder) = assets::missing(&config.server.pages) else { return Ok(()) };
    let folder = folder.display();
    Err(format!(
        "there is none in {folder}: copy the built client there (`dist/`; in the sources \
         `make client` builds it), or set server.pages to its folder"
    ))
}

fn time(clock: &dyn Clock) -> Result<(), String> {
    let now = clock.now();
    if now.year() < FIRST_YEAR || now.year() > FIRST_YEAR + 100 {
        return Err(format!("it shows {now}: polls would open and close at the wrong time"));
    }
    Ok(())
}
