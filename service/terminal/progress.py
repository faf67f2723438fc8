"""How far a screening is, on a terminal: a bar with rate, patients kept and time left; nothing anywhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

_MEGABYTE = 1_000_000
# Step, how much of it is done, how much there is, and how many patients are kept so far.
Told = Callable[[str, int, int, int], None]


@contextmanager
def progress_on(console: Console, charts: str) -> Iterator[Told]:
    """Whom a run tells of its steps. ``charts``: the step that is counted in charts; the others are in bytes."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        _Rate(charts),
        TextColumn("{task.fields[kept]} patients kept"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        steps: dict[str, TaskID] = {}

        def tell(step: str, done: int, whole: int, kept: int) -> None:
            if step not in steps:
                steps[step] = progress.add_task(step, total=whole, kept=kept)
            progress.update(steps[step], completed=done, kept=kept)

        yield tell


class _Rate(ProgressColumn):
    """Megabytes or charts for each second, over the whole of a step so far."""

    def __init__(self, charts: str) -> None:
        super().__init__()
        self._charts = charts

    def render(self, task: Task) -> Text:
        """The rate of a step."""
        seconds = task.finished_time or task.elapsed
        rate = task.completed / seconds if seconds else 0.0
        return Text(f"{rate:.1f} charts/s" if task.description == self._charts else f"{rate / _MEGABYTE:.1f} MB/s")
