"""HAPI JPA as a process: a FHIR server that somebody else wrote, with Subscriptions, its data in memory."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BUILT = Path(__file__).parent / "hapi" / "target"
# An in-memory chart server needs little; without a limit a JVM takes a quarter of the machine.
_JAVA_OPTIONS = ("-Xmx700m", "-XX:TieredStopAtLevel=1")
# A machine that is busy takes minutes for what takes half a minute alone.
_START_SECONDS = 500


class NoHapiError(Exception):
    """There is no HAPI to start here; the message says what is missing."""


@contextmanager
def hapi_server() -> Iterator[str]:
    """The base URL of an empty server on loopback; NoHapiError where Java or the build is missing."""
    java, classpath = shutil.which("java"), _BUILT / "classpath.txt"
    if java is None:
        raise NoHapiError("Java is not installed (Debian: apt-get install default-jdk-headless maven)")
    if not classpath.is_file():
        raise NoHapiError("HAPI is not built: make hapi (needs Maven and its central repository)")
    command = [java, *_JAVA_OPTIONS, "-cp", f"{_BUILT / 'classes'}:{classpath.read_text()}", "HapiServer"]
    # It ends when its input does, so it goes also when the tests are killed.
    with subprocess.Popen(  # noqa: S603  # our own class
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        too_late = threading.Timer(_START_SECONDS, process.kill)
        too_late.start()
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            too_late.cancel()
            if not address:
                raise NoHapiError("HAPI ended before it listened")
            yield address
        finally:
            too_late.cancel()
            process.kill()
