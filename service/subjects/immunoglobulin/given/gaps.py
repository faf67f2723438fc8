"""Gaps in treatment: so long after a dose that, by the patient's own interval, the next one was left out."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median

from service.domain.courses import Course
from service.subjects.immunoglobulin.given.treatment import TimelineLimits, is_continuous


@dataclass(frozen=True, slots=True)
class Gaps:
    """Where treatment was interrupted. ``under_the_skin``: the days of doses that follow no course."""

    courses: Sequence[Course]
    under_the_skin: Sequence[Course]
    limits: TimelineLimits

    def hold(self, day: date) -> bool:
        """Whether a day lies in a gap; never where the interval of the patient is not known."""
        begun = bisect_right(self.courses, day, key=lambda course: course.first)
        usual = self._usual_days(begun)
        if usual is None:
            return False
        last = self.courses[begun - 1].last
        goes_on = any(each.last > last and each.first <= day for each in self.under_the_skin)
        return not goes_on and (day - last).days > usual

    def is_over(self, day: date) -> bool:
        """Whether a day lies in a gap that a later course has ended."""
        return self.hold(day) and day < self.courses[-1].first

    def _usual_days(self, begun: int) -> Fraction | None:
        """So many days after a dose the next one was left out, by the last courses up to one."""
        repeated, limits = int(self.limits.courses_are_repeated), self.limits
        recent = self.courses[max(0, begun - repeated - 1) : begun]
        if recent and is_continuous(recent[-1], limits):
            return limits.continuous_from
        if len(recent) < repeated:
            return None
        days = [(later.first - earlier.first).days for earlier, later in pairwise(recent)]
        return Fraction(median(days)) * limits.interrupted_after / 100
