"""The same GET over TLS: whom it believes, and that what it reads can be cut off there too."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.outgoing.calling import OutgoingFailed
from service.outgoing.client import Client
from service.outgoing.deadline import Deadline
from tests.fake_fhir import Behaviour, Canary, FakeFhirServer
from tests.fake_fhir import behaviours as does
from tests.fake_fhir.certificate import write_certificate

SOON, SLACK = 0.5, 0.8


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def ehr(certificate: Path) -> Iterator[FakeFhirServer]:
    with FakeFhirServer([{"resourceType": "Patient", "id": "p1"}], certificate=certificate) as server:
        yield server


def get(ehr: FakeFhirServer, ca_bundle: Path | None) -> object:
    client = Client(str(ca_bundle) if ca_bundle else None)
    return client.get_json(f"{ehr.base}/Patient/p1", Deadline(SOON), max_bytes=1000, accept="application/fhir+json")


def test_a_server_with_a_certificate_of_the_named_authorities_is_read(ehr: FakeFhirServer, certificate: Path) -> None:
    assert ehr.base.startswith("https://")
    assert get(ehr, certificate) == {"resourceType": "Patient", "id": "p1"}


def test_a_server_with_any_other_certificate_is_asked_nothing(ehr: FakeFhirServer) -> None:
    with pytest.raises(OutgoingFailed, match="no secure connection"):
        get(ehr, None)
    assert ehr.asked == []


@pytest.mark.parametrize("behaviour", [does.hang, does.dribble_head, does.dribble_body])
def test_who_stalls_over_tls_is_cut_off_too(ehr: FakeFhirServer, certificate: Path, behaviour: Behaviour) -> None:
    ehr.behave(behaviour)
    started = time.monotonic()
    with pytest.raises(OutgoingFailed, match="no answer in time"):
        get(ehr, certificate)
    assert time.monotonic() - started < SOON + SLACK


def test_who_never_says_hello_is_cut_off_too(certificate: Path) -> None:
    with Canary() as silent:
        started = time.monotonic()
        with pytest.raises(OutgoingFailed, match="no answer in time"):
            Client(str(certificate)).get_json(
                f"https://127.0.0.1:{silent.port}/", Deadline(SOON), max_bytes=9, accept="application/json"
            )
    assert time.monotonic() - started < SOON + SLACK
