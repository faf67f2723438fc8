"""One run, from files to a list: each step leaves files that are whole, so that whoever starts it again goes on."""

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from service import __version__
from service.errors import BadRequest
from service.evaluate import Evaluator
from service.screening.column_store import opened
from service.screening.evaluating import Row
from service.screening.gathering import partitions_for
from service.screening.outputs import MANIFEST, Seen, write_outputs
from service.screening.pseudonyms import Pseudonyms
from service.screening.seeds import MEDICATION
from service.screening.sources import Source, sources_of
from service.screening.workers import (
    GATHERED,
    KEPT,
    MEDICATIONS,
    POINTING,
    ROWS,
    Setup,
    Task,
    pool,
    write_whole,
)

# Step, how much of it is done, how much there is, and how many patients are kept so far.
Told = Callable[[str, int, int, int], None]
# The summary of a run, and the moment of evaluation.
Record = Callable[[Mapping[str, Any], datetime], None]
Do = Callable[[Iterable[Task]], Iterator[Task]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``as_of``: the moment of evaluation. ``key``: the file of the key of the pseudonyms."""

    places: Sequence[Path]
    out: Path
    key: Path
    as_of: datetime
    is_now: bool = False
    processes: int = 1
    extra_mappings: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; ``is_new``: false where it was finished before, and nothing was done."""

    summary: Mapping[str, Any]
    is_new: bool


def screen(wanted: Wanted, evaluator: Evaluator, record: Record, tell: Told = lambda *_: None) -> Outcome:
    """Look through the files that are wanted; a run that was killed goes on where it was.

    ``record``: keeps a row of the run, before it counts as finished. BadRequest where nothing can be read, or another
    run is at work in the same folder.
    """
    with opened():
        # Without the extra nothing is begun.
        pass
    sources = sources_of(wanted.places)
    with _alone_in(wanted.out):
        manifest = _manifest(sources, evaluator)
        known = _read(wanted.out / MANIFEST)
        if _is_same(known, manifest, wanted):
            return Outcome(orjson.loads((wanted.out / "summary.json").read_bytes()), is_new=False)
        work, as_of = _begun(wanted, manifest)
        setup = Setup(work, as_of, wanted.extra_mappings)
        with pool(setup, wanted.processes, evaluator) as do:
            seen, rows = _run(sources, work, do, tell)
        made = write_outputs(wanted.out, rows, seen, evaluator.knowledge, Pseudonyms.kept_in(wanted.key))
        record(made, as_of)
        finished = {**manifest, "asOf": as_of.isoformat(), "finished": True}
        write_whole(wanted.out / MANIFEST, orjson.dumps(finished, option=orjson.OPT_INDENT_2))
        shutil.rmtree(work)
        return Outcome(made, is_new=True)


def _run(sources: Sequence[Source], work: Path, do: Do, tell: Told) -> tuple[Seen, list[Row]]:
    told = _Progress(sources, tell)
    kept = _kept(sources, work, do, told)
    told.kept = len(kept.patients)
    partitions = partitions_for(len(kept.patients))
    write_whole(work / "patients", orjson.dumps(sorted(kept.patients)))
    told.of_sources("gathering", do(_for_each(GATHERED, sources, partitions)))
    pointed = {name for number in range(len(sources)) for name in _read_list(work / GATHERED / str(number) / "pointed")}
    write_whole(work / "pointed", orjson.dumps(sorted(pointed)))
    if pointed:
        told.of_sources("drugs", do(_for_each(MEDICATIONS, sources, partitions)))
    tasks = [Task(ROWS, number) for number in range(partitions)]
    told.of_charts("evaluating", partitions, do(tasks))
    lines = [line for task in tasks for line in (work / ROWS / str(task.number)).read_bytes().splitlines()]
    return kept, [Row(**orjson.loads(line)) for line in lines]


def _kept(sources: Sequence[Source], work: Path, do: Do, told: "_Progress") -> Seen:
    told.of_sources("looking for seeds", do(_for_each(KEPT, sources)))
    found = [orjson.loads((work / KEPT / str(number)).read_bytes()) for number in range(len(sources))]
    drugs = sorted({name for each in found for name in each["medications"]})
    patients = {patient: set(seeds) for each in found for patient, seeds in each["patients"].items()}
    for each in found:
        for patient, seeds in each["patients"].items():
            patients[patient].update(seeds)
    if drugs:
        write_whole(work / "drugs", orjson.dumps(drugs))
        tasks = [task for task in _for_each(POINTING, sources) if found[task.number]["points"]]
        told.of_sources("drugs by reference", do(tasks))
        for task in tasks:
            for patient in _read_list(work / POINTING / str(task.number)):
                patients.setdefault(patient, set()).add(MEDICATION)
    names = [source.name for source in sources]
    return Seen.of(found, names, patients)


def _for_each(step: str, sources: Sequence[Source], partitions: int = 0) -> list[Task]:
    return [Task(step, number, source, partitions) for number, source in enumerate(sources)]


class _Progress:
    """Bytes read, or partitions evaluated, told after each task."""

    def __init__(self, sources: Sequence[Source], tell: Told) -> None:
        self._tell, self._size = tell, sum(source.size for source in sources)
        self.kept = 0

    def of_sources(self, step: str, tasks: Iterator[Task]) -> None:
        read = 0
        self._tell(step, 0, self._size, self.kept)
        for task in tasks:
            read += task.source.size if task.source else 0
            self._tell(step, read, self._size, self.kept)

    def of_charts(self, step: str, whole: int, tasks: Iterator[Task]) -> None:
        self._tell(step, 0, whole, self.kept)
        for number, _ in enumerate(tasks, start=1):
            self._tell(step, number, whole, self.kept)


def _manifest(sources: Sequence[Source], evaluator: Evaluator) -> dict[str, Any]:
    files = [{"name": each.name, "size": each.size, "changed": each.changed, "head": each.head} for each in sources]
    return {
        "software": __version__,
        "knowledge": evaluator.knowledge.hash,
        "mappings": evaluator.mappings.hash,
        "files": files,
    }


def _is_same(known: Mapping[str, Any], manifest: Mapping[str, Any], wanted: Wanted) -> bool:
    """Whether the run that the folder knows is the one that is asked for; one without a moment takes the known one."""
    same = all(known.get(name) == value for name, value in manifest.items())
    return same and bool(known.get("finished")) and (wanted.is_now or known["asOf"] == wanted.as_of.isoformat())


def _begun(wanted: Wanted, manifest: Mapping[str, Any]) -> tuple[Path, datetime]:
    """The folder of a run with its moment: the one that was begun, where it is the same."""
    work = wanted.out / ".work"
    begun = _read(work / MANIFEST)
    same = begun and all(begun.get(name) == value for name, value in manifest.items())
    if same and (wanted.is_now or begun["asOf"] == wanted.as_of.isoformat()):
        return work, datetime.fromisoformat(begun["asOf"])
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    write_whole(work / MANIFEST, orjson.dumps({**manifest, "asOf": wanted.as_of.isoformat()}))
    return work, wanted.as_of


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadRequest(
                f"{out}: another run is at work in this folder; wait for it, or give another --out"
            ) from None
        yield


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return found


def _read_list(path: Path) -> list[str]:
    found: list[str] = orjson.loads(path.read_bytes())
    return found
