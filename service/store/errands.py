"""What is to be done for messages: one errand for each patient, however often something of it is sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Row, case, delete, insert, select, update

from service.store.database import Database
from service.store.notification_tables import ERRANDS, RECEIPT_ERRANDS, REFERENCE_OWNERS

Task = Literal["refresh", "deliver"]
Wake = Callable[[Connection, Task, str, datetime | None], None]
# A worker that is killed in the middle says nothing; an errand that kills workers must not go on doing so.
MOST_BEGUN = 5
NOT_ENDED = f"its worker ended in the middle of it, {MOST_BEGUN} times"
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds before what failed is tried again: doubled each time up to the longest; after ``most`` it is dead."""

    first: float = 5.0
    longest: float = 900.0
    most: int = 100

    def next_try(self, failures: int, now: datetime, at_least: float = 0.0) -> datetime | None:
        """When to try again after so many failures in a row, in ``at_least`` so many seconds; None for never."""
        if failures >= self.most:
            return None
        seconds = min(self.first * 2.0 ** min(failures - 1, 30), self.longest)
        return now + timedelta(seconds=max(seconds, at_least))


@dataclass(frozen=True, slots=True)
class NewErrand:
    """``key``: a keyed hash of all else; ``pointer`` is sealed."""

    key: str
    caller: str
    server: str
    kind: str
    pointer: bytes


@dataclass(frozen=True, slots=True)
class Errand(NewErrand):
    """An errand under way. ``turn``: how often it had been asked for when it was begun; ``before``: the last turn done.

    ``told``: what the receiver of results was last told, sealed.
    """

    turn: int
    before: int
    failures: int
    told: bytes | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a turn ended: ``done`` with a result, or ``failed`` for good with a reason.

    ``references``: keyed hashes of the resources that the result rests on; None leaves those that are known.
    """

    outcome: Literal["done", "failed"]
    reason: str = ""
    result: bytes | None = None
    told: bytes | None = None
    references: Sequence[str] | None = None


def ask(database: Database, connection: Connection, errand: NewErrand, now: datetime) -> int:
    """Ask for an errand once more, as the turn that is returned; all that ask while it waits wait together."""
    fresh = {"asked": 0, "done": 0, "begun": 0, "failures": 0, "state": "idle", "outcome": "", "reason": ""}
    row = {
        "key": errand.key,
        "caller": errand.caller,
        "server": errand.server,
        "kind": errand.kind,
        "pointer": errand.pointer,
        "asked_at": now,
        "due_at": now,
        **fresh,
    }
    connection.execute(database.insert_once(ERRANDS).values(row))
    return ask_again(connection, errand.key, now)


def ask_again(connection: Connection, key: str, now: datetime) -> int:
    """The same for an errand that is there; one that was given up begins anew."""
    since = case((ERRANDS.c.state == "waiting", ERRANDS.c.asked_at), else_=now)
    asked = update(ERRANDS).where(ERRANDS.c.key == key).values(asked=ERRANDS.c.asked + 1, asked_at=since)
    asked = asked.values(state="waiting", due_at=now, begun=0, failures=0)
    return int(connection.execute(asked.returning(ERRANDS.c.asked)).scalar_one())


def begin(connection: Connection, key: str) -> Errand | None:
    """The errand, with this attempt counted; None where nothing is to be done, or it has ended too many workers."""
    row = connection.execute(select(ERRANDS).where(ERRANDS.c.key == key).with_for_update()).one_or_none()
    if row is None or row.state != "waiting":
        return None
    mine = update(ERRANDS).where(ERRANDS.c.key == key)
    if row.begun >= MOST_BEGUN:
        connection.execute(mine.values(state="dead", reason=NOT_ENDED))
        return None
    connection.execute(mine.values(begun=row.begun + 1))
    return errand_of(row)


def end(connection: Connection, errand: Errand, ended: Ended) -> bool:
    """Keep how the turn ended; False where another worker has ended it already, and nothing changes."""
    turn_done = ERRANDS.c.done < errand.turn
    kept = {"outcome": ended.outcome, "reason": ended.reason[:_LONGEST_REASON], "result": ended.result}
    state = case((ERRANDS.c.asked == errand.turn, "idle"), else_="waiting")
    row = update(ERRANDS).where(ERRANDS.c.key == errand.key, turn_done)
    row = row.values(done=errand.turn, state=state, begun=0, failures=0, **kept)
    if ended.told is not None:
        row = row.values(told=ended.told)
    if connection.execute(row.returning(ERRANDS.c.key)).scalar() is None:
        return False
    if ended.references is not None:
        _own(connection, errand.key, ended.references)
    return True


def postpone(connection: Connection, errand: Errand, reason: str, due_at: datetime | None) -> None:
    """Keep that an attempt failed, and when to try again; None: never, it is dead."""
    failed = {"failures": errand.failures + 1, "begun": 0, "reason": reason[:_LONGEST_REASON]}
    state = {"state": "dead"} if due_at is None else {"due_at": due_at}
    # What was asked for in between begins anew by itself.
    same = (ERRANDS.c.key == errand.key, ERRANDS.c.asked == errand.turn, ERRANDS.c.state == "waiting")
    connection.execute(update(ERRANDS).where(*same).values(**failed, **state))


def bury(connection: Connection, key: str, reason: str) -> None:
    """Have it be dead: it is kept, and nobody tries it until somebody says so."""
    dead = {"state": "dead", "reason": reason[:_LONGEST_REASON]}
    connection.execute(update(ERRANDS).where(ERRANDS.c.key == key).values(**dead))


def next_due(connection: Connection, now: datetime) -> str | None:
    """The key of the errand that has waited longest and may be done."""
    due = select(ERRANDS.c.key).where(ERRANDS.c.state == "waiting", ERRANDS.c.due_at <= now)
    return connection.execute(due.order_by(ERRANDS.c.due_at).limit(1)).scalar()


def receipts_waiting(connection: Connection, errand: Errand) -> list[str]:
    """The receipts that wait for this turn, or for one before it that was not done."""
    turns = RECEIPT_ERRANDS.c.turn.between(errand.before + 1, errand.turn)
    found = select(RECEIPT_ERRANDS.c.receipt).where(RECEIPT_ERRANDS.c.errand == errand.key, turns)
    return list(connection.execute(found).scalars())


def owner_of(connection: Connection, reference: str) -> Errand | None:
    """The errand of the patient in whose chart a resource last stood, by its keyed hash."""
    owner = select(REFERENCE_OWNERS.c.errand).where(REFERENCE_OWNERS.c.reference == reference).scalar_subquery()
    row = connection.execute(select(ERRANDS).where(ERRANDS.c.key == owner)).one_or_none()
    return errand_of(row) if row else None


def errand_of(row: Row[tuple[object, ...]]) -> Errand:
    """A row as an errand."""
    fields = row._mapping  # noqa: SLF001  # SQLAlchemy's own name for it
    same = {name: fields[name] for name in ("key", "caller", "server", "kind", "pointer", "failures", "told")}
    return Errand(**same, turn=fields["asked"], before=fields["done"])


def aware(moment: datetime) -> datetime:
    """A moment as the store gives it, which on SQLite has lost its offset."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _own(connection: Connection, key: str, references: Sequence[str]) -> None:
    connection.execute(delete(REFERENCE_OWNERS).where(REFERENCE_OWNERS.c.errand == key))
    wanted = list(dict.fromkeys(references))
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        connection.execute(delete(REFERENCE_OWNERS).where(REFERENCE_OWNERS.c.reference.in_(part)))
        connection.execute(insert(REFERENCE_OWNERS), [{"reference": each, "errand": key} for each in part])
