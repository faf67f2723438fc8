"""Dose arithmetic, exact: grams, grams per kilogram, days, load per day, monthly equivalent, rate, vials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.domain.facts import Range

NOTHING = Range.exactly(0)


@dataclass(frozen=True, slots=True)
class DoseLine:
    """One dosage instruction.

    ``dose``: one administration, in g, or in g/kg when ``is_per_kg``. ``times``: administrations in one course.
    ``days``: on how many days they fall. ``dates``: these days, where they are stated. ``interval_days``: from one
    course to the next, ``None`` for a single course.
    """

    dose: Range
    is_per_kg: bool
    times: Range
    days: Range
    dates: frozenset[date] = frozenset()
    interval_days: Range | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What an order comes to; each part is ``None`` where it cannot be computed."""

    total_g: Range | None
    g_per_kg: Range | None
    days: Range | None
    largest_day_g_per_kg: Range | None
    interval_days: Range | None
    monthly_g_per_kg: Range | None


def times(one: Range, other: Range) -> Range:
    """The product of two amounts that are not negative."""
    return Range(_product(one.low, other.low), _product(one.high, other.high))


def plus(one: Range, other: Range) -> Range:
    """The sum."""
    return Range(_sum(one.low, other.low), _sum(one.high, other.high))


def divided(one: Range, other: Range) -> Range:
    """The quotient of two amounts; the divisor is never negative, and nothing is known beyond a divisor of zero."""
    low = one.low / other.high if one.low is not None and other.high else None
    high = one.high / other.low if one.high is not None and other.low else None
    return Range(low, high)


def course_of(lines: Sequence[DoseLine], weight_kg: Fraction | None, days_per_month: Fraction) -> Course:
    """All lines of one order together; those that repeat and those that do not are added up as one course."""
    totals = [_total(line, weight_kg) for line in lines]
    per_kg = [_per_kg(line, times(line.dose, line.times), weight_kg) for line in lines]
    interval = _shared([line.interval_days for line in lines])
    g_per_kg = _added(per_kg)
    days = _days(lines)
    monthly = None
    if g_per_kg is not None and interval is not None:
        monthly = divided(times(g_per_kg, Range.exactly(days_per_month)), interval)
    return Course(_added(totals), g_per_kg, days, _largest_day(lines, weight_kg), interval, monthly)


def in_vials(grams: Fraction, vials: Sequence[Fraction]) -> list[Fraction] | None:
    """The fewest vials, largest first, that hold exactly so many grams; ``None`` when no set of vials does."""
    rest, used = grams, []
    for size in sorted(vials, reverse=True):
        while rest >= size:
            used.append(size)
            rest -= size
    return used if rest == 0 and used else None


def rounded_to(grams: Fraction, step: Fraction) -> Fraction:
    """The nearest multiple of a step that is above zero; half a step goes down."""
    count = -((-(grams / step) + Fraction(1, 2)) // 1)
    return max(count, 1) * step


def _total(line: DoseLine, weight_kg: Fraction | None) -> Range | None:
    total = times(line.dose, line.times)
    if not line.is_per_kg:
        return total
    return times(total, Range.exactly(weight_kg)) if weight_kg else None


def _per_kg(line: DoseLine, amount: Range, weight_kg: Fraction | None) -> Range | None:
    if line.is_per_kg:
        return amount
    return divided(amount, Range.exactly(weight_kg)) if weight_kg else None


def _days(lines: Sequence[DoseLine]) -> Range | None:
    if lines and all(line.dates for line in lines):
        return Range.exactly(len(frozenset().union(*(line.dates for line in lines))))
    known = [line.days for line in lines]
    if len(known) < 2:  # noqa: PLR2004 - one line needs no adding up
        return known[0] if known else None
    # Lines that do not say their dates may fall on the same days or follow each other.
    lows = [days.low for days in known if days.low is not None]
    return Range(max(lows) if lows else None, _added_ends([days.high for days in known]))


def _largest_day(lines: Sequence[DoseLine], weight_kg: Fraction | None) -> Range | None:
    """The load of the heaviest day: sure for one line, and from one line to all of them for several."""
    loads = [_per_kg(line, divided(times(line.dose, line.times), line.days), weight_kg) for line in lines]
    known = [load for load in loads if load is not None]
    if not known or len(known) < len(loads):
        return None
    if len(known) == 1:
        return known[0]
    lows = [load.low for load in known if load.low is not None]
    return Range(max(lows) if lows else None, _added_ends([load.high for load in known]))


def _shared(intervals: Sequence[Range | None]) -> Range | None:
    return intervals[0] if intervals and all(interval == intervals[0] for interval in intervals) else None


def _added(amounts: Sequence[Range | None]) -> Range | None:
    total = NOTHING
    for amount in amounts:
        if amount is None:
            return None
        total = plus(total, amount)
    return total if amounts else None


def _added_ends(ends: Sequence[Fraction | None]) -> Fraction | None:
    known = [end for end in ends if end is not None]
    return sum(known, Fraction(0)) if len(known) == len(ends) else None


def _product(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one * other


def _sum(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other
