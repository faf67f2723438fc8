"""The server as it is run, while its store fails: readiness and hooks answer in time, and say what is wrong."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from click.testing import CliRunner

from service.cli import main
from tests.bench.probes import children
from tests.ehr.client import Answer, exchange
from tests.ehr.running import RunningService, running_service
from tests.ehr.settings_file import write_settings
from tests.private_postgres import NoPostgresError, frozen, private_postgres

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
        assert feedback(service).status == 200
        workers = children(service.pid)
        limits = [resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)) for worker in workers]
        assert feedback(service).status == 503
        # What was found is good for a second.
        end = time.monotonic() + 5
        while (said := ready(service))[0] == 0:
            assert time.monotonic() < end
        assert said == (1, "not ready: MMN_CDS_STORE: the file cannot be read or written")
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
                assert ready(service) == (1, "not ready: MMN_CDS_STORE: it does not answer in time")
                assert exchange(service.port, "GET", "/healthz").status == 200
            assert is_ready_again(service)
            assert feedback(service).status == 200
    except NoPostgresError as missing:
        pytest.skip(str(missing))
