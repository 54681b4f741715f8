//! Whether an embedded store's file is sound: every page read, every index compared with its table.
//!
//! PostgreSQL's own tools do this for its files (`pg_amcheck`, checksums).

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement};

/// Reads the whole file of a store on SQLite. Gives what is damaged of it, if anything is, in SQLite's words.
///
/// # Errors
/// When the file cannot be asked: nothing is known of it then.
pub async fn sqlite(db: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let words = match found(db).await {
        Err(error) if says_damaged(&error) => return Ok(Some(error.to_string())),
        words => words?,
    };
    Ok(if words == ["ok"] { None } else { Some(words.join("; ")) })
}

async fn found(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
    let rows = db.query_all_raw(check).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Whether SQLite could not even look because of the damage (`SQLITE_CORRUPT`, `SQLITE_NOTADB`).
fn says_damaged(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let Some(error) = error.as_database_error() else { return false };
    let kind = error.code().and_then(|code| vault::kind_in_sqlite(&code));
    kind.is_some_and(|kind| matches!(kind, 11 | 26))
}
