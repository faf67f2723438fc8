"""A nerve conduction study that was done or ordered, and whose values did not come, is named and not ordered again."""

from typing import Any

import pytest

from tests.canary_resources import blocked, definite
from tests.test_unread_motor_studies import BLOCKED, OURS, answer, labels

Json = dict[str, Any]
ORDER = "Order a nerve conduction study"
CPT = "http://www.ama-assn.org/go/cpt"


def done(code: Json, **more: Any) -> Json:
    known = {"status": "completed", "subject": OURS, "performedDateTime": "2026-02-10"}
    return {"resourceType": "Procedure", "id": "done", "code": code, **known, **more}


def ordered(code: Json, **more: Any) -> Json:
    known = {"status": "active", "intent": "order", "subject": OURS, "authoredOn": "2026-02-27"}
    return {"resourceType": "ServiceRequest", "id": "ordered", "code": code, **known, **more}


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


# Weakness and no study at all.
WITHOUT_STUDIES = [each for each in definite() if each not in (BLOCKED, blocked("ulnar", sensory=22)[1])]


def told(made: Json) -> str:
    return " ".join(f"{card['summary']} {card['detail']}" for card in made["cards"])


def of(*resources: Json) -> Json:
    return answer(*resources, whole=WITHOUT_STUDIES)


def test_without_any_a_study_is_offered() -> None:
    assert ORDER in labels(of())


DONE = {
    "a procedure by CPT": done(coded(CPT, "95911")),
    "electromyography by CPT": done(coded(CPT, "95886")),
    "a procedure by its name": done({"text": "Nerve conduction study, both arms"}),
}


@pytest.mark.parametrize("case", DONE)
def test_a_study_that_was_done_is_named_and_not_ordered_again(case: str) -> None:
    made = of(DONE[case])
    assert "nerve conduction study of 2026-02-10" in told(made)
    assert ORDER not in labels(made)


ORDERED = {
    "an order by its name": ordered({"text": "Nerve conduction study"}),
    "an order by SNOMED CT": ordered(coded("http://snomed.info/sct", "183840006")),
    "an order in German": ordered({"text": "Elektroneurographie"}),
    "a plan": ordered({"text": "EMG/NCS"}, status="draft", intent="plan"),
}


@pytest.mark.parametrize("case", ORDERED)
def test_a_study_that_was_ordered_is_named_and_not_ordered_again(case: str) -> None:
    made = of(ORDERED[case])
    assert "order of a nerve conduction study of 2026-02-27" in told(made)
    assert ORDER not in labels(made)
    assert "text only" not in told(made)


NOTHING = {
    "not done": done({"text": "Nerve conduction study"}, status="not-done"),
    "revoked": ordered({"text": "Nerve conduction study"}, status="revoked"),
    "not to be done": ordered({"text": "Nerve conduction study"}, doNotPerform=True),
    "entered in error": ordered({"text": "Nerve conduction study"}, status="entered-in-error"),
    "another order": ordered({"text": "Electroencephalography"}),
    "an evoked potential": done(coded(CPT, "95925")),
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_was_not_done_or_is_something_else_leaves_the_offer(case: str) -> None:
    assert ORDER in labels(of(NOTHING[case]))


@pytest.mark.parametrize("when", ["2026-02-20", "2025-02-20"])
def test_what_was_ordered_or_done_is_no_news_once_its_results_came(when: str) -> None:
    made = answer(
        done({"text": "Nerve conduction study"}, performedDateTime=when),
        ordered({"text": "Nerve conduction study"}, authoredOn=when),
    )
    assert "not read" not in told(made)
    rows = {row["resource"]: row["reason"] for row in made["evaluation"]["excluded"]}
    assert rows == {"Procedure/done": "value", "ServiceRequest/ordered": "value"}
    assert ORDER in labels(made)


def test_a_later_order_stands_beside_older_results() -> None:
    made = answer(ordered({"text": "Nerve conduction study"}))
    assert "order of a nerve conduction study of 2026-02-27" in told(made)
    assert ORDER not in labels(made)
