"""``python -m tests.killing --kills 200``: what came of it; fails where anything was lost or done twice."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.killing.rounds import run
from tests.private_postgres import private_postgres


@contextmanager
def _store(asked: str, place: str) -> Iterator[str]:
    """The URL of an empty store; ``postgresql`` starts a server for it."""
    if asked == "sqlite":
        yield f"sqlite:///{place}/store.sqlite"
    elif asked == "postgresql":
        with private_postgres() as url:
            yield url
    else:
        yield asked


def main() -> None:
    """As a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", default="sqlite", help="sqlite, postgresql, or the URL of an empty database")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    with tempfile.TemporaryDirectory(prefix="mmn-cds-kills-") as place, _store(asked.store, place) as store:
        report = run(asked.kills, store, Path(place), asked.seed)
    sys.stdout.write(f"{asked.store.partition(':')[0]}: {report}\n")
    sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    main()
