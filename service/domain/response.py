"""The objective response to each course of immunoglobulin, by instruments that may be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.scores import Change, History, change
from service.domain.statements import in_order
from service.domain.treatment import Course, TimelineLimits, days_after

SHOWN, NOT_SHOWN = "shown", "not_shown"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ResponseLimits:
    """What makes a response marked: this many minimal changes of one instrument, or this many instruments."""

    marked_change: Fraction
    marked_instruments: Fraction


@dataclass(frozen=True, slots=True)
class Response:
    """What the instruments say of one course. ``word``: marked, mild, no_objective_change or worse; None: no pair.

    ``next_first``: the first day of the course after it, if there is one.
    """

    course: Course
    changes: tuple[Change, ...]
    word: str | None
    next_first: date | None

    @property
    def is_gain(self) -> bool:
        """Whether an instrument improved by at least its minimal change."""
        return self.word in ("marked", "mild")

    @property
    def evidence(self) -> tuple[str, ...]:
        """The course and the scores compared."""
        return in_order((*self.course.evidence, *(ref for each in self.changes for ref in each.evidence)))

    @property
    def why(self) -> str:
        """The course and the scores compared, in words."""
        return "; ".join((str(self.course), *map(str, self.changes)))


def responses(
    courses: Sequence[Course], histories: Sequence[History], days: TimelineLimits, limits: ResponseLimits
) -> list[Response]:
    """The response to each course, oldest first.

    Before: the last score since the course before, at latest on the first day. After: the best score of the
    assessment window, at latest on the first day of the next course.
    """
    told = []
    for number, course in enumerate(courses):
        previous = courses[number - 1].last if number else None
        following = courses[number + 1].first if number + 1 < len(courses) else None
        pairs = [_change(history, course, previous, following, days) for history in histories]
        changes = tuple(pair for pair in pairs if pair)
        told.append(Response(course, changes, _word(changes, limits), following))
    return told


def response_facts(told: Sequence[Response]) -> dict[str, Fact]:
    """What the responses come to; nothing without a course."""
    if not told:
        return {}
    measured = [response for response in told if response.word]
    gained = [response for response in told if response.is_gain]
    without = 0 if gained else len(measured)
    return {
        "response_to_last_course": _word_of(told[-1]),
        "first_response": _word_of(told[0]),
        "last_course_measured": _shown(bool(told[-1].word), told[-1:]),
        "gain_measured": _shown(bool(gained), gained or measured or told),
        "courses_without_gain": Fact(Range.exactly(without), _evidence(measured), _why(measured)),
    }


def improvement(told: Sequence[Response]) -> Fact | None:
    """Objective improvement after immunoglobulin; without a gain it stays open, since no change is no refutation."""
    gained = [response for response in told if response.is_gain]
    if gained:
        return Fact("present", gained[-1].evidence, gained[-1].why)
    measured = [response for response in told if response.word]
    if not measured:
        return None
    return Fact(None, _evidence(measured), "measured without objective gain, which does not rule a response out")


def _change(
    history: History, course: Course, previous: date | None, following: date | None, days: TimelineLimits
) -> Change | None:
    before = history.between(previous + _DAY if previous else None, course.first)
    start, end = days_after(course.last, days.assessment_from), days_after(course.last, days.assessment_until)
    after = history.best(history.between(start, min(end, following or end)))
    return change(history.series, before[-1], after) if before and after else None


def _word(changes: Sequence[Change], limits: ResponseLimits) -> str | None:
    if not changes:
        return None
    gained = [each for each in changes if each.gain >= 1]
    if gained:
        instruments = {each.series.instrument for each in gained}
        is_large = max(each.gain for each in gained) >= limits.marked_change
        return "marked" if is_large or len(instruments) >= limits.marked_instruments else "mild"
    return "worse" if any(each.gain <= -1 for each in changes) else "no_objective_change"


def _word_of(response: Response) -> Fact:
    why = response.why if response.word else f"{response.course}: no scores before and after that may be compared"
    return Fact(response.word, response.evidence, why)


def _shown(is_shown: bool, behind: Sequence[Response]) -> Fact:
    return Fact(SHOWN if is_shown else NOT_SHOWN, _evidence(behind))


def _evidence(told: Sequence[Response]) -> tuple[str, ...]:
    return in_order(reference for response in told for reference in response.evidence)


def _why(told: Sequence[Response]) -> str:
    return "; ".join(f"{response.course}: {(response.word or '').replace('_', ' ')}" for response in told)
