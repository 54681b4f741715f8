//! What the machine does without the portal.

use crate::{
    client::Load,
    portal::{free_port, until_listening},
    world::{Engine, World},
};
use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use hyper::body::Bytes;
use migration::{connection, testing};
use sea_orm::TransactionTrait as _;
use sea_orm::{ConnectionTrait as _, SqliteTransactionMode, TransactionOptions};
use sea_orm_migration::MigratorTrait as _;
use std::{
    fs,
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Responses that SQLite is given one by one.
const ONE_BY_ONE: u32 = 4_000;

/// Answers every request with a file, until the process is killed.
pub async fn bare_handler(arguments: &str) {
    let (port, file) = arguments.split_once(':').unwrap();
    let bytes = Bytes::from(fs::read(file).unwrap());
    let answer = move || async move { ([(CONTENT_TYPE, "text/html; charset=utf-8")], bytes) };
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, Router::new().fallback(get(answer))).await.unwrap();
}

/// Pages a second of a bare handler, a process of its own, that gives these bytes.
pub async fn bare(page: &Bytes, connections: usize, during: Duration) -> f64 {
    let file = std::env::temp_dir().join(format!("veche-bare-{}", std::process::id()));
    fs::write(&file, page).unwrap();
    let port = free_port();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("--bare")
        .arg(format!("{port}:{}", file.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    until_listening(address);
    let rate = Load::new(address, connections).pages_a_second("/", None, during).await;
    child.kill().unwrap();
    child.wait().unwrap();
    fs::remove_file(file).unwrap();
    rate
}

/// A response like those that the portal stores, of nobody.
fn insert(world: &World, id: &str, pseudonym: &str) -> String {
    let content = "ab".repeat(296);
    let content = match world.engine {
        Engine::Postgres => format!("'\\x{content}'"),
        Engine::Sqlite => format!("x'{content}'"),
    };
    format!(
        "INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
         special_consent, content, received_on, batch, counted) VALUES ({id}, {}, {pseudonym}, \
         12345678, '03', '30-44', 'female', false, {content}, '2026-11-26', 1, \
         '[\"\",\"one=\",\"one=a\",\"two=\",\"two=b\",\"three=\",\"three=c\"]');",
        world.poll_literal()
    )
}

/// Submissions a second that pgbench writes, one transaction of one INSERT each, into a database
/// with the same schema on the same server.
pub async fn pgbench(world: &World, connections: usize) -> f64 {
    let url = testing::durable_postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    migration::vault::Migrator::up(&db, None).await.unwrap();
    let poll = format!(
        "INSERT INTO poll_key (poll_id, state, wrapped) VALUES ({}, 'open', '\\x00')",
        world.poll_literal()
    );
    db.execute_unprepared(&poll).await.unwrap();
    let script = world.folder().join("insert.sql");
    let random = "sha256((random()::text || random()::text)::bytea)";
    fs::write(&script, insert(world, "gen_random_uuid()", random)).unwrap();
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--time=8"])
        .arg(format!("--client={connections}"))
        .arg(format!("--file={}", script.display()))
        .arg(url.replace("postgres://", "postgresql://"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("tps = "));
    let line = line.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    line.split_whitespace().nth(2).unwrap().parse().unwrap()
}

/// Submissions a second that one writer gives SQLite, one transaction each, with the portal's own
/// settings.
pub async fn one_by_one(world: &World) -> f64 {
    let file = testing::SqliteFile::new();
    let db = connection::open(&file.url()).await.unwrap();
    migration::vault::Migrator::up(&db, None).await.unwrap();
    let poll = format!(
        "INSERT INTO poll_key (poll_id, state, wrapped) VALUES ({}, 'open', x'00')",
        world.poll_literal()
    );
    db.execute_unprepared(&poll).await.unwrap();
    let insert = insert(world, "randomblob(16)", "randomblob(32)");
    #[expect(clippy::disallowed_methods, reason = "this is what a benchmark is for")]
    let start = Instant::now();
    for _ in 0..ONE_BY_ONE {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = db.begin_with_options(options).await.unwrap();
        tx.execute_unprepared(&insert).await.unwrap();
        tx.commit().await.unwrap();
    }
    f64::from(ONE_BY_ONE) / start.elapsed().as_secs_f64()
}
