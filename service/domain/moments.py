"""Points in time as FHIR states them: partial dates are spans, and order is only claimed when it is sure."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

from service.domain.immutable import immutable

_FHIR_DATE_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?)?)?"
)
# What most senders write; read by the standard library, several times faster.
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-]\d\d:[0-5]\d)", re.ASCII)
# A local time without a zone may be anywhere on earth: UTC-12 to UTC+14.
_WEST, _EAST = timedelta(hours=12), timedelta(hours=14)


@immutable
class Moment:
    """The span in which something happened: ``earliest`` to ``latest`` (aware, UTC), both possible.

    ``day`` is the calendar day as written (local to the sender), or ``None`` for a partial date.
    ``is_date``: it was written as a date, without a clock, so nobody knows in which zone its day began.
    """

    earliest: datetime
    latest: datetime
    day: date | None
    is_date: bool = False

    def is_surely_before(self, other: "Moment") -> bool:
        """True when every reading of this moment lies before every reading of the other."""
        return self.latest < other.earliest

    def begun_by(self, instant: datetime) -> "Moment":
        """The same, begun at the instant at the latest where its day had begun anywhere on earth by then."""
        if not self.is_date or not instant < self.earliest <= instant + _EAST:
            return self
        return Moment(instant, max(self.latest, instant), self.day, is_date=True)

    def is_surely_after(self, instant: datetime) -> bool:
        """True when every reading of this moment lies after the instant."""
        return self.earliest > instant


def moment_of(text: object) -> Moment | None:
    """Read a FHIR R4 date, dateTime or instant; ``None`` when the text is none of these.

    A time without a zone and seconds left out are tolerated (real senders do both); a leap second is
    read as the second before it.
    """
    if not isinstance(text, str):
        return None
    try:
        if _USUAL.fullmatch(text):
            local = datetime.fromisoformat(text)
            instant = local.astimezone(UTC)
            return Moment(instant, instant, local.date())
        match = _FHIR_DATE_TIME.fullmatch(text)
        if match is None:
            return None
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        if hour is None:
            return _partial(int(year), month, day)
        clock = int(hour), int(minute), min(int(second or 0), 59), int((fraction or ".0")[1:7].ljust(6, "0"))
        return _timed(datetime(int(year), int(month), int(day), *clock, tzinfo=UTC), zone)
    except (ValueError, OverflowError):
        return None


def _partial(year: int, month: str | None, day: str | None) -> Moment:
    if day:
        first = date(year, int(month or 1), int(day))
        last = first
    elif month:
        first = date(year, int(month), 1)
        last = date(year + int(month) // 12, int(month) % 12 + 1, 1) - timedelta(days=1)
    else:
        first, last = date(year, 1, 1), date(year, 12, 31)
    # A date is compared as a date: one after the day of the evaluation (in UTC) is after it.
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, 23, 59, 59, 999999, tzinfo=UTC)
    return Moment(start, end, first if day else None, is_date=True)


def _timed(local: datetime, zone: str | None) -> Moment:
    """``local`` is the clock as written, labelled UTC until the zone is taken into account."""
    if zone is None:
        return Moment(local - _EAST, local + _WEST, local.date())
    if zone == "Z":
        offset = timedelta()
    else:
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
    instant = local.replace(tzinfo=timezone(offset)).astimezone(UTC)
    return Moment(instant, instant, local.date())


def days_after(day: date, days: Fraction) -> date:
    """The calendar day that many days later, part days dropped; the last day there is when it lies beyond."""
    try:
        return day + timedelta(days=int(days))
    except OverflowError:
        return date.max


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last one of a shorter month; the last day there is."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_before(day: date, days: Fraction) -> date:
    """The calendar day that many days earlier; the first day there is when it lies beyond."""
    try:
        return day - timedelta(days=int(days))
    except OverflowError:
        return date.min
