//! What is given to those who run the portal speaks of what there is.

use crate::portal::TestPortal;
use questionnaire::Facts;
use serde_json::{Value, json};
use server::{http::refused::Limit, operation::health::Reason};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where what is installed lies.
const FOLDERS: [&str; 7] =
    ["systemd/", "container/", "nginx/", "prometheus/", "grafana/", "postgresql/", "sqlite/"];

fn operations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../operations")
}

fn text(file: &str) -> String {
    fs::read_to_string(operations().join(file)).unwrap()
}

/// Every name of a metric in a text.
fn metrics_in(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .filter(|word| word.starts_with("veche_"))
        .map(ToOwned::to_owned)
        .collect()
}

#[tokio::test]
async fn alerts_and_dashboard_name_metrics_that_there_are() {
    let limits = json!({
        "api": { "account_per_minute": 1 },
        "submission": { "account_per_minute": 100_000, "address_per_minute": 100_000 },
    });
    let portal = TestPortal::limited(&limits).await;
    let mut browser = portal.sign_in(portal.account(&Facts::default()).await).await;
    for _ in 0..200 {
        portal.post(&mut browser, "/api/take/send", &[("poll", "none")]).await.is(303);
    }
    for _ in 0..2 {
        portal.program("/api/v1/releases", Some("one"), "retry-after").await;
    }
    let known = metrics_in(&portal.metrics.text());
    let mut seen = 0;
    for file in ["prometheus/alerts.yml", "grafana/veche.json"] {
        for name in metrics_in(&text(file)) {
            assert!(known.contains(&name), "{file}: {name} is none of {known:?}");
            seen += 1;
        }
    }
    assert!(seen > 15, "the check has lost its object");
    let limits = portal.metrics.text();
    assert!(limits.contains("veche_refusals_total{limit=\"api_account\"} 1"), "{limits}");
    let dashboard: Value = serde_json::from_str(&text("grafana/veche.json")).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 5);
}

#[test]
fn the_runbook_says_what_each_alert_and_each_word_means() {
    let runbook = text("RUNBOOK.md");
    let alerts = text("prometheus/alerts.yml");
    let names: Vec<&str> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() > 5);
    for name in names {
        assert!(runbook.contains(&format!("- **{name}**")), "{name}");
    }
    // As it is answered.
    assert!(runbook.contains("`{\"ready\":false,\"reason\":\"…\"}`"));
    for reason in Reason::ALL {
        assert!(runbook.contains(&format!("`{}`", reason.name())), "{reason:?}");
    }
    // Of those that each kind of request has, it names one.
    let kinds = ["sign_in_", "submission_", "export_", "api_"];
    for limit in Limit::ALL.map(Limit::name) {
        let kind = kinds.into_iter().find_map(|kind| limit.strip_prefix(kind));
        let limit = kind.map_or_else(|| limit.to_owned(), |of| format!("sign_in_{of}"));
        assert!(runbook.contains(&format!("`{limit}`")), "{limit}");
    }
    // Every command that it speaks of is one.
    let help = Command::new(env!("CARGO_BIN_EXE_veche")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for part in runbook.split("`veche ").skip(1) {
        let command = part.split(['`', ' ']).next().unwrap();
        assert!(help.contains(&format!("  {command} ")), "veche {command}");
    }
    // Every file that it speaks of is there.
    for word in runbook.split('`').skip(1).step_by(2).filter(|word| word.contains('/')) {
        let relative = word.strip_prefix("server/").unwrap_or(word);
        let is_file = FOLDERS.iter().any(|folder| relative.starts_with(folder));
        assert!(!is_file || operations().join(relative).exists(), "{word}");
    }
}

/// A limit of which no alert knows refuses people, and nobody is told.
#[test]
fn each_limit_is_named_by_one_alert() {
    let alerts = text("prometheus/alerts.yml");
    let patterns: Vec<&str> = alerts
        .split("veche_refusals_total{limit=~\"")
        .skip(1)
        .flat_map(|rest| rest.split('"').next().unwrap().split('|'))
        .collect();
    for limit in Limit::ALL.map(Limit::name) {
        let names = |pattern: &&&str| {
            let (end, start) = (pattern.strip_prefix(".*"), pattern.strip_suffix(".*"));
            end.is_some_and(|end| limit.ends_with(end))
                || start.is_some_and(|start| limit.starts_with(start))
                || limit == **pattern
        };
        let by: Vec<&&str> = patterns.iter().filter(names).collect();
        assert_eq!(by.len(), 1, "{limit} by {by:?} of {patterns:?}");
    }
}

#[test]
fn nginx_takes_its_example() {
    let folder = migration::testing::SqliteFile::new();
    let at = folder.folder().display();
    migration::testing::certificates::self_signed(folder.folder(), "x");
    let site = text("nginx/veche.conf")
        .replace("/etc/veche/", &format!("{at}/"))
        .replace("/var/log/nginx/", &format!("{at}/"));
    // To try it, it listens: where anybody may, and where this machine can.
    let site: String = site
        .lines()
        .filter(|line| !line.contains("listen [::]"))
        .map(|line| line.replace("listen ", &format!("listen unix:{at}/")) + "\n")
        .collect();
    fs::write(folder.folder().join("veche.conf"), site).unwrap();
    let main = format!(
        "pid {at}/pid;\nerror_log {at}/log;\nevents {{}}\nhttp {{\n  client_body_temp_path {at}/b;\n\
         proxy_temp_path {at}/p;\n  fastcgi_temp_path {at}/f;\n  uwsgi_temp_path {at}/u;\n\
         scgi_temp_path {at}/s;\n  include {at}/veche.conf;\n}}\n"
    );
    let file = folder.folder().join("nginx.conf");
    fs::write(&file, main).unwrap();
    let tried = Command::new("/usr/sbin/nginx").arg("-t").arg("-c").arg(&file).output();
    let tried = tried.expect("the tests need nginx: apt-get install nginx-light");
    let said = String::from_utf8_lossy(&tried.stderr).into_owned();
    assert!(tried.status.success() && !said.contains("[warn]"), "{said}");
}

#[test]
fn systemd_takes_its_unit_and_finds_little_that_it_may_do() {
    let analyze = |arguments: &[&str]| {
        let tried = Command::new("systemd-analyze").args(arguments).output();
        let tried = tried.expect("the tests need systemd-analyze: apt-get install systemd");
        let said = [tried.stdout, tried.stderr].concat();
        (tried.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    // It is to start a program that there is.
    let unit = text("systemd/veche.service");
    let unit =
        unit.replace("=/usr/local/bin/veche ", concat!("=", env!("CARGO_BIN_EXE_veche"), " "));
    let folder = migration::testing::SqliteFile::new();
    let file = folder.folder().join("veche.service");
    fs::write(&file, unit).unwrap();
    let file = file.to_str().unwrap();
    // A word that systemd does not know is a fault, too; those of other units are not this one's.
    let (taken, said) = analyze(&["--man=no", "--recursive-errors=no", "verify", file]);
    assert!(taken, "{said}");
    // In tenths of what it prints: at most 2.0, from 0 (safe) to 10.
    let bound = ["--no-pager", "--offline=yes", "--threshold=20", "security", file];
    let (bounded, said) = analyze(&bound);
    assert!(bounded && said.contains("Overall exposure level"), "{said}");
}
