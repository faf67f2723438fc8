"""``make leak``: thousands of calls of all kinds in one process, and what is still held after them.

No clock is in it: what Python holds in blocks, what C libraries hold in bytes, and the process as a whole, looked at
after a quarter of the calls and at the end. Every call is of another patient, so that whatever is kept by patient,
card, caller or request shows. Fails when more is held at the end than caches that fill may take.
"""

import ctypes
import gc
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from uuid import UUID

import click
import orjson
from flask.testing import FlaskClient

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from service.store.database import Database
from tests.bench import bodies

JSON = {"Content-Type": "application/json"}
VIEW, SIGN, EVALUATE = "/cds-services/mmn-patient-view", "/cds-services/mmn-order-sign", "/fhir/$mmn-evaluate"
# Caches that are bounded may still fill: a few objects in a hundred calls.
MOST_BLOCKS_A_CALL, MOST_C_BYTES_A_CALL = 0.1, 20.0
_PARTS = 4
Call = Callable[[FlaskClient, int], int]


class _Mallinfo(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    )


@dataclass(frozen=True)
class Held:
    """``blocks``: of Python; ``c_bytes``: of the C heap, with the large objects of Python; ``resident_mib``: of all."""

    calls: int
    blocks: int
    c_bytes: int
    resident_mib: float

    @property
    def in_words(self) -> str:
        c_kib = self.c_bytes / 1024
        return f"{self.calls:8} calls: {self.blocks} blocks, {c_kib:.0f} KiB of C, {self.resident_mib:.1f} MiB"

    @classmethod
    def now(cls, calls: int) -> "Held":
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return cls(calls, sys.getallocatedblocks(), _c_bytes(), pages * os.sysconf("SC_PAGE_SIZE") / 1024**2)


def _c_bytes() -> int:
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return 0
    libc.mallinfo2.restype = _Mallinfo
    found = libc.mallinfo2()
    return int(found.uordblks + found.hblkhd)


def _posted(path: str, body: bytes) -> Call:
    text = body.decode()

    def call(client: FlaskClient, number: int) -> int:
        sent = text.replace(bodies.PATIENT, f"leak-{number}")
        return client.post(path, data=sent, headers={**JSON, "X-Request-Id": f"request-{number}"}).status_code

    return call


def _feedback(client: FlaskClient, number: int) -> int:
    entry = {"card": str(UUID(int=number)), "outcome": "accepted", "outcomeTimestamp": "2026-03-04T10:20:00Z"}
    sent = {"feedback": [{**entry, "acceptedSuggestions": [{"id": str(UUID(int=number + 1))}]}]}
    return client.post(f"{VIEW}/feedback", data=orjson.dumps(sent), headers=JSON).status_code


def _broken(client: FlaskClient, number: int) -> int:
    return client.post(EVALUATE, data=f'{{"resourceType": "Bundle-{number}", "entry": [', headers=JSON).status_code


def _nowhere(client: FlaskClient, number: int) -> int:
    return client.post(f"/cds-services/of-nobody-{number}", data="{}", headers=JSON).status_code


def _asked_with_a_token(client: FlaskClient, number: int) -> int:
    return client.get("/cds-services", headers={"Authorization": f"Bearer token-{number}"}).status_code


def _notified(client: FlaskClient, number: int) -> int:
    patient = {"resourceType": "Patient", "id": f"leak-{number}"}
    return client.post("/fhir/$mmn-notify", data=orjson.dumps(patient), headers=JSON).status_code


def calls() -> Iterator[tuple[str, Call]]:
    """All kinds of calls, one after the other, for ever."""
    small, routine = bodies.mmn_resources(12), bodies.unremarkable_resources(20)
    return cycle(
        (
            ("patient-view", _posted(VIEW, bodies.as_hook_call(small))),
            ("patient-view, no MMN", _posted(VIEW, bodies.as_hook_call(routine))),
            ("order-sign", _posted(SIGN, bodies.as_order_call(small))),
            ("order-select", _posted("/cds-services/mmn-order-select", bodies.as_selection(small))),
            ("evaluate", _posted(EVALUATE, bodies.as_bundle(small))),
            ("notify", _notified),
            ("feedback", _feedback),
            ("broken", _broken),
            ("no such service", _nowhere),
            ("a token", _asked_with_a_token),
        )
    )


def run(client: FlaskClient, number: int) -> tuple[list[Held], dict[str, set[int]]]:
    """What is held after each part of so many calls, told as it is found; the statuses of each kind of call."""
    told: dict[str, set[int]] = {}
    held: list[Held] = []
    for done, (kind, call) in enumerate(islice(calls(), number), 1):
        told.setdefault(kind, set()).add(call(client, done))
        if done % (number // _PARTS) == 0:
            held.append(Held.now(done))
            click.echo(held[-1].in_words)
    return held, told


@click.command()
@click.option("--calls", "number", type=int, default=20_000, show_default=True)
def main(number: int) -> None:
    """Call so often, and print what is held; exit code 1 when it grows."""
    logging.getLogger("service").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as place:
        store = f"sqlite:///{place}/store.sqlite"
        Database(store).migrate()
        app = create_app(Settings(profile="local", store=store), Evaluator.load(None))
        held, told = run(app.test_client(), number)
    for kind, statuses in told.items():
        click.echo(f"{kind}: {', '.join(map(str, sorted(statuses)))}")
    first, last = held[0], held[-1]
    between = last.calls - first.calls
    blocks, c_bytes = (last.blocks - first.blocks) / between, (last.c_bytes - first.c_bytes) / between
    click.echo(f"more for each call: {blocks:.3f} blocks (floor {MOST_BLOCKS_A_CALL}), {c_bytes:.1f} bytes of C")
    if blocks > MOST_BLOCKS_A_CALL or c_bytes > MOST_C_BYTES_A_CALL:
        click.echo("More is held than caches that fill may take")
        sys.exit(1)


if __name__ == "__main__":
    main()
