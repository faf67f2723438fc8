"""The last three doses of immunoglobulin that were given, in grams, as an order is compared with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.fhir.intake.records import Treatment
from service.fhir.orders.amounts import Grams, grams_of
from service.fhir.orders.doses import doses_of
from service.fhir.values.answers import objects_in
from service.subjects.immunoglobulin.ordered.chart import is_immunoglobulin

# Of one day the first kind that states a dose tells it; it is never added to what another kind tells of it.
_KINDS = ("MedicationAdministration", "Procedure", "MedicationStatement")
COMPARED, WEEK = 3, 7


@dataclass(frozen=True, slots=True)
class DoseBefore:
    """``per_dose`` and ``per_week`` in grams, of the last three doses on record; ``None`` where one was not read.

    ``is_whole``: whether all that was given was looked at. A dose under another code may be missing otherwise, so that
    an unlike order is asked about and none is like it.
    ``is_under_the_skin``: all of them were of products for the skin.
    """

    per_dose: Fraction | None
    per_week: Fraction | None
    evidence: tuple[str, ...]
    interval_days: Fraction | None = None
    is_whole: bool = True
    is_under_the_skin: bool = False


@dataclass(frozen=True, slots=True)
class Likeness:
    """Between which shares of the last doses an order is like them, and how far its interval may differ, in percent.

    ``renewed``: how far grams a week under the skin may differ in percent and be the same dose.
    """

    lowest: Fraction
    highest: Fraction
    interval: Fraction
    load: Fraction
    renewed: Fraction


@dataclass(frozen=True, slots=True)
class GivenDay:
    """What was given on one day, in grams; ``None`` where that was not read."""

    day: date
    grams: Fraction | None
    evidence: tuple[str, ...]
    is_under_the_skin: bool = False


def dose_before(given: Sequence[Sequence[GivenDay]], *, is_whole: bool) -> DoseBefore:
    """What the last three courses that were given come to."""
    courses = given[-COMPARED:]
    days = [day for course in courses for day in course]
    evidence = in_order(reference for day in days for reference in day.evidence)
    if len(days) < COMPARED or any(day.grams is None for day in days):
        return DoseBefore(None, None, evidence)
    is_under_the_skin = all(day.is_under_the_skin for day in days)
    if len(courses) < COMPARED:
        per_week = _week_of(days) if is_under_the_skin else None
        return DoseBefore(None, per_week, evidence, is_whole=is_whole, is_under_the_skin=is_under_the_skin)
    per_dose = _grams_of(days) / COMPARED
    interval = Fraction((courses[-1][0].day - courses[0][0].day).days, COMPARED - 1)
    per_week = _week_of(days) if is_under_the_skin else per_dose * WEEK / interval
    return DoseBefore(per_dose, per_week, evidence, interval, is_whole, is_under_the_skin)


def _week_of(days: Sequence[GivenDay]) -> Fraction:
    """Grams a week of doses that go on: what the last one brings is for the days after it."""
    return _grams_of(days[:-1]) * WEEK / (days[-1].day - days[0].day).days


def _grams_of(days: Sequence[GivenDay]) -> Fraction:
    return sum((day.grams for day in days if day.grams is not None), Fraction(0))


def given_courses(
    treatments: Sequence[Treatment],
    strength: Callable[[Treatment], Fraction | None],
    synonyms: Mapping[str, str],
    gap_days: Fraction,
) -> list[list[GivenDay]]:
    """The days of what was given, in courses of doses at most ``gap_days`` apart, oldest first.

    ``strength``: grams in one mL of what was given, where that is known.
    """
    return _courses(list(_days(treatments, strength, synonyms)), gap_days)


def compared(facts: Mapping[str, Fact], before: DoseBefore, likeness: Likeness) -> dict[str, Fact]:
    """``dose_before``, the order in grams a week and as percent of what was given before, and whether it is alike."""
    total, interval = _exact(facts, "total_dose_g"), _exact(facts, "interval_days")
    evidence = in_order((*(facts["total_dose_g"].evidence if "total_dose_g" in facts else ()), *before.evidence))
    made: dict[str, Fraction] = {}
    stated = {"grams_per_dose_before": before.per_dose, "grams_per_week_before": before.per_week}
    made |= {name: grams for name, grams in stated.items() if grams}
    if total and interval:
        made["grams_per_week"] = total / interval * WEEK
    if total and before.per_dose:
        made["percent_of_last_doses"] = total / before.per_dose * 100
    if "grams_per_week" in made and before.per_week:
        made["percent_of_week_before"] = made["grams_per_week"] / before.per_week * 100
    word = "known" if before.is_whole and "percent_of_week_before" in made else "not_known"
    numbers = {name: Fact(Range.exactly(Fraction(round(number * 10), 10)), evidence) for name, number in made.items()}
    told = {"dose_before": Fact(word, evidence), **numbers, "last_doses": _alike(made, interval, before, likeness)}
    if before.interval_days:
        told["interval_days_before"] = Fact(Range.exactly(before.interval_days), before.evidence)
    if before.is_under_the_skin:
        told |= _renewed(facts, made, numbers, likeness.renewed)
    return told


def borne_load(facts: Mapping[str, Fact], given: Sequence[Sequence[GivenDay]], tolerance: Fraction) -> Fact:
    """``load_before``: borne where as much was carried in one day by vein three times, whenever it was.

    ``tolerance``: in percent, of the load that was carried, how much as much may be.
    """
    days = [day for course in given for day in course if day.grams is not None and not day.is_under_the_skin]
    carried = sorted(days, key=lambda day: day.grams or Fraction(0))[-COMPARED:]
    evidence = in_order(reference for day in carried for reference in day.evidence)
    a_day = _exact(facts, "dose_g_per_day") or _exact(facts, "total_dose_g")
    if len(carried) < COMPARED or a_day is None:
        return Fact("not_known", evidence)
    return Fact("borne" if a_day <= (carried[0].grams or 0) * tolerance / 100 else "not_known", evidence)


def kept_dose(facts: Mapping[str, Fact], *, is_adult: bool) -> Fact:
    """``dose_kept``: same where an adult's order states the grams that were ordered, or given, before."""
    alike = (facts.get("renewal", Fact(None)).value == "same", facts["last_doses"].value == "alike")
    is_same = is_adult and "total_dose_g" in facts and any(alike)
    return Fact("same" if is_same else "not_known", facts["last_doses"].evidence)


def _renewed(
    facts: Mapping[str, Fact], made: Mapping[str, Fraction], numbers: Mapping[str, Fact], within: Fraction
) -> dict[str, Fact]:
    """``renewal`` by the last doses, all under the skin, in grams a week; another where no order before tells it."""
    percent = made.get("percent_of_week_before")
    if percent is None:
        return {}
    evidence = numbers["grams_per_week"].evidence
    if abs(percent - 100) <= within:
        return {"renewal": Fact("same", evidence)}
    if facts.get("renewal", Fact(None)).value != "none":
        return {}
    return {
        "renewal": Fact("another", evidence),
        "ordered_grams_per_week": numbers["grams_per_week"],
        "ordered_grams_per_week_before": numbers["grams_per_week_before"],
    }


def _alike(made: Mapping[str, Fraction], interval: Fraction | None, before: DoseBefore, likeness: Likeness) -> Fact:
    """Whether dose, and interval where the order has one, are those of the last three doses."""
    percent = made.get("percent_of_last_doses")
    if percent is None or before.interval_days is None:
        return Fact("not_known", before.evidence)
    if not likeness.lowest <= percent <= likeness.highest:
        return Fact("another_dose", before.evidence)
    if interval and abs(interval - before.interval_days) * 100 > likeness.interval * before.interval_days:
        return Fact("another_interval", before.evidence)
    return Fact("alike" if before.is_whole else "alike_where_seen", before.evidence)


def _days(
    treatments: Sequence[Treatment], strength: Callable[[Treatment], Fraction | None], synonyms: Mapping[str, str]
) -> Iterator[GivenDay]:
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
        told = [
            _told(day, of_kind, [_grams(each, strength(each), synonyms) for each in of_kind])
            for of_kind in by_kind
            if of_kind
        ]
        yield next((each for each in told if each.grams is not None), told[0])


def _told(day: date, of_kind: Sequence[Treatment], grams: Sequence[Fraction | None]) -> GivenDay:
    """What the resources of one kind tell of a day; nothing where one of them states no dose."""
    known = None if None in grams else sum((each for each in grams if each is not None), Fraction(0))
    is_under_the_skin = all(each.agent.name == "scig" for each in of_kind)
    return GivenDay(day, known, tuple(each.reference for each in of_kind), is_under_the_skin)


def _grams(treatment: Treatment, strength: Fraction | None, synonyms: Mapping[str, str]) -> Fraction | None:
    dosage = treatment.resource.get("dosage")
    stated = [dosage] if isinstance(dosage, Mapping) else objects_in(dosage)
    # An administration has one dose; a statement has instructions, as an order has.
    doses = [dose for each in stated for dose in ([each["dose"]] if "dose" in each else _instructed(each))]
    read = grams_of(doses[0], strength, synonyms) if len(doses) == 1 else None
    return read.amount.low if isinstance(read, Grams) and not read.is_per_kg else None


def _instructed(instruction: Mapping[str, object]) -> list[object]:
    return [each.get("doseQuantity") for each in doses_of(instruction)]


def _courses(days: Sequence[GivenDay], gap_days: Fraction) -> list[list[GivenDay]]:
    courses: list[list[GivenDay]] = []
    for day in days:
        if courses and (day.day - courses[-1][-1].day).days < gap_days:
            courses[-1].append(day)
        else:
            courses.append([day])
    return courses


def _exact(facts: Mapping[str, Fact], name: str) -> Fraction | None:
    value = facts[name].value if name in facts else None
    return value.low if isinstance(value, Range) and value.low == value.high else None
