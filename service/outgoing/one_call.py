"""One call of any kind over HTTP: under a deadline and a cap, never redirected.

Imported when the first call is made, as ``one_get`` is: it takes 6 MB.
"""

from collections.abc import Mapping
from io import BytesIO

import requests
from urllib3.exceptions import HTTPError

from service.errors import BadRequest
from service.json_guard import read_json
from service.outgoing.calling import Answer, OutgoingFailed
from service.outgoing.connections import CuttableAdapter, cut_at
from service.outgoing.deadline import Deadline
from service.outgoing.rests import seconds_in

_CONNECT_SECONDS = 2.0
_PIECE = 64 * 1024
_MOST_BYTES = 10 * 1024**2


def answer_of(
    method: str, url: str, deadline: Deadline, headers: Mapping[str, str], body: bytes | None, ca_bundle: str | None
) -> Answer:
    """What the server answers, whatever its status; OutgoingFailed where it does not."""
    try:
        with requests.Session() as session, cut_at(deadline):
            # Neither proxies nor a .netrc of the environment: a token goes to the named server only.
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, CuttableAdapter())
            return _answer(session, requests.Request(method, url, dict(headers), data=body), deadline, ca_bundle)
    except (requests.RequestException, HTTPError, OSError, ValueError):
        raise OutgoingFailed("the connection failed", may_pass=True, is_down=True) from None


def _answer(session: requests.Session, request: requests.Request, deadline: Deadline, ca_bundle: str | None) -> Answer:
    with session.send(
        session.prepare_request(request),
        timeout=(min(_CONNECT_SECONDS, deadline.left) or 0.001, deadline.left or 0.001),
        allow_redirects=False,
        stream=True,
        verify=ca_bundle or True,
    ) as answer:
        return Answer(answer.status_code, _json_of(answer, deadline), seconds_in(answer.headers))


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
