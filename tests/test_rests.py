"""A FHIR server or a webhook that says ``Retry-After`` is left alone for as long, with every patient of the caller."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from service.evaluate import Evaluator
from service.fhir.gathering.breakers import Breakers
from service.fhir.gathering.fetcher import FhirFetcher
from service.notifications.embedded import work_off
from service.notifications.worker import Worker
from service.outgoing.client import Client
from service.outgoing.rests import Rests
from service.web.as_of import now
from tests.fake_fhir.behaviours import in_turn, status
from tests.fake_fhir.server import serve
from tests.hospital import ENGINE, Hospital
from tests.shipped import shipped
from tests.test_notifications import CHART, PATIENT, renamed, transaction

AS_SECONDS = {"Retry-After": "120"}
# Longer than the pace of trying again, shorter than what was asked for.
DURING, AFTER = 110, 125


@dataclass
class Later:
    """A worker, so many seconds later than it is."""

    at: Hospital
    worker: Worker
    seconds: float = 0.0

    @classmethod
    def of(cls, at: Hospital) -> "Later":
        made = cls(at, at.worker)
        clock = lambda: made.seconds  # noqa: E731  # read each time
        own = at.worker.lookups.charts
        fetcher = FhirFetcher(Client(own.sender.ca_bundle), breakers=Breakers(clock=clock))
        charts = replace(own, fetcher=fetcher, rests=Rests(clock))
        made.worker = replace(
            at.worker,
            now=lambda: at.worker.now() + timedelta(seconds=made.seconds),
            lookups=replace(at.worker.lookups, charts=charts),
            outbox=replace(at.worker.outbox, charts=charts),
        )
        return made

    def work(self, seconds: float) -> int:
        """Do what is due then; how often the server was called for it."""
        before, self.seconds = len(self.at.ehr.asked), seconds
        work_off(self.worker)
        return len(self.at.ehr.asked) - before


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture
def later(tmp_path: Path, evaluator: Evaluator) -> Iterator[Later]:
    (tmp_path / "hook").write_text("whsec_" + b64encode(b"s" * 24).decode())
    with Hospital(tmp_path, evaluator, results="webhook", webhook_secret_file=tmp_path / "hook") as made:
        made.ehr.resources += [renamed(each, 2) for each in CHART]
        made.ehr.behave(status(204), on="hook")
        yield Later.of(made)


def state(at: Hospital, taken: Any) -> str:
    return str(at.status(ENGINE, taken).get_json()["status"])


# A search that gets 503 fails alone; other questions may be answered.
@pytest.mark.parametrize(("code", "on"), [(429, "Patient"), (503, "Patient"), (429, "Observation"), (429, "Condition")])
def test_a_server_that_names_a_time_is_not_asked_before_it(later: Later, code: int, on: str) -> None:
    later.at.ehr.behave(in_turn(status(code, AS_SECONDS), status(code, AS_SECONDS), serve), on=on)
    taken = later.at.post(ENGINE)
    assert later.work(0)
    assert [later.work(seconds) for seconds in (6, 30, DURING)] == [0, 0, 0]
    assert state(later.at, taken) == "waiting"
    later.at.ehr.behave(None, on=on)
    assert later.work(2 * AFTER)
    assert state(later.at, taken) == "done"


def test_the_time_may_be_given_as_a_date(later: Later) -> None:
    until = format_datetime(now() + timedelta(seconds=int(AS_SECONDS["Retry-After"])), usegmt=True)
    later.at.ehr.behave(status(503, {"Retry-After": until}), on="Patient")
    later.at.post(ENGINE)
    assert later.work(0)
    assert later.work(DURING) == 0
    assert later.work(AFTER)


def test_another_patient_waits_too_and_is_not_the_worse_for_it(later: Later) -> None:
    later.at.ehr.behave(in_turn(status(429, AS_SECONDS), serve), on="Patient")
    later.at.post(ENGINE)
    later.work(0)
    other = later.at.post(ENGINE, transaction(renamed(PATIENT, 2)))
    assert later.work(20) == 0
    assert later.work(2 * AFTER)
    assert state(later.at, other) == "done"


def test_a_webhook_that_names_a_time_gets_the_result_after_it(later: Later) -> None:
    later.at.ehr.behave(in_turn(status(503, AS_SECONDS), status(204)), on="hook")
    later.at.post(ENGINE)
    later.work(0)
    assert later.work(DURING) == 0
    assert later.work(AFTER) == 1
    assert len(later.at.ehr.asked_for("hook")) == 2
