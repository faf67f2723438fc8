"""A PostgreSQL server of one's own for the length of a test run: own directory, a socket in it and no port."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.probes import children

_USER = "postgres"


class NoPostgresError(Exception):
    """There is no PostgreSQL to start here; the message says what is missing."""


@contextmanager
def private_postgres() -> Iterator[str]:
    """The URL of an empty database; NoPostgresError when no server is installed."""
    programs = _programs()
    # A socket's path has a short limit, so not under a test's own long directory.
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        _give_away(place)
        data = f"{place}/data"
        _run(programs / "initdb", "-D", data, "-U", _USER, "-A", "trust", "-N", "--no-locale", "-E", "UTF8")
        options = f"-c listen_addresses='' -c fsync=off -k {place}"
        _run(programs / "pg_ctl", "-D", data, "-w", "-l", f"{place}/log", "-o", options, "start")
        try:
            yield f"postgresql://{_USER}@/postgres?host={place}"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _programs() -> Path:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    usable = [place for place in places if (place / "initdb").is_file()]
    if not usable:
        raise NoPostgresError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return usable[-1]


def _give_away(place: str) -> None:
    # PostgreSQL refuses to run as root.
    if os.geteuid() == 0:
        shutil.chown(place, _USER, _USER)


def _run(program: Path, *arguments: str) -> None:
    user = _USER if os.geteuid() == 0 else None
    command = [str(program), *arguments]
    subprocess.run(command, user=user, group=user, cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=300)  # noqa: S603


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """The server of this URL stands still, with its connections open, as a host does whose disk hangs."""
    place = url.rpartition("host=")[2]
    postmaster = int(Path(place, "data", "postmaster.pid").read_text().splitlines()[0])
    # The postmaster first: it makes no further process meanwhile.
    stopped = [postmaster]
    os.kill(postmaster, signal.SIGSTOP)
    try:
        for child in children(postmaster):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGSTOP)
                stopped.append(child)
        yield
    finally:
        for process in stopped:
            # One that was about to end has ended.
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)
