"""The tables; a change here needs a new file under ``migrations/versions/``, and a test compares the two."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

METADATA = MetaData()
# SQLite numbers rows by itself only in a column of the type INTEGER.
_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

USED_TOKENS = Table(
    "used_tokens",
    METADATA,
    Column("issuer", String(500), primary_key=True),
    # A digest: the id itself may be of any length.
    Column("token_digest", String(64), primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("used_tokens_by_end", "expires_at"),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", _ROW_NUMBER, primary_key=True),
    Column("issuer", String(500), nullable=False),
    Column("card", Uuid(), nullable=False),
    # Empty where the card is not one of ours.
    Column("topic", String(100), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("outcome_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("knowledge", String(100), nullable=False),
    Column("accepted_suggestions", JSON(), nullable=False),
    Column("reason", String(200), nullable=False),
    UniqueConstraint("issuer", "card", "outcome", "outcome_at", name="feedback_once"),
    Index("feedback_by_issuer", "issuer", "received_at"),
)

# Free text of a clinician may name a patient, so it lies apart: it can be guarded and emptied by itself.
FEEDBACK_COMMENTS = Table(
    "feedback_comments",
    METADATA,
    Column("feedback_id", _ROW_NUMBER, ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
    Column("comment", Text(), nullable=False),
)

# One row that readiness writes to: an answer to a question would not tell that the disk is full.
WRITE_CHECK = Table(
    "write_check",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("times", BigInteger, nullable=False),
)

# One row for each evaluation, whichever door it came through; never changed, and deleted by whole days only.
EVALUATIONS = Table(
    "evaluations",
    METADATA,
    # Its first 48 bits are the moment, so that rows lie in the order in which they came.
    Column("id", Uuid(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("caller", String(255), nullable=False),
    Column("service", String(64), nullable=False),
    Column("correlation_id", String(64), nullable=False),
    Column("hook_instance", Uuid()),
    # Keyed hashes, in hexadecimal; empty where there is none.
    Column("patient", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("input_hash", String(64), nullable=False),
    Column("software", String(40), nullable=False),
    Column("knowledge", String(100), nullable=False),
    Column("knowledge_hash", String(80), nullable=False),
    Column("mappings_hash", String(80), nullable=False),
    # Empty where the class was not judged, as for an order.
    Column("reached", String(20), nullable=False),
    Column("attainable", String(20), nullable=False),
    Column("missing", Integer(), nullable=False),
    Column("verdicts", JSON(), nullable=False),
    Column("used", Integer(), nullable=False),
    Column("unused", JSON(), nullable=False),
    Column("timings", JSON(), nullable=False),
    Column("is_silent", Boolean(), nullable=False),
    Index("evaluations_by_moment", "at"),
    Index("evaluations_by_patient", "patient", "at"),
)

# The cards of those evaluations, so that one can be found by its uuid.
EVALUATION_CARDS = Table(
    "evaluation_cards",
    METADATA,
    Column("card", Uuid(), primary_key=True),
    Column("evaluation", Uuid(), ForeignKey("evaluations.id", ondelete="CASCADE"), nullable=False),
    Column("topic", String(100), nullable=False),
    Column("indicator", String(10), nullable=False),
    # Why it was not sent; empty where it was.
    Column("held_back", String(20), nullable=False),
    Index("evaluation_cards_by_evaluation", "evaluation"),
)

# What the audit held of a day (UTC) that is over: its digest outlives its rows.
AUDIT_DAYS = Table(
    "audit_days",
    METADATA,
    Column("day", Date(), primary_key=True),
    Column("rows", Integer(), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("signature", String(64), nullable=False),
    # Signs that the rows were deleted when their time was over; empty while they are there.
    Column("deleted", String(64), nullable=False),
)

# When a card was sent to a person, whom a keyed hash of caller, person, patient, topic and evidence stands for.
SAID = Table(
    "said",
    METADATA,
    Column("card", Uuid(), primary_key=True),
    Column("memory", String(64), nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("said_by_memory", "memory"),
    Index("said_by_end", "expires_at"),
)

# What was evaluated, encrypted, where a site keeps it: once for each day on which it was.
EVALUATION_INPUTS = Table(
    "evaluation_inputs",
    METADATA,
    Column("day", Date(), primary_key=True),
    Column("input_hash", String(64), primary_key=True),
    Column("sealed", LargeBinary(), nullable=False),
)

# What issuers publish: it is public, and a worker that starts while its address is down goes on with it.
KEY_SETS = Table(
    "key_sets",
    METADATA,
    Column("url", String(500), primary_key=True),
    Column("content", JSON(), nullable=False),
    Column("fetched_at", DateTime(timezone=True), nullable=False),
)
