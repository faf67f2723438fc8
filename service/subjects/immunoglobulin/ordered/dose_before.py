"""The last three doses of immunoglobulin that were given, in grams, as an order is compared with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.fhir.intake.records import PatientRecord, Treatment
from service.fhir.orders.amounts import Grams, grams_of
from service.fhir.orders.doses import doses_of
from service.fhir.values.answers import objects_in
from service.subjects.immunoglobulin.ordered.chart import is_immunoglobulin, treatments_seen

# Of one day the first kind that states a dose tells it; it is never added to what another kind tells of it.
_KINDS = ("MedicationAdministration", "Procedure", "MedicationStatement")
_COMPARED, _WEEK = 3, 7


@dataclass(frozen=True, slots=True)
class DoseBefore:
    """``per_dose`` and ``per_week`` in grams, of the last three doses; ``None`` where not all of it was read."""

    per_dose: Fraction | None
    per_week: Fraction | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    grams: Fraction | None
    evidence: tuple[str, ...]


def dose_before(record: PatientRecord, synonyms: Mapping[str, str], gap_days: Fraction) -> DoseBefore:
    """The last three courses, each of doses at most ``gap_days`` apart; nothing where a list did not come whole."""
    courses = _courses(list(_days(record.treatments, synonyms)), gap_days)[-_COMPARED:]
    evidence = in_order(reference for course in courses for day in course for reference in day.evidence)
    grams = [day.grams for course in courses for day in course]
    if len(courses) < _COMPARED or None in grams or not treatments_seen(record):
        return DoseBefore(None, None, evidence)
    total = sum((each for each in grams if each is not None), Fraction(0))
    days = (courses[-1][0].day - courses[0][0].day).days
    per_dose = total / _COMPARED
    return DoseBefore(per_dose, per_dose * _WEEK * (_COMPARED - 1) / days, evidence)


def compared(facts: Mapping[str, Fact], before: DoseBefore) -> dict[str, Fact]:
    """``dose_before``, and the order in grams a week and as percent of what was given before."""
    total, interval = _exact(facts, "total_dose_g"), _exact(facts, "interval_days")
    evidence = in_order((*(facts["total_dose_g"].evidence if "total_dose_g" in facts else ()), *before.evidence))
    made: dict[str, Fraction] = {}
    if before.per_dose and before.per_week:
        made |= {"grams_per_dose_before": before.per_dose, "grams_per_week_before": before.per_week}
    if total and interval:
        made["grams_per_week"] = total / interval * _WEEK
    if total and before.per_dose:
        made["percent_of_last_doses"] = total / before.per_dose * 100
    if "grams_per_week" in made and before.per_week:
        made["percent_of_week_before"] = made["grams_per_week"] / before.per_week * 100
    word = "known" if "percent_of_week_before" in made else "not_known"
    numbers = {name: Fact(Range.exactly(Fraction(round(number * 10), 10)), evidence) for name, number in made.items()}
    return {"dose_before": Fact(word, evidence), **numbers}


def _days(treatments: Sequence[Treatment], synonyms: Mapping[str, str]) -> Iterator[_Day]:
    given = [
        each
        for each in treatments
        if each.kind in _KINDS
        and is_immunoglobulin(each)
        and each.resource.get("status") == "completed"
        and each.moment.day is not None
    ]
    given.sort(key=lambda each: (each.moment.day or date.min, _KINDS.index(each.kind)))
    for day, of_day in groupby(given, key=lambda each: each.moment.day or date.min):
        listed = list(of_day)
        by_kind = [[each for each in listed if each.kind == kind] for kind in _KINDS]
        told = [_told(day, of_kind, synonyms) for of_kind in by_kind if of_kind]
        yield next((each for each in told if each.grams is not None), told[0])


def _told(day: date, of_kind: Sequence[Treatment], synonyms: Mapping[str, str]) -> _Day:
    """What the resources of one kind tell of a day; nothing where one of them states no dose."""
    grams = [_grams(each, synonyms) for each in of_kind]
    known = None if None in grams else sum((each for each in grams if each is not None), Fraction(0))
    return _Day(day, known, tuple(each.reference for each in of_kind))


def _grams(treatment: Treatment, synonyms: Mapping[str, str]) -> Fraction | None:
    dosage = treatment.resource.get("dosage")
    stated = [dosage] if isinstance(dosage, Mapping) else objects_in(dosage)
    # An administration has one dose; a statement has instructions, as an order has.
    doses = [dose for each in stated for dose in ([each["dose"]] if "dose" in each else _instructed(each))]
    read = grams_of(doses[0], None, synonyms) if len(doses) == 1 else None
    return read.amount.low if isinstance(read, Grams) and not read.is_per_kg else None


def _instructed(instruction: Mapping[str, object]) -> list[object]:
    return [each.get("doseQuantity") for each in doses_of(instruction)]


def _courses(days: Sequence[_Day], gap_days: Fraction) -> list[list[_Day]]:
    courses: list[list[_Day]] = []
    for day in days:
        if courses and (day.day - courses[-1][-1].day).days < gap_days:
            courses[-1].append(day)
        else:
            courses.append([day])
    return courses


def _exact(facts: Mapping[str, Fact], name: str) -> Fraction | None:
    value = facts[name].value if name in facts else None
    return value.low if isinstance(value, Range) and value.low == value.high else None
