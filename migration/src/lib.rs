//! The schema of both stores, for SQLite and PostgreSQL.
//!
//! Each migration is a fact of the past: it never imports entities, which speak of the present.

pub mod connection;
pub mod portal;
pub mod roles;
#[cfg(feature = "testing")]
pub mod testing;
pub mod vault;
