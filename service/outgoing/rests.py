"""Servers that asked to be left alone for a while (``Retry-After``), each caller for itself."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from service.outgoing.calling import OutgoingFailed

_ASKS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
# Whoever wants to be left alone for longer is asked again nevertheless.
LONGEST_SECONDS = 86_400.0
_MOST_DIGITS = 5
Key = tuple[str, str]


class Rests:
    """``clock`` gives monotonic seconds. The keys are callers and servers of the settings, so there are few."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._until: dict[Key, float] = {}

    def check(self, key: Key) -> None:
        """OutgoingFailed while this server wants to be left alone by this caller."""
        with self._lock:
            left = self._until.get(key, 0.0) - self._clock()
        if left > 0:
            raise OutgoingFailed(
                "the server asked to be left alone for a while", may_pass=True, wants_rest=True, retry_after=left
            )

    def heed(self, key: Key, status: int, seconds: float | None) -> None:
        """Take in what an answer says: 429 and 503 may name the seconds until the next question."""
        if status in _ASKS and seconds:
            with self._lock:
                self._until[key] = self._clock() + min(seconds, LONGEST_SECONDS)


def seconds_in(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, which may be given as a date too; None where none is to come."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
        return float(text)
    until, sent = _moment(text), _moment(headers.get("Date", ""))
    seconds = (until - sent).total_seconds() if until and sent else 0.0
    return seconds if seconds > 0 else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    # Without an offset it could not be held against another.
    return moment if moment.tzinfo else None
