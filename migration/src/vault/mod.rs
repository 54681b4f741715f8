//! The vault's tables: answers, drafts and the keys that tie them to people. Never a name, never
//! an identifier of a person, never a time finer than a day.

use sea_orm_migration::prelude::*;

mod m0001_vault;
mod m0002_live;
mod m0003_counted;
mod m0004_partitions;
mod m0005_emptied;
mod m0006_whole;
mod m0007_take;
mod m0008_cleared;
mod m0009_sent;
mod m0010_poll_first;
mod m0011_bare;
mod m0012_count_closed;
mod m0013_unsampled;
pub(crate) mod rebuild;

/// Brings the vault's store to the newest schema.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_vault::Migration),
            Box::new(m0002_live::Migration),
            Box::new(m0003_counted::Migration),
            Box::new(m0004_partitions::Migration),
            Box::new(m0005_emptied::Migration),
            Box::new(m0006_whole::Migration),
            Box::new(m0007_take::Migration),
            Box::new(m0008_cleared::Migration),
            Box::new(m0009_sent::Migration),
            Box::new(m0010_poll_first::Migration),
            Box::new(m0011_bare::Migration),
            Box::new(m0012_count_closed::Migration),
            Box::new(m0013_unsampled::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "vault_migration".into_iden()
    }
}
