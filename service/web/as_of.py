"""The moment of evaluation, as a caller writes it."""

import re
from datetime import UTC, datetime

from service.errors import BadRequest

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
# In a query string an unescaped "+01:00" arrives as " 01:00".
_LOST_PLUS = re.compile(r" (\d\d:\d\d)$", re.ASCII)


def read_as_of(text: str) -> datetime:
    """An ISO 8601 date-time as an aware datetime; without an offset it is UTC. BadRequest otherwise."""
    candidate = _LOST_PLUS.sub(r"+\1", text)
    # fromisoformat alone takes more: week dates, bare dates, any separator.
    try:
        moment = datetime.fromisoformat(candidate) if _DATE_TIME.fullmatch(candidate) else None
        if moment:
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadRequest("asOf must be an ISO 8601 date-time such as 2026-03-04T10:20:00Z")


def with_offset(text: str) -> datetime | None:
    """A date-time that states its offset, in UTC; ``None`` for any other text."""
    match = _DATE_TIME.fullmatch(text)
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if match and match[3] else None
    except (ValueError, OverflowError):
        return None


def now() -> datetime:
    """The moment of a request that names none."""
    return datetime.now(UTC)  # noqa: TID251  # the HTTP door: here the clock is read
