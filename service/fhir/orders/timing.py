"""When an order is given: how often, on how many and which days, and after what interval again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from service.domain.facts import Range
from service.domain.moments import moment_of
from service.domain.ranges import ONE, divided, times
from service.fhir.orders.amounts import DAYS_OF, amount_of
from service.fhir.orders.doses import Reading, repeat_of
from service.fhir.orders.period_days import days_of_period
from service.fhir.orders.timing_codes import repeat_by_code
from service.fhir.values.units import exact

_MOST_DATES = 60
_COUNTS = ("count", "countMax", "frequency", "frequencyMax")
_ENDS = ("count", "countMax", "boundsDuration", "boundsRange", "boundsPeriod")
_LENGTHS = ("period", "periodMax")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class When:
    """Administrations and days of one course, the day of each, the interval, and most administrations a day."""

    times: Range
    days: Range
    dates: tuple[date, ...] = ()
    interval: Range | None = None
    most_a_day: Range = ONE


def a_day_without_end(instruction: Mapping[str, object], reading: Reading) -> Range | None:
    """Administrations a day of an instruction that states how often and no end; ``None`` of any other."""
    repeat = _stated_repeat(instruction)
    if (
        repeat is None
        or not _is_readable(repeat)
        or any(_is_stated(repeat, name) for name in _ENDS)
        or _weekdays(repeat)
    ):
        return None
    often = _numbers(repeat, "frequency", "frequencyMax") or Range.exactly(_times_of_day(repeat))
    period = period_of(repeat)
    if period is None or period.low is None or period.low >= reading.long_interval:
        return None
    return divided(often, period)


def has_end(instruction: Mapping[str, object]) -> bool:
    """Whether an instruction states an end, or the very days."""
    timing = instruction.get("timing")
    has_days = isinstance(timing, Mapping) and bool(timing.get("event"))
    return has_days or any(_is_stated(repeat_of(instruction), name) for name in _ENDS)


def _is_stated(repeat: Mapping[str, object], name: str) -> bool:
    """A period of time without an end does not end."""
    bounds = repeat.get(name)
    return (
        bounds.get("end") is not None if name == "boundsPeriod" and isinstance(bounds, Mapping) else bounds is not None
    )


def when_given(instruction: Mapping[str, object], reading: Reading) -> When | None:
    """When an instruction is given; ``None`` when it is not stated."""
    timing = instruction.get("timing")
    if not isinstance(timing, Mapping):
        return None
    events = timing.get("event")
    if isinstance(events, list) and events:
        return _by_dates(events)
    repeat = _stated_repeat(instruction)
    return _repeated(repeat, reading) if repeat is not None and _is_readable(repeat) else None


def _stated_repeat(instruction: Mapping[str, object]) -> Mapping[str, object] | None:
    """``timing.repeat``, with how often from ``timing.code`` where it does not say so itself.

    ``None`` where the two say different things: nobody knows which is meant.
    """
    repeat, timing = repeat_of(instruction), instruction.get("timing")
    by_code = repeat_by_code(timing) if isinstance(timing, Mapping) else {}
    if not by_code:
        return repeat if by_code is not None else None
    if not any(
        repeat.get(name) is not None for name in ("frequency", "period", "periodUnit", "dayOfWeek", "timeOfDay")
    ):
        return {**repeat, **by_code}
    return repeat if _is_as_often(repeat, by_code) else None


def _is_as_often(repeat: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two say the same of how often, or one of them says too little to tell."""
    a_day = []
    for each in (repeat, other):
        often, period = _numbers(each, "frequency", "frequencyMax"), period_of(each)
        if often is None or period is None or _weekdays(each):
            return True
        a_day.append(divided(often, period))
    return a_day[0] == a_day[1]


def _repeated(repeat: Mapping[str, object], reading: Reading) -> When | None:
    count = _numbers(repeat, "count", "countMax")
    often = _numbers(repeat, "frequency", "frequencyMax") or Range.exactly(_times_of_day(repeat))
    weekdays, period = _weekdays(repeat) or set(), period_of(repeat)
    if period is None or count == ONE:
        return _by_count(count, repeat)
    if period.low is not None and period.low >= reading.long_interval:
        often = Range.exactly(max(len(weekdays), 1)) if often == ONE else often
        return When(often, _some_days(often), (), period, Range(Fraction(1), often.high))
    if weekdays and count is None:
        return _on_weekdays(weekdays, often, period, repeat, reading.synonyms)
    return _within_days(often, period, count, repeat, reading.synonyms)


def _times_of_day(repeat: Mapping[str, object]) -> int:
    stated = repeat.get("timeOfDay")
    return max(len(stated), 1) if isinstance(stated, list) else 1


def _weekdays(repeat: Mapping[str, object]) -> set[int] | None:
    """The days of the week as numbers; empty when none is stated, ``None`` when one cannot be read."""
    stated = repeat.get("dayOfWeek")
    if stated is None:
        return set()
    if not isinstance(stated, list) or any(day not in _WEEK for day in stated):
        return None
    return {_WEEK.index(day) for day in stated}


def _on_weekdays(
    weekdays: set[int], often: Range, period: Range, repeat: Mapping[str, object], synonyms: Mapping[str, str]
) -> When | None:
    """So often on each of these days of the week; it repeats every week where it goes on for longer."""
    if period != ONE or often.low is None or often.low != often.high:
        return None
    dates = tuple(day for day in _dates(repeat) if day.weekday() in weekdays for _ in range(int(often.low)))
    if dates:
        return When(Range.exactly(len(dates)), Range.exactly(len(set(dates))), dates, None, often)
    week, length = Range.exactly(len(_WEEK)), _bounds(repeat, synonyms)
    days = Range.exactly(len(weekdays))
    if length is None or length.high is None or length.high > len(_WEEK):
        return When(times(days, often), days, (), week, often)
    if length != week:
        return None
    return When(times(days, often), days, (), None, often)


def _is_readable(repeat: Mapping[str, object]) -> bool:
    """Whether all numbers that are there are numbers above zero, counts whole ones, and the days those of a week."""
    numbers = {name: exact(repeat[name]) for name in (*_COUNTS, *_LENGTHS) if repeat.get(name) is not None}
    is_whole = all(
        number is not None and number.denominator == 1 for name, number in numbers.items() if name in _COUNTS
    )
    is_positive = all(number is not None and number > 0 for number in numbers.values())
    # More times of the day than administrations: one of the two is not meant.
    is_agreed = repeat.get("frequency") is None or (numbers["frequency"] or 0) >= _times_of_day(repeat)
    # A period without its unit may be hours or months.
    has_unit = repeat.get("period") is None or isinstance(repeat.get("periodUnit"), str)
    return is_whole and is_positive and is_agreed and has_unit and _weekdays(repeat) is not None


def _by_count(count: Range | None, repeat: Mapping[str, object]) -> When | None:
    """So many administrations, of which nobody says how far apart they are; one can only be on one day."""
    if count != ONE:
        return None
    dates = _dates(repeat)
    return When(ONE, ONE, dates if len(dates) == 1 else ())


def _within_days(
    often: Range, period: Range, count: Range | None, repeat: Mapping[str, object], synonyms: Mapping[str, str]
) -> When | None:
    """A course: so often in a period of less than a week or so, for so many times or so long."""
    if period.low is None or period.high is None or not period.low or not often.low:
        return None
    dates = _dates(repeat)
    a_day = divided(often, period)
    most = _whole_days(a_day)
    if count is not None:
        days = _whole_days(divided(count, a_day), at_most=count)
        return When(count, days, _each(dates, period, a_day, count), None, most)
    length = Range.exactly(len(dates)) if dates else _bounds(repeat, synonyms)
    if length is None:
        return None
    each_day = period == ONE
    count = _begun_periods(length, often, period)
    days = length if each_day else _whole_days(length, at_most=count)
    return When(count, days, _each(dates, period, a_day, count), None, most)


def _begun_periods(length: Range, often: Range, period: Range) -> Range:
    """Administrations at the start and after each period, as long as it goes on: on alternate days, three in five."""
    if length.low != length.high or length.low is None or not period.low or not period.high:
        return times(length, divided(often, period))
    least, most = -(-length.low // period.high), -(-length.low // period.low)
    return times(often, Range(Fraction(least), Fraction(most)))


def _each(days: Sequence[date], period: Range, a_day: Range, count: Range) -> tuple[date, ...]:
    """The day of each administration, where all of them are known."""
    a_day_each, number = a_day.low, count.low
    if period != ONE or a_day_each is None or a_day_each.denominator != 1 or number is None or number != count.high:
        return ()
    dates = tuple(day for day in days for _ in range(int(a_day_each)))
    return dates[: int(number)] if len(dates) >= number else ()


def _by_dates(events: Sequence[object]) -> When | None:
    moments = [moment_of(event) for event in events[:_MOST_DATES]]
    days = sorted(moment.day for moment in moments if moment is not None and moment.day is not None)
    if len(events) > _MOST_DATES or len(days) < len(moments):
        return None
    most = max(days.count(day) for day in days)
    return When(Range.exactly(len(events)), Range.exactly(len(set(days))), tuple(days), None, Range.exactly(most))


def _dates(repeat: Mapping[str, object]) -> tuple[date, ...]:
    """The days of ``boundsPeriod`` from its start on, as written; empty when start and end are not both stated."""
    bounds = repeat.get("boundsPeriod")
    start, end = (bounds.get("start"), bounds.get("end")) if isinstance(bounds, Mapping) else (None, None)
    first, last = moment_of(start), moment_of(end)
    if first is None or last is None or first.day is None or last.day is None:
        return ()
    number = days_of_period(str(start), str(end))
    return tuple(first.day + timedelta(days=each) for each in range(number)) if 0 < number <= _MOST_DATES else ()


def _bounds(repeat: Mapping[str, object], synonyms: Mapping[str, str]) -> Range | None:
    """``boundsDuration`` or ``boundsRange`` in days."""
    for element in ("boundsDuration", "boundsRange"):
        days = amount_of(repeat.get(element), "d", synonyms)
        if days is not None:
            return days if days.low else None
    return None


def period_of(repeat: Mapping[str, object]) -> Range | None:
    """``period`` and ``periodUnit`` in days."""
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
