"""The server as it is run, while its store fails: readiness and hooks answer in time, and say what is wrong."""

import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from click.testing import CliRunner

from service.cli import main
from tests.bench import bodies
from tests.bench.issuers import KEYS, settings_file, token
from tests.bench.probes import children
from tests.ehr.client import Answer, exchange
from tests.ehr.running import RunningService, running_service
from tests.ehr.settings_file import write_settings
from tests.private_postgres import NoPostgresError, frozen, private_postgres

VIEW = "/cds-services/mmn-patient-view"
CALL = bodies.as_hook_call(bodies.mmn_resources(12))
FEEDBACK = "/cds-services/mmn-patient-view/feedback"
# What the time limits of the store add up to, on a busy machine; a client's own patience is longer.
SOON = 6


@contextmanager
def served(directory: Path, store: str) -> Iterator[RunningService]:
    settings = {"profile": "local", "workers": 2, "store": store}
    file = write_settings(directory / "settings.toml", settings, [], {})
    with running_service(file, directory / "log") as service:
        yield service


def ready(service: RunningService) -> tuple[int, str]:
    answer = CliRunner().invoke(
        main, ["ready"], env={"MMN_CDS_CONFIG": str(service.settings), "MMN_CDS_PORT": str(service.port)}
    )
    return answer.exit_code, answer.output.strip()


def address(service: RunningService) -> str:
    return f"http://127.0.0.1:{service.port}"


def feedback(service: RunningService) -> Answer:
    """On another card each time: what is there already needs no writing."""
    entry = {"card": str(uuid4()), "outcome": "accepted", "outcomeTimestamp": "2026-03-04T10:20:00Z"}
    body = orjson.dumps({"feedback": [{**entry, "acceptedSuggestions": [{"id": str(uuid4())}]}]})
    return exchange(service.port, "POST", FEEDBACK, body, {"Content-Type": "application/json"})


def is_ready_again(service: RunningService) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if ready(service) == (0, "ready"):
            return True
    return False


def test_a_disk_that_is_full_makes_the_service_unready_with_the_reason_until_there_is_room(tmp_path: Path) -> None:
    with served(tmp_path, f"sqlite:///{tmp_path}/store.sqlite") as service:
        workers = children(service.pid)
        # No file of theirs may grow beyond this, as on a disk that has so much left.
        limits = [resource.prlimit(each, resource.RLIMIT_FSIZE, (2**19, resource.RLIM_INFINITY)) for each in workers]
        answers = [feedback(service).status for _ in range(300)]
        assert answers[0] == 200
        assert set(answers) == {200, 503}
        # What was found is good for a second; what SQLite tidies up makes room for some more.
        end = time.monotonic() + 20
        while (said := ready(service))[0] == 0:
            feedback(service)
            assert time.monotonic() < end
        assert said == (1, f"not ready: MMN_CDS_STORE: the file cannot be read or written ({address(service)})")
        for worker, limit in zip(workers, limits, strict=True):
            resource.prlimit(worker, resource.RLIMIT_FSIZE, limit)
        assert is_ready_again(service)
        assert feedback(service).status == 200


def test_a_postgresql_that_hangs_makes_nobody_wait_long(tmp_path: Path) -> None:
    try:
        with private_postgres() as url, served(tmp_path, url) as service:
            assert feedback(service).status == 200
            with frozen(url):
                for ask in (feedback, lambda service: exchange(service.port, "GET", "/readyz")):
                    started = time.monotonic()
                    assert ask(service).status == 503
                    assert time.monotonic() - started < SOON
                assert ready(service) == (
                    1,
                    f"not ready: MMN_CDS_STORE: it does not answer in time ({address(service)})",
                )
                assert exchange(service.port, "GET", "/healthz").status == 200
            assert is_ready_again(service)
            assert feedback(service).status == 200
    except NoPostgresError as missing:
        pytest.skip(str(missing))


def test_signed_calls_are_told_in_time_that_the_store_hangs_and_health_goes_on(tmp_path: Path) -> None:
    try:
        with private_postgres() as url, signed_service(tmp_path, url) as service:
            assert signed_call(service) == 200
            with frozen(url), ThreadPoolExecutor(40) as threads:
                calls = [threads.submit(timed, signed_call, service) for _ in range(40)]
                _, seconds = timed(lambda one: exchange(one.port, "GET", "/healthz"), service)
                assert seconds < SOON
                told = [call.result() for call in calls]
            assert {status for status, _ in told} == {503}
            assert max(seconds for _, seconds in told) < 2 * SOON
            assert signed_call(service) == 200
    except NoPostgresError as missing:
        pytest.skip(str(missing))


def timed(ask: Callable[[RunningService], object], service: RunningService) -> tuple[object, float]:
    started = time.monotonic()
    return ask(service), time.monotonic() - started


@contextmanager
def signed_service(directory: Path, store: str) -> Iterator[RunningService]:
    file = settings_file(directory)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"sqlite:///{directory}/store.sqlite", store), encoding="utf-8")
    with running_service(file, directory / "log") as service:
        yield service


def signed_call(service: RunningService) -> int:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(next(iter(KEYS)), VIEW)}"}
    return exchange(service.port, "POST", VIEW, CALL, headers).status
