//! What somebody on the way between the portal and its database could do, and which server a database is of, by
//! the address alone.
//!
//! Only `sslmode=verify-full` proves to the portal that it speaks with its database. The other
//! modes do less than their names promise: `prefer`, the default, takes what it is offered, and
//! the driver trusts the public authorities beside those of `sslrootcert`, so that with `verify-ca`
//! anybody's certificate for anything holds.

use crate::connection::{host_of, is_postgres};
use sea_orm_migration::sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::net::IpAddr;

/// What is possible on the way to the database at `url`, and what prevents it. Nothing where the
/// way does not leave this machine, the database proves who it is, or the address is none of
/// PostgreSQL's.
#[must_use]
pub fn exposure(url: &str) -> Option<String> {
    if !is_postgres(url) {
        return None;
    }
    // What is wrong with an address is said when it is opened.
    let options: PgConnectOptions = url.parse().ok()?;
    let host = host_of(&options);
    if options.get_socket().is_some() || stays_here(host) {
        return None;
    }
    let possible = match options.get_ssl_mode() {
        PgSslMode::VerifyFull => return None,
        PgSslMode::VerifyCa => {
            "whoever has a certificate of any public authority, for whatever name, can pose as"
        }
        PgSslMode::Require => "whoever is on the way can pose as",
        PgSslMode::Prefer | PgSslMode::Allow | PgSslMode::Disable => {
            "whoever is on the way can read and change what passes to"
        }
    };
    Some(format!("{possible} {host}: use sslmode=verify-full, with sslrootcert"))
}

/// The server of PostgreSQL that an address leads to: its host and port, where this very machine has one name. Two
/// names of another machine are not seen to be the same.
#[must_use]
pub fn server_of(url: &str) -> Option<(String, u16)> {
    if !is_postgres(url) {
        return None;
    }
    let options: PgConnectOptions = url.parse().ok()?;
    let host = host_of(&options);
    let here = options.get_socket().is_some() || stays_here(host);
    let host = if here { "localhost".to_owned() } else { host.to_lowercase() };
    Some((host, options.get_port()))
}

/// Whether a host is this very machine, or the folder of a socket.
fn stays_here(host: &str) -> bool {
    host.starts_with('/')
        || host == "localhost"
        || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_databases_of_one_server_are_known_by_their_addresses() {
        let (one, two) = ("postgres://a:x@10.0.0.21/veche", "postgres://b:y@10.0.0.21:5432/other");
        assert!(server_of(one).is_some());
        assert_eq!(server_of(one), server_of(two));
        assert_eq!(
            server_of("postgres://a@localhost/x"),
            server_of("postgres://b@localhost/y?host=/run/postgresql"),
        );
        for apart in ["postgres://b@10.0.0.22/veche", "postgres://b@10.0.0.21:5433/veche"] {
            assert_ne!(server_of(one), server_of(apart), "{apart}");
        }
        assert_eq!(server_of("sqlite://data/portal.sqlite"), None);
    }

    #[test]
    fn only_a_database_that_proves_who_it_is_or_is_here_is_not_exposed() {
        for safe in [
            "sqlite://data/portal.sqlite",
            "postgres://veche@localhost/veche",
            "postgres://veche@127.0.0.1:5433/veche?sslmode=disable",
            "postgres://veche@[::1]/veche",
            "postgres://veche@localhost/veche?host=/run/postgresql",
            "postgres://veche@%2Frun%2Fpostgresql/veche",
            "postgres://veche@db.internal/veche?sslmode=verify-full&sslrootcert=ca.pem",
            "postgresql://veche@localhost/veche?host=10.0.0.21&sslmode=verify-full",
        ] {
            assert_eq!(exposure(safe), None, "{safe}");
        }
        for (exposed, words) in [
            ("postgres://veche@db.internal/veche", "can read"),
            ("postgres://veche@10.0.0.21/veche?sslmode=disable", "10.0.0.21"),
            ("postgres://veche@10.0.0.21/veche?sslmode=prefer", "can read"),
            ("postgres://veche@localhost/veche?host=10.0.0.21", "10.0.0.21"),
            ("postgres://veche@[fd00::1]/veche?sslmode=require", "can pose as"),
            ("postgres://veche:secret@10.0.0.21/veche?sslmode=verify-ca", "public authority"),
            // A misspelt name is no setting.
            ("postgres://veche@10.0.0.21/veche?sslmod=verify-full", "can read"),
        ] {
            let said = exposure(exposed).unwrap_or_default();
            assert!(said.contains(words), "{exposed}: {said}");
            assert!(!said.contains("secret"), "{said}");
        }
    }
}
