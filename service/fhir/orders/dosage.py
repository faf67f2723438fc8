"""Dosage instructions as lines of a dose, or the first thing that is missing to compute it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from service.domain.dose import DoseLine, divided, times
from service.domain.facts import Range
from service.domain.moments import moment_of
from service.fhir.orders.amounts import DAYS_OF, Grams, amount_of, grams_of, per_day
from service.fhir.values.answers import objects_in
from service.fhir.values.units import exact

_ONE = Range.exactly(1)
_MOST_DATES = 60
_COUNTS = ("count", "countMax", "frequency", "frequencyMax")
_LENGTHS = ("period", "periodMax")
_UNREAD = ("modifierExtension", "asNeededBoolean", "asNeededCodeableConcept")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the amounts of an order are read. ``strength``: g/mL. ``long_interval``: from so many days it repeats."""

    strength: Fraction | None
    synonyms: Mapping[str, str]
    long_interval: Fraction


@dataclass(frozen=True, slots=True)
class Dosage:
    """All lines of an order, or in ``missing`` what keeps it from being computed: amount, unit, strength, days."""

    lines: tuple[DoseLine, ...]
    missing: str = ""
    units: tuple[str, ...] = ()


def dosage_of(order: Mapping[str, object], reading: Reading) -> Dosage:
    """The dose lines of a MedicationRequest; one instruction that cannot be read leaves the whole unknown."""
    instructions = instructions_of(order)
    if not instructions:
        return Dosage((), "amount")
    lines: list[DoseLine] = []
    units: list[str] = []
    for instruction in instructions:
        made = _line(instruction, reading)
        if isinstance(made, str):
            return Dosage((), made)
        lines.append(made[0])
        units.append(made[1])
    return Dosage(tuple(lines), "", tuple(units))


def instructions_of(order: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The dosage instructions; a single object where a list belongs is taken as one."""
    given = order.get("dosageInstruction")
    return objects_in([given] if isinstance(given, Mapping) else given)


def doses_of(instruction: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The ``doseAndRate`` entries of an instruction."""
    given = instruction.get("doseAndRate")
    return objects_in([given] if isinstance(given, Mapping) else given)


def repeat_of(instruction: Mapping[str, object]) -> Mapping[str, object]:
    """``timing.repeat``, empty without one."""
    timing = instruction.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, Mapping) else None
    return repeat if isinstance(repeat, Mapping) else {}


def _line(instruction: Mapping[str, object], reading: Reading) -> tuple[DoseLine, str] | str:
    if any(instruction.get(element) not in (None, False) for element in _UNREAD):
        return "amount"
    doses = doses_of(instruction)
    if len(doses) != 1:
        # Several doses are alternatives (calculated and ordered, say); which one is meant is not ours to say.
        return "amount"
    grams = _grams(doses[0], instruction, reading)
    if isinstance(grams, str):
        return grams
    when = _when(instruction, reading)
    if when is None:
        return "days"
    count, days, dates, interval = when
    if grams.unit.endswith("/d"):
        count = days
    return DoseLine(grams.amount, grams.is_per_kg, count, days, dates, interval), grams.unit


def _grams(dose: Mapping[str, object], instruction: Mapping[str, object], reading: Reading) -> Grams | str:
    stated = dose.get("doseQuantity", dose.get("doseRange"))
    if stated is not None:
        return grams_of(stated, reading.strength, reading.synonyms)
    rate = dose.get("rateQuantity", dose.get("rateRange"))
    if rate is None:
        return "amount"
    return per_day(rate, reading.synonyms) or _by_rate(rate, instruction, reading) or "amount"


def _by_rate(rate: object, instruction: Mapping[str, object], reading: Reading) -> Grams | None:
    """A rate by the hour together with the length of one infusion."""
    repeat = repeat_of(instruction)
    length, unit = exact(repeat.get("duration")), repeat.get("durationUnit")
    if length is None or not isinstance(unit, str) or unit not in DAYS_OF:
        return None
    hours = Range.exactly(length * DAYS_OF[unit] * 24)
    for ucum, is_per_kg in (("g/h", False), ("g/kg/h", True)):
        amount = amount_of(rate, ucum, reading.synonyms)
        if amount is not None:
            return Grams(times(amount, hours), is_per_kg, ucum)
    volume = amount_of(rate, "mL/h", reading.synonyms)
    if volume is None or reading.strength is None:
        return None
    return Grams(times(times(volume, hours), Range.exactly(reading.strength)), is_per_kg=False, unit="mL/h")


When = tuple[Range, Range, frozenset[date], Range | None]


def _when(instruction: Mapping[str, object], reading: Reading) -> When | None:
    """Administrations and days of one course, their dates, and the interval; ``None`` when it is not stated."""
    timing = instruction.get("timing")
    if not isinstance(timing, Mapping):
        return None
    events = timing.get("event")
    if isinstance(events, list) and events:
        return _by_dates(events)
    repeat = repeat_of(instruction)
    if not _is_readable(repeat):
        return None
    count = _numbers(repeat, "count", "countMax")
    often = _numbers(repeat, "frequency", "frequencyMax") or _ONE
    period = _period(repeat)
    if period is None:
        return _by_count(count, repeat)
    if period.low is not None and period.low >= reading.long_interval:
        return often, _some_days(often), frozenset(), period
    return _within_days(often, period, count, repeat, reading.synonyms)


def _is_readable(repeat: Mapping[str, object]) -> bool:
    """Whether all numbers that are there are numbers above zero, and counts whole ones."""
    numbers = {name: exact(repeat[name]) for name in (*_COUNTS, *_LENGTHS) if repeat.get(name) is not None}
    is_whole = all(
        number is not None and number.denominator == 1 for name, number in numbers.items() if name in _COUNTS
    )
    return is_whole and all(number is not None and number > 0 for number in numbers.values())


def _by_count(count: Range | None, repeat: Mapping[str, object]) -> When | None:
    """So many administrations, of which nobody says how far apart they are; one can only be on one day."""
    if count == _ONE:
        return _ONE, _ONE, _dates(repeat), None
    return None


def _within_days(
    often: Range, period: Range, count: Range | None, repeat: Mapping[str, object], synonyms: Mapping[str, str]
) -> When | None:
    """A course: so often in a period of less than a week or so, for so many times or so long."""
    if period.low is None or period.high is None or not period.low or not often.low:
        return None
    dates = _dates(repeat)
    a_day = divided(often, period)
    if count is not None:
        return count, _whole_days(divided(count, a_day), at_most=count), dates, None
    length = Range.exactly(len(dates)) if dates else _bounds(repeat, synonyms)
    if length is None:
        return None
    each_day = period == _ONE
    return times(length, a_day), length if each_day else _whole_days(length), dates if each_day else frozenset(), None


def _by_dates(events: Sequence[object]) -> When | None:
    moments = [moment_of(event) for event in events[:_MOST_DATES]]
    days = frozenset(moment.day for moment in moments if moment is not None and moment.day is not None)
    if len(events) > _MOST_DATES or any(moment is None or moment.day is None for moment in moments):
        return None
    return Range.exactly(len(events)), Range.exactly(len(days)), days, None


def _dates(repeat: Mapping[str, object]) -> frozenset[date]:
    """The days of ``boundsPeriod``, both ends included; empty when they are not both stated."""
    bounds = repeat.get("boundsPeriod")
    ends = [moment_of(bounds.get(end)) for end in ("start", "end")] if isinstance(bounds, Mapping) else []
    days = [moment.day for moment in ends if moment is not None and moment.day is not None]
    if len(days) < 2 or not 0 <= (days[1] - days[0]).days < _MOST_DATES:  # noqa: PLR2004 - a start and an end
        return frozenset()
    return frozenset(days[0] + timedelta(days=number) for number in range((days[1] - days[0]).days + 1))


def _bounds(repeat: Mapping[str, object], synonyms: Mapping[str, str]) -> Range | None:
    """``boundsDuration`` or ``boundsRange`` in days."""
    for element in ("boundsDuration", "boundsRange"):
        days = amount_of(repeat.get(element), "d", synonyms)
        if days is not None:
            return days if days.low else None
    return None


def _period(repeat: Mapping[str, object]) -> Range | None:
    unit = repeat.get("periodUnit")
    length = _numbers(repeat, "period", "periodMax")
    if length is None or not isinstance(unit, str):
        return None
    if unit in ("mo", "a"):
        # Calendar months have 28 to 31 days.
        least, most = (28, 31) if unit == "mo" else (365, 366)
        return times(length, Range.between(least, most))
    return times(length, Range.exactly(DAYS_OF[unit])) if unit in DAYS_OF else None


def _numbers(repeat: Mapping[str, object], least: str, most: str) -> Range | None:
    low = exact(repeat.get(least))
    high = exact(repeat.get(most)) if repeat.get(most) is not None else low
    return Range(low, high) if low is not None and high is not None and 0 < low <= high else None


def _some_days(often: Range) -> Range:
    """Several administrations in an interval of weeks may fall on one day or on as many."""
    return Range(Fraction(1), often.high)


def _whole_days(length: Range, at_most: Range | None = None) -> Range:
    """Days begun; there are never more days than administrations, and at least one."""
    most = at_most.high if at_most is not None else None
    ends = [None if end is None else max(Fraction(-(-end // 1)), Fraction(1)) for end in (length.low, length.high)]
    low, high = (end if end is None or most is None else min(end, most) for end in ends)
    return Range(low, high)
