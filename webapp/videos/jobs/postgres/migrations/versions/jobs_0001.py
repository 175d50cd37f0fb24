"""The table of jobs, whose turn was when, and what all processes of a deployment must agree on."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE jobs (
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        id TEXT PRIMARY KEY,
        visitor_id TEXT NOT NULL,
        token_sha256 TEXT NOT NULL,
        name TEXT NOT NULL,
        size_bytes BIGINT NOT NULL,
        created_s DOUBLE PRECISION NOT NULL,
        expires_s DOUBLE PRECISION NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        worker TEXT,
        lease_until_s DOUBLE PRECISION NOT NULL,
        progress DOUBLE PRECISION NOT NULL,
        frames_done INTEGER NOT NULL,
        skipped_frames INTEGER NOT NULL,
        fps DOUBLE PRECISION NOT NULL,
        eta_s DOUBLE PRECISION,
        width INTEGER,
        height INTEGER,
        error_code TEXT,
        error_message TEXT,
        address_digest TEXT NOT NULL,
        received_bytes BIGINT NOT NULL,
        upload_ref TEXT NOT NULL
    )
    """,
    "CREATE INDEX jobs_by_visitor ON jobs (visitor_id)",
    "CREATE INDEX jobs_by_state ON jobs (state)",
    "CREATE TABLE turns (who TEXT PRIMARY KEY, turn BIGINT NOT NULL)",
    "CREATE SEQUENCE turn_numbers",
    """
    CREATE FUNCTION take_turn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- In the same order everywhere, so that two workers never wait for each other.
        INSERT INTO turns VALUES (new.visitor_id, nextval('turn_numbers'))
            ON CONFLICT (who) DO UPDATE SET turn = excluded.turn;
        INSERT INTO turns VALUES (new.address_digest, nextval('turn_numbers'))
            ON CONFLICT (who) DO UPDATE SET turn = excluded.turn;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER turn_taken AFTER UPDATE OF attempts ON jobs
        FOR EACH ROW WHEN (new.attempts > old.attempts) EXECUTE FUNCTION take_turn()
    """,
    """
    CREATE FUNCTION now_s() RETURNS DOUBLE PRECISION LANGUAGE sql VOLATILE
        AS 'SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)'
    """,
    "CREATE TABLE deployment (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables, with all jobs."""
    for statement in (
        "DROP TABLE deployment, jobs, turns",
        "DROP SEQUENCE turn_numbers",
        "DROP FUNCTION take_turn, now_s",
    ):
        op.execute(statement)
