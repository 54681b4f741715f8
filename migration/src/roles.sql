-- The roles of the portal's stores on PostgreSQL 15 and later, and their rights.
--
-- Run it as a superuser, connected to the database of the stores (with two databases: in each),
-- before the first `veche migrate` and again after each one, which gives the publisher its rights
-- on what is new. It can be repeated at any time and takes back rights and memberships that
-- were given beyond it. Then set the passwords: \password veche_portal, and so on.
--
--   veche_portal     people, consents, polls, releases, sessions: every page and all staff
--   veche_vault      answers: reached by taking part only
--   veche_publisher  has a closed poll counted, by a function that gives it groups of people: no response,
--                    no keys, and nothing that it could change or take back

DO $$
DECLARE
    role text;
BEGIN
    -- By default everybody may connect and make temporary tables.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    FOREACH role IN ARRAY ARRAY['veche_portal', 'veche_vault', 'veche_publisher'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', role);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
    END LOOP;
    EXECUTE format(
        'ALTER ROLE veche_portal IN DATABASE %I SET search_path = portal', current_database());
    EXECUTE format(
        'ALTER ROLE veche_vault IN DATABASE %I SET search_path = vault', current_database());
    -- The portal's schema for servers of the version before alone: see the end.
    EXECUTE format(
        'ALTER ROLE veche_publisher IN DATABASE %I SET search_path = vault, portal',
        current_database());
END $$;

-- None of them is a member of another, of a role for which rights do not count, or of one of the
-- server's own (pg_read_all_data), at once or through others.
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        WITH RECURSIVE three (oid) AS (
            SELECT oid FROM pg_roles
            WHERE rolname IN ('veche_portal', 'veche_vault', 'veche_publisher')
        ), leads_above (oid) AS (
            SELECT oid FROM pg_roles
            WHERE oid IN (SELECT oid FROM three) OR starts_with(rolname, 'pg_')
            OR rolsuper OR rolreplication OR rolcreaterole OR rolbypassrls
            UNION
            SELECT m.member FROM pg_auth_members m JOIN leads_above a ON a.oid = m.roleid
        )
        SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(member) AS member,
            pg_get_userbyid(grantor) AS grantor
        FROM pg_auth_members
        WHERE member IN (SELECT oid FROM three) AND roleid IN (SELECT oid FROM leads_above)
    LOOP
        -- From PostgreSQL 16 on a membership may be given by several, and is taken back of each.
        EXECUTE format('REVOKE %I FROM %I', given.role, given.member)
            || CASE WHEN current_setting('server_version_num')::int >= 160000
                THEN format(' GRANTED BY %I', given.grantor) ELSE '' END
            || ' CASCADE';
    END LOOP;
END $$;

-- By default every role sees the locks that others hold, how many rows were written to each table
-- of the database and of each other one, and what each of the server's processes does. Whoever answers holds the poll's lock meanwhile (a number of
-- the poll's own) and adds a row: so the portal and the publisher could see when an answer to which poll
-- comes in, and the portal knows who is on its pages at that moment. Only the vault sees locks; what
-- watches the server is a member of pg_monitor. Rights on functions count in one database: pg_hba.conf has
-- to keep these three roles out of every other one (server/operations/postgresql/README.md).
DO $$
DECLARE
    call regprocedure;
BEGIN
    FOR call IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND (
            proname IN ('pg_lock_status', 'pg_blocking_pids', 'pg_stat_get_activity')
            -- Of somebody's process.
            OR starts_with(proname, 'pg_stat_get_backend_')
            -- Of a table, a function, a database.
            OR (starts_with(proname, 'pg_stat_get_')
                AND pronargs = 1 AND proargtypes[0] = 'oid'::regtype)
            -- Of the two kinds of numbers a lock may have, polls' have this one. Where it cannot be had at
            -- once, somebody is answering.
            OR (proname ~ '^pg_(try_)?advisory_(xact_)?lock'
                AND pronargs = 1 AND proargtypes[0] = 'bigint'::regtype))
    LOOP
        EXECUTE format(
            'REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC, veche_portal, veche_publisher', call);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pg_read_all_stats', call);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION pg_lock_status(), pg_advisory_xact_lock(bigint),
    pg_advisory_xact_lock_shared(bigint) TO veche_vault;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- Each store belongs to its role, which migrates it; the others are given nothing.
CREATE SCHEMA IF NOT EXISTS portal AUTHORIZATION veche_portal;
CREATE SCHEMA IF NOT EXISTS vault AUTHORIZATION veche_vault;
-- Whether all transactions that ran have ended, which the portal has to know before it overwrites its key
-- (`runners_have_ended` in server/vault/src/overwrite.rs, which is the same for whoever sees locks; what holds old
-- versions and shows in no lock is asked there, of whichever role): neither which
-- they are nor whose, because a number of the vault's, looked at again, would tell how much it does.
DROP FUNCTION IF EXISTS portal.running_transactions();
CREATE OR REPLACE FUNCTION portal.all_have_ended() RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        running text[];
        looks integer;
    BEGIN
        FOR turn IN 1..2 LOOP
            -- Who vacuums is otherwise remembered from the turn before.
            PERFORM pg_stat_clear_snapshot();
            running := ARRAY(
                SELECT virtualxid FROM pg_locks
                WHERE locktype = 'virtualxid' AND pid <> pg_backend_pid()
                AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum));
            looks := 0;
            WHILE EXISTS (SELECT FROM pg_locks
                WHERE locktype = 'virtualxid' AND virtualxid = ANY (running)) LOOP
                looks := looks + 1;
                IF looks > 20 THEN
                    RETURN false;
                END IF;
                PERFORM pg_sleep(0.02);
            END LOOP;
        END LOOP;
        RETURN true;
    END $$;
REVOKE ALL ON SCHEMA portal FROM PUBLIC, veche_vault, veche_publisher;
REVOKE ALL ON SCHEMA vault FROM PUBLIC, veche_portal, veche_publisher;
REVOKE ALL ON ALL TABLES IN SCHEMA portal FROM PUBLIC, veche_vault, veche_publisher;
REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM PUBLIC, veche_portal, veche_publisher;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA portal FROM PUBLIC, veche_vault, veche_publisher;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC, veche_portal, veche_publisher;

GRANT EXECUTE ON FUNCTION portal.all_have_ended() TO veche_portal;
GRANT USAGE ON SCHEMA portal, vault TO veche_publisher;
DO $$
BEGIN
    IF to_regproc('vault.count_closed') IS NOT NULL THEN
        GRANT SELECT (poll_id, state) ON vault.poll_key TO veche_publisher;
        -- Groups of people of a poll that is closed. On the responses themselves it has no right: PostgreSQL
        -- tells whoever may ask for some of them how many others there are.
        GRANT EXECUTE ON FUNCTION vault.count_closed TO veche_publisher;
        -- By which an earlier version kept the answers to open polls from it. Whoever answers waits meanwhile:
        -- not for long, and this can be repeated.
        PERFORM set_config('lock_timeout', '5s', true);
        IF EXISTS (SELECT FROM pg_policy
            WHERE polrelid = 'vault.response'::regclass AND polname = 'closed_polls')
        THEN
            DROP POLICY closed_polls ON vault.response;
            ALTER TABLE vault.response DISABLE ROW LEVEL SECURITY;
        END IF;
        PERFORM set_config('lock_timeout', '0', true);
    END IF;
    -- For servers of the version before, which store releases as the publisher and go on beside new ones while
    -- those are brought in one after the other. The new ones store them as the portal, and need none of this:
    -- a trigger that the portal's role made would run with the publisher's rights. The next version takes it away.
    IF to_regclass('portal.release') IS NOT NULL THEN
        GRANT SELECT ON portal.poll TO veche_publisher;
        GRANT SELECT, INSERT ON portal.release TO veche_publisher;
    END IF;
END $$;
