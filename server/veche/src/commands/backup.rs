//! `veche backup`, `veche restore` and `veche after-restore`.

use server::{
    clock::SystemClock,
    config::Config,
    entropy::SystemEntropy,
    operation::backup::{self, restore},
};
use std::{error::Error, path::Path, sync::Arc};
use veche::startup;

/// Copies both stores while the portal runs.
pub async fn backup(config: &Config, to: &Path) -> Result<(), Box<dyn Error>> {
    let manifest = backup::backup(config, to, &SystemClock).await?;
    for store in &manifest.stores {
        println!("{} ({} bytes)", to.join(&store.file).display(), store.bytes);
    }
    println!("The master key is not in it: keep it elsewhere.");
    Ok(())
}

/// Puts a backup where the stores belong, and does anew what it must not undo.
pub async fn restore(config: &Config, from: &Path) -> Result<(), Box<dyn Error>> {
    let manifest = restore::place(config, from).await?;
    let done = anew(config).await?;
    restore::finish(config)?;
    println!("The stores are as of {}.", manifest.made_at.to_rfc3339());
    say(&done);
    Ok(())
}

/// Does anew what bringing PostgreSQL back to a moment must not undo. It can be repeated.
pub async fn after_restore(config: &Config) -> Result<(), Box<dyn Error>> {
    say(&anew(config).await?);
    Ok(())
}

async fn anew(config: &Config) -> Result<restore::Anew, Box<dyn Error>> {
    let stores = startup::open_stores(config).await?;
    startup::migrate(&stores).await?;
    let assembly =
        startup::assemble(config, stores, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let done = restore::anew(&assembly.platform, &assembly.vault, &assembly.life).await?;
    assembly.platform.disconnect().await?;
    assembly.vault.disconnect().await?;
    Ok(done)
}

fn say(done: &restore::Anew) {
    println!("{} sessions ended, {} keys destroyed.", done.sessions, done.destroyed);
    println!("Of {} polls no more interim totals are made.", done.without_batches);
    println!(
        "Answers, withdrawals, revoked consents and deleted accounts since then are lost, revoked \
         tokens and roles are back: see /usr/share/doc/veche/RUNBOOK.md, \"Restore\"."
    );
}
