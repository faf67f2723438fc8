"""Worker processes on PostgreSQL: each patient is worked on by one at a time, and after a kill as well."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from service.evaluate import Evaluator
from service.store.database import Database
from tests.bench.servers import free_port
from tests.ehr.client import exchange
from tests.fake_fhir import FakeFhirServer
from tests.fake_fhir.server import Exchange, serve
from tests.notifying import Desk, desk
from tests.test_notifications import CHART, NAME, Json, chart_of, transaction, url_of

_PATIENCE = 60.0
_MANY = 200


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return Evaluator.load(None)


@pytest.fixture
def store(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    database.migrate()
    yield database
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    database.engine.dispose()


@contextmanager
def workers(at: Desk, store: Database, place: Path, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many processes of ``mmn-cds work``, with the settings and the key of the service at hand."""
    started = [worker(at.ehr, store, place) for _ in range(count)]
    try:
        yield started
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait(timeout=20)


def worker(ehr: FakeFhirServer, store: Database, place: Path, *flags: str) -> subprocess.Popen[bytes]:
    settings = {
        "MMN_CDS_PROFILE": "local",
        "MMN_CDS_STORE": url_of(store),
        "MMN_CDS_FHIR_SERVERS": ehr.base,
        "MMN_CDS_AUDIT_KEY_FILE": str(place / "audit.key"),
        # Of a server that has ended.
        "PROMETHEUS_MULTIPROC_DIR": str(place / "gone"),
    }
    with (place / "log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603  # of our own making
            [sys.executable, "-c", "from service.cli import main; main()", "work", *flags],
            env={**os.environ, **settings},  # noqa: TID251  # handed on
            stdout=log,
            stderr=log,
        )


def until(is_so: Callable[[], bool], place: Path) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < end, (place / "log").read_text()[-3000:]
        threading.Event().wait(0.05)


def is_done(at: Desk, location: str) -> bool:
    return bool(at.client.get(location).get_json()["status"] == "done")


@pytest.fixture
def at(evaluator: Evaluator, store: Database, tmp_path: Path) -> Iterator[Desk]:
    key = tmp_path / "audit.key"
    key.write_bytes(b"k" * 32)
    with desk(evaluator, url_of(store), list(CHART), audit_key_file=key) as made:
        yield made


def test_of_200_patients_interleaved_over_two_workers_each_gets_its_own_result(
    at: Desk, store: Database, tmp_path: Path
) -> None:
    charts = [chart_of(number) for number in range(_MANY)]
    at.ehr.resources[:] = [each for chart in charts for each in chart]
    with workers(at, store, tmp_path, 2):
        until(lambda: _at_work(store) == 2, tmp_path)
        taken = [at.post(transaction(chart[0])) for chart in charts * 2]
        for each in taken:
            until(partial(is_done, at, each.headers["Content-Location"]), tmp_path)
    for number, each in enumerate(taken):
        assert _mixed_up(at.status(each)["results"], number % _MANY) == []


def _at_work(store: Database) -> int:
    with store.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM procrastinate_workers")).scalar_one())


def _mixed_up(results: list[Json], number: int) -> list[str]:
    """What in the results is not of the patient of this number, or is not what the chart says."""
    (evaluation,) = [each["evaluation"] for each in results]
    own = {"patient": f"Patient/p{number}", "class": number % 2 == 0}
    told = {"patient": evaluation["patient"], "class": evaluation["classification"]["reached"] == "definite"}
    named = [*evaluation["used"], *(row["resource"] for row in evaluation["excluded"])]
    named += [name for row in (*evaluation["criteria"], *evaluation["advice"]) for name in row["evidence"]]
    of_others = [name for name in named if "/" in name and not name.endswith((f"-{number}", f"/p{number}"))]
    return [*of_others, *(f"{name} {told[name]}" for name in own if told[name] != own[name])]


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(at: Desk, store: Database, tmp_path: Path) -> None:
    asked, go = threading.Event(), threading.Event()

    def wait(exchange: Exchange) -> None:
        asked.set()
        go.wait(_PATIENCE)
        serve(exchange)

    at.ehr.behave(wait, on="Patient")
    taken = at.post(transaction(CHART[0]))
    with workers(at, store, tmp_path, 1) as started:
        assert asked.wait(_PATIENCE)
        os.kill(started[0].pid, signal.SIGKILL)
        at.ehr.behave(None, on="Patient")
        go.set()
        started.append(worker(at.ehr, store, tmp_path))
        until(lambda: is_done(at, taken.headers["Content-Location"]), tmp_path)
        assert at.reached(taken) == {NAME: "definite"}
        started[1].send_signal(signal.SIGTERM)
        assert started[1].wait(timeout=30) == 0


def test_a_worker_tells_on_a_port_of_its_own_what_it_evaluated(at: Desk, store: Database, tmp_path: Path) -> None:
    port = free_port()
    taken = at.post(transaction(CHART[0]))
    with workers(at, store, tmp_path, 0) as started:
        started.append(worker(at.ehr, store, tmp_path, "--metrics-port", str(port)))
        until(lambda: is_done(at, taken.headers["Content-Location"]), tmp_path)
        evaluated = 'mmn_cds_evaluations_total{caller="",reached="definite",service="mmn-notify"} 1.0'
        # It counts once the result is there for everybody.
        until(lambda: evaluated in exchange(port, "GET", "/metrics").body.decode(), tmp_path)
