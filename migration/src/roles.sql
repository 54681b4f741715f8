-- The roles of the portal's stores on PostgreSQL 15 and later, and their rights.
--
-- Run it as a superuser, connected to the database of the stores (with two databases: in each),
-- before the first `veche migrate` and again after each one, which gives the publisher its rights
-- on tables that are new. It can be repeated at any time and takes back rights that were given
-- beyond it. Then set the passwords: \password veche_portal, and so on.
--
--   veche_portal     people, consents, polls, releases, sessions: every page and all staff
--   veche_vault      answers: reached by taking part only
--   veche_publisher  counts a closed poll and stores its release: no sealed answers, no
--                    pseudonyms, no keys, and nothing that it could change or take back

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
    EXECUTE format(
        'ALTER ROLE veche_publisher IN DATABASE %I SET search_path = vault, portal',
        current_database());
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- Each store belongs to its role, which migrates it; the others are given nothing.
CREATE SCHEMA IF NOT EXISTS portal AUTHORIZATION veche_portal;
CREATE SCHEMA IF NOT EXISTS vault AUTHORIZATION veche_vault;
REVOKE ALL ON SCHEMA portal FROM PUBLIC, veche_vault, veche_publisher;
REVOKE ALL ON SCHEMA vault FROM PUBLIC, veche_portal, veche_publisher;
REVOKE ALL ON ALL TABLES IN SCHEMA portal FROM PUBLIC, veche_vault, veche_publisher;
REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM PUBLIC, veche_portal, veche_publisher;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA portal FROM PUBLIC, veche_vault, veche_publisher;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC, veche_portal, veche_publisher;

GRANT USAGE ON SCHEMA portal, vault TO veche_publisher;
DO $$
BEGIN
    IF to_regclass('vault.response') IS NOT NULL THEN
        GRANT SELECT (poll_id, state) ON vault.poll_key TO veche_publisher;
        GRANT SELECT (poll_id, record_key, region, age_band, gender, counted)
            ON vault.response TO veche_publisher;
    END IF;
    IF to_regclass('portal.release') IS NOT NULL THEN
        GRANT SELECT ON portal.poll TO veche_publisher;
        GRANT SELECT, INSERT ON portal.release TO veche_publisher;
    END IF;
END $$;
