//! The way to PostgreSQL, encrypted, and who is believed at its end.

use crate::{
    portal::TestPortal,
    running::{command, said, write_config},
    statistics::asks_and_publishes,
};
use migration::{
    connection,
    testing::{Secured, SqliteFile, with_database},
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use std::path::Path;

/// Which protocol a connection speaks, if it is encrypted.
async fn protocol(db: &DatabaseConnection) -> Option<String> {
    let sql = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// `verify-full`, and these certificates.
fn proven_by(authority: &Path) -> String {
    format!("sslmode=verify-full&sslrootcert={}", authority.display())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_proves_who_it_is_or_is_not_spoken_with() {
    let server = Secured::new().await.unwrap();
    let ours = server.authority.certificate();
    let theirs = server.stranger.certificate();
    let any_name = |file: &Path| format!("sslmode=verify-ca&sslrootcert={}", file.display());
    let elsewhere = |options: &str| server.url_at("localhost", "veche", options);
    for accepted in [
        server.url(&proven_by(&ours)),
        elsewhere(&any_name(&ours)),
        // Encrypted, but with whoever answers.
        server.url("sslmode=require"),
        server.url(""),
    ] {
        let db = connection::open(&accepted).await.unwrap();
        assert_eq!(protocol(&db).await.as_deref(), Some("TLSv1.3"), "{accepted}");
    }
    // By an address of IPv6, where this machine has any.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        let accepted = server.url_at("[::ffff:127.0.0.1]", "veche", "sslmode=require");
        let db = connection::open(&accepted).await.unwrap();
        assert!(protocol(&db).await.is_some());
    }
    let db = connection::open(&server.socket()).await.unwrap();
    assert_eq!(protocol(&db).await, None, "a socket needs no TLS");
    let replica = connection::open_replica(&server.url(&proven_by(&ours))).await.unwrap();
    assert!(protocol(&replica).await.is_some());
    let replica = connection::open_replica(&server.url(&proven_by(&theirs))).await.unwrap();
    assert!(replica.execute_unprepared("SELECT 1").await.is_err());

    for (refused, words) in [
        (server.url(&proven_by(&theirs)), "UnknownIssuer"),
        (server.url("sslmode=verify-full"), "UnknownIssuer"),
        (server.url(&any_name(&theirs)), "UnknownIssuer"),
        (elsewhere(&proven_by(&ours)), "not valid for name \"localhost\""),
        (server.url("sslmode=disable"), "no encryption"),
    ] {
        let error = connection::open(&refused).await.unwrap_err().to_string();
        assert!(error.contains(words), "{refused}: {error}");
    }

    let certified = async |more: &str| {
        let options = proven_by(&ours) + more;
        connection::open(&server.url_at("127.0.0.1", "veche_certified", &options)).await
    };
    let (shown, key) = (server.client.certificate.display(), server.client.key.display());
    let with = format!("&sslcert={shown}&sslkey={key}");
    let db = certified(&with).await.map_err(|error| error.to_string()).unwrap();
    assert!(protocol(&db).await.is_some());
    let error = certified("").await.unwrap_err().to_string();
    assert!(error.contains("client certificate"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_whose_databases_prove_who_they_are() {
    let server = Secured::new().await.unwrap();
    let url = server.url(&proven_by(&server.authority.certificate()));
    let admin = connection::open(&url).await.unwrap();
    for name in ["portal", "vault"] {
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    }
    let (portal, vault) = (with_database(&url, "portal"), with_database(&url, "vault"));
    let portal = TestPortal::on(&json!({ "portal": portal, "vault": vault })).await;
    assert!(protocol(&portal.platform.db).await.is_some());
    asks_and_publishes(&portal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_somebody_else_could_be_on_is_said_at_start_and_by_the_doctor() {
    let server = Secured::new().await.unwrap();
    let admin = connection::open(&server.socket()).await.unwrap();
    for name in ["portal", "vault"] {
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    }
    // This very machine by a name that does not look like it.
    let doubtful = server.url_at("0.0.0.0", "veche", "sslmode=require");
    let proven = server.url(&proven_by(&server.authority.certificate()));
    let folder = SqliteFile::new();
    let stores = json!({
        "portal": with_database(&doubtful, "portal"),
        "vault": with_database(&proven, "vault"),
    });
    let at = "127.0.0.1:9".parse().unwrap();
    let config = write_config(&folder, at, &json!({ "stores": stores }));
    let words = "whoever is on the way can pose as 0.0.0.0: use sslmode=verify-full";

    let (good, log) = said(command(&config, &["migrate"]));
    assert!(good && log.matches(words).count() == 1, "{log}");
    assert!(log.contains("stores.portal") && !log.contains("stores.vault"), "{log}");
    let (_, log) = said(command(&config, &["doctor"]));
    assert!(log.contains(&format!("doubt  stores.portal: {words}")), "{log}");
    assert!(!log.contains("stores.vault"), "{log}");
    assert!(log.contains("ok     portal's database"), "a doubt is no fault: {log}");

    let pages = "log of the vault's changes";
    assert!(log.contains(&format!("doubt  {pages}: wal_compression is off")), "{log}");
    // Not every build of PostgreSQL has the faster lz4.
    admin.execute_unprepared("ALTER DATABASE vault SET wal_compression = pglz").await.unwrap();
    let (_, log) = said(command(&config, &["doctor"]));
    assert!(log.contains(&format!("ok     {pages}")), "{log}");

    for (store, acknowledged) in [
        ("vault", "what the vault acknowledges"),
        ("portal", "what the portal's store acknowledges"),
    ] {
        // This cluster of the tests waits for no disk.
        assert!(log.contains(&format!("wrong  {acknowledged}: fsync is off")), "{log}");
        for lossy in ["off", "local"] {
            let set = format!("ALTER DATABASE {store} SET synchronous_commit = {lossy}");
            admin.execute_unprepared(&set).await.unwrap();
            let (_, log) = said(command(&config, &["doctor"]));
            let wrong = format!("wrong  {acknowledged}: synchronous_commit is {lossy}");
            assert!(log.contains(&wrong), "{log}");
        }
    }
}
