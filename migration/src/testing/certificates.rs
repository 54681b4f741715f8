//! Certificates for tests, made by the machine's own `openssl`: an authority, and what it signs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// File of the certificate.
    pub certificate: PathBuf,
    /// File of its private key.
    pub key: PathBuf,
}

/// An authority that nobody knows, with its files in one folder.
#[derive(Clone, Debug)]
pub struct Authority {
    folder: PathBuf,
    name: String,
    begin: fn() -> Command,
}

impl Authority {
    /// A new authority, whose files the user has that runs the tests.
    ///
    /// # Panics
    /// If there is no `openssl` on this machine.
    #[must_use]
    pub fn new(folder: &Path, name: &str) -> Self {
        Self::by(folder, name, || Command::new("env"))
    }

    /// A new authority, whose files the user has that runs what `begin` begins.
    ///
    /// # Panics
    /// If there is no `openssl` on this machine.
    #[must_use]
    pub fn by(folder: &Path, name: &str, begin: fn() -> Command) -> Self {
        let new = Self { folder: folder.to_owned(), name: name.to_owned(), begin };
        new.request(
            name,
            &format!("/CN={name}"),
            &["-addext", "basicConstraints=critical,CA:TRUE"],
        );
        new
    }

    /// Its own certificate: what is to be trusted.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join(format!("{}.pem", self.name))
    }

    /// Signs a certificate for `names`, such as `DNS:localhost` or `IP:127.0.0.1`, that says to be
    /// `subject`'s.
    ///
    /// # Panics
    /// If `openssl` refuses.
    #[must_use]
    pub fn sign(&self, subject: &str, names: &str) -> Certificate {
        let ours = self.certificate().display().to_string();
        let key = ours.replace(".pem", ".key");
        self.request(
            subject,
            &format!("/CN={subject}"),
            &[
                "-CA",
                &ours,
                "-CAkey",
                &key,
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-addext",
                &format!("subjectAltName={names}"),
            ],
        )
    }

    fn request(&self, file: &str, subject: &str, more: &[&str]) -> Certificate {
        let at = |ending: &str| self.folder.join(format!("{file}.{ending}"));
        let files = Certificate { certificate: at("pem"), key: at("key") };
        request((self.begin)(), files, subject, more)
    }
}

/// A certificate of its own signature for a host, `certificate.pem` in the folder with `key.pem`, in
/// place of the one before.
///
/// # Panics
/// If there is no `openssl` on this machine.
pub fn self_signed(folder: &Path, host: &str) -> Certificate {
    let files =
        Certificate { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
    let names = format!("subjectAltName=DNS:{host}");
    let more = ["-addext", &names, "-addext", "basicConstraints=critical,CA:FALSE"];
    request(Command::new("env"), files, &format!("/CN={host}"), &more)
}

/// Makes a certificate and its key where they are to be.
fn request(mut begun: Command, files: Certificate, subject: &str, more: &[&str]) -> Certificate {
    let made = begun
        .args(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", subject])
        .args(more)
        .arg("-keyout")
        .arg(&files.key)
        .arg("-out")
        .arg(&files.certificate)
        .output()
        .expect("a command can be started");
    assert!(
        made.status.success(),
        "the tests need openssl (Debian: apt-get install openssl): {}",
        String::from_utf8_lossy(&made.stderr)
    );
    files
}
