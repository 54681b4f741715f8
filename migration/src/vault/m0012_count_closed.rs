//! PostgreSQL: a function that counts a poll once it is closed, for a role that cannot look at responses.
//!
//! The publisher had a right on columns of the responses, and the security of rows kept those of open polls
//! from it. But PostgreSQL tells whoever may ask at all how many rows it had to leave out (`EXPLAIN ANALYZE`),
//! and what it takes a table for. So the publisher has no right on the table any more, and what it is given
//! by this function are groups of people, which may be of one: no row, pseudonym or content.
//!
//! The count of a server that divides the same by other columns is another function under another name:
//! servers of the version before call this one. SQLite has neither functions nor roles.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// As `server/vault/src/counted.rs` has it, whose words for the columns these are. Nothing for a poll that is
/// not closed, or is not there; a group of nobody for one whose rows are emptied.
///
/// It has the rights of the vault, whose it is. What it reads is planned for the poll that it is asked for:
/// for any poll, a plan would have to do for the smallest, too.
const COUNT: &str = "
CREATE FUNCTION count_closed(of_poll uuid, by_list boolean)
RETURNS TABLE (mark text, region text, age_band text, gender text, people bigint, key_sum bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM poll_key k WHERE k.poll_id = of_poll AND k.state = 'closed') THEN
        RETURN;
    END IF;
    IF by_list THEN
        RETURN QUERY
        SELECT m.value, g.region::text, g.age_band::text, g.gender::text,
            CAST(SUM(g.people) AS bigint), CAST(SUM(g.key_sum) % 4294967296 AS bigint)
        FROM (
            SELECT r.counted, r.region, r.age_band, r.gender,
                COUNT(*) AS people, SUM(r.record_key) AS key_sum
            FROM response r WHERE r.poll_id = of_poll
            GROUP BY r.counted, r.region, r.age_band, r.gender
        ) AS g CROSS JOIN jsonb_array_elements_text(CAST(g.counted AS jsonb)) AS m (value)
        GROUP BY m.value, g.region, g.age_band, g.gender;
    ELSE
        RETURN QUERY
        SELECT m.value, r.region::text, r.age_band::text, r.gender::text,
            COUNT(*), CAST(SUM(r.record_key) % 4294967296 AS bigint)
        FROM response r CROSS JOIN jsonb_array_elements_text(CAST(r.counted AS jsonb)) AS m (value)
        WHERE r.poll_id = of_poll
        GROUP BY m.value, r.region, r.age_band, r.gender;
    END IF;
    IF NOT FOUND THEN
        RETURN QUERY
        SELECT ''::text, NULL::text, NULL::text, NULL::text, 0::bigint, 0::bigint
        FROM response r WHERE r.poll_id = of_poll LIMIT 1;
    END IF;
END $$";

/// What is named in it is the vault's, whoever calls it and whatever they have made.
const OF_THE_VAULT: &str = "
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION count_closed SET search_path = %I, pg_temp', current_schema());
END $$";

/// By default everybody may call a function. Where the role that counts is there already it may go on
/// counting; its right on the table is taken away by `roles.sql`, which is run after each migration.
const OF_THE_PUBLISHER: &str = "
REVOKE ALL ON FUNCTION count_closed FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'veche_publisher'
        AND has_column_privilege(rolname, 'response', 'poll_id', 'SELECT'))
    THEN
        GRANT EXECUTE ON FUNCTION count_closed TO veche_publisher;
    END IF;
END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            for sql in [COUNT, OF_THE_VAULT, OF_THE_PUBLISHER] {
                db.execute_unprepared(sql).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let drop = "DROP FUNCTION count_closed";
            manager.get_connection().execute_unprepared(drop).await?;
        }
        Ok(())
    }
}
