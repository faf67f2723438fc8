"""Worsening under immunoglobulin under the skin, which has no courses: scores against the best since before it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from service.domain.courses import Course
from service.domain.facts import Fact
from service.domain.moments import days_before
from service.domain.statements import in_order
from service.fhir.intake.records import Treatment
from service.subjects.immunoglobulin.given.scores import Change, History, change
from service.subjects.immunoglobulin.given.spells import spells
from service.subjects.immunoglobulin.given.treatment import TimelineLimits

_AGENT = "scig"


def under_the_skin(treatments: Iterable[Treatment], as_of: datetime) -> tuple[Course, ...]:
    """The days of what was given, or goes on, under the skin."""
    return spells([each for each in treatments if each.agent.name == _AGENT], (), as_of)


def worsening_under_scig(
    treatments: Iterable[Treatment],
    courses: Sequence[Course],
    histories: Sequence[History],
    as_of: datetime,
    days: TimelineLimits,
) -> dict[str, Fact]:
    """``worsening_under_scig``: whether the newest score of an instrument is worse by its minimal change than the best.

    The best is of the time under it, and of that before it for which a score is valid. Nothing without scores, and
    nothing where the last infusion is newer than the last dose under the skin.
    """
    found = under_the_skin(treatments, as_of)
    if not found or not histories or (courses and courses[-1].last >= max(each.last for each in found)):
        return {}
    since = days_before(found[0].first, days.score_valid)
    recent = days_before(as_of.date(), days.score_valid)
    falls = [fall for each in histories if (fall := _fall(each, since, recent, found[0])) is not None]
    if not falls:
        return {"worsening_under_scig": Fact("not_shown", found[-1].evidence)}
    evidence = in_order(reference for each in falls for reference in (*each.before.evidence, *each.after.evidence))
    return {"worsening_under_scig": Fact("shown", evidence, "; ".join(map(str, falls)))}


def _fall(history: History, since: date, recent: date, first: Course) -> Change | None:
    """The fall of one instrument to its newest score, where it counts."""
    scores = history.between(since, None)
    if not scores[:-1] or history.series.judged == "none":
        return None
    *before, newest = scores
    best = history.best(before)
    if best is None or newest.day < recent or newest.day <= first.first:
        return None
    fall = change(history.series, best, newest)
    return fall if fall is not None and fall.gain <= -1 else None
