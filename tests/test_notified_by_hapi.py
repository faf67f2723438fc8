"""HAPI JPA holds the charts: its own Subscription calls this service, and results can be read from it."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from service.app import create_app
from service.evaluate import Evaluator
from service.notifications.embedded import work_off
from service.notifications.worker import Worker
from service.notified import notification_worker
from service.settings import Settings
from service.store.database import Database
from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer
from tests.fake_fhir.certificate import write_certificate
from tests.hapi_server import NoHapiError, hapi_server
from tests.notifying import exactly
from tests.test_notifications import NAME, OTHERS, PATIENT, STUDIES, renamed, transaction
from tests.tls_proxy import tls_before

ENGINE = "engine-of-the-hospital"
FHIR = {"Content-Type": "application/fhir+json"}
SECONDS = 300
GM1 = {
    "resourceType": "Observation",
    "id": "gm1",
    "status": "final",
    "subject": {"reference": NAME},
    "effectiveDateTime": "2026-01-12",
    "code": {"coding": [{"system": "http://loinc.org", "code": "51703-7", "display": "GM1 IgM Ab [Titer] in Serum"}]},
    "valueQuantity": {"value": 6400, "unit": "titer", "system": "http://unitsofmeasure.org", "code": "{titer}"},
}
PARTS = {"patient": [PATIENT], "examination": OTHERS, "studies": STUDIES, "serology": [GM1]}
ORDERS = tuple(permutations(PARTS))
NAMES = tuple(f"Patient/p{number}" for number in range(len(ORDERS)))
Json = dict[str, Any]


@dataclass
class Site:
    """``hapi``: the base URL of the FHIR server; ``notify``: the endpoint that its Subscriptions call."""

    hapi: str
    notify: str
    worker: Worker

    def put(self, *resources: Json) -> None:
        answer = requests.post(self.hapi, data=exactly(transaction(*resources)), headers=FHIR, timeout=SECONDS)
        assert answer.ok, answer.text

    def subscribe(self, kind: str) -> None:
        channel = {
            "type": "rest-hook",
            "endpoint": self.notify,
            "payload": "application/fhir+json",
            "header": [f"Authorization: Bearer {ENGINE}"],
        }
        head = {"resourceType": "Subscription", "id": f"mmn-{kind.lower()}", "status": "requested", "reason": "MMN"}
        self.put({**head, "criteria": f"{kind}?", "channel": channel})

    def found(self, kind: str, patient: str = NAME) -> Sequence[Json]:
        bundle = requests.get(f"{self.hapi}/{kind}?subject={patient}", timeout=SECONDS).json()
        return [entry["resource"] for entry in bundle.get("entry", ())]

    def until(self, is_so: Callable[[], bool]) -> None:
        """Work on what comes, until it is so."""
        waiting = threading.Event()
        for _ in range(SECONDS * 5):
            work_off(self.worker)
            if is_so():
                return
            waiting.wait(0.2)
        raise AssertionError("it did not come to that in time")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("site")
    certificate = write_certificate(place / "hapi.pem")
    try:
        with hapi_server() as hapi, tls_before(hapi, certificate) as secure:
            yield from _beside(hapi, secure, certificate, place)
    except NoHapiError as missing:
        pytest.skip(str(missing))


def _beside(hapi: str, secure: str, certificate: Path, place: Path) -> Iterator[Site]:
    """Our service in production beside it, served on loopback."""
    store = f"sqlite:///{place}/store.sqlite"
    Database(store).migrate()
    (place / "audit.key").write_bytes(b"k" * 32)
    engine = BearerCredential.model_validate(
        {
            "name": "engine",
            "sha256": hashlib.sha256(ENGINE.encode()).hexdigest(),
            "may": ["notify"],
            "fhir_server": secure,
            "results": "fhir",
        }
    )
    settings = Settings(
        store=store,
        workers=1,
        public_url="https://cds.example.org",
        audit_key_file=place / "audit.key",
        ca_bundle=certificate,
        issuers=(Issuer(iss="https://ehr.example.org", jwks_url="https://ehr.example.org/jwks"),),
        bearer_tokens=(engine,),
    )
    evaluator = Evaluator.load(None)
    app = create_app(settings, evaluator)
    worker = notification_worker(settings, app.extensions["notifications"], evaluator)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(hapi, f"http://127.0.0.1:{server.server_port}/fhir/notify", worker)
    finally:
        server.shutdown()
        worker.database.engine.dispose()


def reached(site: Site, patient: str = NAME) -> list[str]:
    """The class that stands in each GuidanceResponse of the patient on HAPI that still holds."""
    return [
        parameter["valueString"]
        for each in site.found("GuidanceResponse", patient)
        if each["status"] == "success"
        for parameter in each["contained"][0]["parameter"]
        if parameter["name"] == "reached"
    ]


@pytest.fixture(scope="module")
def subscribed(site: Site) -> Site:
    """With a Subscription for each type of which a chart has something."""
    for kind in ("Patient", "Observation", "Condition"):
        site.subscribe(kind)
    site.until(lambda: all(each["status"] == "active" for each in _subscriptions(site)))
    return site


def test_four_parts_that_its_subscriptions_tell_in_any_order_end_in_a_class_there(subscribed: Site) -> None:
    """An examination may come before its patient, and all four at once."""
    for number, order in enumerate(ORDERS):
        for part in order:
            subscribed.put(*(renamed(each, number) for each in PARTS[part]))
    subscribed.until(lambda: all(reached(subscribed, name) == ["definite"] for name in NAMES))


def test_a_correction_of_the_studies_takes_the_class_back(subscribed: Site) -> None:
    for number in range(len(ORDERS)):
        subscribed.put(*({**renamed(each, number), "status": "entered-in-error"} for each in STUDIES))
    subscribed.until(lambda: all(reached(subscribed, name) != ["definite"] for name in NAMES))
    assert all(len(subscribed.found("GuidanceResponse", name)) == 1 for name in NAMES)


def _subscriptions(site: Site) -> list[Json]:
    bundle = requests.get(f"{site.hapi}/Subscription", timeout=SECONDS).json()
    return [entry["resource"] for entry in bundle["entry"]]
