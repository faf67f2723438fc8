"""The steps of a run, whoever does them: processes of this machine, or a cluster."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from service.screening.evaluating import Row
from service.screening.sources import Source

# The step that is told in charts; all others are told in bytes.
EVALUATING = "evaluating"
# The number of its source, and the source or a piece of it.
Pieces = Sequence[tuple[int, Source]]
# Step, how much of it is done, how much there is, and how many patients are kept so far.
Told = Callable[[str, int, int, int], None]


@dataclass(frozen=True, slots=True)
class Setup:
    """What every process needs to begin. ``work``: the folder in which tasks leave what they made."""

    work: Path
    as_of: datetime
    extra_mappings: Path | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A step of one source or piece, or the rows of one partition. ``number``: of the source or partition."""

    step: str
    number: int
    source: Source | None = None
    partitions: int = 0

    @property
    def name(self) -> str:
        """How what it makes is called; pieces of a source are told apart by where they begin."""
        is_piece = self.source is not None and self.source.is_piece
        return f"{self.number}-{self.source.start}" if self.source and is_piece else str(self.number)


def for_each(step: str, pieces: Pieces, partitions: int = 0) -> list[Task]:
    """A task for each piece."""
    return [Task(step, number, piece, partitions) for number, piece in pieces]


class Progress:
    """Bytes read, or charts evaluated, told after each task. ``kept``: how many patients are kept so far."""

    def __init__(self, pieces: Sequence[Source], tell: Told) -> None:
        self._tell, self._size = tell, sum(piece.length for piece in pieces)
        self.kept = 0

    def of_sources(self, step: str, tasks: Iterable[Task]) -> None:
        """Do the tasks of a step that reads files."""
        read = 0
        self._tell(step, 0, self._size, self.kept)
        for task in tasks:
            read += task.source.length if task.source else 0
            self._tell(step, read, self._size, self.kept)

    def of_charts(self, step: str, whole: int, parts: Iterable[int]) -> None:
        """Evaluate charts, so many in all; ``parts``: how many are done each time."""
        done = 0
        self._tell(step, done, whole, self.kept)
        for charts in parts:
            done += charts
            self._tell(step, done, whole, self.kept)


class Engine(Protocol):
    """Who does the work."""

    def do(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """Do steps that look through files; what each makes is there under its name when it comes back."""

    def rows(self, pieces: Pieces, kept: int, told: Progress) -> list[Row]:
        """Gather and evaluate the charts of the patients who are kept, so many."""


class Cluster(Protocol):
    """Where an engine is made."""

    @property
    def piece(self) -> int:
        """So many bytes of a large file are read at once."""

    def engine(self, setup: Setup) -> AbstractContextManager[Engine]:
        """The engine of one run."""
