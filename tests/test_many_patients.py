"""A Bundle of several patients: one result for each, or a row that says who was not reached."""

from typing import Any

from service.domain.budget import Budget
from tests.patient_folders import Json
from tests.repeated import AS_OF, PATIENT
from tests.shipped import shipped


class Clock:
    """A clock that moves on by a second whenever it is looked at."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def sent(patients: int) -> Json:
    resources = [{**PATIENT, "id": f"p{number}"} for number in range(patients)]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def test_whom_the_budget_does_not_reach_is_a_row_and_nobody_is_judged_by_half() -> None:
    evaluator, patients = shipped(), 20
    with Budget(70, clock=Clock()).applied():
        answer: Any = evaluator.evaluate_bundle(sent(patients), AS_OF, 100)
    reached = [result["evaluation"]["patient"] for result in answer["results"]]
    left = [row["resource"] for row in answer["excluded"]]
    assert reached
    assert left
    assert {row["reason"] for row in answer["excluded"]} == {"budget"}
    assert [*reached, *left] == [f"Patient/p{number}" for number in range(patients)]


def test_with_all_the_computing_there_is_everybody_has_a_result() -> None:
    answer: Any = shipped().evaluate_bundle(sent(3), AS_OF, 100)
    assert [len(answer["results"]), answer["used"], answer["excluded"]] == [3, [], []]
