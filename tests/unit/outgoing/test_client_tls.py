"""The same GET over TLS: whom it believes, and that what it reads can be cut off there too."""

import ipaddress
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.outgoing.client import Client, OutgoingFailed
from service.outgoing.deadline import Deadline
from tests.fake_fhir import Behaviour, Canary, FakeFhirServer
from tests.fake_fhir import behaviours as does

SOON, SLACK = 0.5, 0.8


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake FHIR server")])
    today = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=5000))
        .not_valid_after(today + timedelta(days=5000))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    encoding = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(encoding)
    )
    return path


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
