//! PostgreSQL: a function that takes a round of responses in one call, which is one transaction.
//!
//! A round asked the database six things one after the other, and for the few responses of a round
//! each way there and back cost as much as what was done at its end. All of it is decided by the
//! database's own rows in any case, so it can be decided there. A function and not one statement,
//! because a statement sees the rows as they were when it began: whether a poll is still open has to
//! be read after its gate is held. In a function each statement sees what was committed until then
//! (`READ COMMITTED`, a `VOLATILE` function).
//!
//! SQLite has no functions; there it is one statement since `m0009_sent`.
//!
//! A server of the version before this one goes on as it did. Whoever changes what the function
//! does makes another one under another name, because the servers of the version before call this.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The lists are one a column, all of the same length, at most one entry for a person and poll, in
/// the order of the keys. A list holds no NULL: an empty code, and an empty draft, stand for it.
///
/// `draft` is what is sent, as it is stored: the response is stored if this can be thrown away, so
/// that a draft is sent once however often it is asked for, and nothing that was typed, sent or
/// withdrawn later is undone by what comes late. An empty one asks nothing.
///
/// Returned are the number of each in the lists, from 1, and what became of it: `first`, `change`,
/// `overtaken`, `not_open`, `destroyed`, `unknown`.
const TAKE: &str = "
CREATE FUNCTION take_responses(
    gates bigint[],
    ids uuid[], poll_ids uuid[], pseudonyms bytea[], record_keys bigint[],
    regions text[], age_bands text[], genders text[], consents boolean[],
    contents bytea[], days date[], marks text[], lives boolean[], tokens bytea[], drafts bytea[])
RETURNS TABLE (number integer, outcome text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
#variable_conflict use_column
DECLARE
    gate bigint;
BEGIN
    FOREACH gate IN ARRAY gates LOOP
        PERFORM pg_advisory_xact_lock_shared(gate);
    END LOOP;
    RETURN QUERY
    WITH sent AS (
        SELECT s.*, k.state, k.destroyed_on, k.batch,
            k.state = 'open' AND k.destroyed_on IS NULL AS is_open
        FROM unnest(ids, poll_ids, pseudonyms, record_keys, regions, age_bands, genders, consents,
            contents, days, marks, lives, drafts) WITH ORDINALITY
            AS s (id, poll_id, pseudonym, record_key, region, age_band, gender, special_consent,
            content, received_on, counted, live, draft, number)
        LEFT JOIN poll_key k ON k.poll_id = s.poll_id
    ), thrown_away AS (
        DELETE FROM draft d USING sent s
        WHERE s.is_open AND d.poll_id = s.poll_id AND d.pseudonym = s.pseudonym
        AND (s.draft = '' OR d.content = s.draft)
        RETURNING s.number
    ), stored AS (
        INSERT INTO response AS r (id, poll_id, pseudonym, record_key, region, age_band, gender,
            special_consent, content, received_on, batch, counted)
        SELECT s.id, s.poll_id, s.pseudonym, s.record_key, NULLIF(s.region, ''),
            NULLIF(s.age_band, ''), NULLIF(s.gender, ''), s.special_consent, s.content, s.received_on,
            CASE WHEN s.live THEN s.batch END, s.counted
        FROM sent s
        WHERE s.is_open
        AND (s.draft = '' OR s.number IN (SELECT t.number FROM thrown_away t))
        ORDER BY s.number
        ON CONFLICT (pseudonym, poll_id) DO UPDATE SET region = excluded.region,
            age_band = excluded.age_band, gender = excluded.gender,
            special_consent = excluded.special_consent, content = excluded.content,
            counted = excluded.counted, changed_on = excluded.received_on
        RETURNING r.poll_id, r.pseudonym, r.changed_on
    )
    SELECT s.number::integer, CASE
        WHEN s.state IS NULL THEN 'unknown'
        WHEN s.destroyed_on IS NOT NULL THEN 'destroyed'
        WHEN NOT s.is_open THEN 'not_open'
        WHEN r.pseudonym IS NULL THEN 'overtaken'
        WHEN r.changed_on IS NULL THEN 'first'
        ELSE 'change' END
    FROM sent s LEFT JOIN stored r ON r.pseudonym = s.pseudonym AND r.poll_id = s.poll_id;
    -- Whoever left a batch is in no later one. Asked after storing and not before: a withdrawal at
    -- the same moment is then over, because both need the same row of the index that gives one
    -- person one response. A change keeps the id of the first one, so it is not among these. Few
    -- leave, and the parts of the table are opened for it one by one, so that is asked first.
    IF EXISTS (
        SELECT FROM unnest(poll_ids, tokens) AS s (poll_id, token)
        JOIN released l ON l.poll_id = s.poll_id AND l.token = s.token
    ) THEN
        UPDATE response r SET batch = NULL
        FROM unnest(ids, poll_ids, pseudonyms, tokens) AS s (id, poll_id, pseudonym, token)
        JOIN released l ON l.poll_id = s.poll_id AND l.token = s.token
        WHERE r.pseudonym = s.pseudonym AND r.poll_id = s.poll_id AND r.id = s.id;
    END IF;
END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(TAKE).await?;
            // By default everybody may call a function.
            let private = "REVOKE ALL ON FUNCTION take_responses FROM PUBLIC";
            db.execute_unprepared(private).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let drop = "DROP FUNCTION take_responses";
            manager.get_connection().execute_unprepared(drop).await?;
        }
        Ok(())
    }
}
