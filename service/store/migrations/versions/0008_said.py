"""What was said to whom, as keyed hashes that expire."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "said",
        sa.Column("card", sa.Uuid(), primary_key=True),
        sa.Column("memory", sa.String(64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("said_by_memory", "said", ["memory"])
    op.create_index("said_by_end", "said", ["expires_at"])


def downgrade() -> None:
    """Drop it, and what is in it."""
    op.drop_table("said")
