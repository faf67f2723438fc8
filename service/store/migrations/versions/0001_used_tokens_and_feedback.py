"""Used token ids and feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first three tables."""
    row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "used_tokens",
        sa.Column("issuer", sa.String(500), primary_key=True),
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("used_tokens_by_end", "used_tokens", ["expires_at"])
    op.create_table(
        "feedback",
        sa.Column("id", row_number, primary_key=True),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("card", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("knowledge", sa.String(100), nullable=False),
        sa.Column("accepted_suggestions", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.UniqueConstraint("issuer", "card", "outcome", "outcome_at", name="feedback_once"),
    )
    op.create_table(
        "feedback_comments",
        sa.Column("feedback_id", row_number, sa.ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("comment", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Drop them, and what is in them."""
    for table in ("feedback_comments", "feedback", "used_tokens"):
        op.drop_table(table)
