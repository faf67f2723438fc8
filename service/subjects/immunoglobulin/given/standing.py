"""Where each series of scores stands over the whole treatment: before it, at best under it, and now."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.courses import Course
from service.domain.facts import Fact, Range
from service.domain.moments import days_after, days_before
from service.domain.statements import in_order
from service.fhir.intake.records import SourceResource
from service.subjects.immunoglobulin.given.scores import Change, History, Score, Series, change
from service.subjects.immunoglobulin.given.treatment import TimelineLimits, is_continuous, judged_from


@dataclass(frozen=True, slots=True)
class Standing:
    """One series: the score before the first course, the best under treatment, the newest; each may be missing.

    ``gain``: from the first to the second. ``fall``: from the best to the newest. ``courses``: how many had their
    chance to lift the last score under treatment.
    """

    series: Series
    baseline: Score | None
    best: Score | None
    newest: Score | None
    gain: Change | None
    fall: Change | None
    courses: int = 0

    @property
    def has_gain(self) -> bool:
        """Whether the best score under treatment is better than before it by the minimal change."""
        return self.gain is not None and self.gain.gain >= 1

    @property
    def is_worse_than_before(self) -> bool:
        """Whether even the best score under treatment is worse than before it by the minimal change."""
        return self.gain is not None and self.gain.gain <= -1

    @property
    def has_fallen(self) -> bool:
        """Whether the newest score is worse than the best one by the minimal change."""
        return self.fall is not None and self.fall.gain <= -1


def standings(
    courses: Sequence[Course], histories: Sequence[History], today: date, days: TimelineLimits
) -> list[Standing]:
    """Every series that was measured before or under treatment; none without a course."""
    return [_standing(history, courses, today, days) for history in histories] if courses else []


def assessed_lately(
    courses: Sequence[Course],
    histories: Sequence[History],
    judged: Sequence[SourceResource],
    today: date,
    days: TimelineLimits,
) -> dict[str, Fact]:
    """Whether an assessment is so recent under repeated courses that none is asked for; nothing without a course.

    ``judged``: grades of strength and judgements of the response. Scores that stay alike are good for longer. Of
    maintenance that was never measured here nobody knows what is kept elsewhere.
    """
    if not courses:
        return {}
    are_repeated = len(courses) >= days.courses_are_repeated or is_continuous(courses[-1], days)
    if not are_repeated:
        return {"assessed_lately": Fact("not_shown")}
    if len(courses) >= days.courses_are_established and not histories and not judged:
        return {"assessed_lately": Fact("never")}
    late = max(days_before(today, days.assessed_lately_within), courses[0].first)
    steady = max(days_before(today, days.score_valid), courses[0].first)
    recent = [
        score
        for history in histories
        for score in history.between(steady if _is_steady(history, days) else late, today)
    ]
    seen = [each.reference for each in judged if each.moment.day is not None and late <= each.moment.day <= today]
    evidence = in_order((*_evidence(recent), *seen))
    return {"assessed_lately": Fact("shown" if evidence else "not_shown", evidence)}


def _is_steady(history: History, days: TimelineLimits) -> bool:
    """Whether the scores up to the newest have stayed alike for long."""
    newest = history.scores[-1]
    for score in reversed(history.scores[:-1]):
        moved = change(history.series, score, newest)
        if moved is None or abs(moved.moved) >= 1:
            return False
        if (newest.day - score.day).days >= days.stays_stable_for:
            return True
    return False


def sum_of_strength(histories: Sequence[History], instrument: str) -> dict[str, Fact]:
    """``mrc_sum_percent``, the newest sum score of the instrument as a share of its maximum; else nothing."""
    newest = [(each.scores[-1], each.series.maximum) for each in histories if each.series.instrument == instrument]
    told = [(score, maximum) for score, maximum in newest if maximum]
    if not told:
        return {}
    score, maximum = max(told, key=lambda each: each[0].day)
    share = Range(*(None if end is None else end / (maximum or 1) * 100 for end in (score.low, score.high)))
    return {"mrc_sum_percent": Fact(share, score.evidence)}


def _evidence(scores: Sequence[Score]) -> tuple[str, ...]:
    return in_order(reference for score in scores for reference in score.evidence)


def last_before(history: History, course: Course, days: TimelineLimits, since: date | None = None) -> Score | None:
    """The last score up to the first day of a course, not too old, and not before ``since``."""
    oldest = days_before(course.first, days.score_valid)
    before = history.between(max(oldest, since) if since else oldest, course.first)
    return before[-1] if before else None


def _standing(history: History, courses: Sequence[Course], today: date, days: TimelineLimits) -> Standing:
    first, series = courses[0], history.series
    baseline = last_before(history, first, days)
    after = history.between(judged_from(first, days), None)
    under = [score for score in after if _is_under_treatment(score.day, courses, days)]
    best = history.best(under)
    # An instrument whose changes are told and no more shows no absence of a gain.
    is_judged = bool(under) and series.judged == "both"
    judged = sum(judged_from(course, days) <= under[-1].day for course in courses) if is_judged else 0
    is_recent = bool(after) and after[-1].day >= days_before(today, days.score_valid)
    newest = after[-1] if is_recent else None
    # A score from before treatment is only held against one that the last course has had its chance to lift.
    has_had_it = newest is not None and newest.day > courses[-1].first
    start = history.best([score for score in (baseline if has_had_it else None, best) if score])
    gain = change(series, baseline, best) if baseline and best else None
    fall = change(series, start, newest) if start and newest and start.day < newest.day else None
    return Standing(series, baseline, best, newest, gain, fall, judged)


def _is_under_treatment(day: date, courses: Sequence[Course], days: TimelineLimits) -> bool:
    # Courses follow each other: so do their first days, and their last.
    begun = bisect_right(courses, day, key=lambda course: course.first)
    if begun and is_continuous(courses[begun - 1], days) and day <= courses[begun - 1].last:
        return True
    ended = bisect_right(courses, day, key=lambda course: course.last)
    return bool(ended) and day <= days_after(courses[ended - 1].last, days.effect_until)
