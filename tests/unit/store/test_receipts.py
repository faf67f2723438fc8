"""A message is taken on once, with what is to be done for it; nothing of it is lost, and nothing done twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.errors import KeyReused, StoreUnavailable
from service.store import errands as rows
from service.store.database import Database
from service.store.errands import Ended, Errand, NewErrand, Pace
from service.store.notification_tables import ERRANDS, RECEIPTS
from service.store.receipts import Holds, Posted, Receipt, Receipts
from service.store.tidying import forget

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ENGINE, OTHER = "engine", "another engine"


def errand(key: str = "p1") -> NewErrand:
    return NewErrand(key, ENGINE, "https://ehr.example.org/fhir", "patient", b"sealed")


def posted(
    key: str, body: str = "A", holds: Holds = "until next", caller: str = ENGINE, *, named: bool = False
) -> Posted:
    return Posted(caller, key, body, holds, is_named=named)


class Desk:
    """What is taken on and done, on one database."""

    def __init__(self, database: Database) -> None:
        self.database, self.woken = database, 0
        self.receipts = Receipts(database, self._wake)

    def _wake(self, *_: object) -> None:
        self.woken += 1

    def take(self, message: Posted, *errands: NewErrand) -> Receipt:
        return self.receipts.take(message, errands or (errand(),), NOW)

    def begin(self, key: str = "p1") -> Errand | None:
        with self.database.transaction() as connection:
            return rows.begin(connection, key)

    def end(self, begun: Errand, ended: Ended | None = None) -> bool:
        with self.database.transaction() as connection:
            return rows.end(connection, begun, ended or Ended("done", result=b"result"))

    def do(self, key: str = "p1") -> None:
        begun = self.begin(key)
        assert begun
        assert self.end(begun)

    def state(self, receipt: Receipt, caller: str = ENGINE) -> list[str] | None:
        standing = self.receipts.standing(caller, receipt.id)
        return None if standing is None else [each.state for each in standing]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_message_waits_until_it_is_done(desk: Desk) -> None:
    taken = desk.take(posted("k"))
    assert desk.state(taken) == ["waiting"]
    desk.do()
    assert desk.state(taken) == ["done"]
    assert desk.begin() is None


def test_the_same_key_with_the_same_body_is_the_same_message(desk: Desk) -> None:
    first = desk.take(posted("k", named=True, holds="always"))
    again = desk.take(posted("k", named=True, holds="always"))
    assert (again.id, again.is_replay, first.is_replay) == (first.id, True, False)
    desk.do()
    assert desk.take(posted("k", named=True, holds="always")).id == first.id
    assert desk.begin() is None


def test_a_key_of_the_sender_with_another_body_is_refused_and_changes_nothing(desk: Desk) -> None:
    first = desk.take(posted("k", "A", named=True, holds="always"))
    with pytest.raises(KeyReused, match="Idempotency-Key"):
        desk.take(posted("k", "B", named=True, holds="always"))
    desk.do()
    assert desk.state(first) == ["done"]
    assert desk.begin() is None


def test_the_same_key_of_another_caller_is_another_message(desk: Desk) -> None:
    first = desk.take(posted("k"))
    other = desk.take(posted("k", caller=OTHER))
    assert other.id != first.id
    assert not other.is_replay
    assert desk.state(first, OTHER) is None
    assert desk.state(other, OTHER) == ["waiting"]


def test_content_holds_only_until_the_next_message_of_its_patient(desk: Desk) -> None:
    """A, B, A: the second A is the newest state, and not a repetition."""
    first = desk.take(posted("A"))
    desk.do()
    assert desk.take(posted("A")).is_replay
    desk.take(posted("B"))
    desk.do()
    third = desk.take(posted("A"))
    assert not third.is_replay
    assert third.id != first.id
    assert desk.state(third) == ["waiting"]
    assert desk.take(posted("A")).id == third.id


def test_content_of_another_patient_in_between_changes_nothing(desk: Desk) -> None:
    first = desk.take(posted("A"))
    desk.take(posted("B"), errand("p2"))
    assert desk.take(posted("A")).id == first.id


def test_what_holds_until_it_is_done_is_new_after_that(desk: Desk) -> None:
    first = desk.take(posted("A", holds="until done"))
    assert desk.take(posted("A", holds="until done")).id == first.id
    desk.do()
    assert not desk.take(posted("A", holds="until done")).is_replay


def test_messages_of_one_patient_that_come_close_together_are_done_together(desk: Desk) -> None:
    taken = [desk.take(posted(str(number))) for number in range(5)]
    desk.do()
    assert [desk.state(each) for each in taken] == [["done"]] * 5
    assert desk.begin() is None


def test_what_comes_while_its_patient_is_worked_on_is_done_after_it(desk: Desk) -> None:
    first = desk.take(posted("A"))
    begun = desk.begin()
    second = desk.take(posted("B"))
    assert begun
    assert desk.end(begun)
    assert (desk.state(first), desk.state(second)) == (["done"], ["waiting"])
    desk.do()
    assert desk.state(second) == ["done"]


def test_an_errand_that_two_workers_do_has_one_end(desk: Desk) -> None:
    desk.take(posted("A"))
    one, two = desk.begin(), desk.begin()
    assert one
    assert two
    assert [desk.end(one), desk.end(two)] == [True, False]


def test_an_errand_that_ends_its_workers_is_given_up_and_the_next_message_begins_anew(desk: Desk) -> None:
    taken = desk.take(posted("A"))
    assert all(desk.begin() for _ in range(rows.MOST_BEGUN))
    assert desk.begin() is None
    assert desk.state(taken) == ["dead"]
    assert not desk.take(posted("A")).is_replay
    assert desk.begin()


def test_what_failed_is_due_later_each_time_and_dead_in_the_end(desk: Desk) -> None:
    taken, pace = desk.take(posted("A")), Pace(first=10, longest=30, most=4)
    assert [pace.next_try(failures, NOW) for failures in (1, 2, 3, 4)] == [
        NOW + timedelta(seconds=10),
        NOW + timedelta(seconds=20),
        NOW + timedelta(seconds=30),
        None,
    ]
    begun = desk.begin()
    assert begun
    with desk.database.transaction() as connection:
        rows.postpone(connection, begun, "the FHIR server: status 503", LATER)
        assert rows.next_due(connection, NOW) is None
        assert rows.next_due(connection, LATER) == "p1"
    assert desk.state(taken) == ["waiting"]
    with desk.database.transaction() as connection:
        rows.postpone(connection, begun, "the FHIR server: status 503", None)
    standing = desk.receipts.standing(ENGINE, taken.id)
    assert standing
    assert (standing[0].state, standing[0].reason) == ("dead", "the FHIR server: status 503")


def test_what_came_in_between_is_not_put_off_with_what_failed(desk: Desk) -> None:
    desk.take(posted("A"))
    begun = desk.begin()
    desk.take(posted("B"))
    assert begun
    with desk.database.transaction() as connection:
        rows.postpone(connection, begun, "late", LATER)
        assert rows.next_due(connection, NOW) == "p1"


def test_the_patient_of_a_resource_is_known_by_the_chart_that_it_last_stood_in(desk: Desk) -> None:
    for key, references in (("p1", ["r1", "r2", "r1"]), ("p2", ["r2", "r3"])):
        desk.take(posted(key), errand(key))
        begun = desk.begin(key)
        assert begun
        desk.end(begun, Ended("done", references=references))
    with desk.database.transaction() as connection:
        owners = {name: rows.owner_of(connection, name) for name in ("r1", "r2", "r3", "r4")}
    assert {name: owner.key if owner else None for name, owner in owners.items()} == {
        "r1": "p1",
        "r2": "p2",
        "r3": "p2",
        "r4": None,
    }


def test_nothing_is_kept_of_a_message_whose_errand_cannot_be_kept(desk: Desk) -> None:
    broken = NewErrand("p9", ENGINE, "https://ehr.example.org/fhir", None, b"")  # type: ignore[arg-type]  # refused
    with pytest.raises(StoreUnavailable):
        desk.take(posted("k"), errand(), broken)
    with desk.database.transaction() as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar() for table in (RECEIPTS, ERRANDS)]
    assert counts == [0, 0]
    assert not desk.take(posted("k")).is_replay


def test_many_at_once_with_one_key_are_one_message(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: desk.take(posted("k", named=True, holds="always")), range(8)))
    assert len({each.id for each in taken}) == 1
    assert sum(not each.is_replay for each in taken) == 1


def test_many_at_once_of_the_same_patients_in_any_order_are_all_taken_on(desk: Desk) -> None:
    both = [errand("p1"), errand("p2")]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: desk.take(posted(str(number)), *both[:: 1 - number % 2 * 2]), range(16)))
    desk.do("p1")
    desk.do("p2")
    assert all(desk.state(each) == ["done", "done"] for each in taken)


def test_what_is_old_and_done_is_forgotten_and_what_waits_is_not(desk: Desk) -> None:
    done, waits = desk.take(posted("A")), desk.take(posted("B"), errand("p2"))
    begun = desk.begin()
    assert begun
    desk.end(begun, Ended("done", result=b"result", told=b"told", references=["r1"]))
    with desk.database.transaction() as connection:
        assert forget(connection, NOW) == 0
        assert forget(connection, LATER) == 1
        assert forget(connection, LATER) == 0
        owner = rows.owner_of(connection, "r1")
        results = connection.execute(select(ERRANDS.c.result).where(ERRANDS.c.key == "p1")).scalars().all()
    assert desk.state(done) is None
    assert desk.state(waits) == ["waiting"]
    assert owner
    assert (owner.told, results) == (b"told", [None])
    assert not desk.take(posted("A")).is_replay


def test_dead_letters_are_forgotten_in_the_end(desk: Desk) -> None:
    taken = desk.receipts.take(posted("A"), [errand()], NOW, dead_because="no JSON")
    assert desk.state(taken) == ["dead"]
    with desk.database.transaction() as connection:
        forget(connection, LATER)
        assert connection.execute(select(func.count()).select_from(ERRANDS)).scalar() == 0
