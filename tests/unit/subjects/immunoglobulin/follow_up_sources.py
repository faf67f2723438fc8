"""Immunoglobulin and scores as intake hands them to the reader of follow-up, and what the reader makes of them."""

from datetime import date, timedelta

from service.domain.facts import Range, Value
from service.knowledge.load import load
from service.knowledge.model import Knowledge
from service.subjects.immunoglobulin.given.facts import FollowUp, FollowUpReader
from tests.unit.fhir.clinical_sources import AS_OF, MAPPINGS, SNOMED, Resource, coded, dated, finding, quantity

KNOWLEDGE = load()
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
Told = tuple[str, Resource]
SIDES = {"left": "7771000", "right": "24028007"}


def given(day: str) -> Told:
    """One dose of immunoglobulin on a day."""
    return day, administration(effectiveDateTime=day)


def administration(kind: str = "MedicationAdministration", **elements: object) -> Resource:
    code = coded(RXNORM, "1426680")
    resource: Resource = {"resourceType": kind, "status": "completed", **elements}
    # The tests look codes up by `code`; intake takes the drug from its own element.
    return resource | {"code": code}


def score(code: str, day: str, value: int | str, **elements: object) -> Told:
    return day, finding(code, valueQuantity=quantity(value, "{score}"), **elements)


def grip(day: str, value: int | str, unit: str = "kPa", side: str = "right") -> Told:
    return day, finding("grip-strength", valueQuantity=quantity(value, unit), bodySite=coded(SNOMED, SIDES[side]))


def of(maximum: int) -> list[Resource]:
    """A reference range that tells the form of a sum score."""
    return [{"high": quantity(maximum, "{score}")}]


def later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def follow_up(*told: Told, knowledge: Knowledge = KNOWLEDGE) -> FollowUp:
    return FollowUpReader(MAPPINGS, knowledge).read(dated(*told), AS_OF, {})


def values(*told: Told, knowledge: Knowledge = KNOWLEDGE) -> dict[str, object]:
    """Facts by name: words, exact numbers, days as ISO 8601; and ``excluded``, the reasons."""
    read = follow_up(*told, knowledge=knowledge)
    found = {name: _plain(name, fact.value) for name, fact in read.facts.items()}
    return found | {"excluded": [row.reason for row in read.excluded]}


def _plain(name: str, value: Value | None) -> object:
    if not isinstance(value, Range) or value.low is None or value.high is None:
        return value
    if KNOWLEDGE.facts[name].unit == "date":
        return tuple(date.fromordinal(int(end)).isoformat() for end in (value.low, value.high))
    return value.low
