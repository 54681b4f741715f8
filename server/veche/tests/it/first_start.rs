//! The power goes while an embedded store gets its schema: whatever of it is on the disk, the next
//! start goes on.

use migration::{connection, portal, testing::SqliteFile, vault};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use std::fs;

/// Where the frames of a write-ahead log end, in bytes. <https://www.sqlite.org/fileformat2.html#walformat>
fn frames(log: &[u8]) -> Vec<usize> {
    const HEAD: usize = 32;
    const FRAME_HEAD: usize = 24;
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap());
    let frame = FRAME_HEAD + usize::try_from(page).unwrap();
    (HEAD + frame..=log.len()).step_by(frame).collect()
}

async fn schema(db: &DatabaseConnection) -> Vec<String> {
    let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn cut_anywhere<M: MigratorTrait>() {
    let whole = SqliteFile::new();
    let (store, log) = ("store.sqlite", "store.sqlite-wal");
    let db = connection::open(&whole.url()).await.unwrap();
    migration::up::<M>(&db).await.unwrap();
    let expected = schema(&db).await;
    let [file, written] = [store, log].map(|name| fs::read(whole.folder().join(name)).unwrap());
    assert!(file.len() <= 4096, "everything is in the log still");
    let frames = frames(&written);
    assert!(frames.len() > 10, "the log is that of a schema");
    for end in frames {
        let cut = SqliteFile::new();
        fs::write(cut.folder().join(store), &file).unwrap();
        fs::write(cut.folder().join(log), &written[..end]).unwrap();
        let db = connection::open(&cut.url()).await.unwrap();
        let gone_on = migration::up::<M>(&db).await;
        assert!(gone_on.is_ok(), "after {end} of {} bytes: {gone_on:?}", written.len());
        assert_eq!(schema(&db).await, expected);
    }
}

#[tokio::test]
async fn the_portals_store_is_finished_after_a_power_cut() {
    cut_anywhere::<portal::Migrator>().await;
}

#[tokio::test]
async fn the_vaults_store_is_finished_after_a_power_cut() {
    cut_anywhere::<vault::Migrator>().await;
}
