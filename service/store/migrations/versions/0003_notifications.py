"""Notifications: what was taken on, what is to do for it, and results on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0008"
branch_labels = None
depends_on = None

# Of procrastinate 3.10: a later version of it brings its own changes, which then have a file here.
_WITHOUT_QUEUE = """
DO $$ DECLARE made record; BEGIN
  FOR made IN SELECT tablename AS name FROM pg_tables
      WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\\_%' LOOP
    EXECUTE 'DROP TABLE ' || quote_ident(made.name) || ' CASCADE';
  END LOOP;
  FOR made IN SELECT oid::regprocedure AS name FROM pg_proc
      WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%' LOOP
    EXECUTE 'DROP FUNCTION ' || made.name || ' CASCADE';
  END LOOP;
  FOR made IN SELECT typname AS name FROM pg_type
      WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('c', 'e')
      AND typname LIKE 'procrastinate\\_%' LOOP
    EXECUTE 'DROP TYPE ' || quote_ident(made.name) || ' CASCADE';
  END LOOP;
END $$
"""
_TABLES = ("deliveries", "reference_owners", "receipt_errands", "errands", "receipt_keys", "receipts")


def upgrade() -> None:
    """Make the tables, and on PostgreSQL those of the queue."""
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("caller", sa.String(255), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("receipts_by_time", "receipts", ["received_at"])
    op.create_table(
        "receipt_keys",
        sa.Column("caller", sa.String(255), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("receipt", sa.String(32), nullable=False),
    )
    op.create_index("receipt_keys_by_receipt", "receipt_keys", ["receipt"])
    op.create_table(
        "errands",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("caller", sa.String(255), nullable=False),
        sa.Column("server", sa.String(500), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("pointer", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("told", sa.LargeBinary(), nullable=True),
    )
    op.create_index("errands_by_due", "errands", ["state", "due_at"])
    op.create_table(
        "receipt_errands",
        sa.Column("receipt", sa.String(32), primary_key=True),
        sa.Column("errand", sa.String(64), primary_key=True),
        sa.Column("turn", sa.BigInteger(), nullable=False),
    )
    op.create_index("receipt_errands_by_errand", "receipt_errands", ["errand"])
    op.create_table(
        "reference_owners",
        sa.Column("reference", sa.String(64), primary_key=True),
        sa.Column("errand", sa.String(64), nullable=False),
    )
    op.create_index("reference_owners_by_errand", "reference_owners", ["errand"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("errand", sa.String(64), nullable=False),
        sa.Column("caller", sa.String(255), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
    )
    op.create_index("deliveries_by_errand", "deliveries", ["errand", "turn"])
    op.create_index("deliveries_by_due", "deliveries", ["state", "due_at"])
    if op.get_bind().dialect.name == "postgresql":
        _run(_queue_schema())


def downgrade() -> None:
    """Drop them, and what was not yet done with them."""
    if op.get_bind().dialect.name == "postgresql":
        _run(_WITHOUT_QUEUE)
    for table in _TABLES:
        op.drop_table(table)


def _queue_schema() -> str:
    # Only on PostgreSQL is the library needed.
    from procrastinate.schema import SchemaManager  # noqa: PLC0415

    return SchemaManager.get_schema()


def _run(statements: str) -> None:
    # SQLAlchemy would take each % in them for a place of a value.
    connection = op.get_bind().connection.driver_connection
    if connection is not None:
        connection.execute(statements)
