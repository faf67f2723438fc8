"""Whatever a caller repeats costs at most as much again each time: no pairwise comparison over what is sent.

What is counted are calls of functions, not time: the same on every machine and under any load.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from service.fhir.intake.drafts import Drafts
from tests.repeated import AS_OF, PATIENT, Json, Repeat, element, lists_in, samples, together, whole
from tests.shipped import shipped

_EVALUATOR = shipped()
_ONCE, _FEW = 1, 40
# Twice as many may cost 2.6 times; from a few to four times as many are two doublings.
_MOST_GROWTH = 2.6**2
# A resource over its limit is a row, and where it bears on the matter one card: once, however much is over.
_ONE_CARD = 4000


def _in_bundle(resources: list[Json]) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    _EVALUATOR.evaluate_bundle(bundle, AS_OF, 10**6)


def _as_drafts(resources: list[Json]) -> None:
    drafts = Drafts([(None, each) for each in resources])
    _EVALUATOR.evaluate_orders("p1", None, [(None, PATIENT)], drafts, AS_OF)


def _cases() -> list[Any]:
    cases = []
    for name, sample in samples(_EVALUATOR):
        repeats = {"one day": whole(sample, other_days=False), "other days": whole(sample, other_days=True)}
        repeats |= {".".join(map(str, path)): element(sample, path) for path in lists_in(sample)}
        for what, repeat in repeats.items():
            cases.append(pytest.param(_in_bundle, repeat, id=f"{name}, {what}"))
            if sample["resourceType"] in ("MedicationRequest", "ServiceRequest"):
                cases.append(pytest.param(_as_drafts, repeat, id=f"draft {name}, {what}"))
    everything = [sample for _, sample in samples(_EVALUATOR)]
    for days in (False, True):
        repeat = together(everything, other_days=days)
        cases.append(pytest.param(_in_bundle, repeat, id=f"all kinds at once, {'other days' if days else 'one day'}"))
    return cases


@pytest.mark.parametrize(("judge", "repeat"), _cases())
def test_what_is_repeated_costs_in_proportion(judge: Callable[[list[Json]], None], repeat: Repeat) -> None:
    once, few, many = (_calls(judge, repeat(times)) for times in (_ONCE, _FEW, 4 * _FEW))
    assert many - once <= _MOST_GROWTH * max(few - once, 1) + _ONE_CARD


def _calls(judge: Callable[[list[Json]], None], resources: list[Json]) -> int:
    made = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sent = [PATIENT, *resources] if judge is _in_bundle else resources
    judge(sent)  # what is remembered of shapes and texts is remembered now
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        judge(sent)
    finally:
        sys.setprofile(before)
    return made
