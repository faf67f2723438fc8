"""Dose arithmetic, exact: grams, grams per kilogram, days, heaviest day, monthly equivalent, vials."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

from service.domain.facts import Range
from service.domain.ranges import NOTHING, divided, plus, times
from service.fhir.orders.dosage import DoseLine, steps_of

_OPEN = Range(None, None)


@dataclass(frozen=True, slots=True)
class Course:
    """What one or several orders come to; each part is ``None`` where it cannot be computed.

    ``total_g`` to ``days`` are of the single course, or of one interval where it ``is_repeated`` only;
    ``interval_g_per_kg`` is of one interval beside a course as well. ``even_day_g``: grams of each day, if even.
    """

    total_g: Range | None
    g_per_kg: Range | None
    days: Range | None
    largest_day_g_per_kg: Range | None
    interval_days: Range | None
    monthly_g_per_kg: Range | None
    interval_g_per_kg: Range | None = None
    even_day_g: Fraction | None = None
    is_repeated: bool = False


def course_of(
    lines: Sequence[DoseLine], weight_kg: Fraction | None, days_per_month: Fraction, gap_days: Fraction
) -> Course:
    """All lines together: those that repeat apart from those that do not.

    Days more than ``gap_days`` apart are of different courses: such an order repeats, and its largest course counts.
    """
    repeating = [line for line in lines if line.interval_days is not None]
    courses = _courses([line for line in lines if line.interval_days is None], gap_days)
    again = steps_of(repeating) if repeating else []
    parts = [*courses, *again]
    if not parts:
        return Course(None, None, None, None, None, None)
    leading = max(courses or parts, key=lambda part: _size(part, weight_kg))
    gaps = _gaps(courses)
    monthly = _each_month(courses, gaps, again, weight_kg, days_per_month)
    largest = max(again, key=lambda part: _size(part, weight_kg), default=leading)
    return Course(
        total_g=_added([_total(line, weight_kg) for line in leading]),
        g_per_kg=_course_per_kg(leading, weight_kg),
        days=_days(leading),
        largest_day_g_per_kg=_largest([_largest_day(part, weight_kg) for part in parts]),
        interval_days=_shared([line.interval_days for line in repeating]) if not gaps else _spanned(gaps),
        monthly_g_per_kg=monthly,
        interval_g_per_kg=_course_per_kg(largest, weight_kg) if monthly is not None else None,
        even_day_g=_even_day(leading, weight_kg),
        is_repeated=bool(gaps) or not courses,
    )


def monthly_without_end(
    lines: Sequence[DoseLine], weight_kg: Fraction | None, days_per_month: Fraction
) -> Range | None:
    """What the lines that state no end come to a month if they go on; ``None`` where there are none."""
    endless = [(line, line.a_day_without_end) for line in lines if line.a_day_without_end is not None]
    days = Range.exactly(days_per_month)
    return _added([_per_kg(line, times(times(line.dose, often), days), weight_kg) for line, often in endless])


def _gaps(courses: Sequence[Sequence[DoseLine]]) -> list[int]:
    """Days from the start of each course to that of the next."""
    starts = [min(day for line in course for day in line.dates) for course in courses] if len(courses) > 1 else []
    return [(later - earlier).days for earlier, later in pairwise(starts)]


def _each_month(
    courses: Sequence[Sequence[DoseLine]],
    gaps: Sequence[int],
    repeating: Sequence[Sequence[DoseLine]],
    weight_kg: Fraction | None,
    days_per_month: Fraction,
) -> Range | None:
    """The largest of the courses that follow each other, and the largest step of what repeats."""
    if not gaps and not repeating:
        return None
    apart = [
        _monthly(course, Range.exactly(gap), weight_kg, days_per_month)
        for course, gap in zip(courses, gaps, strict=False)
    ]
    steps = [
        _added([_monthly([line], line.interval_days or _OPEN, weight_kg, days_per_month) for line in step])
        for step in repeating
    ]
    again = [None if None in steps else _largest(steps)] if steps else []
    return _added([_largest(apart), *again] if gaps else again)


def _spanned(gaps: Sequence[int]) -> Range:
    return Range.between(min(gaps), max(gaps))


def _courses(lines: Sequence[DoseLine], gap_days: Fraction) -> list[list[DoseLine]]:
    """Lines by the course they fall into; what has no date goes with the first."""
    if not lines:
        return []
    dates = sorted({day for line in lines for day in line.dates})
    course_of_day: dict[date, int] = {}
    made: list[list[DoseLine]] = [[]]
    for earlier, day in zip([None, *dates], dates, strict=False):
        if earlier is not None and (day - earlier).days > gap_days:
            made.append([])
        course_of_day[day] = len(made) - 1
    for line in lines:
        for number, kept in _by_course(line, course_of_day).items():
            made[number].append(_on(line, kept))
    made[0] += [line for line in lines if not line.dates]
    return made


def _by_course(line: DoseLine, course_of_day: Mapping[date, int]) -> dict[int, list[date]]:
    days: dict[int, list[date]] = {}
    for day in line.dates:
        days.setdefault(course_of_day[day], []).append(day)
    return days


def _on(line: DoseLine, kept: Sequence[date]) -> DoseLine:
    """The part of a line that falls on these of its days."""
    if len(kept) == len(line.dates):
        return line
    return replace(line, dates=tuple(kept), times=Range.exactly(len(kept)), days=Range.exactly(len(set(kept))))


def _size(lines: Sequence[DoseLine], weight_kg: Fraction | None) -> Fraction:
    dose = _course_per_kg(lines, weight_kg) or _added([_total(line, weight_kg) for line in lines])
    return (dose.high if dose.high is not None else dose.low or Fraction(0)) if dose else Fraction(0)


def _monthly(
    lines: Sequence[DoseLine], interval: Range, weight_kg: Fraction | None, days_per_month: Fraction
) -> Range | None:
    dose = _course_per_kg(lines, weight_kg)
    return divided(times(dose, Range.exactly(days_per_month)), interval) if dose is not None else None


def _total(line: DoseLine, weight_kg: Fraction | None) -> Range | None:
    total = times(line.dose, line.times)
    if not line.is_per_kg:
        return total
    return times(total, Range.exactly(weight_kg)) if weight_kg else None


def _course_per_kg(lines: Sequence[DoseLine], weight_kg: Fraction | None) -> Range | None:
    return _added([_per_kg(line, times(line.dose, line.times), weight_kg) for line in lines])


def _per_kg(line: DoseLine, amount: Range, weight_kg: Fraction | None) -> Range | None:
    if line.is_per_kg:
        return amount
    return divided(amount, Range.exactly(weight_kg)) if weight_kg else None


def _days(lines: Sequence[DoseLine]) -> Range | None:
    if lines and all(line.dates for line in lines):
        return Range.exactly(len({day for line in lines for day in line.dates}))
    return _added([_beside([line.days for line in step]) for step in steps_of(lines)])


def _largest_day(lines: Sequence[DoseLine], weight_kg: Fraction | None) -> Range | None:
    """The load of the heaviest day: sure where the days are known, else from one line to all of them."""
    doses = [_per_kg(line, line.dose, weight_kg) for line in lines]
    known = [(line, dose) for line, dose in zip(lines, doses, strict=True) if dose is not None]
    if not known or len(known) < len(lines):
        return None
    if all(line.dates for line in lines):
        return _largest(_by_day(known).values())
    loads = {line: times(dose, line.most_a_day) for line, dose in known}
    return _largest([_beside([loads[line] for line in step]) for step in steps_of(lines)])


def _by_day(known: Iterable[tuple[DoseLine, Range]]) -> dict[date, Range]:
    loads: dict[date, Range] = {}
    for line, dose in known:
        for day, count in Counter(line.dates).items():
            loads[day] = plus(loads.get(day, NOTHING), times(dose, Range.exactly(count)))
    return loads


def _even_day(lines: Sequence[DoseLine], weight_kg: Fraction | None) -> Fraction | None:
    """Grams of each day, where every day has the same and they are known exactly."""
    by_weight = Range.exactly(weight_kg) if weight_kg else None
    grams = [
        (line, times(line.dose, by_weight) if line.is_per_kg and by_weight else line.dose)
        for line in lines
        if by_weight or not line.is_per_kg
    ]
    if len(grams) < len(lines) or not lines:
        return None
    if all(line.dates for line in lines):
        loads = set(_by_day(grams).values())
    elif len(lines) == 1 and (share := divided(lines[0].times, lines[0].days)) == lines[0].most_a_day:
        loads = {times(grams[0][1], share)}
    else:
        return None
    load = loads.pop()
    return load.low if not loads and load.low == load.high else None


def _beside(amounts: Sequence[Range]) -> Range:
    """Amounts that may fall together or not: from the largest to all of them."""
    lows = [each.low for each in amounts if each.low is not None]
    return Range(max(lows) if lows else None, _added_ends([each.high for each in amounts]))


def _largest(amounts: Iterable[Range | None]) -> Range | None:
    known = [each for each in amounts if each is not None]
    if not known:
        return None
    lows, highs = [each.low for each in known if each.low is not None], [each.high for each in known]
    return Range(
        max(lows) if lows else None, None if None in highs else max(high for high in highs if high is not None)
    )


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
