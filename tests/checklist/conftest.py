"""One service for the whole checklist: the production profile, two workers, EHRs with keys, FHIR servers over TLS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checklist.place import CANARIES, Place, as_new, new_signers, servers, settings_file
from tests.ehr import Ehr, running_service
from tests.fake_fhir.certificate import write_certificate


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Place]:
    directory, signers = tmp_path_factory.mktemp("service"), new_signers()
    log = directory / "log"
    with servers(certificate, signers) as known:
        file = settings_file(directory, certificate, signers, known)
        with running_service(file, log) as service:
            yield Place(service, signers, known)
    written = log.read_text(encoding="utf-8")
    assert [canary for canary in CANARIES if canary in written] == []
    assert '"fault"' not in written


@pytest.fixture
def ehr(place: Place) -> Ehr:
    """The usual EHR; what its FHIR server was asked before is forgotten."""
    as_new(place.servers)
    return place.ehr()
