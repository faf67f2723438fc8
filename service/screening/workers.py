"""What each process does: with an evaluator of its own it does tasks, and leaves files that are whole or not there."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import orjson

from service.errors import StoreUnavailable
from service.evaluate import Evaluator
from service.screening.evaluating import Row, evaluated
from service.screening.gathering import charts_in, gather, gather_medications, medications_in, partitions_for
from service.screening.keeping import Keeper, medications_of
from service.screening.seeds import Seeds
from service.screening.sources import Source
from service.screening.steps import EVALUATING, Pieces, Progress, Setup, Task, for_each

# Whose charts may lack something that could not be read; ``ALL``: nobody knows whose.
SPOILED, ALL = "spoiled", "*"
PATIENTS = "patients"
KEPT, POINTING, GATHERED, MEDICATIONS, ROWS = "kept", "pointing", "gathered", "medications", "rows"


class Worker:
    """Does tasks; what is there already is not made again."""

    def __init__(self, setup: Setup, evaluator: Evaluator | None = None) -> None:
        self._setup = setup
        self._evaluator = evaluator or Evaluator.load(setup.extra_mappings)
        self._seeds = Seeds(self._evaluator.knowledge, self._evaluator.mappings, setup.as_of)
        self._keeper = Keeper(self._seeds, setup.work)
        self._read: dict[str, Any] = {}
        self._steps: Mapping[str, Callable[[Task], None]] = {
            KEPT: self._keep,
            POINTING: self._point,
            GATHERED: self._gather,
            MEDICATIONS: self._gather_medications,
            ROWS: self._evaluate,
        }

    def do(self, task: Task) -> Task:
        """Do a task, unless it is done."""
        if not done(self._setup.work, task):
            self._steps[task.step](task)
        return task

    def close(self) -> None:
        """Let go of what it holds open."""
        self._keeper.close()

    def _keep(self, task: Task) -> None:
        write_whole(place_of(self._setup.work, task), orjson.dumps(asdict(self._keeper.kept(_source(task)))))

    def _point(self, task: Task) -> None:
        found = self._keeper.pointing(_source(task), self._shared("drugs"))
        write_whole(place_of(self._setup.work, task), orjson.dumps(found))

    def _gather(self, task: Task) -> None:
        kept = self._shared(PATIENTS)
        with self._folder(task) as place:
            pointed = gather(_source(task), kept, task.partitions, self._seeds, place)
            (place / "pointed").write_bytes(orjson.dumps(pointed))

    def _gather_medications(self, task: Task) -> None:
        with self._folder(task) as place:
            gather_medications(_source(task), self._shared("pointed"), place)

    def _evaluate(self, task: Task) -> None:
        folders = _folders(self._setup.work / GATHERED)
        drugs = self._medications()
        rows = []
        for patient, lines in charts_in(folders, task.number):
            is_whole = not ({ALL, patient} & self._shared(SPOILED))
            chart = [*lines, *named_drugs(lines, drugs)]
            row = evaluated(patient, chart, self._evaluator, self._setup.as_of, is_whole=is_whole)
            rows.append(row.as_json())
        if not self._evaluator.in_order:
            raise StoreUnavailable("the rule engine cannot be trusted any more in this process; start the run again")
        write_whole(place_of(self._setup.work, task), b"".join(orjson.dumps(row) + b"\n" for row in rows))

    def _shared(self, name: str) -> frozenset[str]:
        if name not in self._read:
            self._read[name] = frozenset(orjson.loads((self._setup.work / name).read_bytes()))
        found: frozenset[str] = self._read[name]
        return found

    def _medications(self) -> Mapping[str, bytes]:
        if MEDICATIONS not in self._read:
            self._read[MEDICATIONS] = medications_in(_folders(self._setup.work / MEDICATIONS))
        found: Mapping[str, bytes] = self._read[MEDICATIONS]
        return found

    @contextmanager
    def _folder(self, task: Task) -> Iterator[Path]:
        """A folder that gets its name when all of it is there."""
        place = place_of(self._setup.work, task)
        draft = place.with_name(f"{place.name}.{os.getpid()}.part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        yield draft
        draft.rename(place)


def named_drugs(lines: Iterable[bytes], drugs: Mapping[str, bytes]) -> list[bytes]:
    """The Medications that the lines of a chart point to; ``drugs``: by id."""
    pointed = {name for line in lines for name in medications_of(orjson.loads(line)) if name in drugs}
    return [drugs[name] for name in sorted(pointed)]


def done(work: Path, task: Task) -> bool:
    """Whether what a task makes is there."""
    return place_of(work, task).exists()


def write_whole(path: Path, content: bytes) -> None:
    """Under its name there is all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@dataclass(frozen=True, slots=True)
class _Local:
    """The processes of this machine. ``run``: does tasks, each as soon as a process is free."""

    work: Path
    run: Callable[[Iterable[Task]], Iterator[Task]]

    def do(self, tasks: Iterable[Task]) -> Iterator[Task]:
        return self.run(tasks)

    def rows(self, pieces: Pieces, kept: int, told: Progress) -> list[Row]:
        partitions = partitions_for(kept)
        gathering = for_each(GATHERED, pieces, partitions)
        told.of_sources("gathering", self.run(gathering))
        pointed = {name for task in gathering for name in read_list(place_of(self.work, task) / "pointed")}
        write_whole(self.work / "pointed", orjson.dumps(sorted(pointed)))
        if pointed:
            told.of_sources("drugs", self.run(for_each(MEDICATIONS, pieces, partitions)))
        tasks = [Task(ROWS, number) for number in range(partitions)]
        rows: dict[int, list[Row]] = {}
        told.of_charts(EVALUATING, kept, (len(_take(rows, task, self.work)) for task in self.run(tasks)))
        return [row for number in sorted(rows) for row in rows[number]]


def _take(rows: dict[int, list[Row]], task: Task, work: Path) -> list[Row]:
    """Note the rows of a partition."""
    lines = place_of(work, task).read_bytes().splitlines()
    rows[task.number] = [Row(**orjson.loads(line)) for line in lines]
    return rows[task.number]


def read_list(path: Path) -> list[str]:
    """The names that a step left."""
    found: list[str] = orjson.loads(path.read_bytes())
    return found


@contextmanager
def local(setup: Setup, processes: int, evaluator: Evaluator) -> Iterator[_Local]:
    """The processes of this machine; with one, it is this one."""
    if processes == 1:
        worker = Worker(setup, evaluator)
        try:
            yield _Local(setup.work, lambda tasks: map(worker.do, tasks))
        finally:
            worker.close()
        return
    executor = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (setup,))
    try:
        yield _Local(
            setup.work,
            lambda tasks: (each.result() for each in as_completed([executor.submit(_do, task) for task in tasks])),
        )
    finally:
        executor.shutdown(cancel_futures=True)


_WORKERS: list[Worker] = []


def _begin(setup: Setup) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _WORKERS.append(Worker(setup))


def _end_with_parent() -> None:
    """Whoever kills the run kills its processes: nobody would take what they make."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _do(task: Task) -> Task:
    return _WORKERS[0].do(task)


def place_of(work: Path, task: Task) -> Path:
    """Where a task leaves what it makes."""
    return work / task.step / task.name


def _source(task: Task) -> Source:
    if task.source is None:
        raise ValueError(task.step)
    return task.source


def _folders(place: Path) -> list[Path]:
    """The folders that are whole, in order of source and piece."""
    if not place.is_dir():
        return []
    whole = (each for each in place.iterdir() if each.name.replace("-", "").isdigit())
    return sorted(whole, key=lambda each: tuple(map(int, each.name.split("-"))))
