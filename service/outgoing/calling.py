"""What all calls to other servers share: the terms on which they are made, and what can come of one."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from service.errors import MmnCdsError


class OutgoingFailed(MmnCdsError):
    """Another server gave nothing that can be used; the text is ours and holds nothing of what it sent.

    ``may_pass``: asking once more may help, after ``retry_after`` seconds where the server said so.
    ``is_down``: it is the server that fails, and not this one question: no connection, no answer in time, status 5xx
    or 429, a redirect, or what no server for JSON says. ``wants_rest``: it takes no question at all for
    ``retry_after`` seconds.
    """

    def __init__(
        self,
        reason: str,
        *,
        may_pass: bool = False,
        is_down: bool = False,
        wants_rest: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.may_pass = may_pass
        self.is_down = is_down
        self.wants_rest = wants_rest
        self.retry_after = retry_after


@dataclass(frozen=True)
class Calling:
    """How this installation calls out. ``ca_bundle``: file of accepted authorities, else those of certifi.

    ``counted`` gets the outcome of each call: ``answered``, ``unavailable`` (asking again may help) or ``unusable``.
    """

    ca_bundle: str | None = None
    counted: Callable[[str], None] = lambda _outcome: None


@dataclass(frozen=True, slots=True)
class Answer:
    """``content``: the JSON of the body, ``None`` where there is none. ``retry_after``: seconds, where told."""

    status: int
    content: object = None
    retry_after: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether it was done, or found."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def may_pass(self) -> bool:
        """Whether asking again may help."""
        too_early = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status in too_early
