"""What the files of the pack say is worked out once: no request compiles a pattern anew."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import orjson
import pytest

from service.json_guard import read_json
from service.web.draft_orders import drafts_in
from tests.bench import bodies
from tests.shipped import shipped

EVALUATOR = shipped()
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
RESOURCES = bodies.mmn_resources()


def evaluate_bundle() -> None:
    EVALUATOR.evaluate_bundle(read_json(bodies.as_bundle(RESOURCES)), AS_OF, 1000)


def open_chart() -> None:
    EVALUATOR.evaluate_prefetch(bodies.PATIENT, None, resources(orjson.loads(bodies.as_hook_call(RESOURCES))), AS_OF)


def sign_orders() -> None:
    call: Any = read_json(bodies.as_order_call(RESOURCES))
    drafts = drafts_in(call["context"], "order-sign", 1000)
    EVALUATOR.evaluate_orders(bodies.PATIENT, None, resources(call), drafts, AS_OF)


def resources(call: Any) -> list[tuple[str | None, dict[str, object]]]:
    bundles = [value for value in call["prefetch"].values() if value and value["resourceType"] == "Bundle"]
    return [(None, entry["resource"]) for bundle in bundles for entry in bundle.get("entry", ())]


def compiled_while(evaluate: Callable[[], None]) -> list[str]:
    """The places from which a pattern is compiled."""
    found: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_globals.get("__name__") == "re" and frame.f_code.co_name == "compile":
            found.append(next(caller for caller in callers(frame) if caller.startswith("service.")))

    sys.setprofile(note)
    try:
        evaluate()
    finally:
        sys.setprofile(None)
    return found


def callers(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_name}"
        frame = frame.f_back


@pytest.mark.parametrize("evaluate", [evaluate_bundle, open_chart, sign_orders])
def test_no_pattern_is_compiled_for_a_request(evaluate: Callable[[], None]) -> None:
    evaluate()
    assert compiled_while(evaluate) == []
