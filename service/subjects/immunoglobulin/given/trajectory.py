"""What scores do after a response: wear off, decline, level off, stay; and a fall that no response explains.

These facts speak of the record: ``not_shown`` means that the scores on record do not show it, nothing more.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from service.domain.facts import Fact
from service.domain.moments import days_after, days_before
from service.subjects.immunoglobulin.given.gaps import Gaps
from service.subjects.immunoglobulin.given.response import Response
from service.subjects.immunoglobulin.given.response_facts import Objective, courses_since_loss, of_changes
from service.subjects.immunoglobulin.given.scores import Change, History, Score, change
from service.subjects.immunoglobulin.given.treatment import TimelineLimits, judged_from


@dataclass(frozen=True, slots=True)
class TrajectoryLimits:
    """From the rule pack: visits, days, and a fall in minimal changes."""

    plateau_visits: Fraction
    stable_days: Fraction
    rapid_days: Fraction
    rapid_fall: Fraction


def trajectory_facts(
    objective: Objective,
    histories: Sequence[History],
    today: date,
    days: TimelineLimits,
    limits: TrajectoryLimits,
    gaps: Gaps,
) -> dict[str, Fact]:
    """What scores do after the courses on record; nothing without a course."""
    told = objective.told
    if not told:
        return {}
    falls = [stand.fall for stand in objective.stands if stand.fall and stand.has_fallen]
    # What was lost in a gap the course after it has yet to bring back.
    falls = [fall for fall in falls if not gaps.is_over(fall.after.day)]
    in_gap = [fall for fall in falls if gaps.hold(fall.after.day)]
    oldest = days_before(today, days.score_valid)
    wear_off = [fall for fall in worn_off(objective, histories, today, days) if not gaps.hold(fall.after.day)]
    stays = [] if wear_off or falls else list(_stays(objective, histories, limits))
    stays = [stay for stay in stays if stay[0].after.day >= oldest]
    return {
        "wear_off": of_changes(wear_off),
        "decline_under_treatment": of_changes(falls),
        "decline_in_gap": of_changes(in_gap if len(in_gap) == len(falls) else ()),
        "courses_since_loss": courses_since_loss(objective),
        "plateau": of_changes([stay for stay, _, is_below in stays if is_below][:1]),
        "stable_responder": of_changes([stay for stay, is_long, _ in stays if is_long][:1]),
    }


def worn_off(objective: Objective, histories: Sequence[History], today: date, days: TimelineLimits) -> list[Change]:
    """The falls before the next dose that are not too old to speak of today."""
    oldest = days_before(today, days.score_valid)
    return [fall for fall in _wear_off(_after_first_gain(objective), histories, days) if fall.after.day >= oldest]


def changes_that_rules_see(
    objective: Objective, histories: Sequence[History], today: date, days: TimelineLimits, limits: TrajectoryLimits
) -> list[Change]:
    """Every change, of any size, behind the facts of response, decline, wear-off and rapid fall."""
    of_courses = [each for response in objective.told for each in response.changes]
    standing = [each for stand in objective.stands for each in (stand.gain, stand.fall) if each]
    return [
        *(*of_courses, *standing),
        *worn_off(objective, histories, today, days),
        *_rapid_falls(histories, today, limits),
    ]


def rapid_decline(histories: Sequence[History], today: date, limits: TrajectoryLimits, gaps: Gaps) -> dict[str, Fact]:
    """``rapid_decline``: a recent fall that is fast and far; for whoever has no gain on record, treated or not.

    ``rapid_fall``: one in a gap, in which the effect of treatment may have ended.
    """
    falls = list(_rapid_falls(histories, today, limits))
    in_gap = [fall for fall in falls if gaps.hold(fall.after.day)]
    others = [fall for fall in falls if fall not in in_gap]
    return {"rapid_decline": of_changes(others)} | ({"rapid_fall": of_changes(in_gap)} if in_gap else {})


def rapid_fall(histories: Sequence[History], today: date, limits: TrajectoryLimits) -> dict[str, Fact]:
    """``rapid_fall``: the same where treatment was not looked at, so that its effect may have ended."""
    return {"rapid_fall": of_changes(list(_rapid_falls(histories, today, limits)))}


def _after_first_gain(objective: Objective) -> Sequence[Response]:
    told = objective.told
    none = 0 if objective.over_courses else len(told)
    return told[next((number for number, response in enumerate(told) if response.is_gain), none) :]


def _wear_off(told: Sequence[Response], histories: Sequence[History], days: TimelineLimits) -> list[Change]:
    """Falls before the next dose, in the newest interval between courses that has comparable scores.

    A course that was measured without bringing the lost strength back is another matter than its interval.
    """
    for number in range(len(told) - 1, -1, -1):
        response = told[number]
        falls = list(_in_interval(response, histories, days)) if response.next_first else []
        if falls:
            return [fall for fall in falls if fall.gain <= -1]
        if response.word and not response.is_gain and number:
            return []
    return []


def _in_interval(response: Response, histories: Sequence[History], days: TimelineLimits) -> Iterator[Change]:
    """From the best score in the window of a course to the last one before the next course, per series."""
    course = response.course
    for history in histories:
        scores = history.between(judged_from(course, days), response.next_first)
        best = history.best([score for score in scores if score.day <= days_after(course.last, days.assessment_until)])
        later = [score for score in scores if best and score.day > best.day]
        fall = change(history.series, best, later[-1]) if best and later else None
        if fall:
            yield fall


def _stays(
    objective: Objective, histories: Sequence[History], limits: TrajectoryLimits
) -> Iterator[tuple[Change, bool, bool]]:
    """A gained score that all later visits keep: the change to the last visit, is it long, is it below normal."""
    later_of = {history.series: _Later(history) for history in histories}
    gains = [each for response in objective.told if response.is_gain for each in response.changes if each.gain >= 1]
    for gain in (*gains, *objective.over_courses):
        later = later_of[gain.series].than(gain.after)
        if later is None or later.visits < limits.plateau_visits:
            continue
        # What the highest and the lowest of them keep, all keep.
        changes = [change(gain.series, gain.after, score) for score in (later.highest, later.lowest, later.last)]
        if all(each is not None and abs(each.gain) < 1 for each in changes) and changes[-1] is not None:
            is_long = (later.last.day - gain.after.day).days >= limits.stable_days
            yield changes[-1], is_long, later.last.is_below_normal is True


class _After(NamedTuple):
    visits: int
    highest: Score
    lowest: Score
    last: Score


class _Later:
    """What the scores of a history after each of its days come to, looked up once."""

    def __init__(self, history: History) -> None:
        self._scores = history.scores
        backwards = history.scores[::-1]
        self._highest = list(accumulate(backwards, _higher))[::-1]
        self._lowest = list(accumulate(backwards, _lower))[::-1]

    def than(self, score: Score) -> _After | None:
        """Of the scores of later days; ``None`` without any."""
        start = bisect_right(self._scores, score.day, key=lambda each: each.day)
        if start == len(self._scores):
            return None
        return _After(len(self._scores) - start, self._highest[start], self._lowest[start], self._scores[-1])


def _higher(one: Score, other: Score) -> Score:
    # Nobody knows how high above a bound the score lies.
    return one if one.high is None or (other.high is not None and other.high <= one.high) else other


def _lower(one: Score, other: Score) -> Score:
    return one if one.low is None or (other.low is not None and other.low >= one.low) else other


def _rapid_falls(histories: Sequence[History], today: date, limits: TrajectoryLimits) -> Iterator[Change]:
    for history in histories:
        newest = history.scores[-1]
        earlier = [score for score in history.scores[:-1] if _within(score.day, newest.day, limits.rapid_days)]
        best = history.best(earlier) if _within(newest.day, today, limits.rapid_days) else None
        fall = change(history.series, best, newest) if best else None
        if fall and fall.gain <= -limits.rapid_fall:
            yield fall


def _within(day: date, other: date, days: Fraction) -> bool:
    return (other - day).days <= days
