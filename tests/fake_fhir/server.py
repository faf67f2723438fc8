"""The server: reads and searches of the resources it was given, unless a behaviour takes over."""

import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson

from service.web.answers import exact_number

Json = Mapping[str, Any]
FHIR_JSON = {"Content-Type": "application/fhir+json"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class Exchange(BaseHTTPRequestHandler):
    """One connection; what a behaviour answers with."""

    server: "_Listener"
    body: bytes

    @property
    def fake(self) -> "FakeFhirServer":
        """The server whose exchange this is."""
        return self.server.fake

    def send(self, status: int, body: bytes | Json, headers: Mapping[str, str] = FHIR_JSON) -> None:
        """A whole answer."""
        content = body if isinstance(body, bytes) else orjson.dumps(body, default=exact_number)
        self.send_head(status, {**headers, "Content-Length": str(len(content))})
        self.wfile.write(content)

    def send_head(self, status: int, headers: Mapping[str, str]) -> None:
        """The head of an answer, and nothing after it."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self) -> None:  # the name that http.server looks for
        """Note the request, and answer it."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.body = self.rfile.read(int(headers.get("content-length", 0)))
        self.fake.asked.append(Asked(self.command, self.path, headers, self.body))
        self.close_connection = True
        self.fake.answer(self)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  # the same

    def log_message(self, *_: object) -> None:
        """Say nothing."""


Behaviour = Callable[[Exchange], None]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # With the usual five, many that ask at once would wait a second and more to be let in.
    request_queue_size = 256
    fake: "FakeFhirServer"

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is what many tests are about."""


class FakeFhirServer:
    """Serves ``resources``, over TLS if it has a ``certificate`` (with its key in the same file).

    ``token``: the bearer token it wants; ``page_size``: entries of one page of a search.
    """

    def __init__(
        self,
        resources: Iterable[Json] = (),
        *,
        token: str | None = None,
        page_size: int = 1000,
        certificate: Path | None = None,
    ) -> None:
        self.resources = list(resources)
        self.token, self.page_size = token, page_size
        self.asked: list[Asked] = []
        # What a Subscription told of, by its reference; without it there is no $events.
        self.events: dict[str, Json] = {}
        self.stopping = threading.Event()
        # Whoever replaces resources while others are served.
        self.updating = threading.Lock()
        self._behaviours: dict[str, Behaviour] = {}
        self._listener = _Listener(("127.0.0.1", 0), Exchange)
        self._listener.fake = self
        self.port = int(self._listener.server_address[1])
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            # A handshake belongs to the thread of its connection, not to the one that accepts all of them.
            self._listener.socket = tls.wrap_socket(
                self._listener.socket, server_side=True, do_handshake_on_connect=False
            )
        self.base = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}/fhir"
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.stopping.set()
        self._listener.shutdown()
        self._listener.server_close()

    def behave(self, behaviour: Behaviour | None, on: str = "") -> None:
        """Answer what asks for this resource type (empty: everything) in this way; None: as usual again."""
        self._behaviours.pop(on, None)
        if behaviour:
            self._behaviours[on] = behaviour

    def asked_for(self, resource_type: str) -> list[Asked]:
        """The requests for one resource type."""
        return [each for each in self.asked if _type_of(each.path) == resource_type]

    def answer(self, exchange: Exchange) -> None:
        """By a behaviour, or as a FHIR server should."""
        behaviour = self._behaviours.get(_type_of(exchange.path)) or self._behaviours.get("") or serve
        behaviour(exchange)

    def searchset(self, path: str) -> dict[str, Any]:
        """The answer to a search: one page of it, with a link to the next where there is one."""
        query = parse_qs(urlsplit(path).query)
        found = [each for each in self.resources if _fits(each, _type_of(path), query)]
        start = int(query.get("_start", ["0"])[0])
        page = found[start : start + self.page_size]
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
        if page:
            bundle["entry"] = [{"fullUrl": self._url(each), "resource": each} for each in page]
        if start + self.page_size < len(found):
            first = path.partition("&_start=")[0].removeprefix("/fhir")
            url = f"{self.base}{first}&_start={start + self.page_size}"
            bundle["link"] = [{"relation": "self", "url": f"{self.base}{first}"}, {"relation": "next", "url": url}]
        return bundle

    def _url(self, resource: Json) -> str:
        return f"{self.base}/{resource['resourceType']}/{resource['id']}"


def serve(exchange: Exchange) -> None:
    """As a FHIR server should: token, read, search."""
    fake, path = exchange.fake, exchange.path
    if fake.token and exchange.headers.get("Authorization") != f"Bearer {fake.token}":
        exchange.send(401, outcome("login"))
    elif exchange.command == "PUT":
        _update(exchange)
    elif "/$events" in path:
        told = fake.events.get(path.removeprefix("/fhir/").partition("/$events")[0])
        exchange.send(200 if told else 404, told or outcome("not-found"))
    elif "?" in path:
        exchange.send(200, fake.searchset(path))
    else:
        reference = path.removeprefix("/fhir/")
        found = [each for each in fake.resources if f"{each['resourceType']}/{each.get('id')}" == reference]
        exchange.send(200 if found else 404, found[0] if found else outcome("not-found"))


def _update(exchange: Exchange) -> None:
    """A conditional update: what has the identifier is replaced and keeps its id."""
    fake, query = exchange.fake, parse_qs(urlsplit(exchange.path).query)
    kind = _type_of(exchange.path)
    with fake.updating:
        found = [each for each in fake.resources if _fits(each, kind, query)]
        identity = found[0]["id"] if found else f"made-{len(fake.asked)}"
        made = {**orjson.loads(exchange.body), "id": identity}
        fake.resources[:] = [each for each in fake.resources if each not in found] + [made]
    exchange.send(200 if found else 201, made)


def outcome(code: str, severity: str = "error") -> dict[str, Any]:
    """An OperationOutcome of one issue."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def _type_of(path: str) -> str:
    return path.removeprefix("/fhir/").partition("?")[0].partition("/")[0]


def _fits(resource: Json, resource_type: str, query: Mapping[str, list[str]]) -> bool:
    if resource["resourceType"] != resource_type:
        return False
    if "identifier" in query:
        held = resource.get("identifier") or ()
        return query["identifier"][0] in [f"{each.get('system')}|{each.get('value')}" for each in held]
    element = "patient" if resource_type == "AllergyIntolerance" else "subject"
    subject = resource.get(element)
    reference = str(subject.get("reference", "")) if isinstance(subject, dict) else ""
    is_about = reference.rpartition("/")[2] == query.get("patient", [""])[0]
    return is_about and _has_code(resource, query.get("code"))


def _has_code(resource: Json, wanted: list[str] | None) -> bool:
    if wanted is None:
        return True
    concept = resource.get("code") or resource.get("medicationCodeableConcept")
    codings = concept.get("coding") if isinstance(concept, dict) else None
    found = [each for each in codings or () if isinstance(each, dict)] if isinstance(codings, list) else []
    own = {f"{coding.get('system')}|{coding.get('code')}" for coding in found}
    return bool(own & set(wanted[0].split(",")))
