//! Answering requests until the process is asked to stop, and an orderly end.
//!
//! Asked to stop (SIGTERM, or Ctrl-C), a server first says on `/readyz` that it is not ready, and
//! goes on answering for as long as `[operation] drain_seconds` says, closing each connection of
//! HTTP/1.1 after its answer, so that whoever spreads the requests sends them elsewhere. Then it takes no more
//! connections, lets running requests and the round of scheduled work end within `stop_seconds`,
//! and closes the databases. Asked again, it ends at once. Asked to reload (SIGHUP), it reads its
//! certificate anew, and does nothing where it has none.

use axum::Router;
use migration::growth;
use server::{
    config::Config,
    http::{
        listener::{self, Bounds, tls},
        rate::Rate,
    },
    operation::routes,
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
use veche::startup::Assembly;

/// How long the databases are waited for at the end.
const CLOSING: Duration = Duration::from_secs(5);
/// How often the addresses that have not been seen for a while are forgotten.
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
    let mut scheduled = tokio::spawn(assembly.scheduler.run(told(stopped.clone())));
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

    let broken_off = tokio::select! {
        () = signals.next() => None,
        ended = &mut scheduled => Some(ended),
    };
    assembly.health.drain();
    bounds.leaving.store(true, Ordering::Relaxed);
    match &broken_off {
        None => tracing::info!("asked to stop"),
        // Nobody would open or close a poll any more while this server says that it leads.
        Some(ended) => tracing::error!(?ended, "the scheduled work has ended; stopping"),
    }
    tokio::select! {
        () = sleep(Duration::from_secs(config.operation.drain_seconds)) => {}
        () = signals.next() => return Ok(()),
    }
    stop.send_replace(true);
    let end = async {
        let cut_off = serving.await?;
        if cut_off > 0 {
            tracing::warn!(cut_off, "connections did not end in time");
        }
        if broken_off.is_none() && timeout(bounds.stop, &mut scheduled).await.is_err() {
            scheduled.abort();
            tracing::warn!("the scheduled work did not end in time; another server goes on soon");
        }
        // Whoever still holds a connection lets go of it with the process.
        let closing = async {
            assembly.stores.portal.close().await?;
            Ok::<_, Box<dyn Error>>(assembly.vault.disconnect().await?)
        };
        if let Ok(closed) = timeout(CLOSING, closing).await {
            closed?;
        } else {
            tracing::warn!("the databases did not let go in time");
        }
        tracing::info!("stopped");
        match broken_off {
            Some(_) => Err("the scheduled work has ended".into()),
            None => Ok(()),
        }
    };
    tokio::select! {
        ended = end => ended,
        () = signals.next() => Ok(()),
    }
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
