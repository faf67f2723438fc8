"""What scores do after a response: wear off, decline, level off, stay; and a fall that no response explains.

These facts speak of the record: ``not_shown`` means that the scores on record do not show it, nothing more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.domain.facts import Fact
from service.domain.response import NOT_SHOWN, SHOWN, Response
from service.domain.scores import Change, History, change
from service.domain.statements import in_order


@dataclass(frozen=True, slots=True)
class TrajectoryLimits:
    """From the rule pack: visits, days, and a fall in minimal changes."""

    plateau_visits: Fraction
    stable_days: Fraction
    rapid_days: Fraction
    rapid_fall: Fraction


def trajectory_facts(
    told: Sequence[Response],
    histories: Sequence[History],
    today: date,
    limits: TrajectoryLimits,
    *,
    is_stated_responder: bool = False,
) -> dict[str, Fact]:
    """All facts of this page; nothing without a course, since a fall may then be the end of an unseen one's effect."""
    if not told:
        return {}
    after_gain = _after_first_gain(told)
    wear_off, decline = _wear_off(after_gain, histories), _decline(after_gain, histories)
    stays = [] if wear_off or decline else list(_stays(told, histories, limits))
    has_gain = is_stated_responder or any(response.is_gain for response in told)
    return {
        "wear_off": _fact(wear_off),
        "decline_after_response": _fact(decline),
        "plateau": _fact([stay for stay, _, is_below in stays if is_below][:1]),
        "stable_responder": _fact([stay for stay, is_long, _ in stays if is_long][:1]),
        "rapid_decline": _fact([] if has_gain else list(_rapid_falls(histories, today, limits))),
    }


def _after_first_gain(told: Sequence[Response]) -> Sequence[Response]:
    first = next((number for number, response in enumerate(told) if response.is_gain), len(told))
    return told[first:]


def _wear_off(told: Sequence[Response], histories: Sequence[History]) -> list[Change]:
    """Falls before the next dose, in the newest interval between courses that has comparable scores."""
    for response in reversed([each for each in told if each.next_first]):
        falls = list(_from_best(response, histories))
        if falls:
            return [fall for fall in falls if fall.gain <= -1]
    return []


def _decline(told: Sequence[Response], histories: Sequence[History]) -> list[Change]:
    """Falls after the last course, while no other has followed."""
    return [fall for fall in _from_best(told[-1], histories) if fall.gain <= -1] if told else []


def _from_best(response: Response, histories: Sequence[History]) -> Iterator[Change]:
    """From the best score in the window of a course to the last one before the next course, per series."""
    best = {each.series: each.after for each in response.changes}
    for history in histories:
        start = best.get(history.series)
        later = [score for score in history.between(start.day, response.next_first) if score != start] if start else []
        fall = change(history.series, start, later[-1]) if start and later else None
        if fall:
            yield fall


def _stays(
    told: Sequence[Response], histories: Sequence[History], limits: TrajectoryLimits
) -> Iterator[tuple[Change, bool, bool]]:
    """A gained score that all later visits keep: the change to the last visit, is it long, is it below normal."""
    scores_of = {history.series: history for history in histories}
    gains = [each for response in told if response.is_gain for each in response.changes if each.gain >= 1]
    for gain in gains:
        later = [score for score in scores_of[gain.series].scores if score.day > gain.after.day]
        changes = [change(gain.series, gain.after, score) for score in later]
        kept = [each for each in changes if each and abs(each.gain) < 1]
        if len(kept) == len(later) >= limits.plateau_visits:
            is_long = (later[-1].day - gain.after.day).days >= limits.stable_days
            yield kept[-1], is_long, later[-1].is_below_normal is True


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


def _fact(changes: Sequence[Change]) -> Fact:
    evidence = in_order(reference for each in changes for reference in each.evidence)
    return Fact(SHOWN if changes else NOT_SHOWN, evidence, "; ".join(map(str, changes)))
