//! The three roles of the stores on PostgreSQL: portal, vault, publisher.
//!
//! SQLite has no roles: there the two files are the boundary, and the server is its only user.

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
};
use std::collections::BTreeSet;

/// What a database's administrator runs to make the roles, the schemas and the rights; it can be
/// repeated. `veche migrate --roles` prints it.
///
/// Each store's role owns its schema, because `veche migrate` connects as it. A role whose schema
/// is another's has no right there, not even to look a table up.
pub const SQL: &str = include_str!("roles.sql");

/// Every right of the publisher in the portal's store.
pub const PUBLISHER_IN_PORTAL: [&str; 3] =
    ["portal.poll SELECT", "portal.release INSERT", "portal.release SELECT"];

/// Every right of the publisher in the vault's store.
pub const PUBLISHER_IN_VAULT: [&str; 8] = [
    "vault.poll_key.poll_id SELECT",
    "vault.poll_key.state SELECT",
    "vault.response.age_band SELECT",
    "vault.response.counted SELECT",
    "vault.response.gender SELECT",
    "vault.response.poll_id SELECT",
    "vault.response.record_key SELECT",
    "vault.response.region SELECT",
];

/// What the role of a connection may do on the tables of both stores in that database: `table
/// RIGHT`, or `table.column RIGHT` where it has it on some columns only; and which functions it may
/// call: `function() EXECUTE`. On PostgreSQL only.
///
/// # Errors
/// The database.
pub async fn rights(db: &DatabaseConnection) -> Result<BTreeSet<String>, DbErr> {
    const RIGHTS: &str = "
        WITH tables AS (
            SELECT c.oid, n.nspname || '.' || c.relname AS name
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('portal', 'vault') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND has_schema_privilege(n.oid, 'USAGE')
        )
        SELECT name || ' ' || may FROM tables CROSS JOIN unnest(ARRAY['SELECT', 'INSERT',
            'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS may
        WHERE has_table_privilege(oid, may)
        UNION ALL
        SELECT name || '.' || a.attname || ' ' || may FROM tables
        JOIN pg_attribute a ON a.attrelid = oid AND a.attnum > 0 AND NOT a.attisdropped
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS may
        WHERE has_column_privilege(oid, a.attnum, may) AND NOT has_table_privilege(oid, may)
        UNION ALL
        SELECT n.nspname || '.' || p.proname || '() EXECUTE'
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('portal', 'vault') AND has_schema_privilege(n.oid, 'USAGE')
        AND has_function_privilege(p.oid, 'EXECUTE')";
    texts(db, RIGHTS).await.map(BTreeSet::from_iter)
}

/// What is wrong with the rights of a store's own role, `schema` being `portal` or `vault`: it may
/// not reach the other store, nor be one for whom rights do not count.
///
/// # Errors
/// The database.
pub async fn store_faults(db: &DatabaseConnection, schema: &str) -> Result<Vec<String>, DbErr> {
    let mut faults = above_rights(db).await?;
    if faults.is_empty() {
        let own = format!("{schema}.");
        let beyond = rights(db).await?.into_iter().filter(|right| !right.starts_with(&own));
        faults.extend(beyond.map(|right| format!("has a right too many: {right}")));
    }
    Ok(faults)
}

/// What is wrong with the rights of the publisher's role in a database where it should have
/// `expected` and no other.
///
/// # Errors
/// The database.
pub async fn publisher_faults(
    db: &DatabaseConnection,
    expected: &[&str],
) -> Result<Vec<String>, DbErr> {
    let mut faults = above_rights(db).await?;
    if faults.is_empty() {
        let rights = rights(db).await?;
        let missing = expected.iter().filter(|right| !rights.contains(**right));
        faults.extend(missing.map(|right| format!("lacks the right {right}")));
        let beyond = rights.iter().filter(|right| !expected.contains(&right.as_str()));
        faults.extend(beyond.map(|right| format!("has a right too many: {right}")));
    }
    Ok(faults)
}

/// Why rights do not count for the role of a connection, if they do not.
async fn above_rights(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT current_user::text FROM pg_roles WHERE rolname = current_user AND rolsuper";
    let superuser = texts(db, sql).await?;
    Ok(superuser.into_iter().map(|name| format!("{name} is a superuser")).collect())
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
