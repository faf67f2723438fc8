"""Two engines that send each message until it is acknowledged, and remember what they were promised."""

import http.client
import threading
import time
from contextlib import closing, suppress
from typing import Any
from uuid import uuid4

import orjson

from tests.killing.hospital import PATIENTS, TO_SERVER, TO_WEBHOOK, Hospital
from tests.killing.report import Report
from tests.notifying import OPERATION, exactly
from tests.test_notifications import PATIENT, renamed, transaction

_ENGINES = (TO_SERVER, TO_WEBHOOK)
# After so many messages each engine has told of each patient once.
ROUND = PATIENTS * len(_ENGINES)
_EVALUATES_EVERY = 5


class Engines:
    """``locations``: of messages that were taken on. ``answered``: ids of the evaluations that were."""

    def __init__(self, port: int, hospital: Hospital, report: Report) -> None:
        self._port, self._hospital, self._report = port, hospital, report
        self.locations: dict[int, str] = {}
        self.answered: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until it is stopped, whole rounds: in each every chart changes, and both engines say so."""
        number = 0
        while not (self.stopping.is_set() and number % ROUND == 0):
            if number >= ROUND and number % ROUND < PATIENTS:
                self._hospital.change(number % PATIENTS)
            self._notify(number)
            if number % _EVALUATES_EVERY == 0:
                self._evaluate(number % PATIENTS)
            number += 1
            time.sleep(0.02)

    def became(self, number: int) -> Any:
        """What became of a message; None while nobody says so."""
        with suppress(OSError, http.client.HTTPException):
            status, _, content = self._ask("GET", self.locations[number], _engine(number))
            return orjson.loads(content) if status == http.HTTPStatus.OK else None
        return None

    def _notify(self, number: int) -> None:
        body = exactly(transaction(renamed(PATIENT, number % PATIENTS)))
        answer = self._until(
            http.HTTPStatus.ACCEPTED, OPERATION, _engine(number), body, lambda: {"Idempotency-Key": f"m{number}"}
        )
        self.locations[number] = answer["Content-Location"]

    def _evaluate(self, patient: int) -> None:
        body = self._hospital.bundle(patient)
        answer = self._until(
            http.HTTPStatus.OK, "/fhir/$mmn-evaluate", TO_SERVER, body, lambda: {"X-Request-Id": uuid4().hex}
        )
        self.answered.append(answer["X-Request-Id"])

    def _until(self, wanted: int, path: str, engine: str, body: bytes, fresh: Any) -> Any:
        while True:
            with suppress(OSError, http.client.HTTPException):
                status, headers, _ = self._ask("POST", path, engine, body, fresh())
                if status == wanted:
                    return headers
            self._report.again += 1
            time.sleep(0.1)

    def _ask(self, method: str, path: str, engine: str, body: bytes | None = None, headers: Any = None) -> Any:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)) as connection:
            typed = {"Content-Type": "application/fhir+json"} if body else {}
            proof = {"Authorization": f"Bearer {engine}"}
            connection.request(method, path, body, {**typed, **proof, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()


def _engine(number: int) -> str:
    return _ENGINES[number % ROUND // PATIENTS]
