//! Answering requests until the process is asked to stop, and an orderly end.
//!
//! Asked to stop (SIGTERM, or Ctrl-C), a server first says on `/readyz` that it is not ready, and
//! goes on answering for as long as `[operation] drain_seconds` says, closing each connection of
//! HTTP/1.1 after its answer, so that whoever spreads the requests sends them elsewhere. Then it takes no more
//! connections, lets running requests and the round of scheduled work end within `stop_seconds`,
//! and closes the databases. Asked again, it ends at once, or within a second where something is being
//! computed. Asked to reload (SIGHUP), it reads its certificate anew, and does nothing where it has none.
//!
//! If taking connections or the scheduled work ends by itself, the process does, too, and says that it
//! failed, so that it is started again: it would live on, and half of it would be missing.

use axum::Router;
use migration::growth;
use server::{
    config::Config,
    http::{
        listener::{self, Bounds, tls},
        rate::Rate,
    },
    operation::routes,
    platform::Platform,
};
use std::{
    error::Error,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::{sleep, timeout},
};
use vault::Vault;
use veche::{
    startup::Assembly,
    works::{Over, Works},
};

/// How long the databases are waited for at the end.
const CLOSING: Duration = Duration::from_secs(5);
/// How often the addresses that have not been seen for a while are forgotten: the page about protection promises that
/// it is done within a quarter of an hour.
const FORGET_EVERY: Duration = Duration::from_mins(10);

/// Serves the portal and does the scheduled work, until it is asked to stop by one of `signals`.
pub async fn run(
    config: &Config,
    assembly: Assembly,
    mut signals: Signals,
) -> Result<(), Box<dyn Error>> {
    let socket = bind("the portal's address", config.server.listen).await?;
    if let Some(listen) = config.operation.listen {
        let socket = bind("the address of the metrics", listen).await?;
        let router = routes::internal(assembly.health.clone(), assembly.metrics.clone());
        tokio::spawn(serve_internal(socket, router));
    }
    let acceptor = match config.tls.clone().map(tls::acceptor).transpose()? {
        None => None,
        Some((acceptor, keep_new)) => {
            tokio::spawn(keep_new);
            Some(acceptor)
        }
    };
    println!("Veche is at {}", config.server.public_url);
    let answering = assembly.answering();
    let (stop, stopped) = watch::channel(false);
    let scheduled = tokio::spawn(assembly.scheduler.run(told(stopped.clone())));
    tokio::spawn(forget_idle(assembly.rate));
    for store in [&assembly.stores.portal, &assembly.stores.vault] {
        tokio::spawn(growth::watch_over(store.clone()));
    }
    let bounds = Bounds {
        limits: config.limits,
        behind_proxy: config.server.behind_proxy,
        stop: Duration::from_secs(config.operation.stop_seconds),
        leaving: Arc::new(AtomicBool::new(false)),
    };
    let serving =
        tokio::spawn(listener::serve(socket, acceptor, answering, bounds.clone(), told(stopped)));
    let mut works = Works { scheduled, serving, stop, patience: bounds.stop };

    let over = tokio::select! {
        () = signals.next() => {
            tracing::info!("asked to stop");
            Over::Asked
        }
        over = works.one_ends() => over,
    };
    assembly.health.drain();
    bounds.leaving.store(true, Ordering::Relaxed);
    // Who takes no more connections sends nobody elsewhere by saying so.
    let drain = match over {
        Over::Serving => Duration::ZERO,
        Over::Asked | Over::Scheduled => Duration::from_secs(config.operation.drain_seconds),
    };
    tokio::select! {
        () = sleep(drain) => {}
        () = signals.next() => return over.outcome(),
    }
    tokio::select! {
        closed = shut_down(works, over, &assembly.platform, &assembly.vault) => closed?,
        () = signals.next() => {}
    }
    over.outcome()
}

/// Ends in order: lets what was begun end, and closes the databases.
async fn shut_down(
    works: Works,
    over: Over,
    platform: &Platform,
    vault: &Vault,
) -> Result<(), Box<dyn Error>> {
    let ended = works.end(over).await;
    // Whoever still holds a connection lets go of it with the process.
    let closing = async {
        platform.disconnect().await?;
        Ok::<_, Box<dyn Error>>(vault.disconnect().await?)
    };
    if let Ok(closed) = timeout(CLOSING, closing).await {
        closed?;
    } else {
        tracing::warn!("the databases did not let go in time");
    }
    tracing::info!("stopped");
    Ok(ended?)
}

async fn bind(what: &str, address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("{what} {address}: {error}"))
}

/// Ends when it is told to.
async fn told(mut stopped: watch::Receiver<bool>) {
    // An error says that whoever tells is gone: the process ends.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Answers those who run the portal, to the very end.
async fn serve_internal(socket: TcpListener, router: Router) {
    if let Err(error) = axum::serve(socket, router).await {
        tracing::error!(%error, "the metrics cannot be read any more");
    }
}

async fn forget_idle(rate: Rate) {
    let mut interval = tokio::time::interval(FORGET_EVERY);
    loop {
        interval.tick().await;
        rate.forget_idle();
    }
}

/// What asks a process to stop, from when this is made. From then on a hangup does not end it, whoever
/// else listens: a certificate may be renewed while a server still waits for its database.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    _hangup: Signal,
}

impl Signals {
    /// Begins to listen.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits to be asked to stop.
    pub async fn next(&mut self) {
        tokio::select! { _ = self.interrupt.recv() => {}, _ = self.terminate.recv() => {} }
    }
}
