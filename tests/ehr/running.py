"""The service as it is run: ``mmn-cds serve`` in a process of its own, its log in a file."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from click.testing import CliRunner

from service.cli import main
from tests.bench.servers import free_port
from tests.ehr.settings_file import PUBLIC_URL

_ROOT = Path(__file__).parents[2]
_MAIN = "from service.cli import main; main()"
_READY_SECONDS, _STOPPED_SECONDS = 40, 40


@dataclass(frozen=True, slots=True)
class RunningService:
    """Where it listens, how its callers call it, and where it writes."""

    port: int
    settings: Path
    log: Path
    pid: int
    public_url: str = PUBLIC_URL

    def log_lines(self) -> list[dict[str, Any]]:
        """The log so far; every line of it has to be JSON."""
        return [orjson.loads(line) for line in self.log.read_bytes().splitlines()]

    def command(self, *arguments: str, **variables: str) -> str:
        """What another ``mmn-cds`` command prints that has the settings of this service."""
        result = CliRunner().invoke(main, arguments, env={"MMN_CDS_CONFIG": str(self.settings), **variables})
        assert result.exit_code == 0, result.output
        return result.output


@contextmanager
def running_service(settings: Path, log: Path, directory: Path = _ROOT) -> Iterator[RunningService]:
    """The service with this settings file, from ready to stopped; it has to end well.

    Relative paths of the settings start at ``directory``.
    """
    port = free_port()
    with log.open("ab") as sink:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter
            [sys.executable, "-c", _MAIN, "serve", "--config", str(settings), "--port", str(port)],
            env=_environment(),
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=sink,
        )
    try:
        _wait_until_ready(process, port, log)
        yield RunningService(port, settings, log, process.pid)
    finally:
        process.terminate()
        ended = process.wait(timeout=_STOPPED_SECONDS)
    assert ended == 0


def _environment() -> dict[str, str]:
    # Nothing of the settings of whoever runs the tests.
    own = {name: value for name, value in os.environ.items() if not name.startswith("MMN_CDS_")}  # noqa: TID251
    return {**own, "PYTHONPATH": str(_ROOT)}


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.02)
    raise AssertionError(f"the service did not get ready: {log.read_text()}")
