//! Throw-away databases for tests (feature `testing`), so that every test runs on both engines.
//!
//! PostgreSQL is the server at `VECHE_TEST_POSTGRES` (a URL whose user may create databases; they
//! are left there), or else one that is started here with the machine's own `initdb` and
//! `pg_ctl`: no network, a folder of its own, gone when the test process ends, however it ends. A
//! machine that has neither fails the tests and says what to install.

pub mod certificates;
pub mod migrated;

use crate::connection::open;
use certificates::{Authority, Certificate};
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbErr};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio, id},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread::sleep,
    time::Duration,
};

/// A number for the next database of this process.
fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// An SQLite file in a folder of its own, which goes when this is dropped.
#[derive(Debug)]
pub struct SqliteFile {
    folder: PathBuf,
}

impl SqliteFile {
    /// A folder for a new file.
    ///
    /// # Panics
    /// If the folder cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("veche-sqlite-{}-{}", id(), next()));
        fs::create_dir(&folder).expect("the folder for temporary files can be written");
        Self { folder }
    }

    /// Where the file and its write-ahead log are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address for [`open`].
    #[must_use]
    pub fn url(&self) -> String {
        format!("sqlite:{}/store.sqlite", self.folder.display())
    }
}

impl Default for SqliteFile {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for SqliteFile {
    fn drop(&mut self) {
        // On a failure the system's own cleaning of temporary files has to do.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The address of a new, empty PostgreSQL database. A server that is started here analyses no table by
/// itself.
///
/// # Errors
/// The server does not answer or refuses to create a database.
///
/// # Panics
/// If there is no server and none can be started.
pub async fn postgres() -> Result<String, DbErr> {
    database_on(server()).await
}

/// The address of the first database of the server that most tests share.
fn server() -> &'static str {
    static SERVER: OnceLock<String> = OnceLock::new();
    SERVER.get_or_init(|| {
        std::env::var("VECHE_TEST_POSTGRES").unwrap_or_else(|_| start_cluster("off", STILL))
    })
}

/// As [`postgres`], but on a cluster of its own each time: for what concerns all databases of a
/// server, as its roles do.
///
/// # Errors
/// The server refuses to create a database.
///
/// # Panics
/// If there is no server and none can be started.
pub async fn lone_postgres() -> Result<String, DbErr> {
    database_on(&start_cluster("off", STILL)).await
}

/// As [`postgres`], but the server looks after its tables by itself, as an operator's does: for
/// measurements in which the disk is not waited for.
///
/// # Errors
/// The server refuses to create a database.
///
/// # Panics
/// If there is no server and none can be started.
pub async fn tended_postgres() -> Result<String, DbErr> {
    static SERVER: OnceLock<String> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        std::env::var("VECHE_TEST_POSTGRES").unwrap_or_else(|_| start_cluster("off", ""))
    });
    database_on(server).await
}

/// As [`postgres`], but on a cluster of its own whose commits are on the disk, set as an operator is
/// told to set it (`server/operations/postgresql/README.md`): for benchmarks.
///
/// # Errors
/// The server refuses to create a database.
///
/// # Panics
/// If there is no server and none can be started.
pub async fn durable_postgres() -> Result<String, DbErr> {
    static SERVER: OnceLock<String> = OnceLock::new();
    database_on(SERVER.get_or_init(|| start_cluster("on", FOR_WRITING))).await
}

/// The address of a new database on a server.
async fn database_on(server: &str) -> Result<String, DbErr> {
    Ok(created(server, "").await?.1)
}

/// The name and the address of a new database on a server, made in this way.
async fn created(server: &str, how: &str) -> Result<(String, String), DbErr> {
    let name = format!("veche_test_{}_{}", id(), next());
    let admin = open(server).await?;
    admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name}")).await?;
    admin.execute_unprepared(&format!("CREATE DATABASE {name} {how}")).await?;
    admin.close().await?;
    let address = with_database(server, &name);
    Ok((name, address))
}

/// The address of another database of the same server.
///
/// # Panics
/// If `server` is not a URL.
#[must_use]
pub fn with_database(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, None), |(a, o)| (a, Some(o)));
    let (scheme, rest) = address.split_once("://").expect("a URL has a scheme");
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}

/// What a server does by itself once a minute could come between any two steps of a test. One transaction may
/// be prepared: a test looks at what that holds.
const STILL: &str = "-c autovacuum=off -c max_prepared_transactions=1";

/// Settings for many who write at once: see `server/vault/SCALE.md`.
const FOR_WRITING: &str = "-c wal_compression=lz4 -c shared_buffers=2GB -c max_wal_size=8GB";

/// Makes a cluster, starts it, prints its folder and waits for the end of its input, which comes
/// when the test process is gone. Then stops the cluster and removes it.
const CLUSTER: &str = r#"
set -eu
folder=$(mktemp -d "${TMPDIR:-/tmp}/veche-postgres.XXXXXX")
trap '"$0/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP
cd "$folder"
"$0/initdb" -D data -U veche -A trust -E UTF8 --locale=C.UTF-8 --no-sync >&2
"$0/pg_ctl" -w -D data -l log -o "-k $folder -c fsync=$1 -c max_connections=300 $2" start >&2
echo "$folder"
read -r _ || true
"#;

/// As [`CLUSTER`], with a second server that follows the first by streaming replication.
const REPLICATED: &str = r#"
set -eu
folder=$(mktemp -d "${TMPDIR:-/tmp}/veche-replicated.XXXXXX")
trap 'for server in replica data; do
    "$0/pg_ctl" -D "$folder/$server" -m immediate stop >/dev/null 2>&1 || true
done; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP
cd "$folder"
settings="-k $folder -c listen_addresses= -c fsync=$1 -c autovacuum=off"
"$0/initdb" -D data -U veche -A trust -E UTF8 --locale=C.UTF-8 --no-sync >&2
"$0/pg_ctl" -w -D data -l log -o "$settings" start >&2
"$0/pg_basebackup" -h "$folder" -U veche -D replica -R -X stream -c fast --no-sync >&2
test -f replica/standby.signal
"$0/pg_ctl" -w -D replica -l replica.log -o "$settings -p 5433" start >&2
echo "$folder"
read -r _ || true
"#;

/// A PostgreSQL server and its streaming replica, which live as long as this process.
#[derive(Debug)]
pub struct Replicated {
    folder: String,
}

impl Replicated {
    /// Starts both.
    ///
    /// # Panics
    /// If there is no PostgreSQL on this machine.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: start(REPLICATED, &["off"]) }
    }

    /// The address of the server's first database.
    #[must_use]
    pub fn primary(&self) -> String {
        format!("postgres://veche@localhost/postgres?host={}", self.folder)
    }

    /// The address of the same database on the replica.
    #[must_use]
    pub fn replica(&self) -> String {
        format!("postgres://veche@localhost:5433/postgres?host={}", self.folder)
    }

    /// Ends the replica as a broken machine would.
    ///
    /// # Panics
    /// If it cannot be ended.
    pub fn end_replica(&self) {
        let mut command = unprivileged();
        command.arg(programs().expect("it was started with them").join("pg_ctl"));
        command.args(["-D", &format!("{}/replica", self.folder), "-m", "immediate", "stop"]);
        command.stdout(Stdio::null());
        assert!(command.status().expect("pg_ctl can be run").success());
    }
}

impl Default for Replicated {
    fn default() -> Self {
        Self::new()
    }
}

/// A PostgreSQL server that is reached over TCP by TLS alone, at 127.0.0.1, which its certificate
/// names. It lives as long as this process.
#[derive(Debug)]
pub struct Secured {
    folder: PathBuf,
    port: u16,
    /// Who signed the server's certificate.
    pub authority: Authority,
    /// Who has nothing to do with it.
    pub stranger: Authority,
    /// What the role `veche_certified` signs in with, and nobody else may as this role.
    pub client: Certificate,
}

/// Everything over TCP has to be encrypted; one role has to show a certificate.
const SECURED_ACCESS: &str = "\
local all all trust
hostssl all veche_certified 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 trust
";

impl Secured {
    /// Starts it.
    ///
    /// # Errors
    /// The server does not answer.
    ///
    /// # Panics
    /// If there is no PostgreSQL or no `openssl` on this machine.
    pub async fn new() -> Result<Self, DbErr> {
        let (folder, port) = reachable();
        let authority = Authority::by(&folder, "authority", unprivileged);
        let stranger = Authority::by(&folder, "stranger", unprivileged);
        let server = authority.sign("server", "IP:127.0.0.1,DNS:database.internal");
        let client = authority.sign("veche_certified", "DNS:veche");
        let new = Self { folder, port, authority, stranger, client };

        fs::write(new.folder.join("data/pg_hba.conf"), SECURED_ACCESS).expect("it can be written");
        let admin = open(&new.socket()).await?;
        for (setting, file) in [
            ("ssl_cert_file", &server.certificate),
            ("ssl_key_file", &server.key),
            ("ssl_ca_file", &new.authority.certificate()),
        ] {
            let set = format!("ALTER SYSTEM SET {setting} = '{}'", file.display());
            admin.execute_unprepared(&set).await?;
        }
        admin.execute_unprepared("CREATE ROLE veche_certified LOGIN").await?;
        admin.execute_unprepared("ALTER SYSTEM SET ssl = on").await?;
        admin.execute_unprepared("SELECT pg_reload_conf()").await?;
        admin.close().await?;
        // Whoever connects from now on is told what holds.
        for _ in 0..100 {
            if open(&new.url("sslmode=require")).await.is_ok() {
                return Ok(new);
            }
            sleep(Duration::from_millis(50));
        }
        Err(DbErr::Custom("the server does not take up TLS".to_owned()))
    }

    /// The address of the server's first database by a socket, without TLS.
    #[must_use]
    pub fn socket(&self) -> String {
        format!("postgres://veche@localhost:{}/postgres?host={}", self.port, self.folder.display())
    }

    /// The address of the same database over TCP, with these options.
    #[must_use]
    pub fn url(&self, options: &str) -> String {
        self.url_at("127.0.0.1", "veche", options)
    }

    /// The same by another of the machine's names and as another role.
    #[must_use]
    pub fn url_at(&self, host: &str, role: &str, options: &str) -> String {
        format!("postgres://{role}@{host}:{}/postgres?{options}", self.port)
    }
}

/// Starts a cluster that lives as long as this process; gives the address of its first database.
/// `fsync` is whether a commit waits for the disk, `more` are other settings.
fn start_cluster(fsync: &str, more: &str) -> String {
    let more = format!("-c listen_addresses= {more}");
    format!("postgres://veche@localhost/postgres?host={}", start(CLUSTER, &[fsync, &more]))
}

/// Starts a cluster that is reached over TCP, too; gives its folder and its port.
fn reachable() -> (PathBuf, u16) {
    let mut again = 2;
    loop {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("this machine has a loopback address")
            .port();
        let more = format!("-c port={port} -c listen_addresses=127.0.0.1");
        match try_start(CLUSTER, &["off", &more]) {
            Ok(folder) => return (folder.into(), port),
            // Somebody else may have taken the port before the cluster did.
            Err(_) if again > 0 => again -= 1,
            Err(errors) => panic!("PostgreSQL did not start: {errors}"),
        }
    }
}

/// As [`try_start`], which has to succeed.
fn start(script: &str, arguments: &[&str]) -> String {
    try_start(script, arguments)
        .unwrap_or_else(|errors| panic!("PostgreSQL did not start: {errors}"))
}

/// Runs a script that starts servers in a folder of theirs; gives the folder, or what went wrong.
fn try_start(script: &str, arguments: &[&str]) -> Result<String, String> {
    let programs = programs().expect(
        "the tests need PostgreSQL: install it (Debian: apt-get install postgresql) so that initdb \
         and pg_ctl can be found, or set VECHE_TEST_POSTGRES to a server's URL",
    );
    let mut command = unprivileged();
    command.args(["sh", "-c", script]).arg(&programs).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut shell = command.spawn().expect("a shell can be started");
    let mut folder = String::new();
    BufReader::new(shell.stdout.take().expect("it is piped"))
        .read_line(&mut folder)
        .expect("the shell prints text");
    let folder = folder.trim();
    if folder.is_empty() {
        let mut errors = String::new();
        let _ = shell.stderr.take().expect("it is piped").read_to_string(&mut errors);
        // It has ended, or it would have printed something.
        let _ = shell.wait();
        return Err(errors);
    }
    // Not waited for: its input has to stay open until this process ends.
    std::mem::forget(shell);
    Ok(folder.to_owned())
}

/// The folder of `initdb` and `pg_ctl`: on the path, or where Debian puts them, newest first.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders
        .into_iter()
        .find(|folder| ["initdb", "pg_ctl"].iter().all(|name| folder.join(name).is_file()))
        // The path may lead to some of the programs only, by links to where all of them are.
        .and_then(|folder| Some(folder.join("initdb").canonicalize().ok()?.parent()?.to_owned()))
}

/// The start of a command that does not run as root, which PostgreSQL refuses.
///
/// # Panics
/// Where there is no `id`.
#[must_use]
pub fn unprivileged() -> Command {
    let user = Command::new("id").arg("-u").output().expect("`id` is on every Unix");
    if user.stdout.trim_ascii() != b"0" {
        return Command::new("env");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    command
}
