//! PostgreSQL brought back to a moment, by the scripts that an operator uses.

use crate::portal::{self, TestPortal};
use migration::testing::{SqliteFile, unprivileged};
use questionnaire::{Facts, Questionnaire};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tokio::time::sleep;

/// A cluster that archives its log, gone when this is dropped.
struct Cluster {
    folder: PathBuf,
    /// Where its programs are looked for.
    path: String,
    /// The data that is run now.
    data: String,
}

impl Cluster {
    fn new() -> Self {
        let made = unprivileged().args(["mktemp", "-d", "/tmp/veche-recovery.XXXXXX"]).output();
        let folder = String::from_utf8(made.unwrap().stdout).unwrap();
        let folder = PathBuf::from(folder.trim());
        let cluster = Self { path: path(&folder), folder, data: "data".to_owned() };
        cluster.run("mkdir", &["wal"]);
        let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../operations/postgresql");
        for script in ["archive-wal", "base-backup", "restore-to-time"] {
            // Where everybody may read it.
            fs::copy(Path::new(scripts).join(script), cluster.folder.join(script)).unwrap();
        }
        cluster.run(
            "initdb",
            &["-D", "data", "-U", "veche", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        );
        let at = cluster.folder.display();
        let settings = format!(
            "\nlisten_addresses = ''\nunix_socket_directories = '{at}'\nwal_level = replica\n\
             archive_mode = on\narchive_command = '{at}/archive-wal %p {at}/wal/%f'\n"
        );
        let file = cluster.folder.join("data/postgresql.conf");
        let text = fs::read_to_string(&file).unwrap() + &settings;
        fs::write(file, text).unwrap();
        cluster.start();
        cluster
    }

    /// Runs a program of PostgreSQL's, a script, or whatever there is, in the cluster's folder.
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let log = fs::File::create(self.folder.join("said")).unwrap();
        let status = unprivileged_in(&self.path)
            .arg(program)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        let said = fs::read_to_string(self.folder.join("said")).unwrap();
        assert!(status.success(), "{program} {arguments:?}: {said}");
        said
    }

    fn start(&self) {
        self.run("pg_ctl", &["-w", "-D", &self.data, "-l", "log", "start"]);
    }

    fn stop(&self) {
        self.run("pg_ctl", &["-w", "-D", &self.data, "-m", "immediate", "stop"]);
    }

    fn sql(&self, sql: &str) -> String {
        let host = self.folder.display().to_string();
        self.run("psql", &["-h", &host, "-U", "veche", "-d", "postgres", "-Atc", sql])
            .trim()
            .to_owned()
    }

    /// A portal over the cluster's databases.
    async fn portal(&self) -> TestPortal {
        let files = [SqliteFile::new(), SqliteFile::new()];
        let mut config = portal::config(&files, &Value::Null);
        let url = |name: &str| {
            format!("postgres://veche@localhost/{name}?host={}", self.folder.display())
        };
        config.stores =
            serde_json::from_value(json!({ "portal": url("portal"), "vault": url("vault") }))
                .unwrap();
        TestPortal::over(files, config).await
    }
}

/// The scripts in `folder`, PostgreSQL's own folders, newest first, and the path.
fn path(folder: &Path) -> String {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<PathBuf> =
        versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect();
    folders.sort();
    folders.push(folder.to_owned());
    folders.reverse();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    std::env::join_paths(folders).unwrap().into_string().unwrap()
}

fn unprivileged_in(path: &str) -> Command {
    let mut command = unprivileged();
    command.env("PATH", path);
    command
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stop = ["-D", &self.data, "-m", "immediate", "stop"];
        let mut command = unprivileged_in(&self.path);
        command.arg("pg_ctl").args(stop).current_dir(&self.folder);
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn answers_up_to_the_moment_are_there_and_later_ones_are_not() {
    let mut cluster = Cluster::new();
    cluster.sql("CREATE DATABASE portal");
    cluster.sql("CREATE DATABASE vault");
    let portal = cluster.portal().await;
    let poll = portal
        .open_poll(|poll| {
            let questions = poll.questionnaire.questions.drain(..1).collect();
            poll.questionnaire = Questionnaire { questions };
        })
        .await;
    let mut people = Vec::new();
    for _ in 0..3 {
        people.push(portal.account(&Facts::default()).await);
    }
    let [before, between, after] = people[..] else { panic!("three people") };
    portal.answer(&mut portal.sign_in(before).await, poll).await;
    let host = cluster.folder.display().to_string();
    cluster.run("base-backup", &["base/one", &format!("host={host} user=veche")]);
    portal.answer(&mut portal.sign_in(between).await, poll).await;
    let moment = cluster.sql("SELECT clock_timestamp()");
    sleep(Duration::from_millis(50)).await;
    portal.answer(&mut portal.sign_in(after).await, poll).await;
    portal.get(&mut portal.sign_in(after).await, "/answers").await.shows("Night buses");

    // The segment that holds all of this, into the archive; then the machine is gone.
    let segment = cluster.sql("SELECT pg_walfile_name(pg_current_wal_lsn())");
    cluster.sql("SELECT pg_switch_wal()");
    for _ in 0..200 {
        if cluster.folder.join("wal").join(&segment).exists() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert!(cluster.folder.join("wal").join(&segment).exists(), "{segment} was not archived");
    drop(portal);
    cluster.stop();

    let wal = format!("{host}/wal");
    cluster.run("restore-to-time", &["base/one", &wal, "restored", &moment]);
    cluster.data = "restored".to_owned();
    cluster.start();
    for _ in 0..200 {
        if cluster.sql("SELECT pg_is_in_recovery()") == "f" {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(cluster.sql("SELECT pg_is_in_recovery()"), "f", "it takes writes again");
    let restored = cluster.portal().await;
    for account in [before, between] {
        let mut browser = restored.sign_in(account).await;
        restored.get(&mut browser, &format!("/answers/{poll}")).await.is(200).shows("Yes");
    }
    let mut browser = restored.sign_in(after).await;
    restored.get(&mut browser, "/answers").await.is(200).hides("Night buses");
    restored.answer(&mut browser, poll).await;
}
