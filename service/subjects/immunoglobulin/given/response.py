"""The objective response to each course of immunoglobulin, by instruments that may be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from service.domain.courses import Course
from service.domain.moments import days_after
from service.domain.statements import in_order
from service.subjects.immunoglobulin.given.scores import Change, History, Score, change
from service.subjects.immunoglobulin.given.standing import last_before
from service.subjects.immunoglobulin.given.treatment import TimelineLimits, judged_from

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ResponseLimits:
    """What makes a response marked: this many minimal changes of one instrument, or this many instruments."""

    marked_change: Fraction
    marked_instruments: Fraction


@dataclass(frozen=True, slots=True)
class Response:
    """What the instruments say of one course.

    ``word``: marked, mild, mixed (one instrument or side better and another worse), no_objective_change or worse;
    None without a pair of scores. ``not_compared``: why the scores of other series give no pair.
    ``next_first``: the first day of the course after it, if there is one.
    """

    course: Course
    changes: tuple[Change, ...]
    word: str | None
    not_compared: tuple[str, ...]
    next_first: date | None

    @property
    def is_gain(self) -> bool:
        """Whether an instrument improved by at least its minimal change."""
        return self.word in ("marked", "mild", "mixed")

    @property
    def is_clean_gain(self) -> bool:
        """Whether one improved and none got worse."""
        return self.is_gain and self.word != "mixed"

    @property
    def evidence(self) -> tuple[str, ...]:
        """The course and the scores compared."""
        return in_order((*self.course.evidence, *(ref for each in self.changes for ref in each.evidence)))

    @property
    def why(self) -> str:
        """The course and the scores compared, in words; without a pair, why there is none."""
        return "; ".join(
            (f"immunoglobulin {self.course}", *(map(str, self.changes) if self.changes else self.not_compared))
        )


def responses(
    courses: Sequence[Course], histories: Sequence[History], days: TimelineLimits, limits: ResponseLimits
) -> list[Response]:
    """The response to each course, oldest first.

    Before: the last score since the course before, at latest on the first day. After: the best score of the
    assessment window, at latest on the first day of the next course; without one there, a later score that shows
    a gain while the effect lasts.
    """
    told = []
    for number, course in enumerate(courses):
        since = courses[number - 1].last + _DAY if number else None
        following = courses[number + 1].first if number + 1 < len(courses) else None
        compared = [_change(history, course, since, following, days) for history in histories]
        changes = tuple(each for each in compared if isinstance(each, Change))
        reasons = tuple(each for each in compared if isinstance(each, str))
        told.append(
            Response(
                course, changes, _word(changes, limits), reasons or ("no score on record that can be used",), following
            )
        )
    return told


def _change(
    history: History, course: Course, since: date | None, following: date | None, days: TimelineLimits
) -> Change | str:
    """The change over a course, or why there is none."""
    series = history.series
    before = last_before(history, course, days, since)
    in_window, later = _after(history, course, following, days)
    if before is None:
        older = "only an older one" if history.has_one_until(course.first) else "none"
        return f"{series}: no score shortly before the course ({older})"
    best = history.best(in_window) or history.best(later)
    if best is None:
        return f"{series}: a score before the course, none in the days that count after it"
    made = change(series, before, best)
    if made is None:
        if before.sign or best.sign:
            return f"{series}: a bound leaves the change open ({series.told(before)}, {series.told(best)})"
        return f"{series}: no share can be told of {series.told(before)}"
    if not in_window and made.gain < 1:
        return f"{series}: measured after the course only when its effect may have passed ({later[-1].day})"
    return made


def _after(
    history: History, course: Course, following: date | None, days: TimelineLimits
) -> tuple[list[Score], list[Score]]:
    """The scores of the assessment window, and those after it while the effect may last."""
    window, effect = (days_after(course.last, limit) for limit in (days.assessment_until, days.effect_until))
    scores = history.between(judged_from(course, days), min(effect, following or effect))
    return [score for score in scores if score.day <= window], [score for score in scores if score.day > window]


def _word(changes: Sequence[Change], limits: ResponseLimits) -> str | None:
    if not any(each.is_judged for each in changes):
        return None
    gained, is_worse = [each for each in changes if each.gain >= 1], any(each.gain <= -1 for each in changes)
    if gained and is_worse:
        return "mixed"
    if gained:
        instruments = {each.series.instrument for each in gained}
        is_large = max(each.gain for each in gained) >= limits.marked_change
        return "marked" if is_large or len(instruments) >= limits.marked_instruments else "mild"
    return "worse" if is_worse else "no_objective_change"
