"""One GET: under a deadline and a cap, never redirected, its body read by the same guard as what comes in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO

import requests

from service.errors import BadRequest, MmnCdsError
from service.json_guard import read_json
from service.outgoing.connections import CuttableAdapter, cut_at
from service.outgoing.deadline import Deadline

_CONNECT_SECONDS = 1.0
_PIECE = 64 * 1024
_PASSING = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


class OutgoingFailed(MmnCdsError):
    """Another server gave nothing that can be used; the text is ours and holds nothing of what it sent.

    ``may_pass``: asking once more may help, after ``retry_after`` seconds where the server said so.
    """

    def __init__(self, reason: str, *, may_pass: bool = False, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.may_pass = may_pass
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
        self, url: str, deadline: Deadline, *, max_bytes: int, accept: str, token: BearerToken | None = None
    ) -> object:
        """The JSON at ``url`` as ``read_json`` reads it; OutgoingFailed says in our words why there is none."""
        try:
            answer = self._got_json(url, deadline, max_bytes, accept, token)
        except OutgoingFailed as failed:
            self.counted("unavailable" if failed.may_pass else "unusable")
            raise
        self.counted("answered")
        return answer

    def _got_json(self, url: str, deadline: Deadline, max_bytes: int, accept: str, token: BearerToken | None) -> object:
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        if token is not None:
            headers["Authorization"] = token.header()
        try:
            with requests.Session() as session, cut_at(deadline):
                # Neither proxies nor a .netrc of the environment: a token goes to the named server only.
                session.trust_env = False
                for scheme in ("http://", "https://"):
                    session.mount(scheme, CuttableAdapter())
                return _json_of(self._asked(session, url, headers, deadline), deadline, max_bytes)
        except requests.Timeout:
            raise OutgoingFailed("no answer in time", may_pass=True) from None
        except (requests.RequestException, OSError, ValueError):
            reason = "no answer in time" if not deadline.left else "the connection failed"
            raise OutgoingFailed(reason, may_pass=True) from None

    def _asked(
        self, session: requests.Session, url: str, headers: dict[str, str], deadline: Deadline
    ) -> requests.Response:
        left = deadline.left
        if not left:
            raise OutgoingFailed("no time was left to ask")
        return session.get(
            url,
            headers=headers,
            timeout=(min(_CONNECT_SECONDS, left), left),
            allow_redirects=False,
            stream=True,
            verify=self.ca_bundle or True,
        )


def _json_of(answer: requests.Response, deadline: Deadline, max_bytes: int) -> object:
    if answer.status_code != HTTPStatus.OK:
        passing = answer.status_code in _PASSING
        raise OutgoingFailed(f"status {answer.status_code}", may_pass=passing, retry_after=_retry_after(answer))
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise OutgoingFailed("a compressed answer, though none was asked for")
    if not _is_json(answer.headers.get("Content-Type", "")):
        raise OutgoingFailed("an answer that is not JSON")
    try:
        return read_json(_whole(answer, deadline, max_bytes))
    except BadRequest as problem:
        raise OutgoingFailed(f"an answer that cannot be read: {problem}") from None


def _whole(answer: requests.Response, deadline: Deadline, max_bytes: int) -> bytes:
    kept = BytesIO()
    for piece in answer.iter_content(_PIECE):
        kept.write(piece)
        if kept.tell() > max_bytes:
            raise OutgoingFailed(f"an answer over {max_bytes} bytes")
        if not deadline.left:
            raise OutgoingFailed("no answer in time")
    return kept.getvalue()


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    # application/json+fhir is what servers said before R4.
    return media_type in ("application/json", "application/json+fhir") or media_type.endswith("+json")


def _retry_after(answer: requests.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < len("100000") else None
