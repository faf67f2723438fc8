"""How often an element may repeat: up to the limit it is read, beyond it the resource is a row."""

import pytest

from service.fhir.intake.drafts import Drafts
from service.fhir.intake.repeats import MOST_REPEATED
from tests.shipped import shipped
from tests.unit.fhir.bundles import AS_OF, Resource, only_row, record

EVALUATOR = shipped()
_CODING, _RANGE = {"system": "http://loinc.org", "code": "51703-7"}, {"text": "by age"}


def observation(**elements: object) -> Resource:
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": {"coding": [_CODING]},
        "valueString": "negative",
        **elements,
    }


def order(instructions: int) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": "immunoglobulin"},
        "dosageInstruction": [{"sequence": number, "text": "0.4 g/kg"} for number in range(instructions)],
    }


REPEATED = {
    "coding": lambda times: observation(code={"coding": [_CODING] * times}),
    "referenceRange": lambda times: observation(referenceRange=[_RANGE] * times),
    "component": lambda times: observation(component=[{"code": {"text": "part"}, "valueString": "x"}] * times),
    "dosageInstruction": order,
}


@pytest.mark.parametrize("element", REPEATED)
def test_a_resource_is_read_up_to_the_limit_and_is_a_row_beyond_it(element: str) -> None:
    most = MOST_REPEATED[element]
    assert "over-limit" not in [row.reason for row in record(REPEATED[element](most)).excluded]
    over = record(REPEATED[element](most + 1))
    row = only_row(over)
    assert (row.reason, row.relevant) == ("over-limit", True)
    assert element in row.detail
    assert (over.sources, over.treatments) == ([], [])


def test_the_name_of_an_element_that_a_sender_made_up_is_not_repeated() -> None:
    row = only_row(record(observation(Zebedee=[{}] * 1001)))
    assert (row.reason, "Zebedee" in row.detail) == ("over-limit", False)


def test_a_draft_with_too_much_in_it_is_told_as_an_order_that_cannot_be_read() -> None:
    reason = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G61.82"}]}
    draft = {**order(MOST_REPEATED["dosageInstruction"] + 1), "status": "draft", "reasonCode": [reason]}
    patient: Resource = {"resourceType": "Patient", "id": "p1"}
    cards = EVALUATOR.evaluate_orders("p1", None, [(None, patient)], Drafts([(None, draft)]), AS_OF).cards
    assert cards


def test_a_result_of_a_code_that_nothing_is_read_of_is_unmapped_however_much_stands_in_it() -> None:
    sodium = {"coding": [{"system": "http://loinc.org", "code": "2951-2"}]}
    row = only_row(record(observation(code=sodium, component=[{"valueString": "x"}] * 5000)))
    assert (row.reason, row.relevant) == ("unmapped", False)


def test_a_code_is_read_by_its_text_whatever_another_result_of_that_code_was_called() -> None:
    local = {"system": "http://lab.example.org", "code": "77"}
    first = observation(id="o1", code={"coding": [local]})
    made = record(first, observation(id="o2", code={"coding": [local], "text": "Ankle clonus"}, valueString="present"))
    assert [source.reference for source in made.sources] == ["Observation/o2"]
