"""Screening measured: pass 1 against orjson on the same bytes, memory at 1x and 10x, and what a million would cost.

Each figure is of CPU time in a process of its own, so that a busy machine does not change it much.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from service.evaluate import Evaluator
from service.screening.column_store import opened
from service.screening.keeping import Keeper
from service.screening.run import Wanted, screen
from service.screening.seeds import Seeds
from service.screening.sources import sources_of
from tests.population.ordinary import ordinary
from tests.population.written import population, write_bulk

_PEOPLE, _TIMES = 1000, 10
# To open a file costs some milliseconds, whatever its size; exports have large ones.
_LINES = 300_000
# By turns; of each the best counts, since whatever else runs on the machine can only take from either.
_TRIES = 3
_MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
# Floors: docs/screening.md.
_TIMES_ORJSON, _MOST_MIB, _MOST_CORE_HOURS = 2.0, 512, 0.5
Figures = dict[str, float]


def main() -> int:
    """Measure, print, and say by the exit code whether the floors hold."""
    with tempfile.TemporaryDirectory() as made:
        small, large = Path(made) / "small", Path(made) / "large"
        size = write_bulk(small, population(_PEOPLE, with_seed=6))
        more = (ordinary(number, seed) for seed in range(3, 3 + _TIMES - 1) for number in range(_PEOPLE))
        large_size = write_bulk(large, chain(population(_PEOPLE, with_seed=6), chain.from_iterable(more)), lines=_LINES)
        tried = [(_apart(_parse, large), _apart(_keep, large)) for _ in range(_TRIES)]
        by_orjson, by_pass = (min(each, key=lambda figures: figures["seconds"]) for each in zip(*tried, strict=True))
        once, tenfold = _apart(_whole, small), _apart(_whole, large)
    people = _PEOPLE * _TIMES
    hours = tenfold["seconds"] / people * 1_000_000 / 3600
    ratio = by_orjson["seconds"] / by_pass["seconds"]
    console = Console(highlight=False)
    rates = [large_size / each["seconds"] / 1e6 for each in (by_pass, by_orjson)]
    console.print("pass 1: {:.0f} MB/s a core; orjson {:.0f}".format(*rates))
    console.print(f"pass 1 against orjson: {ratio:.2f} times (floor {_TIMES_ORJSON})")
    console.print(
        f"memory: {once['mib']:.0f} MiB at {size / 1e6:.0f} MB, {tenfold['mib']:.0f} MiB at {large_size / 1e6:.0f} MB"
    )
    console.print(f"a million patients like these: {hours:.2f} core hours (ceiling {_MOST_CORE_HOURS})")
    holds = ratio >= _TIMES_ORJSON and tenfold["mib"] <= _MOST_MIB and hours <= _MOST_CORE_HOURS
    console.print("All floors hold." if holds else "A floor does not hold.")
    return 0 if holds else 1


def _parse(place: Path) -> float:
    begun = time.process_time()
    for path in place.iterdir():
        with path.open("rb") as file:
            for line in file:
                orjson.loads(line)
    return time.process_time() - begun


def _keep(place: Path) -> float:
    evaluator = Evaluator.load()
    keeper = Keeper(Seeds(evaluator.knowledge, evaluator.mappings, _MOMENT), place.parent)
    with opened():
        # To import DuckDB takes its time once, whatever there is to read.
        begun = time.process_time()
    for source in sources_of([place]):
        keeper.kept(source)
    return time.process_time() - begun


def _whole(place: Path) -> float:
    evaluator = Evaluator.load()
    out = place.parent / f"{place.name}-out"
    wanted = Wanted([place], out, out / "private/key", _MOMENT)
    begun = time.process_time()
    screen(wanted, evaluator, lambda *_: None)
    return time.process_time() - begun


def _apart(measure: Callable[[Path], float], place: Path) -> Figures:
    """Seconds of CPU and MiB at most, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answers: Any = context.Queue()
    process = context.Process(target=_measured, args=(measure, place, answers))
    process.start()
    figures: Figures = answers.get()
    process.join()
    return figures


def _measured(measure: Callable[[Path], float], place: Path, answers: Any) -> None:
    seconds = measure(place)
    answers.put({"seconds": seconds, "mib": _peak_mib()})


def _peak_mib() -> float:
    """The most memory of this process since it began; what getrusage says is that of its parent, where that is more."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
