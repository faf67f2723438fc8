"""Kills the service and its workers at random moments, while a client sends the same again until it hears 2xx.

``python -m tests.killing --kills 200`` says what came of it, and fails where anything acknowledged was lost or taken on
twice; ``--store URL`` takes a PostgreSQL, with two processes of ``mmn-cds work``.
"""

import argparse
import http.client
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, select

from service.store.database import Database
from service.store.notification_tables import RECEIPTS
from tests.bench.servers import free_port
from tests.fake_fhir import FakeFhirServer
from tests.notifying import OPERATION, exactly
from tests.test_notifications import chart_of, transaction

_PATIENTS = 10
_PATIENCE = 180.0


@dataclass
class Report:
    """What came of it. ``lost``: acknowledged and never done; ``wrong``: done with the answer of another patient."""

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    again: int = 0
    receipts: int = 0
    lost: int = 0
    wrong: int = 0
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Nothing was lost or mixed up, and no message was taken on twice."""
        return self.acknowledged == self.receipts and not self.lost and not self.wrong


class Service:
    """The processes, and how they are killed and started again."""

    def __init__(self, store: str, fhir_server: str, place: Path) -> None:
        self.port, self._place = free_port(), place
        (place / "audit.key").write_bytes(b"k" * 32)
        self._settings = {
            "MMN_CDS_PROFILE": "local",
            "MMN_CDS_STORE": store,
            "MMN_CDS_FHIR_SERVERS": fhir_server,
            "MMN_CDS_AUDIT_KEY_FILE": str(place / "audit.key"),
            "MMN_CDS_PORT": str(self.port),
        }
        self.names = ["service", *(["worker 1", "worker 2"] if store.startswith("postgresql") else [])]
        self._processes = {name: self._started(name) for name in self.names}

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        command = "serve" if name == "service" else "work"
        own = {key: text for key, text in os.environ.items() if not key.startswith("MMN_CDS_")}  # noqa: TID251  # handed on
        with (self._place / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  # our own interpreter
                [sys.executable, "-c", "from service.cli import main; main()", command],
                env={**own, **self._settings},
                cwd=self._place,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, chosen: random.Random) -> str:
        """SIGKILL for a whole process, or for what gunicorn forked; who was hit."""
        name = chosen.choice(self.names)
        forked = self._forked(name) if name == "service" and chosen.random() < 0.5 else []
        if forked:
            with suppress(ProcessLookupError):
                os.kill(chosen.choice(forked), signal.SIGKILL)
            return "fork of the service"
        self._end(name)
        self._processes[name] = self._started(name)
        return name

    def _forked(self, name: str) -> list[int]:
        children = Path(f"/proc/{self._processes[name].pid}/task/{self._processes[name].pid}/children")
        return [int(each) for each in children.read_text().split()] if children.is_file() else []

    def _end(self, name: str) -> None:
        process = self._processes[name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    def stop(self) -> None:
        """All of it, for good."""
        for name in self.names:
            self._end(name)

    def restarted_if_ended(self) -> None:
        """A server that could not listen, since one that was killed still did, is started again."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                self._processes[name] = self._started(name)


class Client:
    """Sends messages, each until it is acknowledged, and remembers where to ask."""

    def __init__(self, port: int, report: Report) -> None:
        self._port, self._report = port, report
        self.locations: dict[int, str] = {}
        self.stopping = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            self._send(number)
            number += 1
            self.stopping.wait(0.05)

    def _send(self, number: int) -> None:
        body = exactly(transaction(chart_of(number % _PATIENTS)[0]))
        while True:
            with suppress(OSError, http.client.HTTPException):
                status, location = self._ask("POST", OPERATION, body, {"Idempotency-Key": f"m{number}"})
                if status == http.HTTPStatus.ACCEPTED:
                    self.locations[number] = location
                    return
            self._report.again += 1
            time.sleep(0.1)

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: Any = None) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)) as connection:
            typed = {"Content-Type": "application/fhir+json"} if body else {}
            connection.request(method, path, body, {**typed, **(headers or {})})
            answer = connection.getresponse()
            content = answer.read().decode()
            return answer.status, answer.headers.get("Content-Location", content)

    def became(self, number: int) -> Any:
        """What became of a message; None while nobody says so."""
        with suppress(OSError, http.client.HTTPException):
            status, content = self._ask("GET", self.locations[number])
            return orjson.loads(content) if status == http.HTTPStatus.OK else None
        return None


def run(kills: int, store: str, place: Path, seed: int = 1) -> Report:
    """So many kills, and what came of them."""
    database, report, begun = Database(store), Report(), time.monotonic()
    database.migrate()
    charts = [resource for number in range(_PATIENTS) for resource in chart_of(number)]
    with FakeFhirServer(charts) as ehr:
        service = Service(store, ehr.base, place)
        client = Client(service.port, report)
        sending = threading.Thread(target=client.run, daemon=True)
        sending.start()
        try:
            _kill(kills, service, client, report, random.Random(seed))  # noqa: S311  # a series, not a secret
            client.stopping.set()
            while sending.is_alive():
                service.restarted_if_ended()
                sending.join(1)
            _collect(client, service, report)
        finally:
            service.stop()
    with database.transaction() as connection:
        report.receipts = connection.execute(select(func.count()).select_from(RECEIPTS)).scalar_one()
    database.engine.dispose()
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def _kill(kills: int, service: Service, client: Client, report: Report, chosen: random.Random) -> None:
    for _ in range(kills):
        acknowledged, end = len(client.locations), time.monotonic() + _PATIENCE
        # Something has to be under way, or there is nothing to lose.
        while len(client.locations) < acknowledged + 3 and time.monotonic() < end:
            time.sleep(0.02)
            service.restarted_if_ended()
        time.sleep(chosen.random() * 0.5)
        report.kills[service.kill(chosen)] += 1


def _collect(client: Client, service: Service, report: Report) -> None:
    report.acknowledged, end = len(client.locations), time.monotonic() + _PATIENCE
    for number in client.locations:
        while (became := client.became(number)) is None and time.monotonic() < end:
            service.restarted_if_ended()
            time.sleep(0.2)
        if became is None or became["status"] != "done":
            report.lost += 1
        elif not _is_right(number % _PATIENTS, became["results"]):
            report.wrong += 1


def _is_right(patient: int, results: list[Any]) -> bool:
    evaluations = [each["evaluation"] for each in results]
    told = [(each["patient"], each["classification"]["reached"] == "definite") for each in evaluations]
    return told == [(f"Patient/p{patient}", patient % 2 == 0)]


def main() -> None:
    """As a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", help="a database URL; SQLite in a directory of its own when left out")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mmn-cds-kills-") as place:
        report = run(asked.kills, asked.store or f"sqlite:///{place}/store.sqlite", Path(place), asked.seed)
    sys.stdout.write(f"{report}\n")
    sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    main()
