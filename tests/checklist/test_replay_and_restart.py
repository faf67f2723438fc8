"""What two workers and a restart may not forget, with either kind of store.

SEC-10          test_of_many_uses_of_one_token_at_one_moment_exactly_one_is_answered
SEC-10          test_a_used_token_is_still_used_up_after_a_restart
FB-6 FB-8       test_feedback_is_still_there_after_a_restart
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import create_engine, text

from tests.ehr import Ehr, RunningService, Signer, running_service
from tests.ehr.client import DISCOVERY, exchange
from tests.ehr.settings_file import PUBLIC_URL, write_settings
from tests.fake_fhir import FakeFhirServer

AT_ONCE = 24
SIGNER = Signer("https://ehr.example.org")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('store')}/store.sqlite"
        return
    url: str = request.getfixturevalue("postgres_url")
    yield url
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture(scope="module")
def settings(store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("restarted") / "mmn-cds.toml"
    issuer = {"iss": SIGNER.iss, "jwks": SIGNER.key_set()}
    return write_settings(path, {"workers": 2, "public_url": PUBLIC_URL, "store": store}, [issuer], {})


@pytest.fixture(scope="module")
def used(settings: Path) -> Iterator[tuple[RunningService, list[str], list[int], int]]:
    """A service that was restarted, and what happened before: the tokens, their statuses, what feedback got."""
    tokens = [SIGNER.token(PUBLIC_URL + DISCOVERY) for _ in range(3)]
    with running_service(settings, settings.parent / "log") as before:
        statuses = statuses_at_once(before.port, tokens[0])
        for token in tokens[1:]:
            assert discovery_by(before, token) == 200
        with FakeFhirServer() as record:
            told = Ehr(before, SIGNER, record, "").feedback("patient-view", overridden())
    with running_service(settings, settings.parent / "log") as after:
        yield after, tokens, statuses, told.status


def overridden() -> dict[str, str]:
    return {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": "2026-03-04T10:20:00Z"}


def discovery_by(service: RunningService, token: str) -> int:
    return exchange(service.port, "GET", DISCOVERY, headers={"Authorization": f"Bearer {token}"}).status


def statuses_at_once(port: int, token: str) -> list[int]:
    """The same request on many connections, each of which lacks only its last bytes until all are there."""
    head = f"GET {DISCOVERY} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
    with ExitStack() as stack:
        open_ones = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(AT_ONCE)
        ]
        for connection in open_ones:
            connection.sendall(head.encode())
        for connection in open_ones:
            connection.sendall(b"\r\n")
        return [int(_whole(connection).split()[1]) for connection in open_ones]


def _whole(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.conforms("SEC-10")
def test_of_many_uses_of_one_token_at_one_moment_exactly_one_is_answered(
    used: tuple[RunningService, list[str], list[int], int],
) -> None:
    assert sorted(used[2]) == [200] + [401] * (AT_ONCE - 1)


@pytest.mark.conforms("SEC-10")
def test_a_used_token_is_still_used_up_after_a_restart(
    used: tuple[RunningService, list[str], list[int], int],
) -> None:
    service, tokens, *_ = used
    assert [discovery_by(service, token) for token in tokens] == [401] * 3
    assert discovery_by(service, SIGNER.token(PUBLIC_URL + DISCOVERY)) == 200


@pytest.mark.conforms("FB-6")
def test_feedback_is_still_there_after_a_restart(
    used: tuple[RunningService, list[str], list[int], int],
) -> None:
    service, *_, status = used
    assert status == 200
    (row,) = orjson.loads(service.command("feedback", "report", "--json"))["feedback"]
    assert (row["cards"], row["overridden"]) == (1, 1)
