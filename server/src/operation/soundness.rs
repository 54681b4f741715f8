//! Whether an embedded store's file is sound: every page read, every index compared with its table.
//!
//! PostgreSQL's own tools do this for its files (`pg_amcheck`, checksums).

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

/// Reads the whole file of a store on SQLite.
///
/// # Errors
/// What SQLite found, in its words.
pub async fn sqlite(db: &DatabaseConnection) -> Result<(), String> {
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
    let rows = db.query_all_raw(check).await.map_err(|error| error.to_string())?;
    let words = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, _>>();
    let words = words.map_err(|error| error.to_string())?;
    if words == ["ok"] { Ok(()) } else { Err(words.join("; ")) }
}
