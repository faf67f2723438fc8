"""The audit by days, with a signed digest of each; and inputs, encrypted, where they are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "audit_days",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.Column("deleted", sa.String(64), nullable=False),
    )
    op.create_table(
        "evaluation_inputs",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("input_hash", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    """Drop them, and what is in them."""
    op.drop_table("evaluation_inputs")
    op.drop_table("audit_days")
