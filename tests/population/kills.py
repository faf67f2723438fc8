"""A run that is killed at random moments ends with the same result: python -m tests.population.kills COUNT."""

import random
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.population.written import population, write_bulk


def main(count: int) -> int:
    """Kill so many runs of a small population; those that end are compared with one that was left alone."""
    chance = random.Random(50)  # noqa: S311  # moments, no secrets
    with tempfile.TemporaryDirectory() as made:
        place, whole, out = (Path(made) / name for name in ("in", "whole", "out"))
        write_bulk(place, population(20, with_seed=3), lines=300)
        begun = time.monotonic()
        _begun(place, whole).wait()
        seconds, expected = time.monotonic() - begun, _result(whole)
        killed = ended = 0
        while killed < count:
            if _is_killed(_begun(place, out), chance.uniform(0, seconds)):
                killed += 1
                continue
            ended += 1
            if _result(out) != expected:
                print(f"After {killed} kills the result differs")  # noqa: T201
                return 1
            shutil.rmtree(out)
        _begun(place, out).wait()
        same = _result(out) == expected
    print(f"{killed} kills, {ended + 1} runs to the end, results {'the same' if same else 'differ'}")  # noqa: T201
    return 0 if same else 1


def _begun(place: Path, out: Path) -> subprocess.Popen[bytes]:
    # No step has the number 0: it does not kill itself.
    asked = [sys.executable, "-m", "tests.population.killed", str(place), str(out), "0"]
    return subprocess.Popen(asked)  # noqa: S603  # our own interpreter


def _is_killed(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        if process.wait(seconds):
            raise SystemExit("A run that nobody killed did not end well")
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def _result(out: Path) -> tuple[object, ...]:
    asked = f"SELECT * EXCLUDE (pseudonym, \"references\") FROM '{out}/patients.parquet' ORDER BY rank"  # noqa: S608
    with import_module("duckdb").connect() as connection:
        rows = connection.execute(asked).fetchall()
    return (rows, (out / "summary.json").read_bytes(), (out / "page.html").read_bytes())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
