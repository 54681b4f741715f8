//! The portal's own TLS: HTTP/2 and HTTP/1.1, and a certificate that changes under way.

use crate::running::{LONG, Running};
use http_body_util::BodyExt as _;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use migration::testing::{SqliteFile, certificates::self_signed};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

async fn connect(running: &Running, protocols: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let file = running.folder.folder().join("certificate.pem");
    roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(running.at).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

fn page() -> hyper::Request<String> {
    let request = hyper::Request::get("https://localhost/services").header("accept", "text/html");
    request.body(String::new()).unwrap()
}

/// A server with a certificate that waits so many seconds for a client.
async fn waits_for(seconds: u64) -> Running {
    let folder = SqliteFile::new();
    let shown = self_signed(folder.folder(), "localhost");
    let settings = json!({
        "tls": { "certificate": shown.certificate, "key": shown.key },
        "server": { "public_url": "https://localhost" },
        "limits": { "head_seconds": seconds, "write_seconds": seconds },
    });
    Running::start_in(folder, settings).await
}

#[tokio::test]
async fn over_http_2_a_client_that_takes_nothing_is_cut_off_whatever_else_it_sends() {
    // A good reader has to have time, also on a busy machine; nobody waits long for the others.
    let [impatient, patient] = [waits_for(2).await, waits_for(6).await];
    // The window of each answer: none, one that is too small for the whole, and a good one.
    for (window, taken) in [(0, false), (1, false), (300, false), (4096, true)] {
        let running = if taken { &patient } else { &impatient };
        let stream = connect(running, &[b"h2"]).await.unwrap();
        let (mut sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(window)
            .keep_alive_interval(Duration::from_millis(500))
            .handshake(TokioIo::new(stream))
            .await
            .unwrap();
        let speaking = tokio::spawn(connection);
        let mut answers = Vec::new();
        for _ in 0..10 {
            let answer = sender.send_request(page()).await.unwrap();
            assert_eq!(answer.status(), 200);
            answers.push(answer.into_body());
        }
        if taken {
            for answer in answers {
                sleep(Duration::from_millis(700)).await;
                let page = answer.collect().await.unwrap().to_bytes();
                assert!(String::from_utf8_lossy(&page).contains("</html>"), "{} bytes", page.len());
            }
            // An idle connection has its own bound, and pings move it.
            sleep(Duration::from_secs(7)).await;
            assert!(!speaking.is_finished());
        } else {
            // Sooner than by the bound that holds where none is set.
            let ended = timeout(Duration::from_secs(25), speaking).await;
            assert!(ended.is_ok(), "{window}: it is not closed");
        }
    }
}

/// What a server that ends TLS itself answers by HTTP/1.1 to these lines of a head.
async fn told(running: &Running, path: &str, lines: &str) -> String {
    let mut stream = connect(running, &[b"http/1.1"]).await.unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\n{lines}Accept: text/html\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_server_that_faces_people_answers_for_its_own_host_alone() {
    let running = waits_for(10).await;
    for (path, lines, status) in [
        // The first one is kept for everybody, and is for its own address all the same.
        ("/services", "Host: localhost\r\n", " 200 "),
        ("/services", "Host: other.example\r\n", " 421 "),
        ("/services", "Host: localhost:8443\r\n", " 421 "),
        ("/services", "", " 400 "),
        ("/services", "Host: localhost\r\nHost: localhost\r\n", " 400 "),
        ("/healthz", "Host: 192.0.2.7\r\n", " 200 "),
        ("/readyz", "", " 200 "),
    ] {
        let answer = told(&running, path, lines).await;
        let first = answer.lines().next().unwrap_or_default();
        assert!(first.contains(status), "{path} {lines:?}: {answer}");
        if status == " 421 " {
            assert!(answer.contains("This is not the portal’s address"), "{answer}");
            assert!(
                answer.contains("content-security-policy") && !answer.contains("other.example")
            );
        }
    }
    let stream = connect(&running, &[b"h2"]).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let speaking = tokio::spawn(connection);
    for (host, status) in [("localhost", 200), ("other.example", 421)] {
        let request = hyper::Request::get(format!("https://{host}/services"))
            .header("accept", "text/html")
            .body(String::new());
        let response = sender.send_request(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), status, "{host}");
    }
    speaking.abort();
}

#[tokio::test]
async fn both_protocols_are_spoken_over_a_certificate_that_can_change() {
    let folder = SqliteFile::new();
    let shown = self_signed(folder.folder(), "localhost");
    let tls = json!({ "certificate": shown.certificate, "key": shown.key });
    let server = json!({ "public_url": "https://localhost" });
    let running = Running::start_in(
        folder,
        json!({ "tls": tls, "server": server, "limits": { "head_seconds": 2 } }),
    )
    .await;

    let stream = connect(&running, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let speaking = tokio::spawn(connection);
    for _ in 0..3 {
        let response = sender.send_request(page()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers().contains_key("strict-transport-security"));
    }
    drop(sender);
    speaking.abort();

    let mut stream = connect(&running, &[b"http/1.1"]).await.unwrap();
    let first = stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("ok"), "{answer}");
    // Plain HTTP finds nobody who speaks it.
    assert!(!running.get("/healthz").await.contains("ok"));
    // Nor does one who does not shake hands hold a place for long.
    let began = Instant::now();
    assert_eq!(running.connect().await.rest().await, "");
    assert!(began.elapsed() < Duration::from_secs(12), "sooner than where nothing is set");

    self_signed(running.folder.folder(), "localhost");
    running.signal("HUP");
    let mut second = None;
    for _ in 0..50 {
        sleep(Duration::from_millis(100)).await;
        if let Ok(stream) = connect(&running, &[b"h2"]).await {
            second = Some(stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned());
            break;
        }
    }
    assert_ne!(second.expect("the new certificate is shown"), first);

    // A key that does not belong to it changes nothing.
    std::fs::write(&shown.key, "nonsense").unwrap();
    running.signal("HUP");
    let began = Instant::now();
    while !running.log().contains("the certificate stays the old one") {
        assert!(began.elapsed() < LONG, "{}", running.log());
        sleep(Duration::from_millis(50)).await;
    }
    assert!(connect(&running, &[b"h2"]).await.is_ok());
}
