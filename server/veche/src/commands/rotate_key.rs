//! `veche rotate-key`: everything that the master key wraps, under the new one.

use sea_orm::DatabaseConnection;
use server::{
    accounts::portal_key,
    config::Config,
    entropy::{AsRng, SystemEntropy},
};
use std::error::Error;
use vault::Vault;
use veche::startup::{self, Stores};

/// Wraps the portal's key and every poll's key under `[keys] master`; `[keys] previous` opens them.
/// The servers go on meanwhile: they have both keys.
pub async fn run(config: &Config) -> Result<(), Box<dyn Error>> {
    if config.keys.previous.is_none() {
        return Err(
            "[keys] previous is not set. A master key is replaced in four rounds over all \
                    servers, and is their [keys] previous in the first one: see \
                    /usr/share/doc/veche/RUNBOOK.md, \"Keys\""
                .into(),
        );
    }
    let stores: Stores = startup::open_stores(config).await?;
    startup::migrate(&stores).await?;
    let entropy = SystemEntropy;
    let masters = config.keys.masters()?;
    let portal: &DatabaseConnection = &stores.portal;
    let own = portal_key::rewrap(portal, &masters, &entropy).await?;
    let vault = Vault::new(stores.vault.clone(), masters.of_polls());
    let polls = vault.rewrap(&mut AsRng(&entropy)).await?;
    println!("{} of the portal and {polls} of polls wrapped anew.", u8::from(own));
    println!("Now take [keys] previous out of the configuration of every server.");
    stores.portal.close().await?;
    stores.vault.close().await?;
    Ok(())
}
