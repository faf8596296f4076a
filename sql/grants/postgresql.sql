-- Who may read what, on PostgreSQL. Run by the owner of the database after each release.
-- flow_analyst: pseudonymised personal data, inside the agreement. flow_reader: released
-- aggregates only. Neither may write; people get one of them by GRANT flow_analyst TO somebody.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'flow_analyst') THEN
        CREATE ROLE flow_analyst NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'flow_reader') THEN
        CREATE ROLE flow_reader NOLOGIN;
    END IF;
END
$$;

REVOKE ALL ON SCHEMA flow FROM PUBLIC;
REVOKE ALL ON SCHEMA flow_release FROM PUBLIC;

GRANT USAGE ON SCHEMA flow TO flow_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA flow TO flow_analyst;
GRANT USAGE ON SCHEMA flow_release TO flow_analyst, flow_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA flow_release TO flow_analyst, flow_reader;

-- So that the queries of sql/analysis, which name tables without a schema, find them. A role's
-- setting is not inherited: people set it for themselves, ALTER ROLE somebody SET search_path.
ALTER ROLE flow_analyst SET search_path = flow;
ALTER ROLE flow_reader SET search_path = flow_release;
