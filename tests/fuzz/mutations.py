"""Good requests, and the many ways in which a sender can get them wrong; all drawn from one seeded generator."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import orjson

from tests.bench import bodies

CANARY = "Zebedee-Canary"
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e308,
    10**40,
    0.1,
    "",
    " ",
    CANARY,
    "x" * 5000,
    "\u202e\u0000é",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01",
    "2026-02-30",
    "Patient/../../etc",
    "http://127.0.0.1:1/x",
    "javascript:alert(1)",
    "{{context.patientId}}",
    [],
    {},
    [None],
    [[]],
    {"a": {"b": []}},
    [{}] * 300,
    {"resourceType": "Patient", "id": "somebody-else"},
    {"resourceType": "OperationOutcome", "issue": []},
    {"value": 5, "unit": "furlong"},
    {"start": "2026-01-01", "end": "2020-01-01"},
)
_TYPES = ("application/json", "application/fhir+json", "text/plain", "", "application/json; charset=utf-16", "a/b;;;=")
_PATHS = ("/", "/cds-services/", "/cds-services/x", "/fhir", "/fhir/$other", "/%00", "/..;/", "/metrics/x", "//", "/*")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it goes out."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


def corpus() -> list[Sent]:
    """Requests that are all in order, one for each thing that the service does."""
    resources = bodies.mmn_resources(20)
    patient_view, order_sign = bodies.as_hook_call(resources), bodies.as_order_call(resources)
    entry = {"card": "11111111-1111-4111-8111-111111111111", "outcomeTimestamp": "2026-03-04T10:20:00Z"}
    feedback = {"feedback": [{**entry, "outcome": "overridden", "overrideReason": {"userComment": CANARY}}]}
    posts = {
        "/cds-services/mmn-patient-view": patient_view,
        "/cds-services/mmn-order-sign": order_sign,
        "/cds-services/mmn-order-select": _order_select(order_sign),
        "/cds-services/mmn-order-sign/feedback": orjson.dumps(feedback),
        "/fhir/$mmn-evaluate": bodies.as_bundle(resources),
        "/fhir/$mmn-evaluate?asOf=2026-03-04T10:20:00Z": bodies.as_bundle(resources),
    }
    reads = ("/cds-services", "/healthz", "/readyz", "/metrics", "/openapi.json", "/fhir/metadata")
    headers = {"Content-Type": "application/json"}
    return [Sent("POST", path, headers, body) for path, body in posts.items()] + [Sent("GET", p, {}) for p in reads]


def _order_select(order_sign: bytes) -> bytes:
    called = orjson.loads(order_sign)
    called["hook"] = "order-select"
    called["context"]["selections"] = ["MedicationRequest/1"]
    return orjson.dumps(called)


def mutated(sent: Sent, draw: Random) -> Sent:
    """The request with one to four things wrong."""
    for _ in range(draw.randint(1, 4)):
        sent = draw.choices(_MUTATIONS, weights=(12, 4, 1, 1, 1))[0](sent, draw)
    return sent


def _value_changed(sent: Sent, draw: Random) -> Sent:
    try:
        content = orjson.loads(sent.body)
    except orjson.JSONDecodeError:
        return sent
    holder, key = _somewhere(content, draw)
    if holder is None:
        return sent
    if draw.random() < 0.2:
        del holder[key]
    else:
        holder[key] = draw.choice(_VALUES)
    try:
        return replace(sent, body=orjson.dumps(content))
    except TypeError:
        return sent


def _somewhere(content: Any, draw: Random) -> tuple[Any, Any]:
    """A container and a key in it, at a random depth."""
    holder, key = None, None
    while isinstance(content, dict | list) and content:
        holder, key = content, draw.choice(list(content) if isinstance(content, dict) else range(len(content)))
        content = holder[key]
        if draw.random() < 0.15:
            break
    return holder, key


def _bytes_changed(sent: Sent, draw: Random) -> Sent:
    body = bytearray(sent.body)
    if not body:
        return replace(sent, body=draw.randbytes(draw.randint(1, 200)))
    start = draw.randrange(len(body))
    end = min(len(body), start + draw.randint(1, 40))
    piece = draw.choice((b"", draw.randbytes(draw.randint(1, 20)), bytes(body[start:end]) * 2, b"[" * 100, b"\\ud800"))
    body[start:end] = piece
    return replace(sent, body=bytes(body[: draw.choice((len(body), draw.randrange(len(body) + 1)))]))


def _headers_changed(sent: Sent, draw: Random) -> Sent:
    wrong = {
        "Content-Type": draw.choice(_TYPES),
        "Content-Encoding": draw.choice(("gzip", "identity", "br, gzip", "x")),
        "X-Request-Id": draw.choice(("x" * 300, "a b", "", f"{CANARY}!")),
        "Authorization": draw.choice(("Bearer", "Bearer x.y.z", "Basic eDp5", "Bearer " + "a" * 8000)),
        "Accept": draw.choice(("text/html", "*/*;q=x", "application/fhir+xml")),
        "Origin": draw.choice(("null", "https://evil.example", "*")),
        "Expect": "100-continue",
        "Idempotency-Key": CANARY,
    }
    name = draw.choice(list(wrong))
    return replace(sent, headers={**sent.headers, name: wrong[name]})


def _method_changed(sent: Sent, draw: Random) -> Sent:
    return replace(sent, method=draw.choice(("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")))


def _path_changed(sent: Sent, draw: Random) -> Sent:
    query = draw.choice(
        ("", "?asOf=", "?asOf=2026", "?asOf=2026-03-04T10:20:00Z&asOf=x", f"?name={CANARY}", "?%ff=%00")
    )
    return replace(sent, path=draw.choice((sent.path.partition("?")[0], *_PATHS)) + query)


_MUTATIONS: tuple[Callable[[Sent, Random], Sent], ...] = (
    _value_changed,
    _bytes_changed,
    _headers_changed,
    _method_changed,
    _path_changed,
)
