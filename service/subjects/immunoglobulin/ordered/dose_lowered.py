"""Whether the dose of immunoglobulin given by vein was lowered: what grows worse then speaks of the dose first."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.subjects.immunoglobulin.ordered.dose_before import GivenDay

_COMPARED, _WEEK = 3, 7


def dose_lowered(given: Sequence[Sequence[GivenDay]], lowest: Fraction) -> dict[str, Fact]:
    """``dose_lowered``: the grams a week of the last three courses against the most of any three before them.

    ``lowest``: a share in percent, below which it is lowered. Of three the middle dose counts, so that a load does not
    make what follows it a lower dose. Nothing without six courses by vein whose grams were all read.
    """
    if len(given) < 2 * _COMPARED or any(not _is_read(course) for course in given):
        return {}
    weeks = list(_weeks(given))
    now, most = weeks[-1], max(weeks[:-_COMPARED])
    evidence = in_order(reference for course in given[-_COMPARED:] for day in course for reference in day.evidence)
    if now * 100 >= most * lowest:
        return {"dose_lowered": Fact("not_shown", evidence)}
    told = {"grams_per_week_now": now, "grams_per_week_at_most": most}
    numbers = {name: Fact(Range.exactly(Fraction(round(number * 10), 10)), evidence) for name, number in told.items()}
    return {"dose_lowered": Fact("shown", evidence), **numbers}


def _is_read(course: Sequence[GivenDay]) -> bool:
    return all(day.grams is not None and not day.is_under_the_skin for day in course)


def _weeks(given: Sequence[Sequence[GivenDay]]) -> Iterator[Fraction]:
    """Grams a week of each three courses that follow each other, oldest first."""
    grams = [sum((day.grams or Fraction(0) for day in course), Fraction(0)) for course in given]
    days = [(later[0].day - earlier[0].day).days for earlier, later in pairwise(given)]
    for start in range(len(given) - _COMPARED + 1):
        interval = Fraction(sum(days[start : start + _COMPARED - 1]), _COMPARED - 1)
        yield median(grams[start : start + _COMPARED]) * _WEEK / interval
