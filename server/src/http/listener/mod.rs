//! Taking connections and answering on them, with bounds that `axum::serve` does not have: how
//! many there are, how long a head may take to arrive, how long a client may take nothing, TLS,
//! and an orderly end.
//!
//! | what | what happens |
//! | --- | --- |
//! | a connection too many | 503 with a page (a few hundred at a time, further ones are closed) |
//! | a head that does not arrive in time | the connection is closed, as is one that waits too long |
//! | a head beyond twice its bound, and beyond 64 KiB in any case | 431 without a page; up to that `http::head` says it on one |
//! | a client that takes nothing | the connection is closed |
//! | over HTTP/2, a client that lets its answers wait | the connection is closed ([`taking`]) |
//!
//! A proxy keeps its connections and puts its next request on one of them. If that one is closed just as a
//! form comes on it, the form is lost: a proxy does not send it a second time. So a server that is about to
//! end closes each connection after its next answer, and leaves idle ones open until their owner must have
//! left them.
//!
//! Without TLS only HTTP/1.1 is spoken; with it, HTTP/2 and HTTP/1.1 as the client chooses (ALPN).
//!
//! What it must never do: let a client hold a connection for as long as it likes, or log who was there.

mod connections;
mod patience;
mod taking;
pub mod tls;

use crate::config::limits::Limits;
use axum::{
    Extension, Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, header::CONNECTION},
};
use connections::Connections;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use patience::Patience;
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use taking::{Taking, Watched};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::Service as _;

/// Connections at a time that are told that there are too many.
const TOLD: usize = 256;
/// How long it may take to tell one.
const TELLING: Duration = Duration::from_secs(5);
/// How long to wait where the system has no connection to give, for lack of files or memory.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// Streams of one HTTP/2 connection at a time. A page needs a dozen.
const STREAMS: u32 = 32;
/// Between the last connection and the closing of idle ones, where a proxy is in front: it may just
/// be putting a request on one.
const LAST_REQUESTS: Duration = Duration::from_secs(1);
/// Smallest buffer of a connection.
const BUFFER: usize = 65_536;

/// What answers.
#[derive(Clone)]
pub struct Answering {
    /// The portal.
    pub portal: Router,
    /// What a connection too many is told.
    pub refusal: Router,
}

/// What the connections are held to.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// `[limits]`.
    pub limits: Limits,
    /// Whether all connections are a proxy's, so that counting them by address says nothing.
    pub behind_proxy: bool,
    /// How long running requests have to end.
    pub stop: Duration,
    /// Whether the server is about to end: each connection is closed after its next answer.
    pub leaving: Arc<AtomicBool>,
}

/// How one connection is spoken on.
struct Speech {
    head: Duration,
    write: Duration,
    /// For how long a client may do nothing at all: it waits for its next request, or for our answer.
    /// The protocols read on meanwhile, and an answer may take all the time that a request has.
    still: Duration,
    fields: usize,
    buffer: usize,
    leaving: Arc<AtomicBool>,
}

impl Speech {
    fn new(Bounds { limits, leaving, .. }: &Bounds) -> Self {
        let waits = limits.head_seconds.max(limits.request_seconds);
        Self {
            leaving: leaving.clone(),
            head: Duration::from_secs(limits.head_seconds),
            write: Duration::from_secs(limits.write_seconds),
            still: Duration::from_secs(waits.saturating_add(limits.write_seconds)),
            // Twice the bound: what is between is told on a page.
            fields: limits.head_fields.saturating_mul(2).max(100),
            buffer: limits.head_bytes.saturating_mul(2).max(BUFFER),
        }
    }
}

/// Answers until `stop` ends; then takes no more connections and lets the running requests end.
/// Those that do not within their time are cut off; how many is given.
pub async fn serve(
    socket: TcpListener,
    tls: Option<tls::Acceptor>,
    answering: Answering,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
) -> usize {
    let per_address = (!bounds.behind_proxy).then_some(bounds.limits.connections_per_address);
    let connections = Connections::new(bounds.limits.connections, per_address);
    let telling = Arc::new(Semaphore::new(TOLD));
    let speech = Arc::new(Speech::new(&bounds));
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let take = |tasks: &mut JoinSet<()>, stream: TcpStream, peer: SocketAddr| {
        let (tls, speech, watcher) = (tls.clone(), speech.clone(), graceful.watcher());
        match connections.enter(peer.ip()) {
            Ok(place) => {
                let router = answering.portal.clone();
                tasks.spawn(async move {
                    converse(stream, peer, tls, router, &speech, watcher).await;
                    drop(place);
                });
            }
            Err(limit) => {
                let Ok(place) = telling.clone().try_acquire_owned() else { return };
                let router = answering.refusal.clone().layer(Extension(limit));
                tasks.spawn(async move {
                    let told = converse(stream, peer, tls, router, &speech, watcher);
                    // A client that does not listen is none to be told anything.
                    let _ = timeout(TELLING, told).await;
                    drop(place);
                });
            }
        }
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            Some(_) = tasks.join_next() => continue,
            accepted = accept(&socket) => accepted,
        };
        take(&mut tasks, stream, peer);
    }
    for (stream, peer) in last(socket) {
        take(&mut tasks, stream, peer);
    }
    if bounds.behind_proxy {
        sleep(LAST_REQUESTS).await;
    }
    if timeout(bounds.stop, graceful.shutdown()).await.is_ok() {
        return 0;
    }
    while tasks.try_join_next().is_some() {}
    tasks.len()
}

/// The next connection. What fails on the way to it is the client's loss, but for the system's
/// own want, which has to pass.
async fn accept(socket: &TcpListener) -> (TcpStream, SocketAddr) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => {
                // Answers are sent whole: waiting to fill a packet only delays them.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ConnectionAborted | ConnectionRefused | ConnectionReset
                ) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                sleep(EXHAUSTED).await;
            }
        }
    }
}

/// Closes the socket, and gives the connections that waited to be taken: closing would have reset
/// them. The system is asked itself, to the last moment; the runtime hears of a connection later.
fn last(socket: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    use io::ErrorKind::{ConnectionAborted, Interrupted};
    let Ok(socket) = socket.into_std() else { return Vec::new() };
    let mut waiting = Vec::new();
    loop {
        match socket.accept() {
            Ok(accepted) => waiting.push(accepted),
            Err(error) if matches!(error.kind(), ConnectionAborted | Interrupted) => {}
            Err(_) => break,
        }
    }
    drop(socket);
    waiting
        .into_iter()
        .filter_map(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            let _ = stream.set_nodelay(true);
            Some((TcpStream::from_std(stream).ok()?, peer))
        })
        .collect()
}

/// Answers on one connection until it ends.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<tls::Acceptor>,
    router: Router,
    speech: &Speech,
    watcher: Watcher,
) {
    let Some(tls) = tls else {
        // Waiting for a head has its own bound in HTTP/1.1.
        return http1(Patience::new(stream, None, speech.write), peer, router, speech, watcher)
            .await;
    };
    let stream = Patience::new(stream, Some(speech.still), speech.write);
    let Ok(Ok(stream)) = timeout(speech.head, tls.accept(stream)).await else { return };
    if stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2) {
        http2(stream, peer, router, speech, watcher).await;
    } else {
        http1(stream, peer, router, speech, watcher).await;
    }
}

async fn http1(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    speech: &Speech,
    watcher: Watcher,
) {
    let leaving = speech.leaving.clone();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(speech.head)
        .max_headers(speech.fields)
        .max_buf_size(speech.buffer)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| {
                let (answering, leaving) = (answer(router.clone(), request, peer), leaving.clone());
                async move {
                    let mut response = answering.await?;
                    if leaving.load(Ordering::Relaxed) {
                        response
                            .headers_mut()
                            .insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    Ok::<_, std::convert::Infallible>(response)
                }
            }),
        );
    // How a client goes away is its own affair.
    let _ = watcher.watch(connection).await;
}

async fn http2(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    speech: &Speech,
    watcher: Watcher,
) {
    let taking = Arc::new(Taking::default());
    let ours = taking.clone();
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(speech.buffer).unwrap_or(u32::MAX))
        .serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| {
                let (answering, taking) = (answer(router.clone(), request, peer), ours.clone());
                async move {
                    let response = answering.await?;
                    Ok::<_, std::convert::Infallible>(
                        response.map(|body| Watched::new(body, taking)),
                    )
                }
            }),
        );
    tokio::select! {
        _ = watcher.watch(connection) => {}
        () = taking.stalls(speech.write) => {}
    }
}

async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.call(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Nothing need come of a client that has sent its request, but its connection is read on.
    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_an_answer_need_not_do_anything_meanwhile() {
        let limits = Limits { request_seconds: 120, ..Limits::default() };
        let (stop, leaving) = (TELLING, Arc::default());
        let speech = Speech::new(&Bounds { limits, behind_proxy: false, stop, leaving });
        let slow = async move || {
            sleep(Duration::from_secs(limits.request_seconds)).await;
            "late"
        };
        let router = Router::new().route("/", get(slow));
        let (mut far, near) = tokio::io::duplex(BUFFER);
        let near = Patience::new(near, Some(speech.still), speech.write);
        let (peer, graceful) = (SocketAddr::from(([192, 0, 2, 1], 443)), GracefulShutdown::new());
        let speaking = http1(near, peer, router, &speech, graceful.watcher());
        let asking = async {
            let request = b"GET / HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n";
            far.write_all(request).await.unwrap();
            let mut answer = String::new();
            far.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let ((), answer) = tokio::join!(speaking, asking);
        assert!(answer.ends_with("late"), "{answer}");
    }
}
