//! A backup of embedded stores (SQLite), taken while the portal runs, and its way back.
//!
//! For PostgreSQL its own tools do this better, down to a moment in time:
//! `server/operations/postgresql/`.
//!
//! # The order
//! The vault is copied first, then the portal, each as of one moment. So every answer of the copy
//! belongs to an account and a poll that the copy knows, and the portal's copy is never behind the
//! vault's: [`restore`] brings the vault up to what the portal says (a poll opened, closed, or its
//! key destroyed in between). The other way round, an answer could belong to an account that the
//! copy lacks: its person would be a new one at the next sign-in and could answer again.
//!
//! # What a backup is
//! A folder of its own, for its owner only: `vault.sqlite`, `portal.sqlite` and, written last,
//! `manifest.json` with digests and schema versions. **The master key is never in it**; the
//! polls' keys and the portal's are, wrapped by it. Keep it elsewhere: whoever has both can read what
//! the portal's administrators could.
//!
//! # What a backup does to promises
//! It keeps what was withdrawn or deleted afterwards, and the wrapped keys of polls whose
//! retention has ended since. Delete backups when they are as old as `[portal] backup_days` says, which
//! each poll's notice tells citizens, and see [`restore`] for what is done anew.

pub mod manifest;
pub mod restore;

use crate::{
    clock::Clock,
    config::{Config, secret::Secret},
    operation::{embedded, soundness},
};
use manifest::{Manifest, StoreFile};
use migration::{Store, connection};
use ports::failure::Failure;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbErr, Statement,
};
use sea_orm_migration::MigratorTrait;
use secrecy::ExposeSecret as _;
use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Why there is no backup, or no way back from one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file of a store's address cannot be read.
    #[error("the address of the {0} store: the file cannot be read: {1}")]
    Address(Store, io::Error),
    /// A store is not a file.
    #[error(
        "the {0} store is no SQLite file: for PostgreSQL see \
         /usr/share/doc/veche/postgresql/README.md"
    )]
    NotEmbedded(Store),
    /// A store's file is not there.
    #[error("there is no file {0}")]
    NoStore(PathBuf),
    /// Something stands where the outcome was to go.
    #[error("{0} is there already: nothing is overwritten")]
    Occupied(PathBuf),
    /// Stores are being put where this file stands.
    #[error(
        "a restore was not finished here: run `veche restore` from the same backup again; or remove \
         {0}, if other stores were put there since"
    )]
    Unfinished(PathBuf),
    /// The file system.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A database.
    #[error("the {0} store: {1}")]
    Store(Store, DbErr),
    /// A copy is damaged, or is not what the manifest says.
    #[error("{0}: {1}")]
    Damaged(PathBuf, String),
    /// The master key cannot be read.
    #[error("the master key: {0}")]
    Key(String),
    /// The configuration's master key is not the one of the backup.
    #[error("the master key does not open this backup: use the key under which it was made")]
    WrongKey,
    /// The answers' keeper.
    #[error("the vault: {0}")]
    Vault(#[from] vault::Error),
    /// A poll that cannot be read, or whose retention cannot be ended.
    #[error("the poll {0}, see the log: {1}")]
    Poll(Uuid, Failure),
}

/// For `map_err`: what the file system said, and where.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::File(path, error)
}

/// The file of an embedded store.
fn file_of(store: Store, address: &Secret) -> Result<PathBuf, BackupError> {
    let url = address.read().map_err(|error| BackupError::Address(store, error))?;
    embedded::file(url.expose_secret()).ok_or(BackupError::NotEmbedded(store))
}

/// Copies both stores into `folder`, which is made and must hold nothing.
///
/// # Errors
/// When a store cannot be read, the folder is not empty, or a copy turns out to be damaged. What
/// was written by then has no manifest, and is no backup.
pub async fn backup(
    config: &Config,
    folder: &Path,
    clock: &dyn Clock,
) -> Result<Manifest, BackupError> {
    let sources = [
        file_of(Store::Vault, &config.stores.vault)?,
        file_of(Store::Portal, &config.stores.portal)?,
    ];
    if let Some(missing) = sources.iter().find(|file| !file.is_file()) {
        return Err(BackupError::NoStore(missing.clone()));
    }
    empty_folder(folder)?;
    let [vault, portal] = &sources;
    let vault = copy::<migration::vault::Migrator>(Store::Vault, vault, folder).await?;
    let portal = copy::<migration::portal::Migrator>(Store::Portal, portal, folder).await?;
    let manifest = Manifest {
        format: manifest::FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: clock.now(),
        stores: vec![vault, portal],
    };
    manifest.write(folder)?;
    sync(folder)?;
    Ok(manifest)
}

/// Makes sure that the folder is there, empty, and its owner's only.
fn empty_folder(folder: &Path) -> Result<(), BackupError> {
    if folder.exists() {
        let mut entries = fs::read_dir(folder).map_err(at(folder))?;
        if entries.next().is_some() {
            return Err(BackupError::Occupied(folder.to_owned()));
        }
        let owner = fs::Permissions::from_mode(0o700);
        return fs::set_permissions(folder, owner).map_err(at(folder));
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))
}

/// Makes what was written last a thing of the disk.
fn sync(path: &Path) -> Result<(), BackupError> {
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(at(path))
}

/// Copies one store as of one moment, and looks whether the copy is sound.
async fn copy<M: MigratorTrait>(
    store: Store,
    source: &Path,
    folder: &Path,
) -> Result<StoreFile, BackupError> {
    let failed = |error| BackupError::Store(store, error);
    let name = format!("{store}.sqlite");
    let target = folder.join(&name);
    let db = connection::open(&embedded::address(source)).await.map_err(failed)?;
    let into = Statement::from_sql_and_values(
        db.get_database_backend(),
        "VACUUM INTO ?",
        [target.display().to_string().into()],
    );
    let copied = db.execute_raw(into).await.map_err(failed);
    db.close().await.map_err(failed)?;
    copied?;
    fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).map_err(at(&target))?;
    sync(&target)?;
    let copy = open_still(&target).await.map_err(failed)?;
    sound(store, &copy, &target).await?;
    let schema = migration::applied::<M>(&copy).await.map_err(failed)?;
    copy.close().await.map_err(failed)?;
    let (bytes, sha256) = manifest::digest(&target)?;
    Ok(StoreFile { store: store.name().to_owned(), file: name, bytes, sha256, schema })
}

/// Opens a file that nobody writes, without changing a byte of it.
async fn open_still(file: &Path) -> Result<DatabaseConnection, DbErr> {
    let url = format!("{}?mode=ro&immutable=true", embedded::address(file));
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}

/// Whether SQLite finds the file sound.
async fn sound(store: Store, db: &DatabaseConnection, file: &Path) -> Result<(), BackupError> {
    match soundness::sqlite(db).await {
        Ok(None) => Ok(()),
        Ok(Some(words)) => Err(BackupError::Damaged(file.to_owned(), words)),
        Err(error) => Err(BackupError::Store(store, error)),
    }
}
