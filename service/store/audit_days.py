"""The audit by days of UTC: each day that is over gets a signed digest, which outlives its rows."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Table, and_, delete, func, select, update

from service.store.audit_key import AuditKey
from service.store.database import Database
from service.store.tables import AUDIT_DAYS, EVALUATION_CARDS, EVALUATION_INPUTS, EVALUATIONS, FEEDBACK

_DAY = timedelta(days=1)
# Rows of the last moments of a day may be kept a little after it.
_AFTER = timedelta(hours=1)
_AT_ONCE = 500


class Found(StrEnum):
    """What the rows of a day are, held against their digest."""

    UNCHANGED = "unchanged"
    CHANGED = "CHANGED"
    DELETED = "deleted when their time was over"
    OPEN = "no digest yet"


@dataclass(frozen=True, slots=True)
class Day:
    """``rows``: how many evaluations there were."""

    day: date
    rows: int
    found: Found


class AuditDays:
    """Closing, deleting and verifying days. It reads and deletes rows, so the role of the service is not enough."""

    def __init__(self, database: Database, key: AuditKey) -> None:
        self._database, self._key = database, key

    def close(self, now: datetime) -> list[date]:
        """Give each day that is over its digest, days without a row too; the days that got one."""
        # Reading a day takes its time, and the service goes on writing meanwhile.
        with self._database.reading() as connection:
            days = [self._digest(connection, day) for day in _over(connection, now)]
        if days:
            with self._database.transaction() as connection:
                connection.execute(self._database.insert_once(AUDIT_DAYS), days)
        return [day["day"] for day in days]

    def delete(self, now: datetime, days: int, days_of_input: int) -> list[date]:
        """Delete the rows of closed days that are more than ``days`` old, with feedback of that time; those days.

        Inputs go after ``days_of_input``, or with their day when that comes first.
        """
        last = now.astimezone(UTC).date() - timedelta(days=days)
        deleted: list[date] = []
        with self._database.transaction() as connection:
            standing = select(AUDIT_DAYS).where(AUDIT_DAYS.c.day < last, AUDIT_DAYS.c.deleted == "")
            for row in [dict(row) for row in connection.execute(standing.order_by(AUDIT_DAYS.c.day)).mappings()]:
                connection.execute(delete(EVALUATIONS).where(_within(EVALUATIONS, "at", row["day"])))
                signed = self._key.of_deleted(_content(row))
                connection.execute(update(AUDIT_DAYS).where(AUDIT_DAYS.c.day == row["day"]).values(deleted=signed))
                deleted.append(row["day"])
            connection.execute(delete(FEEDBACK).where(FEEDBACK.c.received_at < _begin(last)))
            last_input = now.astimezone(UTC).date() - timedelta(days=min(days, days_of_input))
            connection.execute(delete(EVALUATION_INPUTS).where(EVALUATION_INPUTS.c.day < last_input))
        return deleted

    def verified(self, now: datetime) -> list[Day]:
        """Each day, from the first that has a row or a digest, and what its rows are."""
        with self._database.reading() as connection:
            closed = {row["day"]: dict(row) for row in connection.execute(select(AUDIT_DAYS)).mappings()}
            first = min((*closed, *_first(connection)), default=None)
            last = now.astimezone(UTC).date()
            days = [first + number * _DAY for number in range((last - first).days + 1)] if first else []
            return [self._verified(connection, day, closed.get(day)) for day in days]

    def _verified(self, connection: Connection, day: date, kept: Mapping[str, Any] | None) -> Day:
        count = connection.execute(
            select(func.count()).select_from(EVALUATIONS).where(_within(EVALUATIONS, "at", day))
        ).scalar_one()
        if kept is None:
            return Day(day, count, Found.OPEN)
        is_signed = kept["signature"] == self._key.of_day(_content(kept))
        if is_signed and not count and kept["deleted"] == self._key.of_deleted(_content(kept)):
            return Day(day, kept["rows"], Found.DELETED)
        now_there = self._digest(connection, day)
        is_same = is_signed and not kept["deleted"] and now_there["digest"] == kept["digest"]
        return Day(day, count, Found.UNCHANGED if is_same else Found.CHANGED)

    def _digest(self, connection: Connection, day: date) -> dict[str, Any]:
        digest, rows = hashlib.sha256(), 0
        for line in _lines(connection, day, EVALUATIONS):
            digest.update(line)
            rows += 1
        for line in _lines(connection, day, EVALUATION_CARDS):
            digest.update(line)
        made = {"day": day, "rows": rows, "digest": digest.hexdigest(), "deleted": ""}
        return {**made, "signature": self._key.of_day(_content(made))}


def _content(row: Mapping[str, Any]) -> bytes:
    return f"{row['day'].isoformat()} {row['rows']} {row['digest']}".encode()


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _within(table: Table, column: str, day: date) -> Any:
    return and_(table.c[column] >= _begin(day), table.c[column] < _begin(day + _DAY))


def _first(connection: Connection) -> list[date]:
    first = connection.execute(select(func.min(EVALUATIONS.c.at))).scalar()
    return [_in_utc(first).date()] if first else []


def _over(connection: Connection, now: datetime) -> list[date]:
    """The days that are over and have no digest, from the day after the last one that has."""
    latest = connection.execute(select(func.max(AUDIT_DAYS.c.day))).scalar()
    begin = [latest + _DAY] if latest else _first(connection)
    last = (now - _AFTER).astimezone(UTC).date() - _DAY
    return [begin[0] + number * _DAY for number in range((last - begin[0]).days + 1)] if begin else []


def _lines(connection: Connection, day: date, table: Table) -> Iterator[bytes]:
    """Each row of a day as JSON, in an order that any database keeps."""
    source = table if table is EVALUATIONS else EVALUATION_CARDS.join(EVALUATIONS)
    rows = select(table).select_from(source).where(_within(EVALUATIONS, "at", day)).order_by(*table.primary_key)
    for row in connection.execute(rows.execution_options(yield_per=_AT_ONCE)).mappings():
        told = {str(name): _told(value) for name, value in row.items()}
        yield orjson.dumps(told, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _told(value: object) -> object:
    if isinstance(value, datetime):
        return _in_utc(value).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value


def _in_utc(moment: datetime) -> datetime:
    # SQLite gives back what was put in, without its offset, and that is always UTC here.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
