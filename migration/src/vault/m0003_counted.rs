//! What is counted of a response moves from rows of its own into the response.
//!
//! Six rows and their index for three answers were most of the store and most of the work of
//! sending and of counting: at a million responses the join took four times as long as one pass
//! over the responses.

use sea_orm_migration::{prelude::*, schema::text, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The marks of a response, as a JSON list of texts; this one has answered nothing.
        let counted = text("counted").default(r#"[""]"#).take();
        manager
            .alter_table(Table::alter().table("response").add_column(counted).to_owned())
            .await?;
        let list = match manager.get_database_backend() {
            DbBackend::Postgres => "CAST(json_agg(m.mark) AS text)",
            _ => "json_group_array(m.mark)",
        };
        let fill = format!(
            "UPDATE response SET counted = (SELECT {list} FROM (SELECT '' AS mark UNION ALL \
             SELECT a.question || '=' || a.category FROM answer a \
             WHERE a.response_id = response.id) m)"
        );
        manager.get_connection().execute_unprepared(&fill).await?;
        manager.drop_table(Table::drop().table("answer").to_owned()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("the rows of answers are gone: restore a backup".into()))
    }
}
