//! PostgreSQL brought back to a moment, and its backups thinned, by the scripts that an operator uses.

use crate::{
    backup::people_answer,
    portal::{self, TestPortal, noon},
};
use migration::testing::{SqliteFile, unprivileged};
use questionnaire::{Facts, Questionnaire};
use serde_json::{Value, json};
use server::operation::backup::restore;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tokio::time::sleep;
use uuid::Uuid;

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
        for script in ["archive-wal", "base-backup", "restore-to-time", "thin-backups"] {
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
        let (well, said) = self.attempt(program, arguments);
        assert!(well, "{program} {arguments:?}: {said}");
        said
    }

    /// Whether it ended well, and what it said.
    fn attempt(&self, program: &str, arguments: &[&str]) -> (bool, String) {
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
        (status.success(), fs::read_to_string(self.folder.join("said")).unwrap())
    }

    fn start(&self) {
        self.run("pg_ctl", &["-w", "-D", &self.data, "-l", "log", "start"]);
    }

    fn stop(&self) {
        self.run("pg_ctl", &["-w", "-D", &self.data, "-m", "immediate", "stop"]);
    }

    fn sql(&self, sql: &str) -> String {
        self.sql_in("postgres", sql)
    }

    fn sql_in(&self, database: &str, sql: &str) -> String {
        let host = self.folder.display().to_string();
        self.run("psql", &["-h", &host, "-U", "veche", "-d", database, "-Atc", sql])
            .trim()
            .to_owned()
    }

    fn base_backup(&self, folder: &str) {
        let connection = format!("host={} user=veche", self.folder.display());
        self.run("base-backup", &[folder, &connection]);
    }

    /// Brings the segment of the log that holds what was written last into the archive.
    async fn archive(&self) {
        let segment = self.sql("SELECT pg_walfile_name(pg_current_wal_lsn())");
        self.sql("SELECT pg_switch_wal()");
        let archived = self.folder.join("wal").join(&segment);
        for _ in 0..200 {
            if archived.exists() {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("{segment} was not archived");
    }

    /// The first block of commands of "Back to a moment" in the README.
    async fn go_back(&mut self, base: &str, data: &str, moment: &str) {
        let wal = self.folder.join("wal").display().to_string();
        self.run("restore-to-time", &[base, &wal, data, moment]);
        data.clone_into(&mut self.data);
        self.start();
        for _ in 0..200 {
            if self.sql("SELECT pg_is_in_recovery()") == "f" {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("it does not take writes again");
    }

    /// The second one.
    fn go_on(&self, base: &str) {
        self.sql("ALTER SYSTEM RESET ALL");
        self.run("pg_ctl", &["-w", "-D", &self.data, "-l", "log", "-m", "fast", "restart"]);
        self.base_backup(base);
    }

    /// The names in a folder, in their order.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.folder.join(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
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

    /// A portal on it for the first time, with an open poll of one question.
    async fn asking(&self) -> (TestPortal, Uuid) {
        self.sql("CREATE DATABASE portal");
        self.sql("CREATE DATABASE vault");
        let portal = self.portal().await;
        let poll = portal
            .open_poll(|poll| {
                let questions = poll.questionnaire.questions.drain(..1).collect();
                poll.questionnaire = Questionnaire { questions };
            })
            .await;
        (portal, poll)
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
    let (portal, poll) = cluster.asking().await;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(portal.account(&Facts::default()).await);
    }
    let [before, between, after, later] = people[..] else { panic!("four people") };
    portal.answer(&mut portal.sign_in(before).await, poll).await;
    cluster.base_backup("base/one");
    portal.answer(&mut portal.sign_in(between).await, poll).await;
    let moment = cluster.sql("SELECT clock_timestamp()");
    sleep(Duration::from_millis(50)).await;
    portal.answer(&mut portal.sign_in(after).await, poll).await;
    portal.get(&mut portal.sign_in(after).await, "/answers").await.shows("Night buses");

    // The segment that holds all of this, into the archive; then the machine is gone.
    cluster.archive().await;
    drop(portal);
    cluster.stop();

    let archived = cluster.names("wal");
    cluster.go_back("base/one", "restored", &moment).await;
    let restored = cluster.portal().await;
    for account in [before, between] {
        let mut browser = restored.sign_in(account).await;
        restored.get(&mut browser, &format!("/answers/{poll}")).await.is(200).shows("Yes");
    }
    let mut browser = restored.sign_in(after).await;
    restored.get(&mut browser, "/answers").await.is(200).hides("Night buses");
    restored.answer(&mut browser, poll).await;
    // It archives nothing by itself: where the way back is only tried, its log is nobody's.
    assert_eq!(cluster.names("wal"), archived);
    drop(restored);

    // Where it goes on, what came since then is found by whoever goes back once more.
    cluster.go_on("base/two");
    let going_on = cluster.portal().await;
    going_on.answer(&mut going_on.sign_in(later).await, poll).await;
    cluster.archive().await;
    drop(going_on);
    for (base, data) in [("base/one", "again"), ("base/two", "once-more")] {
        cluster.stop();
        cluster.go_back(base, data, "latest").await;
        let again = cluster.portal().await;
        for &account in &people {
            let mut browser = again.sign_in(account).await;
            again.get(&mut browser, &format!("/answers/{poll}")).await.is(200).shows("Yes");
        }
    }
}

#[tokio::test]
async fn who_was_in_a_batch_after_the_moment_is_in_no_other() {
    let mut cluster = Cluster::new();
    let (portal, poll) = cluster.asking().await;
    cluster.base_backup("base");
    people_answer(&portal, poll, 60).await;
    let moment = cluster.sql("SELECT clock_timestamp()");
    sleep(Duration::from_millis(50)).await;
    assert_eq!(portal.scheduler.tick(noon(2)).await.unwrap().batches, 1);
    cluster.archive().await;
    drop(portal);
    cluster.stop();

    cluster.go_back("base", "restored", &moment).await;
    let restored = cluster.portal().await;
    // `veche after-restore`.
    restore::anew(&restored.platform, &restored.vault, &restored.life).await.unwrap();
    let due = restored.vault.live_due(noon(2)).await.unwrap();
    assert!(due.is_empty(), "sixty wait, as they did when the batch was drawn");
    assert_eq!(restored.scheduler.tick(noon(2)).await.unwrap().batches, 0);
    people_answer(&restored, poll, 60).await;
    assert_eq!(restored.scheduler.tick(noon(3)).await.unwrap().batches, 0);
}

#[tokio::test]
async fn what_is_too_old_goes_and_what_stays_leads_back() {
    let mut cluster = Cluster::new();
    cluster.sql("CREATE TABLE said (word text)");
    let mut segments = Vec::new();
    for word in ["one", "two", "three"] {
        cluster.base_backup(&format!("base/{word}"));
        cluster.sql(&format!("INSERT INTO said VALUES ('{word}')"));
        segments.push(cluster.sql("SELECT pg_walfile_name(pg_current_wal_lsn())"));
        cluster.archive().await;
    }
    // Of a timeline that was left while it was far ahead; of one that goes on; of a backup that was
    // cut short.
    let (left, goes_on) = ("0000000900000000000000FF", "0000000A.history");
    cluster.run("mkdir", &["base/cut.half"]);
    let aged = |hours: u32, name: &str| {
        cluster.run("touch", &["-d", &format!("{hours} hours ago"), name]);
    };
    for name in ["base/one", "base/cut.half"] {
        aged(13 * 24 + 1, name);
    }
    aged(13 * 24 - 2, "base/two");
    for name in [left, goes_on] {
        aged(14 * 24 + 1, &format!("wal/{name}"));
    }
    // What was moved aside, as the README names it. A cluster that did not run any more was not
    // touched when it was moved: its files are older than their copy.
    let moved = |hours: u32, kind: &str| {
        let (ago, form) = (format!("{hours} hours ago"), format!("+{kind}.%FT%H%M%S"));
        let name = cluster.run("date", &["-d", &ago, &form]).trim().to_owned();
        cluster.run("mkdir", &["-p", &format!("clusters/{name}/base")]);
        name
    };
    let mut stay = Vec::new();
    for kind in ["damaged", "aside"] {
        moved(13 * 24 + 1, kind);
        stay.push(moved(13 * 24 - 2, kind));
    }
    aged(15 * 24, &format!("clusters/{}", stay[0]));
    cluster.run("mkdir", &["clusters/main"]);
    stay.push("main".to_owned());
    stay.sort();
    for days in ["", "0", "1", "x"] {
        let (well, said) = cluster.attempt("thin-backups", &["base", "wal", days]);
        assert!(!well && said.contains("DAYS"), "{days}: {said}");
    }
    // Whoever runs the portal is in a folder of root's when they type it.
    let at = cluster.folder.display();
    let typed = format!(
        "mkdir shut && cd shut && chmod 0 . && thin-backups {at}/base {at}/wal 14 {at}/clusters; \
         status=$?; chmod 700 {at}/shut; exit $status"
    );
    cluster.run("sh", &["-c", &typed]);
    assert_eq!(cluster.names("base"), ["three", "two"]);
    assert_eq!(cluster.names("clusters"), stay);
    let kept = cluster.names("wal");
    for (name, stays) in [
        (segments[0].as_str(), false),
        (segments[1].as_str(), true),
        (segments[2].as_str(), true),
        (left, false),
        (goes_on, true),
    ] {
        assert_eq!(kept.iter().any(|kept| kept == name), stays, "{name}: {kept:?}");
    }

    cluster.stop();
    cluster.go_back("base/two", "restored", "latest").await;
    assert_eq!(cluster.sql("SELECT word FROM said ORDER BY word"), "one\nthree\ntwo");

    // Where no backup is made any more, the last one is better than none.
    for name in ["base/two", "base/three"] {
        cluster.run("touch", &["-d", "15 days ago", name]);
    }
    cluster.run("touch", &["-d", "15 days ago", &format!("wal/{}", segments[2])]);
    let (well, said) = cluster.attempt("thin-backups", &["base", "wal", "14"]);
    assert!(!well && said.contains("the last base backup"), "{said}");
    assert_eq!(cluster.names("base").len(), 1);
    assert!(cluster.names("wal").contains(&segments[2]));
}

#[tokio::test]
async fn the_log_is_kept_small_and_an_archive_from_before_leads_back() {
    let mut cluster = Cluster::new();
    cluster.sql("CREATE TABLE said (word text)");
    cluster.base_backup("base/one");
    let mut segments = Vec::new();
    for word in ["one", "two", "three"] {
        cluster.sql(&format!("INSERT INTO said VALUES ('{word}')"));
        segments.push(cluster.sql("SELECT pg_walfile_name(pg_current_wal_lsn())"));
        cluster.archive().await;
    }
    let file = |name: &str| cluster.folder.join(name);
    let archived = |segment: &str| format!("wal/{segment}");
    let [first, second, third] = &segments[..] else { panic!("three segments") };
    for segment in &segments {
        // It was closed when hardly anything was in it, as each is while nobody comes.
        let size = fs::metadata(file(&archived(segment))).unwrap().len();
        assert!(size < 1 << 20, "{segment}: {size} bytes");
        let whole = format!("gzip -dc < wal/{segment} > {segment}");
        cluster.run("sh", &["-c", &whole]);
        assert_eq!(fs::metadata(file(segment)).unwrap().len(), 16 << 20);
    }

    // As it was archived before it was compressed.
    cluster.run("cp", &[first, &archived(first)]);
    // PostgreSQL may ask once more for what is there. Nothing else takes its place.
    for kept in [first, second] {
        let before = fs::read(file(&archived(kept))).unwrap();
        cluster.run("archive-wal", &[kept, &archived(kept)]);
        assert!(!cluster.attempt("archive-wal", &[third, &archived(kept)]).0, "{kept}");
        assert_eq!(fs::read(file(&archived(kept))).unwrap(), before);
    }
    let names = cluster.names("wal");
    assert!(!names.iter().any(|name| name.contains(".half")), "{names:?}");

    cluster.stop();
    cluster.go_back("base/one", "restored", "latest").await;
    assert_eq!(cluster.sql("SELECT word FROM said ORDER BY word"), "one\nthree\ntwo");

    // One that was cut short is not what was archived, and not the end of the log either.
    cluster.stop();
    cluster.run("truncate", &["-s", "-4", &archived(second)]);
    assert!(!cluster.attempt("archive-wal", &[second, &archived(second)]).0);
    let wal = cluster.folder.join("wal").display().to_string();
    cluster.run("restore-to-time", &["base/one", &wal, "cut", "latest"]);
    "cut".clone_into(&mut cluster.data);
    // It may be reached by those who read before it comes to that segment.
    cluster.attempt("pg_ctl", &["-w", "-D", "cut", "-l", "log.cut", "start"]);
    let stops = format!("could not restore file \"{second}\" from archive");
    for _ in 0..200 {
        if fs::read_to_string(cluster.folder.join("log.cut")).unwrap().contains(&stops) {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("it goes on without {second}");
}
