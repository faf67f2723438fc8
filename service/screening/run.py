"""One run, from files to a list: each step leaves files that are whole, so that whoever starts it again goes on."""

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
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
from service.screening.outputs import PRIVATE, Seen, write_outputs
from service.screening.pseudonyms import Pseudonyms
from service.screening.seeds import MEDICATION
from service.screening.sources import Source, sources_of
from service.screening.steps import Cluster, Engine, Pieces, Progress, Setup, Task, Told, for_each
from service.screening.workers import ALL, KEPT, PATIENTS, POINTING, SPOILED, local, read_list, write_whole

# The files of a run with size, time and hash of head; in it while it goes on, and beside what is private after that.
_MANIFEST = "manifest.json"
# So many bytes of a large file are read by one process.
_PIECE = 128 * 1024 * 1024
# The summary of a run, and the moment of evaluation.
Record = Callable[[Mapping[str, Any], datetime], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``as_of``: the moment of evaluation. ``key``: the file of the key of the pseudonyms.

    ``cluster``: Spark, which does the work in place of processes here.
    """

    places: Sequence[Path]
    out: Path
    key: Path
    as_of: datetime
    is_now: bool = False
    processes: int = 1
    extra_mappings: Path | None = None
    cluster: Cluster | None = None


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
        known = _read(wanted.out / PRIVATE / _MANIFEST)
        if _is_same(known, manifest, wanted):
            return Outcome(orjson.loads((wanted.out / "summary.json").read_bytes()), is_new=False)
        work, as_of = _begun(wanted, manifest)
        setup = Setup(work, as_of, wanted.extra_mappings)
        with _engine(setup, wanted, evaluator) as engine:
            seen, rows = _run(_pieces(sources, wanted), work, engine, tell)
        made = write_outputs(wanted.out, rows, seen, evaluator.knowledge, Pseudonyms.kept_in(wanted.key))
        record(made, as_of)
        finished = {**manifest, "asOf": as_of.isoformat(), "finished": True}
        write_whole(wanted.out / PRIVATE / _MANIFEST, orjson.dumps(finished, option=orjson.OPT_INDENT_2))
        shutil.rmtree(work)
        return Outcome(made, is_new=True)


def _engine(setup: Setup, wanted: Wanted, evaluator: Evaluator) -> AbstractContextManager[Engine]:
    if wanted.cluster is None:
        return local(setup, wanted.processes, evaluator)
    return wanted.cluster.engine(setup)


def _pieces(sources: Sequence[Source], wanted: Wanted) -> list[tuple[int, Source]]:
    """What is read by one process each, with the number of its source: large files are divided, if several read."""
    is_divided = wanted.processes > 1 or wanted.cluster is not None
    size = wanted.cluster.piece if wanted.cluster else _PIECE
    return [
        (number, piece)
        for number, source in enumerate(sources)
        for piece in (source.pieces(size) if is_divided else [source])
    ]


def _run(pieces: Pieces, work: Path, engine: Engine, tell: Told) -> tuple[Seen, list[Row]]:
    told = Progress([piece for _, piece in pieces], tell)
    kept = _kept(pieces, work, engine, told)
    told.kept = len(kept.patients)
    write_whole(work / PATIENTS, orjson.dumps(sorted(kept.patients)))
    return kept, engine.rows(pieces, len(kept.patients), told)


def _kept(pieces: Pieces, work: Path, engine: Engine, told: Progress) -> Seen:
    tasks = for_each(KEPT, pieces)
    made: dict[str, Any] = {}
    patients: dict[str, set[str]] = {}
    told.of_sources("looking for seeds", _noted(engine.do(tasks), work, made, patients, told))
    found = [made[task.name] for task in tasks]
    drugs = sorted({name for each in found for name in each["medications"]})
    if drugs:
        write_whole(work / "drugs", orjson.dumps(drugs))
        pointing = [task for task, each in zip(for_each(POINTING, pieces), found, strict=True) if each["points"]]
        told.of_sources("drugs by reference", engine.do(pointing))
        for task in pointing:
            for patient in read_list(work / POINTING / task.name):
                patients.setdefault(patient, set()).add(MEDICATION)
    spoiled = {name for each in found for name in (*each["spoiled"], *([ALL] if each["is_cut"] else []))}
    write_whole(work / SPOILED, orjson.dumps(sorted(spoiled)))
    return Seen.of(found, [piece.name for _, piece in pieces], patients)


def _noted(
    tasks: Iterable[Task], work: Path, made: dict[str, Any], patients: dict[str, set[str]], told: Progress
) -> Iterator[Task]:
    """Take in what each task found as soon as it is done, so that it can be told how many are kept so far."""
    for task in tasks:
        made[task.name] = found = orjson.loads((work / KEPT / task.name).read_bytes())
        for patient, seeds in found["patients"].items():
            patients.setdefault(patient, set()).update(seeds)
        told.kept = len(patients)
        yield task


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
    begun = _read(work / _MANIFEST)
    same = begun and all(begun.get(name) == value for name, value in manifest.items())
    if same and (wanted.is_now or begun["asOf"] == wanted.as_of.isoformat()):
        return work, datetime.fromisoformat(begun["asOf"])
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    write_whole(work / _MANIFEST, orjson.dumps({**manifest, "asOf": wanted.as_of.isoformat()}))
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
