"""Whether the dose of immunoglobulin given by vein was lowered: what grows worse then speaks of the dose first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.subjects.immunoglobulin.ordered.dose_before import COMPARED, WEEK, GivenDay


def dose_lowered(given: Sequence[Sequence[GivenDay]], lowest: Fraction) -> dict[str, Fact]:
    """``dose_lowered``: the grams a week of the last three courses against the most of any three before them.

    ``lowest``: a share in percent, below which it is lowered. Of three the middle dose counts, so that a load does not
    make what follows it a lower dose, and of the last three the shorter interval: one that was left out is no lower
    dose either. Nothing without six courses by vein whose grams were all read.
    """
    if len(given) < 2 * COMPARED or any(not _is_read(course) for course in given):
        return {}
    now, most = _week(given[-COMPARED:], min), max(_week(each, max) for each in _threes(given[:-COMPARED]))
    evidence = in_order(reference for course in given[-COMPARED:] for day in course for reference in day.evidence)
    if now * 100 >= most * lowest:
        return {"dose_lowered": Fact("not_shown", evidence)}
    told = {"grams_per_week_now": now, "grams_per_week_at_most": most}
    numbers = {name: Fact(Range.exactly(Fraction(round(number * 10), 10)), evidence) for name, number in told.items()}
    return {"dose_lowered": Fact("shown", evidence), **numbers}


def _is_read(course: Sequence[GivenDay]) -> bool:
    return all(day.grams is not None and not day.is_under_the_skin for day in course)


def _threes(given: Sequence[Sequence[GivenDay]]) -> Iterator[Sequence[Sequence[GivenDay]]]:
    """Each three courses that follow each other."""
    return (given[start : start + COMPARED] for start in range(len(given) - COMPARED + 1))


def _week(courses: Sequence[Sequence[GivenDay]], interval: Callable[[Iterable[int]], int]) -> Fraction:
    """Grams a week of three courses, by their middle dose and the shorter or the longer interval."""
    grams = [sum((day.grams or Fraction(0) for day in course), Fraction(0)) for course in courses]
    return median(grams) * WEEK / interval((later[0].day - earlier[0].day).days for earlier, later in pairwise(courses))
