//! `veche demo`: the portal with invented people, on this machine only.

use super::serve;
use server::{
    clock::{Clock, SystemClock},
    config::Config,
    demo::{
        config as setup,
        people::{People, Person},
        provider, seed,
    },
    entropy::{Entropy, SystemEntropy},
    http::assets,
    operation::backup::restore,
};
use std::{error::Error, fs, net::SocketAddr, path::Path, sync::Arc};
use tokio::net::TcpListener;
use veche::startup::{self, Assembly};

/// Serves the portal and, on the next port, the demo identity provider.
pub async fn run(data: &Path, port: u16) -> Result<(), Box<dyn Error>> {
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let config = setup::config(data, port, &*entropy)?;
    ensure_built(&config)?;
    restore::ensure_finished(&config)?;
    let people = People::demo();
    let identity = provider::router(
        setup::provider(&config)?,
        people.clone(),
        clock.clone() as Arc<dyn Clock>,
        entropy.clone() as Arc<dyn Entropy>,
    )?;
    let assembly = assembly(&config, data, clock, entropy).await?;
    let next = SocketAddr::new(config.server.listen.ip(), port + 1);
    let listener = TcpListener::bind(next)
        .await
        .map_err(|error| format!("the identity provider's address {next}: {error}"))?;
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, identity).await {
            tracing::error!(%error, "the demo identity provider has stopped");
        }
    });
    introduce(&people);
    serve::run(&config, assembly, serve::Signals::new()?).await
}

/// Says where no built client is. `veche serve` goes on without one and says so in its log; who looks at a
/// demonstration reads none, and takes pages without styles for what the portal looks like.
fn ensure_built(config: &Config) -> Result<(), String> {
    let Some(folder) = assets::missing(&config.server.pages) else { return Ok(()) };
    Err(format!(
        "there is no built client in {}, and without it pages have no styles. In the project's folder `make run` \
         builds it and starts this, and `make client` builds it alone. Where it is elsewhere, {} is to name its \
         folder",
        folder.display(),
        setup::PAGES
    ))
}

/// The portal over its databases, with the demonstration's data in them.
async fn assembly(
    config: &Config,
    data: &Path,
    clock: Arc<SystemClock>,
    entropy: Arc<SystemEntropy>,
) -> Result<Assembly, Box<dyn Error>> {
    // While this file is there, the data is not complete.
    let unfinished = data.join("seeding");
    let interrupted = unfinished.exists();
    if interrupted {
        for store in ["portal.sqlite", "vault.sqlite"] {
            for file in [store.to_owned(), format!("{store}-wal"), format!("{store}-shm")] {
                match fs::remove_file(data.join(file)) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(error.into());
                    }
                    _ => {}
                }
            }
        }
    }
    let new = interrupted || !data.join("portal.sqlite").exists();
    if new {
        fs::write(&unfinished, "")?;
    }
    let stores = startup::open_stores(config).await?;
    startup::migrate(&stores).await?;
    let assembly = startup::assemble(config, stores, clock, entropy).await?;
    if new {
        // Databases beside this folder may have it from an earlier start.
        if seed::seed(config, &assembly.platform, &assembly.vault).await? {
            println!("Demo data made.");
        } else if interrupted {
            return Err("the databases hold a part of the demo data: empty them".into());
        }
        fs::remove_file(&unfinished)?;
    }
    Ok(assembly)
}

/// Prints the demo people.
fn introduce(people: &People) {
    let line = |person: &Person| {
        let staff = person.staff.as_ref();
        let part = staff.map_or_else(
            || person.summary.en.clone(),
            |staff| {
                let place = staff.department.as_deref().unwrap_or("portal");
                format!("{}, {place}", staff.role)
            },
        );
        println!("  {:<26} {part}", person.latin_name);
    };
    println!("\nInvented people; choose one when you sign in. Citizens:");
    people.iter().filter(|person| person.staff.is_none()).for_each(line);
    println!("\nStaff:");
    people.iter().filter(|person| person.staff.is_some()).for_each(line);
    println!();
}
