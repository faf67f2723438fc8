"""Whether the loss of area across a segment changed from before treatment to the newest study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.domain.courses import Course
from service.domain.facts import Fact
from service.domain.moments import days_after
from service.domain.statements import in_order
from service.subjects.conduction.grading import NOT_ASSESSABLE, NOT_COUNTED, GradedSegment
from service.subjects.conduction.nerves import NerveStudy, site_in_words
from service.subjects.conduction.reasons import percent_text

REDUCED, INCREASED = "block_reduced_after_treatment", "block_increased_after_treatment"


@dataclass(frozen=True, slots=True)
class BlockChangeLimits:
    """``margin``: percentage points that make a change; ``window_days``: how long after a dose a study tells of it."""

    margin: Fraction
    window_days: Fraction


@dataclass(frozen=True, slots=True)
class _Change:
    points: Fraction
    words: str
    evidence: tuple[str, ...]


def block_change_facts(
    graded: Sequence[GradedSegment],
    studies: Sequence[NerveStudy],
    courses: Sequence[Course],
    limits: BlockChangeLimits,
) -> dict[str, Fact]:
    """Whether any segment lost less area than before treatment, and whether any lost more: ``shown`` or ``not_shown``.

    ``graded``: all sessions. A segment is compared when it can be assessed both times, with the same recording
    muscle, shows block before or now, and a course lies between; left out when there is none.
    """
    days = {reference: study.day for study in studies for reference in study.evidence}
    earlier: dict[str, list[GradedSegment]] = {}
    for item in graded:
        if not item.segment.is_current and _is_assessed(item):
            earlier.setdefault(_words(item), []).append(item)
    current = [item for item in graded if item.segment.is_current]
    pairs = [(_before(now, earlier.get(_words(now), []), days, courses, limits), now) for now in current]
    changes = [change for before, now in pairs if before is not None and (change := _change(before, now))]
    if not changes:
        return {}
    return {
        REDUCED: _fact(changes, [change for change in changes if change.points <= -limits.margin]),
        INCREASED: _fact(changes, [change for change in changes if change.points >= limits.margin]),
    }


def _fact(changes: Sequence[_Change], showing: Sequence[_Change]) -> Fact:
    told = showing or changes
    evidence = in_order(reference for change in told for reference in change.evidence)
    return Fact("shown" if showing else "not_shown", evidence, "; ".join(sorted(change.words for change in told)))


def _change(before: GradedSegment, now: GradedSegment) -> _Change | None:
    old, new = before.segment.area_reduction_percent, now.segment.area_reduction_percent
    if old is None or new is None or not (before.is_block or now.is_block):
        return None
    words = f"{_words(now)}: {percent_text(old)} % of the area lost before treatment, {percent_text(new)} % now"
    return _Change(new - old, words, in_order((*before.segment.evidence, *now.segment.evidence)))


def _before(
    now: GradedSegment,
    there: Sequence[GradedSegment],
    days: Mapping[str, date | None],
    courses: Sequence[Course],
    limits: BlockChangeLimits,
) -> GradedSegment | None:
    """The same segment in the last session before the first course that this newest session has after it."""
    today = _day(now, days)
    given = [course for course in courses if today is not None and course.first < today]
    if today is None or not given or today > days_after(given[-1].last, limits.window_days) or not _is_assessed(now):
        return None
    earlier = [
        (day, item)
        for item in there
        if item.segment.is_same_place(now.segment)
        if (day := _day(item, days)) is not None and day <= given[0].first
    ]
    return max(earlier, key=lambda pair: pair[0])[1] if earlier else None


def _is_assessed(item: GradedSegment) -> bool:
    return item.grade not in (NOT_ASSESSABLE, NOT_COUNTED)


def _day(item: GradedSegment, days: Mapping[str, date | None]) -> date | None:
    known = {days.get(reference) for reference in item.segment.evidence}
    return known.pop() if len(known) == 1 else None


def _words(item: GradedSegment) -> str:
    segment = item.segment
    sites = f"{site_in_words(segment.distal_site)} to {site_in_words(segment.proximal_site)}"
    return f"{segment.side} {segment.nerve}, {sites}"
