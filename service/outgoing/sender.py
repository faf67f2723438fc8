"""Calls of which the status matters: reading one resource, asking for a token, handing something over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO

import requests
from urllib3.exceptions import HTTPError

from service.errors import BadRequest
from service.json_guard import read_json
from service.outgoing.calling import OutgoingFailed
from service.outgoing.connections import CuttableAdapter, cut_at
from service.outgoing.deadline import Deadline

_CONNECT_SECONDS = 2.0
_PIECE = 64 * 1024
_MOST_BYTES = 10 * 1024**2


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
        always = {"Accept-Encoding": "identity", "User-Agent": "mmn-cds"}
        try:
            with requests.Session() as session, cut_at(deadline):
                # Neither proxies nor a .netrc of the environment: a token goes to the named server only.
                session.trust_env = False
                for scheme in ("http://", "https://"):
                    session.mount(scheme, CuttableAdapter())
                answer = self._answer(
                    session, requests.Request(method, url, {**always, **headers}, data=body), deadline
                )
        except (requests.RequestException, HTTPError, OSError, ValueError):
            self.counted("unavailable")
            raise OutgoingFailed("the connection failed", may_pass=True, is_down=True) from None
        except OutgoingFailed:
            self.counted("unavailable")
            raise
        self.counted("answered" if not answer.may_pass else "unavailable")
        return answer

    def _answer(self, session: requests.Session, request: requests.Request, deadline: Deadline) -> Answer:
        with session.send(
            session.prepare_request(request),
            timeout=(min(_CONNECT_SECONDS, deadline.left) or 0.001, deadline.left or 0.001),
            allow_redirects=False,
            stream=True,
            verify=self.ca_bundle or True,
        ) as answer:
            return Answer(answer.status_code, _json_of(answer, deadline), _retry_after(answer))


def _json_of(answer: requests.Response, deadline: Deadline) -> object:
    """The body, where it is JSON; its status says enough where it is something else."""
    if "json" not in answer.headers.get("Content-Type", "").lower():
        return None
    kept = BytesIO()
    for piece in answer.iter_content(_PIECE):
        kept.write(piece)
        if kept.tell() > _MOST_BYTES:
            raise OutgoingFailed(f"an answer over {_MOST_BYTES} bytes")
    if not deadline.left:
        raise OutgoingFailed("no answer in time", may_pass=True, is_down=True)
    try:
        return read_json(kept.getvalue())
    except BadRequest:
        return None


def _retry_after(answer: requests.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < len("100000") else None
