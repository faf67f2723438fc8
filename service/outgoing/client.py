"""How this installation calls out, and what can come of it; the call itself is in ``one_get``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

from service.errors import MmnCdsError
from service.outgoing.deadline import Allowance, Deadline


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


@dataclass(frozen=True, slots=True)
class BearerToken:
    """An access token that never shows itself."""

    _value: str = field(repr=False)

    def header(self) -> str:
        """The value of ``Authorization``."""
        return f"Bearer {self._value}"

    def __str__(self) -> str:
        return "BearerToken(…)"


@dataclass(frozen=True, slots=True)
class Client:
    """How this installation calls out. ``ca_bundle``: file of accepted authorities, else those of certifi.

    ``counted`` gets the outcome of each call: ``answered``, ``unavailable`` (asking again may help) or ``unusable``.
    """

    ca_bundle: str | None = None
    counted: Callable[[str], None] = lambda _outcome: None

    def get_json(
        self,
        url: str,
        deadline: Deadline,
        *,
        max_bytes: int,
        accept: str,
        token: BearerToken | None = None,
        allowance: Allowance | None = None,
    ) -> object:
        """The JSON at ``url`` as ``read_json`` reads it; OutgoingFailed says in our words why there is none.

        ``allowance``: bytes that several calls may bring together.
        """
        headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "mmn-cds"}
        if token is not None:
            headers["Authorization"] = token.header()
        # An installation that calls nobody need not hold it.
        from service.outgoing.one_get import json_at  # noqa: PLC0415

        return json_at(self, url, headers, deadline, max_bytes, allowance)

    def prepare(self) -> None:
        """Load what a call needs: before a server forks, so that its workers share the memory."""
        import_module("service.outgoing.one_get")
