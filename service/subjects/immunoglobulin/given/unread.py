"""Outcome measures that are on record and were not read: a response was measured, and nobody knows it here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.courses import Course
from service.domain.facts import Excluded, Fact
from service.domain.moments import days_before
from service.domain.statements import in_order
from service.fhir.intake.records import InText, SourceResource
from service.subjects.immunoglobulin.given.scores import History
from service.subjects.immunoglobulin.given.treatment import TimelineLimits

IN_TEXT = "outcome_measure_in_text"
_SAID = 2


@dataclass(frozen=True, slots=True)
class Unread:
    """One that was not read: of which day, and what it is or what is wrong with it."""

    reference: str
    day: date
    why: str


def unread_measures(
    rows: Sequence[Excluded], sources: Sequence[SourceResource], in_text: Sequence[InText]
) -> list[Unread]:
    """Scores that could not be used, and measures under a code, a name or a form that is not read; with a full date."""
    why = {row.resource: row.detail for row in rows}
    scores = [
        Unread(each.reference, each.moment.day, f"score of {each.moment.day}: {why[each.reference]}")
        for each in sources
        if each.reference in why and each.moment.day is not None
    ]
    told = [
        Unread(each.row.resource, each.moment.day, each.row.called)
        for each in in_text
        if each.fact == IN_TEXT and each.moment.day is not None
    ]
    return [*scores, *told]


def not_read(
    unread: Sequence[Unread], courses: Sequence[Course], histories: Sequence[History], days: TimelineLimits
) -> dict[str, Fact]:
    """``last_course_measured`` as not read, where a measure of the last course, or of before it, was not."""
    last = courses[-1]
    is_read_since = any(history.between(last.first, None) for history in histories)
    # Without a measure since the course the one before it tells nothing of it.
    since = days_before(last.first, days.score_valid) if is_read_since else last.first
    of_it = sorted((each for each in unread if each.day >= since), key=lambda each: each.day, reverse=True)
    if not of_it:
        return {}
    evidence = in_order(each.reference for each in of_it)
    told = "; ".join(dict.fromkeys(each.why for each in of_it[:_SAID]))
    return {"last_course_measured": Fact("not_read", evidence, told)}
