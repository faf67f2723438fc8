"""What is written is durable when the call returns; what is left is kept soon, and outlasts a store that is away."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from service.errors import StoreUnavailable
from service.store.audit_writer import KEPT, LOST, AuditWriter, Watch
from service.store.database import Database
from tests.unit.store.audit_samples import audit_card, audit_row, kept


class Told:
    """What the writer tells whoever watches it."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.changed = threading.Condition()

    def counted(self, outcome: str, rows: int) -> None:
        with self.changed:
            self.rows[outcome] += rows
            self.changed.notify_all()

    def timed(self, seconds: float) -> None:
        with self.changed:
            self.seconds.append(seconds)
            self.changed.notify_all()

    def writer(self, database: Database, **more: Any) -> AuditWriter:
        return AuditWriter(database, Watch(self.timed, self.counted), **more)

    def waits_for_tries(self, tries: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: len(self.seconds) >= tries, 10)

    def waits_for_rows(self, rows: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.rows[KEPT] == rows, 10)


def test_rows_are_there_when_writing_returns(database: Database) -> None:
    writer = AuditWriter(database)
    for count in range(1, 4):
        writer.write([audit_row(audit_card())])
        assert len(kept(database)) == count
    writer.stop()


def test_rows_of_many_callers_at_once_are_all_there_and_share_transactions(database: Database) -> None:
    told = Told()
    writer = told.writer(database)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: writer.write([audit_row(audit_card())], 30), range(64)))
    assert len(kept(database)) == told.rows[KEPT] == 64
    assert len(told.seconds) < 64
    writer.stop()


def test_what_was_left_is_kept_soon_and_at_the_latest_when_the_process_ends(database: Database) -> None:
    told = Told()
    writer = told.writer(database)
    writer.leave([audit_row()])
    assert told.waits_for_rows(1)
    for _ in range(50):
        writer.leave([audit_row()])
    writer.stop()
    assert len(kept(database)) == 51
    assert told.rows == {KEPT: 51, LOST: 0}


def test_writing_to_a_store_without_tables_is_refused_and_counted_as_lost(tmp_path: Path) -> None:
    told = Told()
    writer = told.writer(Database(f"sqlite:///{tmp_path}/store.sqlite"))
    with pytest.raises(StoreUnavailable):
        writer.write([audit_row()])
    assert told.rows == {LOST: 1}
    writer.stop()


def test_rows_that_were_left_while_the_store_was_away_are_kept_once_it_is_back(tmp_path: Path) -> None:
    told, database = Told(), Database(f"sqlite:///{tmp_path}/store.sqlite")
    writer = told.writer(database)
    for number in range(3):
        writer.leave([audit_row(correlation_id=f"call-{number}")])
    assert told.waits_for_tries(1)
    database.migrate()
    assert told.waits_for_rows(3)
    assert sorted(row["correlation_id"] for row in kept(database)) == ["call-0", "call-1", "call-2"]
    writer.stop()


def test_rows_for_which_there_is_no_room_are_lost_counted_and_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told()
    writer = told.writer(Database(f"sqlite:///{tmp_path}/store.sqlite"), most_left=2 * 3 * 1024)
    for number in range(2):
        writer.leave([audit_row(correlation_id=f"call-{number}")])
    assert told.waits_for_tries(1)
    writer.stop()
    lost = [record.__dict__["correlation_id"] for record in caplog.records if record.msg == "audit row lost"]
    assert sorted(lost) == ["call-0", "call-1"]
    assert told.rows[LOST] == 2
    writer.leave([audit_row(), audit_row(), audit_row()])
    assert told.rows[LOST] == 5


def test_a_store_that_hangs_keeps_nobody_longer_than_asked(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.sqlite")
    database.migrate()
    other = Database(f"sqlite:///{tmp_path}/store.sqlite")
    writer = AuditWriter(database)
    with other.transaction() as holding:
        assert holding is not None
        with pytest.raises(StoreUnavailable, match="in time"):
            writer.write([audit_row()], 0.05)
        # The second need not wait to learn it.
        with pytest.raises(StoreUnavailable, match="does not answer"):
            writer.write([audit_row()], 0.05)
    writer.stop()
