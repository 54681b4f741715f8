//! Drafts of many people stored by one statement, each in place of the same person's earlier one.
//!
//! On PostgreSQL they come as one list a column, so that the statement is the same however many
//! they are: the database plans it once. One that names every value is another for each number of
//! rows, and a crowd, which makes rounds of every size, would spend more on plans than on rows. What
//! `SQLite` does to prepare a statement is next to nothing, and it knows no lists.
//!
//! No two of the rows may be of one person in one poll. They are stored in their order: rounds that
//! run side by side have to bring theirs in the same one, or they wait for each other.

use super::{draft, list};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _,
    IntoActiveModel as _, Statement, sea_query::OnConflict,
};

const DRAFTS: &str = "INSERT INTO draft (poll_id, pseudonym, content, saved_on) \
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::date[]) \
    ON CONFLICT (poll_id, pseudonym) DO UPDATE \
    SET content = excluded.content, saved_on = excluded.saved_on";

/// Stores drafts.
pub async fn drafts(db: &impl ConnectionTrait, rows: Vec<draft::Model>) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let values = [
            list(&rows, |row| row.poll_id),
            list(&rows, |row| row.pseudonym.clone()),
            list(&rows, |row| row.content.clone()),
            list(&rows, |row| row.saved_on),
        ];
        db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, DRAFTS, values)).await?;
        return Ok(());
    }
    let in_place_of_the_earlier =
        OnConflict::columns([draft::Column::PollId, draft::Column::Pseudonym])
            .update_columns([draft::Column::Content, draft::Column::SavedOn])
            .to_owned();
    draft::Entity::insert_many(rows.into_iter().map(|row| row.into_active_model().reset_all()))
        .on_conflict(in_place_of_the_earlier)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
