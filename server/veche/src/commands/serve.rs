//! Answering requests until the process is asked to stop.

use server::config::Config;
use std::{error::Error, net::SocketAddr, time::Duration};
use tokio::net::TcpListener;
use veche::startup::Assembly;

/// How often the addresses that have not been seen for a while are forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(10);

/// Serves the portal and does the scheduled work.
pub async fn run(config: &Config, assembly: Assembly) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(config.server.listen)
        .await
        .map_err(|error| format!("the portal's address {}: {error}", config.server.listen))?;
    println!("Veche is at {}", config.server.public_url);
    tokio::spawn(assembly.scheduler.run());
    let rate = assembly.rate;
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(FORGET_EVERY);
        loop {
            interval.tick().await;
            rate.forget_idle();
        }
    });
    axum::serve(listener, assembly.router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop_signal())
        .await?;
    Ok(())
}

/// Ends when the process is asked to stop.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => drop(interrupt.await),
    }
}
