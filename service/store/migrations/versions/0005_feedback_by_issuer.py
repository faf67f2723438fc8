"""Feedback of one issuer by time: how much it has sent in a day is counted."""

from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("feedback_by_issuer", "feedback", ["issuer", "received_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("feedback_by_issuer", "feedback")
