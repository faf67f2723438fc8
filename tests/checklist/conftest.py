"""One service for the whole checklist: the production profile, two workers, EHRs with keys, FHIR servers over TLS."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench import bodies
from tests.ehr import Ehr, RunningService, Signer, running_service
from tests.ehr.settings_file import write_settings
from tests.fake_fhir import FakeFhirServer
from tests.fake_fhir import behaviours as does
from tests.fake_fhir.certificate import write_certificate

ORIGIN = "https://ehr-in-a-browser.example.org"
EVALUATE_TOKEN, METRICS_TOKEN = "engine-canary-0815", "monitor-canary-0815"
ACCESS_TOKEN = "access-canary-4711"  # noqa: S105  # made up
NAME = "Zebedee-Canary"
FETCH_SECONDS = 1.0
# What must never be in a log, whatever the tests of this directory do.
CANARIES = (EVALUATE_TOKEN, METRICS_TOKEN, ACCESS_TOKEN, NAME, "comment-canary", "query-canary", "eyJ")
# One for each way to fail: a server that keeps failing is left alone for a while.
FAILING = 6
JWKS_PATH = "jwks.json"
# Told in the tokens of an EHR whose keys were given by hand, so that it is never asked.
JKU = "https://sandbox.example.org/.well-known/jwks.json"


@dataclass(frozen=True)
class Place:
    """The service and those around it."""

    service: RunningService
    signers: dict[str, Signer]
    record: FakeFhirServer
    failing: list[FakeFhirServer]
    elsewhere: FakeFhirServer
    keys: FakeFhirServer

    def ehr(self, name: str = "usual", record: FakeFhirServer | None = None) -> Ehr:
        """The EHR that signs by this name."""
        return Ehr(self.service, self.signers[name], record or self.record, ACCESS_TOKEN)


def record_resources() -> list[dict[str, Any]]:
    """A patient with a definite block, whose name must not be seen anywhere."""
    patient, *observations = bodies.mmn_resources(12)
    subject = {"reference": f"Patient/{patient['id']}"}
    condition = {"resourceType": "Condition", "id": "c1", "subject": subject, "code": {"text": NAME}}
    return [{**patient, "name": [{"family": NAME}]}, *observations, condition]


def signers() -> dict[str, Signer]:
    """The EHRs; what Epic and Oracle Health add to their tokens is what others report of them."""
    return {
        "usual": Signer("https://ehr.example.org"),
        "sandbox-like": Signer("https://sandbox.example.org", header={"jku": JKU}),
        "with-key-url": Signer("https://key-url.example.org", "ES384", {"tenant": "hospital-a"}),
        "epic-like": Signer("https://epic.example.org", "RS384", {"sub": "https://epic.example.org"}),
        "oracle-like": Signer("https://cds-hooks.oracle.example.org"),
        "stranger": Signer("https://stranger.example.org"),
    }


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("service")
    with ExitStack() as stack:
        record, elsewhere, keys, *failing = (
            stack.enter_context(FakeFhirServer(record_resources(), token=ACCESS_TOKEN, certificate=certificate))
            for _ in range(3 + FAILING)
        )
        known = signers()
        keys.behave(does.says(known["with-key-url"].key_set(), "application/jwk-set+json"), on=JWKS_PATH)
        settings = {
            "workers": 2,
            "public_url": "https://cds.example.org/mmn",
            "store": f"sqlite:///{directory}/store.sqlite",
            "cors_origins": [ORIGIN],
            "check_responses": True,
            "fetch_seconds": FETCH_SECONDS,
            "ca_bundle": certificate,
            "max_body_bytes": 1_000_000,
        }
        servers = [each.base for each in (record, *failing)]
        issuers: list[dict[str, Any]] = [
            {"iss": known["usual"].iss, "jwks": known["usual"].key_set(), "fhir_servers": servers},
            {
                "iss": known["with-key-url"].iss,
                "jwks_url": f"{keys.base}/{JWKS_PATH}",
                "tenants": ["hospital-a"],
            },
            {"iss": known["sandbox-like"].iss, "jwks": known["sandbox-like"].key_set(), "jwks_url": JKU},
            *(
                {"iss": known[name].iss, "jwks": known[name].key_set(), "fhir_servers": [record.base]}
                for name in ("epic-like", "oracle-like")
            ),
        ]
        bearer = {EVALUATE_TOKEN: ["evaluate"], METRICS_TOKEN: ["metrics"]}
        file = write_settings(directory / "mmn-cds.toml", settings, issuers, bearer)
        log = directory / "log"
        with running_service(file, log) as service:
            yield Place(service, known, record, failing, elsewhere, keys)
    written = log.read_text(encoding="utf-8")
    assert [canary for canary in CANARIES if canary in written] == []
    assert [orjson.loads(line)["event"] for line in written.splitlines() if '"fault"' in line] == []


@pytest.fixture
def ehr(place: Place) -> Ehr:
    """The usual EHR; what its FHIR server was asked before is forgotten."""
    place.record.asked.clear()
    place.record.behave(None)
    place.record.page_size = 1000
    place.record.resources[:] = record_resources()
    return place.ehr()


def ehr_failing(place: Place, number: int) -> Ehr:
    """The usual EHR with the FHIR server that a test may let fail."""
    server = place.failing[number]
    server.asked.clear()
    return replace(place.ehr(), record=server)
