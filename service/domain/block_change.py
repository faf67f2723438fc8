"""Whether the loss of area across a segment changed from before treatment to the newest study."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from service.domain.conduction_reasons import percent_text
from service.domain.facts import Fact
from service.domain.grading import GradedSegment
from service.domain.nerves import NerveStudy, site_in_words
from service.domain.statements import in_order
from service.domain.treatment import Course

_Place = tuple[str, str, str, str]


def block_change_facts(
    graded: Sequence[GradedSegment], studies: Sequence[NerveStudy], courses: Sequence[Course], margin: Fraction
) -> dict[str, Fact]:
    """block_change_after_treatment: reduced, unchanged or increased by ``margin`` percentage points of area loss.

    ``graded``: all sessions. A segment counts when it shows block before or now, and a course lies between.
    """
    days = {reference: study.day for study in studies for reference in study.evidence}
    changes: dict[str, tuple[Fraction, tuple[str, ...]]] = {}
    for now in (item for item in graded if item.segment.is_current):
        before = _before(now, graded, days, courses)
        if before is None or not (now.is_block or before.is_block):
            continue
        old, new = before.segment.area_reduction_percent, now.segment.area_reduction_percent
        if old is not None and new is not None:
            words = f"{_words(now)}: {percent_text(old)} % before treatment, {percent_text(new)} % now"
            changes[words] = (new - old, in_order((*before.segment.evidence, *now.segment.evidence)))
    if not changes:
        return {}
    evidence = in_order(reference for _, references in changes.values() for reference in references)
    word = _word([change for change, _ in changes.values()], margin)
    flags = () if word else ("mixed",)
    return {"block_change_after_treatment": Fact(word, evidence, "; ".join(sorted(changes)), flags)}


def _word(changes: Sequence[Fraction], margin: Fraction) -> str | None:
    is_reduced, is_increased = min(changes) <= -margin, max(changes) >= margin
    if is_reduced and is_increased:
        return None
    return "reduced" if is_reduced else "increased" if is_increased else "unchanged"


def _before(
    now: GradedSegment,
    graded: Sequence[GradedSegment],
    days: Mapping[str, date | None],
    courses: Sequence[Course],
) -> GradedSegment | None:
    """The same segment in the last session before the first course that this newest session has after it."""
    today = _day(now, days)
    starts = [course.first for course in courses if today is not None and course.last < today]
    earlier = [
        (day, item)
        for item in graded
        if not item.segment.is_current and _place(item) == _place(now)
        if (day := _day(item, days)) is not None and starts and day <= starts[0]
    ]
    return max(earlier, key=lambda pair: pair[0])[1] if earlier else None


def _day(item: GradedSegment, days: Mapping[str, date | None]) -> date | None:
    known = {days.get(reference) for reference in item.segment.evidence}
    return known.pop() if len(known) == 1 else None


def _place(item: GradedSegment) -> _Place:
    segment = item.segment
    return segment.nerve, segment.side, segment.distal_site, segment.proximal_site


def _words(item: GradedSegment) -> str:
    segment = item.segment
    sites = f"{site_in_words(segment.distal_site)} to {site_in_words(segment.proximal_site)}"
    return f"{segment.side} {segment.nerve}, {sites}"
