"""How this installation asks another server for JSON."""

from dataclasses import dataclass, field
from importlib import import_module

from service.outgoing.calling import Calling
from service.outgoing.deadline import Allowance, Deadline


@dataclass(frozen=True, slots=True)
class BearerToken:
    """An access token that never shows itself."""

    _value: str = field(repr=False)

    def header(self) -> str:
        """The value of ``Authorization``."""
        return f"Bearer {self._value}"

    def __str__(self) -> str:
        return "BearerToken(…)"


class Client(Calling):
    """Asks other servers; the call itself is in ``one_get``."""

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
