"""One GET over HTTP: under a deadline and a cap, never redirected, its body read by the same guard as what comes in.

Imported when the first call is made, or before a server forks that will make calls: it takes 6 MB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO

import requests
from urllib3.exceptions import HTTPError

from service.errors import BadRequest
from service.json_guard import read_json
from service.outgoing.calling import Calling, OutgoingFailed
from service.outgoing.connections import CuttableAdapter, cut_at
from service.outgoing.deadline import Allowance, Deadline
from service.outgoing.rests import seconds_in

_CONNECT_SECONDS = 1.0
_PIECE = 64 * 1024
_LATE = "no answer in time"
# Too many questions, or a way to somewhere else, such as a page to log in: any question would get the same.
_IN_THE_WAY = frozenset({*range(300, 400), HTTPStatus.TOO_MANY_REQUESTS})
_PASSING = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


def json_at(
    client: Calling,
    url: str,
    headers: dict[str, str],
    deadline: Deadline,
    max_bytes: int,
    allowance: Allowance | None,
) -> object:
    """The JSON at ``url`` as ``Client.get_json`` gives it; OutgoingFailed for everything else that comes of it."""
    try:
        with _counting(client), requests.Session() as session, cut_at(deadline):
            # Neither proxies nor a .netrc of the environment: a token goes to the named server only.
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, CuttableAdapter())
            with _asked(client, session, url, headers, deadline) as answer:
                return _json_of(answer, deadline, max_bytes, allowance)
    except ValueError:
        # An address, a header, or a token that is no HTTP; the message would repeat it.
        raise OutgoingFailed("a question or an answer that is not HTTP") from None
    except (requests.RequestException, HTTPError, OSError) as problem:
        raise _broken(problem, deadline) from None


@contextmanager
def _counting(client: Calling) -> Iterator[None]:
    try:
        yield
    except OutgoingFailed as failed:
        client.counted("unavailable" if failed.may_pass else "unusable")
        raise
    except (requests.RequestException, HTTPError, OSError, ValueError):
        client.counted("unavailable")
        raise
    client.counted("answered")


def _asked(
    client: Calling, session: requests.Session, url: str, headers: dict[str, str], deadline: Deadline
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
        verify=client.ca_bundle or True,
    )


def _broken(problem: Exception, deadline: Deadline) -> OutgoingFailed:
    if isinstance(problem, requests.Timeout) or not deadline.left:
        return OutgoingFailed(_LATE, may_pass=True, is_down=True)
    if isinstance(problem, requests.exceptions.SSLError):
        return OutgoingFailed("no secure connection", is_down=True)
    return OutgoingFailed("the connection failed", may_pass=True, is_down=True)


def _json_of(answer: requests.Response, deadline: Deadline, max_bytes: int, allowance: Allowance | None) -> object:
    # Our own cut looks like the end: of the head, and of a body that has no announced length.
    if not deadline.left:
        raise OutgoingFailed(_LATE, may_pass=True, is_down=True)
    status = answer.status_code
    if status != HTTPStatus.OK:
        raise OutgoingFailed(
            f"status {status}",
            may_pass=status in _PASSING,
            is_down=status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _IN_THE_WAY,
            wants_rest=status == HTTPStatus.TOO_MANY_REQUESTS,
            retry_after=seconds_in(answer.headers),
        )
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise OutgoingFailed("a compressed answer, though none was asked for", is_down=True)
    if not _is_json(answer.headers.get("Content-Type", "")):
        raise OutgoingFailed("an answer that is not JSON", is_down=True)
    try:
        return read_json(_whole(answer, deadline, max_bytes, allowance))
    except BadRequest as problem:
        raise OutgoingFailed(f"an answer that cannot be read: {problem}", is_down=True) from None


def _whole(answer: requests.Response, deadline: Deadline, max_bytes: int, allowance: Allowance | None) -> bytes:
    kept = BytesIO()
    for piece in answer.iter_content(_PIECE):
        kept.write(piece)
        if kept.tell() > max_bytes:
            raise OutgoingFailed(f"an answer over {max_bytes} bytes")
        if allowance is not None and not allowance.take(len(piece)):
            raise OutgoingFailed("more bytes than are taken for one request")
        if not deadline.left:
            break
    if not deadline.left:
        raise OutgoingFailed(_LATE, may_pass=True, is_down=True)
    return kept.getvalue()


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    # application/json+fhir is what servers said before R4.
    return media_type in ("application/json", "application/json+fhir") or media_type.endswith("+json")
