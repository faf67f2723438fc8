"""How many days a period holds: days by their dates, and between two clocks every day that is begun."""

from datetime import timedelta

from service.domain.moments import Moment, moment_of

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_MIDNIGHT = "00:00"
# Where a day written in UTC may end when clocks are put forward or back on the way.
_TURNS = ("00", "59")


def days_of_period(start: str, end: str) -> int:
    """Daily doses from the start to the end of a period: at the start and each day after it, up to the end.

    Two dates are both included. A clock that ends where it began ends a day, as midnight does: what is written in UTC
    may be midnight where it was written. Zero or less where the end comes before the start; both can be read.
    """
    first, last = moment_of(start), moment_of(end)
    if first is None or last is None or first.day is None or last.day is None:
        return 0
    if _clock(start) and _clock(end) and _has_zone(start) is _has_zone(end):
        return _between(start, end, first, last)
    ends_before = _clock(end) == _MIDNIGHT and last.day > first.day
    return (last.day - first.day).days + (0 if ends_before else 1)


def _between(start: str, end: str, first: Moment, last: Moment) -> int:
    span = last.earliest - first.earliest
    if _offset(start) != _offset(end):
        # Clocks were put forward or back on the way: what they show counts, and not the hours between.
        span += _offset(end) - _offset(start)
    if span < timedelta():
        return 0
    is_local = not end.endswith("Z") and _clock(start) != _MIDNIGHT
    if is_local and span % _DAY == timedelta():
        return span // _DAY + 1
    if end.endswith("Z") and _clock(end)[-2:] in _TURNS and span > _DAY:
        span -= _HOUR
    return max(-(-span // _DAY), 1)


def _offset(text: str) -> timedelta:
    """How far the clock is ahead of UTC; nothing for one in UTC, which tells of no place, or without a zone."""
    sign, hours, minutes = text[-6:-5], text[-5:-3], text[-2:]
    if sign not in ("+", "-") or "T" not in text:
        return timedelta()
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return ahead if sign == "+" else -ahead


def _clock(text: str) -> str:
    """Hours and minutes as written; empty for a date."""
    return text[11:16]


def _has_zone(text: str) -> bool:
    return text.endswith("Z") or "+" in text[11:] or "-" in text[11:]
