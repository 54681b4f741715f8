//! Whom the portal believes over https: a provider and a collector behind an authority that no
//! browser knows.

use crate::{
    identity::{come_back, leave, signed_in},
    running::{LONG, Running, command, said, write_config},
    scripted::Scripted,
    visitors::{self, Engine, Portal, noon},
};
use axum::{Router, body::Bytes, extract::State, routing::post};
use migration::testing::{
    SqliteFile,
    certificates::{Authority, Certificate},
};
use serde_json::{Value, json};
use server::{
    clock::{Clock as _, ManualClock, SystemClock},
    doctor,
};
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    (listener, at)
}

/// Ends TLS, and passes on to whoever is `behind`.
fn end_tls(listener: TcpListener, shown: &Certificate, behind: SocketAddr) {
    let chain = vec![CertificateDer::from_pem_file(&shown.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&shown.key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Who is refused by the other side, or leaves, is no matter here.
                let Ok(mut secret) = acceptor.accept(stream).await else { return };
                let mut plain = TcpStream::connect(behind).await.unwrap();
                let _ = copy_bidirectional(&mut secret, &mut plain).await;
            });
        }
    });
}

fn file(path: &Path) -> String {
    path.display().to_string()
}

/// What the doctor says of the provider at `issuer`.
async fn doctor_says(issuer: &str, network: Value) -> Result<(), String> {
    let nowhere = ["sqlite:/nowhere/portal.sqlite", "sqlite:/nowhere/vault.sqlite"];
    let config = visitors::config(issuer, nowhere[0], nowhere[1], json!({ "network": network }));
    let checks = doctor::examine(Ok(config), Arc::new(SystemClock)).await;
    let check = checks.into_iter().find(|check| check.what == "identity provider").unwrap();
    check.wrong().map_or(Ok(()), |words| Err(words.to_owned()))
}

#[tokio::test]
async fn a_provider_behind_an_authority_of_the_states_own_is_believed_when_it_is_named() {
    let folder = SqliteFile::new();
    let state = Authority::new(folder.folder(), "state");
    let stranger = Authority::new(folder.folder(), "stranger");
    let shown = state.sign("id", "DNS:localhost");
    let ((front, at), (plain, behind)) = (listener().await, listener().await);
    end_tls(front, &shown, behind);
    let issuer = format!("https://localhost:{}", at.port());
    let provider = Scripted::on(plain, issuer.clone());

    let (state, stranger) = (file(&state.certificate()), file(&stranger.certificate()));
    for (issuer, network, words) in [
        (&issuer, json!({}), "one of your own goes into [network] authorities"),
        (&issuer, json!({ "authorities": [stranger] }), "goes into [network] authorities"),
        // The certificate is for another name.
        (&format!("https://{at}"), json!({ "authorities": [state] }), "not valid for name"),
    ] {
        let refused = doctor_says(issuer, network.clone()).await.unwrap_err();
        assert!(refused.contains(words), "{network}: {refused}");
    }
    let both = file(&folder.folder().join("both.pem"));
    fs::write(&both, [&stranger, &state].map(|file| fs::read(file).unwrap()).concat()).unwrap();
    for network in [
        json!({ "authorities": [state] }),
        json!({ "authorities": [stranger, state] }),
        json!({ "authorities": [both] }),
        json!({ "authorities": [state], "public_authorities": false }),
    ] {
        assert_eq!(doctor_says(&issuer, network.clone()).await, Ok(()), "{network}");
    }

    // From leaving to coming back.
    let clock = Arc::new(ManualClock::new(noon()));
    let changes = json!({ "network": { "authorities": [state] } });
    let portal = Portal::new(Engine::Sqlite, &issuer, clock, changes).await;
    let mut browser = portal.browser();
    let (returned, nonce) = leave(&mut browser, &[]).await;
    {
        let mut script = provider.script.lock().unwrap();
        script.id_token = provider.good("anna", &nonce, portal.clock.now().timestamp());
        script.userinfo = json!({ "sub": "anna" });
    }
    come_back(&mut browser, &provider, &returned).await;
    assert!(signed_in(&mut browser).await);
}

#[tokio::test]
async fn traces_go_to_a_collector_that_proves_who_it_is_and_to_no_other() {
    type Seen = Arc<Mutex<usize>>;
    async fn collect(State(seen): State<Seen>, body: Bytes) {
        *seen.lock().unwrap() += body.len();
    }
    let folder = SqliteFile::new();
    let state = Authority::new(folder.folder(), "state");
    let shown = state.sign("collector", "DNS:localhost");
    let ((front, at), (plain, behind)) = (listener().await, listener().await);
    end_tls(front, &shown, behind);
    let seen = Seen::default();
    let collector = Router::new().route("/v1/traces", post(collect)).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(plain, collector).await });

    let traces = format!("https://localhost:{}/v1/traces", at.port());
    for (authorities, arrives) in [(vec![], false), (vec![file(&state.certificate())], true)] {
        let mut running = Running::start(json!({
            "operation": { "traces": traces, "traces_share": 1.0 },
            "network": { "authorities": authorities },
        }))
        .await;
        running.get("/").await;
        running.signal("TERM");
        timeout(LONG, running.ended()).await.unwrap();
        assert_eq!(*seen.lock().unwrap() > 0, arrives, "{authorities:?}");
    }
}

#[test]
fn nothing_starts_with_an_authority_that_cannot_be_read() {
    let folder = SqliteFile::new();
    let missing = file(&folder.folder().join("state.pem"));
    let at = "127.0.0.1:9".parse().unwrap();
    // The traces' client is made before anything else.
    for operation in [json!({}), json!({ "traces": "https://localhost:9/v1/traces" })] {
        let network = json!({ "authorities": [missing] });
        let settings = json!({ "network": network, "operation": operation });
        let config = write_config(&folder, at, &settings);
        for what in ["serve", "doctor"] {
            let (good, words) = said(command(&config, &[what]));
            assert!(
                !good && words.contains(&format!("network.authorities: {missing}: ")),
                "{words}"
            );
        }
    }
}
