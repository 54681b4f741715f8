//! The three roles of the stores on PostgreSQL: portal, vault, publisher.
//!
//! SQLite has no roles: there the two files are the boundary, and the server is its only user.

/// What a database's administrator runs to make the roles, the schemas and the rights; it can be
/// repeated. `veche migrate --roles` prints it.
///
/// Each store's role owns its schema, because `veche migrate` connects as it. A role whose schema
/// is another's has no right there, not even to look a table up.
pub const SQL: &str = include_str!("roles.sql");
