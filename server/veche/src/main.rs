//! The command line.

mod commands;

use clap::{Parser, Subcommand};
use commands::serve::Signals;
use server::{
    clock::SystemClock,
    config::Config,
    entropy::SystemEntropy,
    operation::{backup::restore, logs, traces::Traces},
};
use std::{error::Error, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tokio::runtime::{Handle, Runtime};
use veche::startup::{self, Assembly, StartupError};

/// Pages are many small pieces of text, made and thrown away.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A portal of state services with polls whose answers stay confidential.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, env = "VECHE_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the portal.
    Serve,
    /// Bring both databases to the newest schema.
    Migrate {
        /// Print the SQL that makes the roles on PostgreSQL, for its administrator, and do no more.
        #[arg(long)]
        roles: bool,
    },
    /// Serve the portal on this machine with demo data and a demo identity provider.
    Demo {
        /// Folder of the databases and keys.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// Port of the portal; the identity provider takes the next one.
        #[arg(long, default_value_t = 8000)]
        port: u16,
    },
    /// Check a configuration and say what is wrong.
    Doctor,
    /// Replace the master key: wrap everything under `[keys] master` that `[keys] previous` opens.
    RotateKey,
    /// Copy both embedded stores (SQLite) while the portal runs. The master key is not copied.
    Backup {
        /// Folder to make; it must hold nothing.
        #[arg(long)]
        to: PathBuf,
    },
    /// Put a backup where the configuration has its stores; none may be there.
    Restore {
        /// Folder of the backup.
        #[arg(long)]
        from: PathBuf,
    },
    /// Do anew what must not be undone, after PostgreSQL was brought back to a moment.
    AfterRestore,
}

/// How long at the end is waited for what computes on a thread of its own, and cannot be interrupted.
const ENDING: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    match begin(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("veche: {error}");
            ExitCode::FAILURE
        }
    }
}

fn begin(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::new()?;
    // What every command holds while it waits, which is much for a stack.
    let done = runtime.block_on(Box::pin(run(arguments)));
    runtime.shutdown_timeout(ENDING);
    done
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let file = arguments.config.as_deref();
    // What is wrong with the configuration, each command says for itself.
    let (operation, network) = Config::unchecked(file)
        .map(|config| (config.operation, config.network))
        .unwrap_or_default();
    let traces = match arguments.command {
        Command::Serve => Traces::start(&operation, &network, &Handle::current())?,
        _ => None,
    };
    let (traces, layer) = traces.unzip();
    logs::init(operation.logs, layer);
    let load = || Config::load(file);
    // While a restore is not finished, nothing but its repetition opens the stores: that takes whatever is there
    // for restored, also what another command would have made.
    let whole = || -> Result<Config, Box<dyn Error>> {
        let config = load()?;
        restore::ensure_finished(&config)?;
        Ok(config)
    };
    match arguments.command {
        Command::Serve => {
            let config = whole()?;
            let mut signals = Signals::new()?;
            let assembly = tokio::select! {
                assembly = assemble(&config) => assembly?,
                () = signals.next() => return Ok(()),
            };
            commands::serve::run(&config, assembly, signals).await?;
            if let Some(traces) = traces
                && let Err(error) = tokio::task::spawn_blocking(|| traces.end()).await?
            {
                // The portal has ended in order, whatever became of the collector.
                tracing::warn!(%error, "the last traces were not sent");
            }
            Ok(())
        }
        Command::Migrate { roles: true } => {
            print!("{}", migration::roles::SQL);
            Ok(())
        }
        Command::Migrate { roles: false } => {
            startup::migrate(&startup::open_stores(&whole()?).await?).await?;
            println!("both stores are at the newest schema");
            Ok(())
        }
        Command::Demo { data, port } => commands::demo::run(&data, port).await,
        Command::RotateKey => commands::rotate_key::run(&whole()?).await,
        Command::Backup { to } => commands::backup::backup(&whole()?, &to).await,
        Command::Restore { from } => commands::backup::restore(&load()?, &from).await,
        Command::AfterRestore => commands::backup::after_restore(&whole()?).await,
        Command::Doctor => commands::doctor::run(arguments.config.as_deref()).await,
    }
}

/// The portal of this configuration, over databases that have the newest schema.
async fn assemble(config: &Config) -> Result<Assembly, StartupError> {
    let stores = startup::open_stores(config).await?;
    startup::migrate(&stores).await?;
    startup::assemble(config, stores, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
}
