"""Which of several statements about one thing counts: the newest, as long as the newest agree."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from service.domain.immutable import immutable
from service.domain.moments import Moment

T = TypeVar("T")


@immutable
class Statement(Generic[T]):
    """What one resource says of one thing; ``value`` is ``None`` when it leaves the thing unknown."""

    value: T | None
    moment: Moment
    evidence: str


@immutable
class Settled(Generic[T]):
    """What the statements come to: ``counted`` decide, ``older`` are superseded, ``silent`` say nothing."""

    value: T | None
    counted: tuple[Statement[T], ...]
    older: tuple[Statement[T], ...]
    silent: tuple[Statement[T], ...]

    @property
    def is_contradiction(self) -> bool:
        """True when the statements that count do not agree."""
        return bool(self.counted) and self.value is None

    @property
    def evidence(self) -> tuple[str, ...]:
        """References of the deciding statements, or of the silent ones when nothing decides."""
        return in_order(statement.evidence for statement in self.counted or self.silent)


def in_order(references: Iterable[str]) -> tuple[str, ...]:
    """Each reference once, in the order met."""
    return tuple(dict.fromkeys(references))


def the_same(values: Sequence[T]) -> T | None:
    """The value that all share, or ``None``."""
    return values[0] if all(value == values[0] for value in values) else None


def settle(
    statements: Sequence[Statement[T]],
    agreed: Callable[[Sequence[T]], T | None] = the_same,
    *,
    by_day: bool = False,
) -> Settled[T]:
    """Weigh the statements: whatever is surely older than another one gives way, the rest must agree.

    A statement is older than one of a later calendar day as written, or of a surely later moment. With
    ``by_day`` two statements of one day are never older than each other. ``agreed`` makes one value of those
    that count, or ``None`` when they contradict each other.
    """
    if len(statements) == 1 and (only := statements[0]).value is not None:
        # As most are: nothing is newer than it.
        return Settled(agreed([only.value]), (only,), (), ())
    told = [statement for statement in statements if statement.value is not None]
    silent = tuple(statement for statement in statements if statement.value is None)
    counted: list[Statement[T]] = []
    older: list[Statement[T]] = []
    on_older_day, is_before = _older_day(told), _older_instant(told)
    for statement in told:
        gives_way = on_older_day(statement.moment) or (not by_day and is_before(statement.moment))
        (older if gives_way else counted).append(statement)
    values = [statement.value for statement in counted if statement.value is not None]
    return Settled(agreed(values) if values else None, tuple(counted), tuple(older), silent)


def _older_instant(statements: Sequence[Statement[T]]) -> Callable[[Moment], bool]:
    """Whether a moment lies surely before one of the statements."""
    newest_start = max((statement.moment.earliest for statement in statements), default=None)
    return lambda moment: newest_start is not None and moment.latest < newest_start


def _older_day(statements: Sequence[Statement[T]]) -> Callable[[Moment], bool]:
    """Whether a moment lies on an earlier calendar day as written; without a day, surely before one of them."""
    newest_day = max((s.moment.day for s in statements if s.moment.day is not None), default=None)
    is_before_any = _older_instant(statements)
    is_before_a_dayless = _older_instant([statement for statement in statements if statement.moment.day is None])

    def is_older(moment: Moment) -> bool:
        if moment.day is None or newest_day is None:
            return is_before_any(moment)
        return moment.day < newest_day or is_before_a_dayless(moment)

    return is_older
