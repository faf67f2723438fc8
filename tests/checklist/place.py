"""Who is there while the checklist is gone through: EHRs with their keys, FHIR servers, and the service's settings."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import bodies
from tests.ehr import Ehr, RunningService, Signer
from tests.ehr.settings_file import PUBLIC_URL, write_settings
from tests.fake_fhir import FakeFhirServer
from tests.fake_fhir import behaviours as does

ORIGIN = "https://ehr-in-a-browser.example.org"
EVALUATE_TOKEN, METRICS_TOKEN = "engine-canary-0815", "monitor-canary-0815"
ACCESS_TOKEN = "access-canary-4711"  # noqa: S105  # made up
NAME = "Zebedee-Canary"
# What must never be in a log, whatever the tests of this directory do; every signed token begins with the last one.
CANARIES = (EVALUATE_TOKEN, METRICS_TOKEN, ACCESS_TOKEN, NAME, "comment-canary", "query-canary", "eyJ")
FETCH_SECONDS = 1.0
# One for each way to fail: a server that keeps failing is left alone for a while.
FAILING = 6
_KEYS = "jwks.json"
# Told in the tokens of an EHR whose keys were given by hand, so that it is never asked.
_JKU = "https://sandbox.example.org/.well-known/jwks.json"


@dataclass(frozen=True)
class Servers:
    """FHIR servers over TLS: with the record, registered and failing, unknown to the service, and with a key set."""

    record: FakeFhirServer
    elsewhere: FakeFhirServer
    keys: FakeFhirServer
    failing: list[FakeFhirServer]


@dataclass(frozen=True)
class Place:
    """The service and those around it."""

    service: RunningService
    signers: dict[str, Signer]
    servers: Servers

    def ehr(self, name: str = "usual", record: FakeFhirServer | None = None) -> Ehr:
        """The EHR that signs by this name."""
        return Ehr(self.service, self.signers[name], record or self.servers.record, ACCESS_TOKEN)

    def ehr_failing(self, number: int) -> Ehr:
        """The usual EHR with a FHIR server that a test may let fail."""
        server = self.servers.failing[number]
        server.asked.clear()
        return self.ehr(record=server)


def record_resources() -> list[dict[str, Any]]:
    """A patient with a definite block, whose name must not be seen anywhere."""
    patient, *observations = bodies.mmn_resources(12)
    subject = {"reference": f"Patient/{patient['id']}"}
    condition = {"resourceType": "Condition", "id": "c1", "subject": subject, "code": {"text": NAME}}
    return [{**patient, "name": [{"family": NAME}]}, *observations, condition]


def new_signers() -> dict[str, Signer]:
    """The EHRs; what Epic and Oracle Health add to their tokens is what others report of them."""
    return {
        "usual": Signer("https://ehr.example.org"),
        "with-key-url": Signer("https://key-url.example.org", claims={"tenant": "hospital-a"}),
        "sandbox-like": Signer("https://sandbox.example.org", header={"jku": _JKU}),
        "epic-like": Signer("https://epic.example.org", "RS384", {"sub": "https://epic.example.org"}),
        "oracle-like": Signer("https://cds-hooks.oracle.example.org"),
    }


@contextmanager
def servers(certificate: Path, signers: dict[str, Signer]) -> Iterator[Servers]:
    """All of them, listening."""
    with ExitStack() as stack:
        record, elsewhere, keys, *failing = (
            stack.enter_context(FakeFhirServer(record_resources(), token=ACCESS_TOKEN, certificate=certificate))
            for _ in range(3 + FAILING)
        )
        keys.behave(does.says(signers["with-key-url"].key_set(), "application/jwk-set+json"), on=_KEYS)
        yield Servers(record, elsewhere, keys, failing)


def settings_file(directory: Path, certificate: Path, signers: dict[str, Signer], known: Servers) -> Path:
    """The service as an operator would set it up for these EHRs."""
    settings = {
        "workers": 2,
        "public_url": PUBLIC_URL,
        "store": f"sqlite:///{directory}/store.sqlite",
        "cors_origins": [ORIGIN],
        "check_responses": True,
        "fetch_seconds": FETCH_SECONDS,
        "ca_bundle": certificate,
        "max_body_bytes": 1_000_000,
    }
    bearer = {EVALUATE_TOKEN: ["evaluate"], METRICS_TOKEN: ["metrics"]}
    return write_settings(directory / "mmn-cds.toml", settings, list(_issuers(signers, known)), bearer)


def _issuers(signers: dict[str, Signer], known: Servers) -> Iterator[dict[str, Any]]:
    asked = {name: [known.record.base] for name in ("epic-like", "oracle-like")}
    asked["usual"] = [server.base for server in (known.record, *known.failing)]
    for name, signer in signers.items():
        issuer = {"iss": signer.iss, "jwks": signer.key_set(), "fhir_servers": asked.get(name, [])}
        if name == "sandbox-like":
            issuer["jwks_url"] = _JKU
        if name == "with-key-url":
            del issuer["jwks"]
            issuer |= {"jwks_url": f"{known.keys.base}/{_KEYS}", "tenants": ["hospital-a"]}
        yield issuer


def as_new(known: Servers) -> None:
    """Forget what the server with the record was asked and told to do."""
    known.record.asked.clear()
    known.record.behave(None)
    known.record.page_size = 1000
    known.record.resources[:] = record_resources()
