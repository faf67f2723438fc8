"""The tables of notifications: what was taken on, what is to do for it, and results on their way."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, LargeBinary, String, Table

from service.store.tables import METADATA

__all__ = ["METADATA"]

# What was taken on, under the name by which its sender asks for it.
RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("caller", String(255), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Index("receipts_by_time", "received_at"),
)

# By what a message is known again: a digest of what its sender calls it, or of its content.
RECEIPT_KEYS = Table(
    "receipt_keys",
    METADATA,
    Column("caller", String(255), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("body_digest", String(64), nullable=False),
    Column("receipt", String(32), nullable=False),
    Index("receipt_keys_by_receipt", "receipt"),
)

# One row for each patient that a message was about, or whatever else leads to one, however often it is sent.
ERRANDS = Table(
    "errands",
    METADATA,
    # A keyed hash of caller, server and pointer.
    Column("key", String(64), primary_key=True),
    Column("caller", String(255), nullable=False),
    Column("server", String(500), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("pointer", LargeBinary(), nullable=False),
    # How often it was asked for, and up to which of them it is answered.
    Column("asked", BigInteger(), nullable=False),
    Column("done", BigInteger(), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    # How often it was begun without an end, and how often it failed in a row.
    Column("begun", Integer(), nullable=False),
    Column("failures", Integer(), nullable=False),
    # waiting, idle or dead; how the last turn that was done ended: done or failed.
    Column("state", String(10), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("result", LargeBinary(), nullable=True),
    # What the receiver of results was last told.
    Column("told", LargeBinary(), nullable=True),
    Index("errands_by_due", "state", "due_at"),
)

RECEIPT_ERRANDS = Table(
    "receipt_errands",
    METADATA,
    Column("receipt", String(32), primary_key=True),
    Column("errand", String(64), primary_key=True),
    Column("turn", BigInteger(), nullable=False),
    Index("receipt_errands_by_errand", "errand"),
)

# Keyed hashes of the resources of a chart: a deletion names a resource that nobody can read any more.
REFERENCE_OWNERS = Table(
    "reference_owners",
    METADATA,
    Column("reference", String(64), primary_key=True),
    Column("errand", String(64), nullable=False),
    Index("reference_owners_by_errand", "errand"),
)

# Results on their way to whoever wants them; gone once they have arrived.
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("errand", String(64), nullable=False),
    Column("caller", String(255), nullable=False),
    Column("turn", BigInteger(), nullable=False),
    Column("content", LargeBinary(), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("begun", Integer(), nullable=False),
    Column("failures", Integer(), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(500), nullable=False),
    Index("deliveries_by_errand", "errand", "turn"),
    Index("deliveries_by_due", "state", "due_at"),
)
