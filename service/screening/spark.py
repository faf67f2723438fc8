"""Screening on a cluster: Apache Spark, which comes with the extra ``mmn-cds[spark]``; the one place that knows it.

Each task of a step that looks through files is a row of a data frame; the lines of the patients who are kept are
shuffled by patient, and each chart is evaluated by a worker's own evaluator, made once in its process. Workers read the
files themselves, so that these lie on each node under the same path.
"""

import atexit
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from service.errors import BadRequest, StoreUnavailable
from service.evaluate import Evaluator
from service.screening.evaluating import Row, evaluated
from service.screening.gathering import lines_of_kept, medications_among
from service.screening.keeping import Keeper
from service.screening.seeds import Seeds
from service.screening.sources import Source
from service.screening.steps import EVALUATING, Pieces, Progress, Setup, Task, for_each
from service.screening.workers import (
    ALL,
    GATHERED,
    KEPT,
    MEDICATIONS,
    PATIENTS,
    SPOILED,
    named_drugs,
    place_of,
    read_list,
    write_whole,
)

# So many charts are one partition of the shuffle.
_CHARTS_AT_ONCE = 200
_LINES_AT_ONCE = 1000
_SETTINGS = {
    # A chart is small and costs much: partitions are not put together because they hold few bytes.
    "spark.sql.adaptive.coalescePartitions.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_ANSWER = "name string, content binary"
_LINE = "patient string, number long, start long, place long, line binary, pointed array<string>"
_ROW = "content binary"


@dataclass(frozen=True, slots=True)
class Spark:
    """A cluster. ``master``: its address, or ``local[N]``; ``None``: as Spark itself is configured."""

    master: str | None = None
    piece: int = 128 * 1024 * 1024

    @contextmanager
    def engine(self, setup: Setup) -> Iterator["_OnSpark"]:
        """A session for one run; BadRequest without the extra or Java."""
        session = _session(self.master)
        try:
            yield _OnSpark(session, setup)
        except Exception as error:
            if type(error).__module__.startswith(("py4j", "pyspark")):
                raise StoreUnavailable(f"Spark could not finish; see its log ({type(error).__name__})") from None
            raise
        finally:
            session.stop()


class _OnSpark:
    def __init__(self, session: Any, setup: Setup) -> None:
        self._session, self._setup = session, setup

    def do(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """What was done before the run was killed is not done again."""
        tasks = list(tasks)
        left = [task for task in tasks if not place_of(self._setup.work, task).exists()]
        by_name = {task.name: task for task in tasks}
        done = (task for task in tasks if task not in left)
        yield from done
        drugs = self._names("drugs")
        for name, content in self._each(left, partial(_looked_through, self._setup, left, drugs), _ANSWER):
            write_whole(place_of(self._setup.work, by_name[name]), bytes(content))
            yield by_name[name]

    def rows(self, pieces: Pieces, kept: int, told: Progress) -> list[Row]:
        """Lines of those who are kept, by piece; shuffled by patient; evaluated chart by chart."""
        patients, spoiled = self._names(PATIENTS), self._names(SPOILED)
        gathering = for_each(GATHERED, pieces)
        lines = self._frame(gathering, partial(_gathered, self._setup, gathering, patients), _LINE).persist()
        drugs = self._drugs(lines, pieces)
        partitions = max(1, -(-kept // _CHARTS_AT_ONCE))
        self._session.conf.set("spark.sql.shuffle.partitions", str(partitions))
        charts = lines.select("patient", "number", "start", "place", "line").groupBy("patient")
        found = charts.applyInPandas(_judging(self._setup, drugs, spoiled), _ROW)
        rows: list[Row] = []
        told.of_charts(EVALUATING, kept, _taken(found.toLocalIterator(), rows))
        lines.unpersist()
        return rows

    def _drugs(self, lines: Any, pieces: Pieces) -> Mapping[str, bytes]:
        functions = import_module("pyspark.sql.functions")
        pointed = lines.select(functions.explode("pointed").alias("name")).distinct().collect()
        if not pointed:
            return {}
        names = frozenset(row["name"] for row in pointed)
        tasks = for_each(MEDICATIONS, pieces)
        found = sorted(self._each(tasks, partial(_medications, tasks, names), "number long, content binary"))
        return {name: line.encode() for _, content in found for name, line in orjson.loads(bytes(content)).items()}

    def _each(self, tasks: Sequence[Task], made: Any, columns: str) -> Iterator[Any]:
        return iter(self._frame(tasks, made, columns).toLocalIterator()) if tasks else iter(())

    def _frame(self, tasks: Sequence[Task], made: Any, columns: str) -> Any:
        """What a function makes of the numbers of the tasks, each in a partition of its own."""
        return self._session.range(0, len(tasks), 1, len(tasks)).mapInPandas(made, columns)

    def _names(self, name: str) -> frozenset[str]:
        path = self._setup.work / name
        return frozenset(read_list(path)) if path.exists() else frozenset()


def _taken(found: Iterable[Any], rows: list[Row]) -> Iterator[int]:
    """One for each row, which is put to the others."""
    for each in found:
        rows.append(Row(**orjson.loads(bytes(each["content"]))))
        yield 1


# --- What workers do. A function goes to them by its name, so the package is installed there. ---


@dataclass(slots=True)
class _Worker:
    evaluator: Evaluator
    keeper: Keeper
    seeds: Seeds


_WORKERS: dict[Setup, _Worker] = {}


def _worker(setup: Setup) -> _Worker:
    """The one of this process, made once for each run."""
    if setup not in _WORKERS:
        evaluator = Evaluator.load(setup.extra_mappings)
        seeds = Seeds(evaluator.knowledge, evaluator.mappings, setup.as_of)
        scratch = tempfile.TemporaryDirectory(prefix="mmn-cds-")
        atexit.register(scratch.cleanup)
        _WORKERS[setup] = _Worker(evaluator, Keeper(seeds, Path(scratch.name)), seeds)
    return _WORKERS[setup]


def _looked_through(setup: Setup, tasks: Sequence[Task], drugs: frozenset[str], frames: Iterator[Any]) -> Iterator[Any]:
    keeper = _worker(setup).keeper
    for task, source in _tasks(tasks, frames):
        made: Any = asdict(keeper.kept(source)) if task.step == KEPT else keeper.pointing(source, drugs)
        yield _frame_of(name=[task.name], content=[orjson.dumps(made)])


def _gathered(setup: Setup, tasks: Sequence[Task], kept: frozenset[str], frames: Iterator[Any]) -> Iterator[Any]:
    seeds = _worker(setup).seeds
    for task, source in _tasks(tasks, frames):
        some: list[tuple[Any, ...]] = []
        for place, (owner, line, pointed) in enumerate(lines_of_kept(source, kept, seeds)):
            some.append((owner, task.number, source.start, place, line, pointed))
            if len(some) == _LINES_AT_ONCE:
                yield _lines(some)
                some = []
        yield _lines(some)


def _medications(tasks: Sequence[Task], names: frozenset[str], frames: Iterator[Any]) -> Iterator[Any]:
    for task, source in _tasks(tasks, frames):
        found = {name: line.decode() for name, line in medications_among(source, names)}
        yield _frame_of(number=[task.number], content=[orjson.dumps(found)])


def _judging(setup: Setup, drugs: Mapping[str, bytes], spoiled: frozenset[str]) -> Any:
    """What judges a chart. No partial: PySpark warns of one with all that it holds, and so with ids of patients."""

    def judged(chart):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # hints would have to be of pandas
        return _judged(setup, drugs, spoiled, chart)

    return judged


def _judged(setup: Setup, drugs: Mapping[str, bytes], spoiled: frozenset[str], chart: Any) -> Any:
    worker = _worker(setup)
    ordered = chart.sort_values(["number", "start", "place"])
    patient, lines = str(ordered["patient"].iloc[0]), [bytes(line) for line in ordered["line"]]
    is_whole = not ({ALL, patient} & spoiled)
    chart_lines = [*lines, *named_drugs(lines, drugs)]
    row = evaluated(patient, chart_lines, worker.evaluator, setup.as_of, is_whole=is_whole)
    if not worker.evaluator.in_order:
        raise StoreUnavailable("the rule engine cannot be trusted any more in this process; start the run again")
    return _frame_of(content=[orjson.dumps(row.as_json())])


def _tasks(tasks: Sequence[Task], frames: Iterator[Any]) -> Iterator[tuple[Task, Source]]:
    for frame in frames:
        for number in frame["id"]:
            task = tasks[int(number)]
            if task.source is not None:
                _check_here(task.source)
                yield task, task.source


def _check_here(source: Source) -> None:
    """A file that is not on this node must not look like one in which nothing was found."""
    if not source.path.exists() or source.path.stat().st_size != source.size:
        raise BadRequest(f"{source.name}: is not on this node as it is where the run was started")


def _lines(some: list[tuple[Any, ...]]) -> Any:
    names = [column.split()[0] for column in _LINE.split(", ")]
    return import_module("pandas").DataFrame(some, columns=names)


def _frame_of(**columns: list[Any]) -> Any:
    return import_module("pandas").DataFrame(columns)


def _session(master: str | None) -> Any:
    try:
        sql, errors = import_module("pyspark.sql"), import_module("pyspark.errors")
        import_module("pandas")
    except ImportError:
        raise BadRequest("screening on Spark needs an extra: pip install 'mmn-cds[spark]'") from None
    builder = sql.SparkSession.builder.appName("mmn-cds screen")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    try:
        session = (builder.master(master) if master else builder).getOrCreate()
    except errors.PySparkException as error:
        raise BadRequest(f"Spark does not start ({error.getCondition()}); it needs Java 17") from None
    if session.sparkContext.master.startswith("local"):
        # Here the workers are processes beside this one, and need what it has.
        session.sparkContext.pythonExec = sys.executable
    session.sparkContext.setLogLevel("ERROR")
    return session
