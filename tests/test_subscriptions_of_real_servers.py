"""A FHIR server that somebody else wrote holds the charts, and its own Subscription notifies us of each part."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from service.evaluate import Evaluator
from service.fhir.gathering.fetcher import FhirFetcher
from service.notifications.embedded import work_off
from service.notifications.queue import RowQueue
from service.notifications.site import Site
from service.notifications.verdicts import IDENTIFIER_SYSTEM
from service.outgoing.client import Client
from service.outgoing.sender import Sender
from service.store.database import Database
from service.store.notification_tables import RECEIPTS
from service.trust.bearer import BearerCredential
from service.trust.callers import Caller
from service.trust.kept import Safe
from service.web import notifications, problems, request_log
from service.web.admission import Admission
from service.web.as_of import now
from service.web.authentication import protect
from service.web.metrics import Metrics
from service.web.request_body import BodyLimits
from service.web.room import Room
from service.web.rule_links import RuleLinks
from tests.hapi_server import NoHapiError, hapi_server
from tests.notifying import exactly
from tests.test_fetching_from_a_real_server import sekmet_server
from tests.test_notifications import NAME, OTHERS, PATIENT, STUDIES, transaction

_PATIENCE = 60.0
FHIR = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def hapi() -> Iterator[str]:
    try:
        with hapi_server() as address:
            yield address
    except NoHapiError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def sekmet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if find_spec("sekmet") is None:
        pytest.skip("sekmet-fhir is not installed")
    with sekmet_server(tmp_path_factory.mktemp("sekmet"), is_open=True) as address:
        yield address


class Receiver:
    """Our doors on a port of loopback, for one caller whose charts and results are on a server without a token."""

    def __init__(self, server: str, place: Path, results: str = "fhir") -> None:
        self.server, evaluator = server, Evaluator.load(None)
        database = Database(f"sqlite:///{place}/store.sqlite")
        database.migrate()
        caller = BearerCredential.model_validate(
            {"name": "engine", "sha256": "0" * 64, "may": ("notify",), "fhir_server": server, "results": results}
        )
        site = Site(database, RowQueue(), Safe(b"k" * 32), now, {"engine": caller})
        fetcher = FhirFetcher(Client(), fetch_seconds=30, https_only=False)
        self.worker = site.worker(evaluator, fetcher, Sender(), 5000)
        self.intake = site.intake()
        self.database = database
        self._listener = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.endpoint = f"http://127.0.0.1:{self._listener.server_port}/fhir/notify"

    def _app(self) -> Flask:
        app = Flask("receiver")
        request_log.attach(app, "of a test")
        limits = BodyLimits(1_000_000, 5000, Room(5_000_000))
        doors = notifications.Doors(self.intake, limits, Admission(), Metrics(), RuleLinks(None, {}))
        blueprint = notifications.routes(doors)
        protect(blueprint, lambda *_: Caller("engine", fhir_servers=(self.server,)))
        app.register_blueprint(blueprint)
        problems.attach(app)
        return app

    @contextmanager
    def listening(self) -> Iterator["Receiver"]:
        thread = threading.Thread(target=self._listener.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._listener.shutdown()
            thread.join()
            self._listener.server_close()
            self.database.engine.dispose()

    def reached(self) -> str:
        """The class in the newest result of the patient; empty while there is none."""
        work_off(self.worker)
        with self.database.transaction() as connection:
            receipts = connection.execute(select(RECEIPTS.c.id).order_by(RECEIPTS.c.received_at.desc())).scalars().all()
        for receipt in receipts:
            for result in self.intake.became("engine", receipt).results:
                if result["evaluation"]["patient"] == NAME:
                    return str(result["evaluation"]["classification"]["reached"])
        return ""

    def told(self) -> list[str]:
        """The class that each GuidanceResponse on the server tells, once what waits is sent."""
        work_off(self.worker)
        return said(self.server)

    def until(self, wanted: Any) -> None:
        """Wait for what the other server does."""
        end = time.monotonic() + _PATIENCE
        while not wanted():
            assert time.monotonic() < end
            threading.Event().wait(0.2)


def subscribe(server: str, endpoint: str, criteria: str) -> str:
    channel = {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json"}
    body = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "a part of a chart changed",
        "criteria": criteria,
        "channel": channel,
    }
    answer = requests.post(f"{server}/Subscription", json=body, headers=FHIR, timeout=30)
    assert answer.ok, answer.text
    return f"{server}/Subscription/{answer.json()['id']}"


def load(server: str, resources: list[Json]) -> None:
    answer = requests.post(server, data=exactly(transaction(*resources)), headers=FHIR, timeout=60)
    assert answer.ok, answer.text


def guidance(server: str) -> list[Json]:
    query = f"identifier={IDENTIFIER_SYSTEM}|"
    found = requests.get(f"{server}/GuidanceResponse?{query}", headers=FHIR, timeout=30).json()
    return [entry["resource"] for entry in found.get("entry", ())]


def said(server: str) -> list[str]:
    """The class that each GuidanceResponse on the server tells."""
    named = [
        {each["name"]: each["valueString"] for each in one["contained"][0]["parameter"]} for one in guidance(server)
    ]
    return [each["reached"] for each in named]


def test_hapi_notifies_of_each_part_and_reads_the_class_of_the_whole_from_us(hapi: str, tmp_path: Path) -> None:
    with Receiver(hapi, tmp_path).listening() as at:
        made = [subscribe(hapi, at.endpoint, criteria) for criteria in ("Observation?", "Patient?", "Condition?")]
        for subscription in made:
            at.until(lambda url=subscription: requests.get(url, headers=FHIR, timeout=30).json()["status"] == "active")
        for part in ([PATIENT], STUDIES, OTHERS):
            load(hapi, part)
        at.until(lambda: at.reached() == "definite")
        at.until(lambda: at.told() == ["definite"])
        load(hapi, [{**each, "status": "entered-in-error"} for each in STUDIES])
        at.until(lambda: at.reached() not in ("", "definite"))
        at.until(lambda: at.told() not in ([], ["definite"]))
        assert len(guidance(hapi)) == 1


def test_another_server_notifies_of_each_part_in_any_order(sekmet: str, tmp_path: Path) -> None:
    """It knows no GuidanceResponse, so nothing goes back to it."""
    with Receiver(sekmet, tmp_path, results="none").listening() as at:
        for criteria in ("Observation?", "Patient?", "Condition?"):
            subscribe(sekmet, at.endpoint, criteria)
        for part in (OTHERS, STUDIES, [PATIENT]):
            load(sekmet, part)
        at.until(lambda: at.reached() == "definite")
        load(sekmet, [{**each, "status": "entered-in-error"} for each in STUDIES])
        at.until(lambda: at.reached() not in ("", "definite"))
