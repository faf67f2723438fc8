"""Where the workers of one server count together; to be entered before anything imports ``prometheus_client``."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# The library takes the directory in no other way, and chooses how to count when it is imported.
_IN_MEMORY = "/dev/shm"  # noqa: S108  # the directory in it has a name that nobody can guess
_KEY = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def counted_together() -> Iterator[None]:
    """A private directory for the counters of this server and the workers that it forks; gone when it ends."""
    directory, owner = tempfile.mkdtemp(prefix="mmn-cds-metrics-", dir=_memory()), os.getpid()
    os.environ[_KEY] = directory  # noqa: TID251  # written, not read: see above
    try:
        yield
    finally:
        # A worker that ends leaves through here too, and its counts still count.
        if os.getpid() == owner:
            counted_alone()
            shutil.rmtree(directory, ignore_errors=True)


def counted_alone() -> None:
    """What this process counts is its own: a directory that somebody else named may be gone, or another server's."""
    os.environ.pop(_KEY, None)  # noqa: TID251  # the same


def _memory() -> str | None:
    """Where no full disk reaches, unless TMPDIR names a place: a worker that cannot write its counters dies of it."""
    is_set = "TMPDIR" in os.environ  # noqa: TID251  # what tempfile goes by
    return None if is_set or not os.access(_IN_MEMORY, os.W_OK | os.X_OK) else _IN_MEMORY
