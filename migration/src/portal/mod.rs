//! The portal's tables: people, consents, polls, releases, sessions. Never an answer, and nothing
//! that tells whether a person took part.

use sea_orm_migration::prelude::*;

mod m0001_portal;
mod m0002_api_token;
mod m0003_portal_key;
mod m0004_settled;
mod m0005_to_do;
mod m0006_tag;
mod m0007_by_person;
mod m0008_backup_days;
mod m0009_logout_token;

/// Brings the portal's store to the newest schema.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_portal::Migration),
            Box::new(m0002_api_token::Migration),
            Box::new(m0003_portal_key::Migration),
            Box::new(m0004_settled::Migration),
            Box::new(m0005_to_do::Migration),
            Box::new(m0006_tag::Migration),
            Box::new(m0007_by_person::Migration),
            Box::new(m0008_backup_days::Migration),
            Box::new(m0009_logout_token::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "portal_migration".into_iden()
    }
}
