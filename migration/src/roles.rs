//! The three roles of the stores on PostgreSQL: portal, vault, publisher.
//!
//! SQLite has no roles: there the two files are the boundary, and the server is its only user.

use crate::Store;
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

/// Every right that the publisher may have in the portal's store. It needs none: the portal stores the releases.
/// Servers of a version before store them as the publisher, and run beside this one during an upgrade.
pub const PUBLISHER_IN_PORTAL: [&str; 3] =
    ["portal.poll SELECT", "portal.release INSERT", "portal.release SELECT"];

/// Every right that the publisher needs, and may have, in the vault's store: none on answers.
pub const PUBLISHER_IN_VAULT: [&str; 3] = [
    "vault.count_closed() EXECUTE",
    "vault.poll_key.poll_id SELECT",
    "vault.poll_key.state SELECT",
];

/// What the role of a connection may do on the tables of both stores in that database: `table
/// RIGHT`, or `table.column RIGHT` where it has it on some columns only; and which functions it may
/// call: `function() EXECUTE`. What it may as another role that it could become counts, too. On
/// PostgreSQL only.
///
/// # Errors
/// The database.
pub async fn rights(db: &DatabaseConnection) -> Result<BTreeSet<String>, DbErr> {
    const RIGHTS: &str = "
        WITH roles AS (
            SELECT oid AS role FROM pg_roles WHERE pg_has_role(oid, 'MEMBER')
        ), tables AS (
            SELECT role, c.oid, n.nspname || '.' || c.relname AS name
            FROM roles CROSS JOIN pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('portal', 'vault') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND has_schema_privilege(role, n.oid, 'USAGE')
        )
        SELECT name || ' ' || may FROM tables CROSS JOIN unnest(ARRAY['SELECT', 'INSERT',
            'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS may
        WHERE has_table_privilege(role, oid, may)
        UNION
        SELECT name || '.' || a.attname || ' ' || may FROM tables
        JOIN pg_attribute a ON a.attrelid = oid AND a.attnum > 0 AND NOT a.attisdropped
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS may
        WHERE has_column_privilege(role, oid, a.attnum, may)
        AND NOT has_table_privilege(role, oid, may)
        UNION
        SELECT n.nspname || '.' || p.proname || '() EXECUTE'
        FROM roles CROSS JOIN pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('portal', 'vault') AND has_schema_privilege(role, n.oid, 'USAGE')
        AND has_function_privilege(role, p.oid, 'EXECUTE')";
    texts(db, RIGHTS).await.map(BTreeSet::from_iter)
}

/// What is wrong with the rights of a store's own role: it may not reach the other store, nor be one
/// for whom rights do not count; and the portal's may not see what the vault is doing.
///
/// # Errors
/// The database.
pub async fn store_faults(db: &DatabaseConnection, store: Store) -> Result<Vec<String>, DbErr> {
    let mut faults = above_rights(db).await?;
    if faults.is_empty() {
        let own = format!("{store}.");
        let beyond = rights(db).await?.into_iter().filter(|right| !right.starts_with(&own));
        faults.extend(beyond.map(|right| format!("has a right too many: {right}")));
        if store != Store::Vault {
            faults.extend(texts(db, WATCHING).await?);
        }
    }
    Ok(faults)
}

/// What is wrong with the rights of the publisher's role in a database where it needs those of `needed`, and
/// may have those of `allowed` beside them and no other.
///
/// # Errors
/// The database.
pub async fn publisher_faults(
    db: &DatabaseConnection,
    needed: &[&str],
    allowed: &[&str],
) -> Result<Vec<String>, DbErr> {
    let mut faults = above_rights(db).await?;
    if faults.is_empty() {
        let rights = rights(db).await?;
        let missing = needed.iter().filter(|right| !rights.contains(**right));
        faults.extend(missing.map(|right| format!("lacks the right {right}")));
        let may = |right: &str| needed.contains(&right) || allowed.contains(&right);
        let beyond = rights.iter().filter(|right| !may(right));
        faults.extend(beyond.map(|right| format!("has a right too many: {right}")));
        faults.extend(texts(db, WATCHING).await?);
    }
    Ok(faults)
}

/// The triggers that migrations make on PostgreSQL, with their tables.
const TRIGGERS: [&str; 14] = [
    "account.account_seen",
    "attribute.attribute_delete",
    "attribute.attribute_insert",
    "attribute.attribute_update",
    "notice.notice_delete",
    "notice.notice_insert",
    "notice.notice_update",
    "staff_log.staff_log_append_only",
    "staff_role.staff_role_delete",
    "staff_role.staff_role_insert",
    "staff_role.staff_role_update",
    // While a table is built anew.
    "draft.draft_follow",
    "released.released_follow",
    "response.response_follow",
];

/// Triggers and rules on the tables of the store of a connection that no migration made. They run with the
/// rights of whoever writes: of an administrator who changes a row by hand, for instance.
///
/// It goes by names alone, against mistakes and what was left behind. Whoever owns the schema can replace the
/// function that one of ours calls, or put another trigger or rule in its place under its name, and neither is
/// found.
///
/// # Errors
/// The database.
pub async fn strange_triggers(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    const ALL: &str = "
        SELECT c.relname || '.' || t.tgname AS name
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = current_schema()::text::regnamespace
        AND NOT t.tgisinternal AND t.tgparentid = 0
        UNION ALL
        SELECT c.relname || '.' || r.rulename
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
        WHERE c.relnamespace = current_schema()::text::regnamespace AND r.rulename <> '_RETURN'
        ORDER BY name";
    let all = texts(db, ALL).await?;
    Ok(all.into_iter().filter(|name| !TRIGGERS.contains(&name.as_str())).collect())
}

/// That a role may see at which moment an answer comes in: by locks, by what a process of the
/// server does, or by what is counted of each table. The functions are those that `roles.sql` takes away, and says why.
const WATCHING: &str = "
    SELECT 'can see when somebody answers, by ' || count(*) || ' functions of the server ('
        || min(p.proname) || ')'
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND (
        p.proname IN ('pg_lock_status', 'pg_blocking_pids', 'pg_stat_get_activity')
        OR starts_with(p.proname, 'pg_stat_get_backend_')
        OR (starts_with(p.proname, 'pg_stat_get_')
            AND p.pronargs = 1 AND p.proargtypes[0] = 'oid'::regtype)
        OR (p.proname ~ '^pg_(try_)?advisory_(xact_)?lock'
            AND p.pronargs = 1 AND p.proargtypes[0] = 'bigint'::regtype))
    AND EXISTS (SELECT FROM pg_roles r WHERE pg_has_role(r.oid, 'MEMBER')
        AND has_function_privilege(r.oid, p.oid, 'EXECUTE'))
    HAVING count(*) > 0";

/// Why rights do not count for the role of a connection, if they do not.
///
/// Of which roles it is a member, at once or through others, counts however it is: also where it
/// inherits nothing it could become one of them by `SET ROLE`. `roles.sql` takes the same ones away.
/// (Whoever owns a database is a member of `pg_database_owner`: that gives nothing on its tables.)
async fn above_rights(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    const ABOVE: &str = "
        SELECT current_user || ' ' || power.words
        FROM pg_roles r CROSS JOIN LATERAL (VALUES
            (r.rolsuper, 'is a superuser'),
            (r.rolreplication, 'may copy the whole server (REPLICATION)'),
            (r.rolcreaterole, 'may change other roles (CREATEROLE)'),
            (r.rolbypassrls, 'is above the security of rows (BYPASSRLS)')) AS power (has, words)
        WHERE r.rolname = current_user AND power.has
        UNION ALL
        SELECT current_user || ' is a member of ' || r.rolname
        FROM pg_roles r JOIN pg_roles own ON own.rolname = current_user AND NOT own.rolsuper
        WHERE r.oid <> own.oid AND pg_has_role(own.oid, r.oid, 'MEMBER')
        AND (r.rolname IN ('veche_portal', 'veche_vault', 'veche_publisher')
            OR r.rolsuper OR r.rolreplication OR r.rolcreaterole OR r.rolbypassrls
            OR (starts_with(r.rolname, 'pg_') AND r.rolname <> 'pg_database_owner'))";
    texts(db, ABOVE).await
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
