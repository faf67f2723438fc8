"""Calls of which the status matters: reading one resource, asking for a token, handing something over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from service.outgoing.calling import OutgoingFailed
from service.outgoing.deadline import Deadline


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


@dataclass(frozen=True, slots=True)
class Sender:
    """``ca_bundle``: file of accepted authorities, else those of certifi. ``counted`` gets the outcome of each call."""

    ca_bundle: str | None = None
    counted: Callable[[str], None] = lambda _outcome: None

    def send(
        self, method: str, url: str, deadline: Deadline, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """What the server answers, whatever its status; never redirected. OutgoingFailed where it does not answer."""
        # An installation that calls nobody need not hold it.
        from service.outgoing.one_call import answer_of  # noqa: PLC0415

        always = {"Accept-Encoding": "identity", "User-Agent": "mmn-cds"}
        try:
            answer = answer_of(method, url, deadline, {**always, **headers}, body, self.ca_bundle)
        except OutgoingFailed:
            self.counted("unavailable")
            raise
        self.counted("answered" if not answer.may_pass else "unavailable")
        return answer
