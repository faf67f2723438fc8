"""Immunoglobulin that was given: from MedicationAdministration, MedicationStatement and Procedure to days."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction

from service.domain.facts import Excluded
from service.domain.moments import moment_of
from service.domain.treatment import Administration
from service.fhir.intake.records import SourceResource
from service.fhir.values.answers import Problem

_READER = "immunoglobulin"
_PERIODS = ("effectivePeriod", "performedPeriod")
_DATES = ("effectiveDateTime", "performedDateTime")


def administrations(
    sources: Sequence[SourceResource], as_of: datetime, longest_days: Fraction
) -> tuple[list[Administration], list[Excluded]]:
    """What was given on which days; whatever has no full date, or spans more than ``longest_days``, is listed."""
    given: list[Administration] = []
    excluded: list[Excluded] = []
    for source in sources:
        if source.concept is None or source.concept.reader != _READER:
            continue
        days = _days(source.resource, as_of.date(), longest_days)
        if isinstance(days, Problem):
            excluded.append(days.about(source.reference))
        else:
            given.append(Administration(*days, source.reference))
    return given, excluded


def _days(resource: Mapping[str, object], today: date, longest_days: Fraction) -> tuple[date, date] | Problem:
    if resource.get("resourceType") == "MedicationStatement" and resource.get("status") != "completed":
        return Problem("not-evidence", "a medication that is being taken says nothing of the days it was given")
    period = next((resource[name] for name in _PERIODS if isinstance(resource.get(name), Mapping)), None)
    start, end = _ends(period) if isinstance(period, Mapping) else _one_day(resource)
    if start is None or end is None:
        return Problem("data-absent", "without a full date it has no place on the timeline")
    if (end - start).days > longest_days:
        return Problem("not-evidence", "a period longer than one course says nothing of the days it was given")
    return min(start, today), min(end, today)


def _one_day(resource: Mapping[str, object]) -> tuple[date | None, date | None]:
    day = _day(next((resource[name] for name in _DATES if resource.get(name) is not None), None))
    return day, day


def _ends(period: Mapping[str, object]) -> tuple[date | None, date | None]:
    start = _day(period.get("start"))
    # Still running: what is sure is its first day.
    return start, start if period.get("end") is None else _day(period.get("end"))


def _day(text: object) -> date | None:
    moment = moment_of(text)
    return moment.day if moment else None
