-- A role for Grafana: it reads what the dashboards show, and nothing that was sent, answered or sealed.
-- Run once by the owner of the tables, and again after an upgrade; then give it a password:
--   psql "$DATABASE_URL" --file deploy/grafana/reader.sql
--   psql "$DATABASE_URL" --command '\password signpost_reader'
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'signpost_reader') THEN
    CREATE ROLE signpost_reader LOGIN;
  END IF;
END $$;
-- A time range that is too long ends, and harms nobody else.
ALTER ROLE signpost_reader SET statement_timeout = '20s';
ALTER ROLE signpost_reader SET default_transaction_read_only = on;
ALTER ROLE signpost_reader CONNECTION LIMIT 10;
GRANT USAGE ON SCHEMA public TO signpost_reader;
GRANT SELECT (id, name, deleted_at) ON applications TO signpost_reader;
GRANT SELECT (id, application_id, url, description, disabled, disabled_reason, paused, throttle_rate, created_at, updated_at, deleted_at)
  ON endpoints TO signpost_reader;
GRANT SELECT (id, endpoint_id, message_id, at, total_ms, lookup_ms, connect_ms, tls_ms, first_byte_ms, status, result, reason)
  ON attempts TO signpost_reader;
GRANT SELECT (id, endpoint_id, message_id, event_type, state, status, attempts, next_attempt_at)
  ON deliveries TO signpost_reader;
GRANT SELECT (id, endpoint_id, delivery_id, event_type, reason, reason_class, last_failure, attempts, dead_at, dead)
  ON dead_letters TO signpost_reader;
