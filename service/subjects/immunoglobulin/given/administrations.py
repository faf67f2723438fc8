"""Immunoglobulin that was given: from MedicationAdministration, MedicationStatement and Procedure to days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from service.domain.facts import Excluded
from service.domain.moments import moment_of
from service.fhir.intake.records import SourceResource, Treatment
from service.fhir.mappings.routes import Routes, dosages_of
from service.fhir.values.answers import Problem
from service.fhir.values.units import exact
from service.subjects.immunoglobulin.given.treatment import Administration

READER, AGENT = "immunoglobulin", "ivig"
_GIVEN = ("MedicationAdministration", "MedicationStatement", "Procedure")
_PERIODS = ("effectivePeriod", "performedPeriod")
_DATES = ("effectiveDateTime", "performedDateTime")


@dataclass(frozen=True, slots=True)
class Given:
    """One resource that says immunoglobulin was given."""

    reference: str
    resource: Mapping[str, object]


def given_in(
    sources: Sequence[SourceResource], treatments: Sequence[Treatment], unusable: Iterable[str]
) -> list[Given]:
    """Every resource of immunoglobulin that was given: by a mapped code, or by a product's name or another code."""
    # One code stands for every form of it: another one is told by its name or its route.
    others = {each.reference for each in treatments if each.agent.name not in (None, AGENT)}
    mapped = [
        source
        for source in sources
        if source.concept is not None and source.concept.reader == READER and source.reference not in others
    ]
    known = {source.reference for source in mapped}.union(unusable)
    named = [each for each in treatments if each.agent.name == AGENT and each.kind in _GIVEN and not each.is_order]
    return [
        *(Given(each.reference, each.resource) for each in mapped),
        *(Given(each.reference, each.resource) for each in named if each.reference not in known),
    ]


def administrations(
    given: Sequence[Given], as_of: datetime, longest_days: Fraction, routes: Routes
) -> tuple[list[Administration], list[Excluded]]:
    """What was given into a vein on which days.

    Whatever has no full date, spans more than ``longest_days``, holds nothing or went another way is listed.
    """
    placed: list[Administration] = []
    excluded: list[Excluded] = []
    for each in given:
        days = (
            _dose_problem(each.resource)
            or _route_problem(dosages_of(each.resource), routes)
            or _days(each.resource, as_of.date(), longest_days)
        )
        if isinstance(days, Problem):
            excluded.append(days.about(each.reference))
        else:
            placed.append(Administration(*days, each.reference))
    return placed, excluded


def _route_problem(dosages: Sequence[Mapping[str, object]], routes: Routes) -> Problem | None:
    """Why a dose was not given into a vein: what is said and not understood is not taken for one."""
    said = routes.said_in(dosages)
    if said is None or said == {"intravenous"}:
        return None
    if not said:
        return Problem("not-evidence", "its route is none that is understood here")
    return Problem("not-evidence", "given another way than into a vein")


def _dose_problem(resource: Mapping[str, object]) -> Problem | None:
    doses = [dosage.get("dose") for dosage in dosages_of(resource)]
    amounts = [exact(dose.get("value")) for dose in doses if isinstance(dose, Mapping)]
    if any(amount is not None and amount <= 0 for amount in amounts):
        return Problem("implausible", "a dose that is not above zero is no treatment")
    return None


def _days(resource: Mapping[str, object], today: date, longest_days: Fraction) -> tuple[date, date] | Problem:
    if resource.get("resourceType") == "MedicationStatement" and resource.get("status") != "completed":
        return Problem("not-evidence", "a medication that is being taken tells no days, only that there was treatment")
    period = next((resource[name] for name in _PERIODS if isinstance(resource.get(name), Mapping)), None)
    start, end = _ends(period) if isinstance(period, Mapping) else _one_day(resource)
    if start is None or end is None:
        return Problem("data-absent", "without a full date it has no place on the timeline")
    if (end - start).days > longest_days:
        return Problem("not-evidence", "a period longer than one course tells no days, only that there was treatment")
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
