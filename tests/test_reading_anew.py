"""SIGHUP: rules and site mappings are read anew and checked; all workers have them, or none has."""

import http.client
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench import bodies
from tests.bench.probes import children
from tests.ehr.client import exchange
from tests.ehr.running import RunningService, running_service
from tests.ehr.settings_file import write_settings
from tests.test_server_life import wait_for

EVALUATE = "/fhir/$mmn-evaluate"
JSON = {"Content-Type": "application/json"}
SITE = "http://hospital.example.org/laboratory"
GM1 = {
    "resourceType": "Observation",
    "id": "gm1",
    "status": "final",
    "subject": {"reference": f"Patient/{bodies.PATIENT}"},
    "effectiveDateTime": "2026-01-01",
    "code": {"coding": [{"system": SITE, "code": "GM1M"}]},
    "valueString": "positive",
}
MAPPING = f"""
systems: {{site: "{SITE}"}}
concepts:
  gm1_igm:
    codes:
      - {{system: site, code: GM1M, display: "GM1 IgM"}}
"""
CHART = bodies.as_bundle([*bodies.mmn_resources(12), GM1])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    (tmp_path / "site").mkdir()
    settings = {
        "profile": "local",
        "workers": 2,
        "store": f"sqlite:///{tmp_path}/store.sqlite",
        "extra_mappings": tmp_path / "site",
    }
    with running_service(write_settings(tmp_path / "settings.toml", settings, [], {}), tmp_path / "log") as running:
        wait_for(lambda: len(children(running.pid)) == 2)
        yield running


def knows_the_code(service: RunningService) -> bool:
    answer: dict[str, Any] = exchange(service.port, "POST", EVALUATE, CHART, JSON).json
    return not any(row["resource"] == "Observation/gm1" for row in answer["evaluation"]["excluded"])


def told(service: RunningService, event: str) -> list[dict[str, Any]]:
    lines = []
    for line in service.log.read_bytes().splitlines():
        with suppress(orjson.JSONDecodeError):
            lines.append(orjson.loads(line))
    return [line for line in lines if line["event"] == event]


def read_anew(service: RunningService, says: str) -> dict[str, Any]:
    """Send the signal; the line that the log then has."""
    before = len(told(service, says))
    os.kill(service.pid, signal.SIGHUP)
    wait_for(lambda: len(told(service, says)) > before, seconds=60)
    return told(service, says)[-1]


def all_of(service: RunningService, is_so: Callable[[RunningService], bool]) -> bool:
    # Which worker answers is chance: so many in a row are both.
    return all(is_so(service) for _ in range(12))


def test_a_mapping_of_the_site_counts_in_every_worker_after_the_signal(service: RunningService) -> None:
    assert all_of(service, lambda one: not knows_the_code(one))
    old = set(children(service.pid))
    (Path(service.settings).parent / "site" / "site.yaml").write_text(MAPPING, encoding="utf-8")
    line = read_anew(service, "knowledge renewed")
    assert line["level"] == "info"
    wait_for(lambda: len(set(children(service.pid)) - old) == 2 and not old & set(children(service.pid)), seconds=60)
    assert all_of(service, knows_the_code)


@pytest.mark.parametrize(
    ("broken", "named"),
    [("concepts: {gm1_igm: {codes: [{system: nowhere, code: x}]}}", "site.yaml"), ("a: [", "site.yaml")],
)
def test_what_is_broken_changes_nothing_and_is_named_in_the_log(
    service: RunningService, broken: str, named: str
) -> None:
    workers = children(service.pid)
    (Path(service.settings).parent / "site" / "site.yaml").write_text(broken, encoding="utf-8")
    line = read_anew(service, "knowledge not renewed")
    assert named in line["reason"]
    assert (line["level"], children(service.pid)) == ("error", workers)
    assert exchange(service.port, "GET", "/readyz").status == 200
    assert not knows_the_code(service)


def test_no_call_goes_unanswered_while_the_workers_are_replaced(service: RunningService) -> None:
    old = set(children(service.pid))
    os.kill(service.pid, signal.SIGHUP)
    statuses, end = [], time.monotonic() + 60
    while old & set(children(service.pid)):
        assert time.monotonic() < end
        with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)) as connection:
            connection.request("POST", EVALUATE, CHART, JSON)
            statuses.append(connection.getresponse().status)
    assert statuses
    assert set(statuses) == {200}
