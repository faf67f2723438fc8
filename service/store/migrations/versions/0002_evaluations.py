"""The audit: evaluations and their cards, which nobody changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0004"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("evaluations", "evaluation_cards")


def upgrade() -> None:
    """Make the two tables, and refuse whoever would change a row of them."""
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.String(255), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("correlation_id", sa.String(64), nullable=False),
        sa.Column("hook_instance", sa.Uuid()),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("software", sa.String(40), nullable=False),
        sa.Column("knowledge", sa.String(100), nullable=False),
        sa.Column("knowledge_hash", sa.String(80), nullable=False),
        sa.Column("mappings_hash", sa.String(80), nullable=False),
        sa.Column("reached", sa.String(20), nullable=False),
        sa.Column("attainable", sa.String(20), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("unused", sa.JSON(), nullable=False),
        sa.Column("timings", sa.JSON(), nullable=False),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
    )
    op.create_index("evaluations_by_moment", "evaluations", ["at"])
    op.create_index("evaluations_by_patient", "evaluations", ["patient", "at"])
    op.create_table(
        "evaluation_cards",
        sa.Column("card", sa.Uuid(), primary_key=True),
        sa.Column("evaluation", sa.Uuid(), sa.ForeignKey("evaluations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("indicator", sa.String(10), nullable=False),
        sa.Column("held_back", sa.String(20), nullable=False),
    )
    op.create_index("evaluation_cards_by_evaluation", "evaluation_cards", ["evaluation"])
    for statement in _refusals():
        op.execute(statement)


def downgrade() -> None:
    """Drop them, and what is in them."""
    op.drop_table("evaluation_cards")
    op.drop_table("evaluations")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _refusals() -> list[str]:
    if op.get_bind().dialect.name == "sqlite":
        return [
            f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'rows of the audit are not changed'); END"
            for table in _APPEND_ONLY
        ]
    function = (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of the audit are not changed'; END $$"
    )
    triggers = [
        f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in _APPEND_ONLY
    ]
    return [function, *triggers]
