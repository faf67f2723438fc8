"""A row that readiness writes to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "write_check",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("write_check")
