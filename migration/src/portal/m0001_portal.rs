//! The first schema of the portal's store.

use sea_orm_migration::{
    prelude::*,
    schema::{
        binary, boolean, integer, json, json_null, string, string_null, text, text_null,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A foreign key that goes with its parent.
fn belongs_to(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(from.0, from.1)
        .to(to, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in people().into_iter().chain(polls()).chain(machinery()) {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("consent_account", "consent", &["account_id"] as &[&'static str]),
            ("data_access_account", "data_access", &["account_id"]),
            ("notice_account", "notice", &["account_id"]),
            ("staff_log_at", "staff_log", &["at"]),
            ("poll_state", "poll", &["state"]),
            ("poll_department", "poll", &["department_id"]),
            ("poll_event_poll", "poll_event", &["poll_id"]),
            ("session_account", "session", &["account_id"]),
            ("session_provider_sid", "session", &["provider_sid"]),
            ("session_expires_at", "session", &["expires_at"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        append_only(manager, "staff_log").await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("the first schema is never taken back: restore a backup".into()))
    }
}

fn people() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("department")
            .col(uuid("id").primary_key())
            .col(json("name"))
            .col(string_null("region"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned(),
        Table::create()
            .table("account")
            .col(uuid("id").primary_key())
            // HMAC of the provider's subject: the subject itself is not stored.
            .col(binary("subject").unique_key())
            .col(string("provider"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("last_sign_in_at"))
            .col(string_null("language"))
            .col(boolean("mail_notices").default(false))
            .col(timestamp_with_time_zone_null("inbox_seen_at"))
            // What a person shows to an administrator to be appointed.
            .col(string_null("staff_code").unique_key())
            .to_owned(),
        Table::create()
            .table("attribute")
            .col(uuid("account_id"))
            .col(string("name"))
            .col(binary("sealed"))
            .col(string("source"))
            .col(boolean("verified"))
            .col(timestamp_with_time_zone("obtained_at"))
            .primary_key(Index::create().col("account_id").col("name"))
            .foreign_key(&mut belongs_to(("attribute", "account_id"), "account"))
            .to_owned(),
        Table::create()
            .table("consent")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(string("scope"))
            .col(string("purpose"))
            .col(timestamp_with_time_zone("granted_at"))
            .col(timestamp_with_time_zone("ends_at"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .foreign_key(&mut belongs_to(("consent", "account_id"), "account"))
            .to_owned(),
        Table::create()
            .table("data_access")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(timestamp_with_time_zone("at"))
            .col(string("who"))
            .col(string("purpose"))
            .foreign_key(&mut belongs_to(("data_access", "account_id"), "account"))
            .to_owned(),
        Table::create()
            .table("notice")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(timestamp_with_time_zone("at"))
            .col(string("kind"))
            .col(json("params"))
            .foreign_key(&mut belongs_to(("notice", "account_id"), "account"))
            .to_owned(),
        Table::create()
            .table("staff_role")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            // Absent for the roles of the whole portal: reviewer, administrator, auditor.
            .col(uuid_null("department_id"))
            .col(string("role"))
            .col(timestamp_with_time_zone("granted_at"))
            .col(uuid_null("granted_by"))
            .index(Index::create().unique().col("account_id").col("department_id").col("role"))
            .foreign_key(&mut belongs_to(("staff_role", "account_id"), "account"))
            .foreign_key(&mut belongs_to(("staff_role", "department_id"), "department"))
            .to_owned(),
        // No foreign keys: the log outlives what it speaks of.
        Table::create()
            .table("staff_log")
            .col(uuid("id").primary_key())
            .col(timestamp_with_time_zone("at"))
            .col(uuid_null("actor_id"))
            .col(uuid_null("department_id"))
            .col(string("action"))
            .col(string_null("object"))
            .col(json("details"))
            .to_owned(),
    ]
}

fn polls() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("poll")
            .col(uuid("id").primary_key())
            .col(uuid("department_id"))
            .col(uuid("author_id"))
            .col(string("state"))
            // Rises with every change: a form written on an older revision is refused.
            .col(integer("revision").default(1))
            .col(json("languages"))
            .col(json("title"))
            .col(json("purpose"))
            .col(json("questionnaire"))
            .col(json("audience"))
            .col(json("plan"))
            // A category or "none"; absent until somebody chose.
            .col(string_null("special_category"))
            .col(timestamp_with_time_zone_null("opens_at"))
            .col(timestamp_with_time_zone_null("closes_at"))
            .col(integer("retention_days").default(30))
            .col(json_null("outcome"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .col(timestamp_with_time_zone_null("opened_at"))
            .col(timestamp_with_time_zone_null("closed_at"))
            .col(timestamp_with_time_zone_null("published_at"))
            .col(timestamp_with_time_zone_null("key_destroyed_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("poll", "department_id")
                    .to("department", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned(),
        Table::create()
            .table("poll_event")
            .col(uuid("id").primary_key())
            .col(uuid("poll_id"))
            .col(timestamp_with_time_zone("at"))
            // Absent where the scheduler did it.
            .col(uuid_null("actor_id"))
            .col(string("from_state"))
            .col(string("to_state"))
            .col(text_null("note"))
            .foreign_key(&mut belongs_to(("poll_event", "poll_id"), "poll"))
            .to_owned(),
        Table::create()
            .table("release")
            .col(uuid("poll_id").primary_key())
            .col(timestamp_with_time_zone("published_at"))
            .col(text("content"))
            .col(string("digest"))
            .foreign_key(&mut belongs_to(("release", "poll_id"), "poll"))
            .to_owned(),
    ]
}

fn machinery() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("session")
            // SHA-256 of the session's id: whoever reads this table cannot use it to sign in.
            .col(binary("id_hash").primary_key())
            .col(uuid_null("account_id"))
            .col(string_null("provider_sid"))
            // The session's data, sealed under a key that only the cookie's holder has.
            .col(binary("sealed"))
            .col(string_null("device"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("seen_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .foreign_key(&mut belongs_to(("session", "account_id"), "account"))
            .to_owned(),
        // Back-channel logout: a token is taken once.
        Table::create()
            .table("logout_token")
            .col(string("jti").primary_key())
            .col(timestamp_with_time_zone("expires_at"))
            .to_owned(),
        // Who does the scheduled work at the moment.
        Table::create()
            .table("lease")
            .col(string("name").primary_key())
            .col(string("holder"))
            .col(timestamp_with_time_zone("until"))
            .to_owned(),
    ]
}

/// Lets the database itself refuse to change or delete what was logged.
async fn append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Postgres => vec![
            format!(
                "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
            ),
            format!(
                "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
            ),
        ],
        _ => ["UPDATE", "DELETE"]
            .map(|event| {
                format!(
                    "CREATE TRIGGER {table}_no_{} BEFORE {event} ON {table} \
                     BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                    event.to_lowercase()
                )
            })
            .to_vec(),
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}
