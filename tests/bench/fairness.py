"""``make fairness``: one issuer sends the heaviest calls there are and hangs up; how long does another one wait?

A production server on this machine, two issuers with keys of their own. Each element that may repeat in turn: six calls
of about 1 MiB with 5,000 of them, sent at once, each of which hangs up after three seconds; beside them the ordinary
calls of the other issuer. The command fails when one of those takes longer than a second or is not answered.
"""

import http.client
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import click
import orjson

from tests.bench import bodies
from tests.bench.issuers import KEYS, settings_file, token
from tests.bench.servers import production_server

Json = dict[str, Any]

LONGEST_SECONDS = 1.0
_TIMES, _CALLS, _HANGS_UP_AFTER, _ORDINARY = 5000, 6, 3.0, 10
_HEAVY, _OTHER = KEYS
_ORDER, _VIEW = "/cds-services/mmn-order-sign", "/cds-services/mmn-patient-view"


def posted(port: int, iss: str, path: str, body: bytes, seconds: float) -> int | None:
    """The status of a call; ``None`` when the caller hung up before the answer."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(iss, path)}"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)) as connection, suppress(OSError):
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    return None


def _call(hook: str) -> Json:
    resources = bodies.mmn_resources(12)
    called: Json = orjson.loads(bodies.as_order_call(resources) if hook == "order" else bodies.as_hook_call(resources))
    return called


def _many(make: Callable[[int], Any], into: Callable[[Json, list[Any]], None], hook: str = "order") -> bytes:
    called = _call(hook)
    into(called, [make(number) for number in range(_TIMES)])
    return orjson.dumps(called)


def _draft(called: Json) -> Json:
    draft: Json = called["context"]["draftOrders"]["entry"][0]["resource"]
    return draft


def _first_study(called: Json) -> Json:
    study: Json = called["prefetch"]["nerveStudies"]["entry"][0]["resource"]
    return study


def _instruction(number: int) -> Json:
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}
    rate = {"value": number + 1, "unit": "mL/h"}
    dose = {"doseQuantity": {"value": 0.4 + number, "unit": "g/kg"}, "rateQuantity": rate}
    return {"sequence": number, "timing": {"repeat": repeat}, "doseAndRate": [dose]}


def _order(number: int) -> Json:
    order = {**_draft(_call("order")), "id": f"o{number}"}
    return {
        "resource": {
            **order,
            "authoredOn": f"{1000 + number // 300:04}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}",
        }
    }


def _study(number: int) -> Json:
    study = {**_first_study(_call("view")), "id": f"s{number}"}
    parts = [{**each, "valueQuantity": {**each["valueQuantity"], "value": number}} for each in study["component"][:2]]
    return {"resource": {**study, "component": parts}}


def heaviest() -> dict[str, tuple[str, bytes]]:
    """By what is repeated: where it is sent, and the body."""
    coding = {"system": "http://loinc.org", "code": "1-8"}
    component = _first_study(_call("view"))["component"][0]
    return {
        "dosageInstruction": (
            _ORDER,
            _many(_instruction, lambda call, many: _draft(call).update(dosageInstruction=many)),
        ),
        "draftOrders.entry": (
            _ORDER,
            _many(_order, lambda call, many: call["context"]["draftOrders"].update(entry=many[: _TIMES // 2])),
        ),
        "reasonCode": (
            _ORDER,
            _many(
                lambda at: {"coding": [coding], "text": f"r{at}"},
                lambda call, many: _draft(call).update(reasonCode=many),
            ),
        ),
        "medication codings": (
            _ORDER,
            _many(
                lambda at: {**coding, "display": f"drug {at}"},
                lambda call, many: _draft(call)["medicationCodeableConcept"].update(coding=many),
            ),
        ),
        "component": (
            _VIEW,
            _many(lambda _: component, lambda call, many: _first_study(call).update(component=many), "view"),
        ),
        "nerve studies of one day": (
            _VIEW,
            _many(_study, lambda call, many: call["prefetch"]["nerveStudies"].update(entry=many[:2000]), "view"),
        ),
    }


def main() -> int:
    """Try each; the exit code is 1 when somebody else waited too long."""
    slow = 0
    with tempfile.TemporaryDirectory() as place, production_server(settings_file(Path(place)), 2) as server:
        ordinary = orjson.dumps(_call("view"))
        assert posted(server.port, _OTHER, _VIEW, ordinary, 20) == http.client.OK
        for name, (path, body) in heaviest().items():
            times = _beside(server.port, path, body, ordinary)
            slow += max(times) > LONGEST_SECONDS
            ranked = sorted(times)
            click.echo(
                f"{name:26} {len(body) / 2**20:5.2f} MiB  another issuer: median {ranked[len(ranked) // 2]:.3f} s, "
                f"longest {ranked[-1]:.3f} s"
            )
    click.echo("in order" if not slow else f"{slow} of them make another issuer wait longer than {LONGEST_SECONDS} s")
    return 1 if slow else 0


def _beside(port: int, path: str, body: bytes, ordinary: bytes) -> list[float]:
    with ThreadPoolExecutor(_CALLS) as heavy:
        for _ in range(_CALLS):
            heavy.submit(posted, port, _HEAVY, path, body, _HANGS_UP_AFTER)
        threading.Event().wait(0.2)
        return [_seconds(port, ordinary) for _ in range(_ORDINARY)]


def _seconds(port: int, ordinary: bytes) -> float:
    started = time.perf_counter()
    status = posted(port, _OTHER, _VIEW, ordinary, 20)
    return time.perf_counter() - started if status == http.client.OK else float("inf")


if __name__ == "__main__":
    sys.exit(main())
