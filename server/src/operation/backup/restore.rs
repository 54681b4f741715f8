//! The way back from a backup, into a place where no store is.
//!
//! The past comes back as it was, but for what may not:
//!
//! - every session ends: one that was signed out since would be alive again;
//! - the vault is brought up to what the portal says, should the backup have been made while a
//!   poll was opened, closed or severed;
//! - keys whose retention has ended since are destroyed at once. When a retention ends is computed
//!   from when the poll was published, so a backup cannot lengthen that of a poll which it knows as
//!   published;
//! - no more live batches are drawn of polls that were open, or may have been since: who was in
//!   those that were shown is not known any more, and nobody may be counted in two.
//!
//! From before anything is put anywhere until all of that is done a file stands beside the portal's
//! store ([`finish`] removes it). While it does, the portal does not start, because ended sessions
//! would be alive; and a restore of the same backup goes on where the one before it ended, however
//! it did. Nothing is overwritten by that either, so whatever is there counts as restored: no other
//! command opens the stores meanwhile ([`ensure_finished`]), because it would make those that are missing.
//!
//! What cannot be known is lost: answers, withdrawals, revoked consents, deleted accounts, revoked
//! tokens and roles since the backup; that a poll was closed by hand, which is open again until its
//! planned end; and that it was published, which happens anew and later, so that its key lives
//! longer than people were told. Whoever restores has to say so (`server/operations/RUNBOOK.md`).

use super::{BackupError, Manifest, at, file_of, open_still, sound, sync};
use crate::{
    config::Config,
    entropy::AsRng,
    operation::embedded,
    platform::Platform,
    polls::{Life, life::Retention, record::Poll},
    statistics::live,
    store::{lease, poll, session},
};
use migration::Store;
use ports::states::State;
use sea_orm::EntityTrait as _;
use std::{
    fs,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
};
use vault::{Emptied, Vault};

/// What was done anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anew {
    /// Sessions ended.
    pub sessions: u64,
    /// Keys of polls destroyed whose retention has ended.
    pub destroyed: u32,
    /// Polls that would have had more live batches.
    pub without_batches: u32,
}

/// Steps of emptying at a time.
const STEPS: u32 = 50;

/// Puts the files of a backup where the configuration expects the stores, and makes the folders that
/// are missing there. The stores still have to be brought to the newest schema, and then [`anew`] and
/// [`finish`] have to be called. Until then it can be repeated.
///
/// # Errors
/// When a store is there already, the backup is damaged, or the master key is not its own: then
/// nothing has been put anywhere.
pub async fn place(config: &Config, folder: &Path) -> Result<Manifest, BackupError> {
    let targets = [
        (Store::Vault, file_of(Store::Vault, &config.stores.vault)?),
        (Store::Portal, file_of(Store::Portal, &config.stores.portal)?),
    ];
    let marker = marker(config)?;
    let occupied = targets
        .iter()
        .flat_map(|(_, target)| ["", "-wal", "-shm"].map(|end| beside(target, end)))
        .find(|file| file.exists());
    let manifest = Manifest::check(folder).and_then(|manifest| match occupied {
        Some(file) if !manifest.is_in(&marker) => Err(BackupError::Occupied(file)),
        _ => Ok(manifest),
    })?;
    let mut files = Vec::new();
    for (store, target) in targets {
        let missing = || BackupError::Damaged(folder.to_owned(), format!("no {store} in it"));
        let source = folder.join(&manifest.store(store).ok_or_else(missing)?.file);
        let db = open_still(&source).await.map_err(|error| BackupError::Store(store, error))?;
        sound(store, &db, &source).await?;
        if store == Store::Vault {
            let masters = config.keys.masters().map_err(BackupError::Key)?;
            let vault = Vault::new(db.clone(), masters.of_polls());
            match vault.check_every_key().await {
                Ok(_) => {}
                Err(vault::Error::Unreadable) => return Err(BackupError::WrongKey),
                Err(error) => return Err(error.into()),
            }
        }
        db.close().await.map_err(|error| BackupError::Store(store, error))?;
        files.push((source, target));
    }
    for (_, target) in &files {
        let folder = embedded::folder(target);
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    manifest.write_to(&marker)?;
    hand_over(&marker)?;
    sync(embedded::folder(&marker))?;
    // What is there was put there by a restore that was not finished.
    files.retain(|(_, target)| !target.exists());
    // Nobody opens a store that is only half there.
    for (source, target) in &files {
        let half = beside(target, ".half");
        fs::copy(source, &half).map_err(at(&half))?;
        hand_over(&half)?;
        sync(&half)?;
    }
    for (_, target) in &files {
        fs::rename(beside(target, ".half"), target).map_err(at(target))?;
        sync(embedded::folder(target))?;
    }
    Ok(manifest)
}

/// The file that stands beside the portal's store while a restore is not finished: which backup it
/// is of.
fn marker(config: &Config) -> Result<PathBuf, BackupError> {
    Ok(beside(&file_of(Store::Portal, &config.stores.portal)?, ".restoring"))
}

/// Says that everything was done that a restore has to do.
///
/// # Errors
/// When the file system refuses.
pub fn finish(config: &Config) -> Result<(), BackupError> {
    let marker = marker(config)?;
    fs::remove_file(&marker).map_err(at(&marker))?;
    sync(embedded::folder(&marker))
}

/// Makes sure that no restore was begun and not finished. Whoever opens the stores for anything but a restore
/// asks for it before.
///
/// # Errors
/// [`BackupError::Unfinished`]; [`BackupError::Address`] where it cannot be known.
pub fn ensure_finished(config: &Config) -> Result<(), BackupError> {
    match marker(config) {
        Ok(marker) if marker.exists() => Err(BackupError::Unfinished(marker)),
        Ok(_) | Err(BackupError::NotEmbedded(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives a file that root has made to whom its folder belongs: the portal runs as somebody else.
fn hand_over(file: &Path) -> Result<(), BackupError> {
    let folder = fs::metadata(embedded::folder(file)).map_err(at(file))?;
    if fs::metadata(file).map_err(at(file))?.uid() == 0 && folder.uid() != 0 {
        chown(file, Some(folder.uid()), Some(folder.gid())).map_err(at(file))?;
    }
    Ok(())
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Does anew what a backup must not undo. It can be repeated.
///
/// # Errors
/// When a store cannot be read or written.
pub async fn anew(platform: &Platform, vault: &Vault, life: &Life) -> Result<Anew, BackupError> {
    let failed = |error| BackupError::Store(Store::Portal, error);
    let ended = session::Entity::delete_many().exec(&platform.db).await.map_err(failed)?;
    // Of a server that is no more.
    lease::Entity::delete_many().exec(&platform.db).await.map_err(failed)?;
    // Also those that were not open: whatever was still missing then, and whenever they were to open,
    // they may have been open since.
    let rows = poll::Entity::find().all(&platform.db).await.map_err(failed)?;
    let mut done = Anew { sessions: ended.rows_affected, ..Anew::default() };
    for row in rows {
        let id = row.id;
        let of_poll = |failure| BackupError::Poll(id, failure);
        let poll = Poll::try_from(row).map_err(of_poll)?;
        bring_up(platform, vault, &poll).await?;
        if !matches!(poll.state, State::Closed | State::Published) {
            let ended = vault.end_live_batches(id).await?;
            done.without_batches += u32::from(ended && live::shown(&poll));
        }
        if poll.state == State::Published && poll.key_destroyed_at.is_none() {
            let ended = life.end(Retention::of(&poll), platform.now()).await.map_err(of_poll)?;
            done.destroyed += u32::from(ended);
        }
    }
    Ok(done)
}

/// Brings the vault up to what the portal says of a poll.
async fn bring_up(platform: &Platform, vault: &Vault, poll: &Poll) -> Result<(), vault::Error> {
    vault.create_poll_key(poll.id, &mut AsRng(&*platform.entropy)).await?;
    match poll.state {
        State::Open => match vault.open(poll.id).await {
            // It was being closed: the scheduler goes on.
            Err(vault::Error::NotOpen) => Ok(()),
            other => other,
        },
        State::Closed | State::Published => {
            vault.close(poll.id).await?;
            if poll.key_destroyed_at.is_some() {
                vault.destroy_poll_key(poll.id, platform.today()).await?;
                // The backup is of a time when these rows were somebody's.
                while vault.empty(poll.id, platform.today(), STEPS).await? == Emptied::Partly {}
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
