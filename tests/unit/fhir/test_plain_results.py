"""What is taken for a plain result, FHIR's own rules let pass; whatever else a result holds is not taken for one."""

from decimal import Decimal
from itertools import chain, combinations

import pytest

from service.fhir.intake.plain_results import is_plain
from service.fhir.models import model_of
from tests.unit.fhir.bundles import Resource

CODING = {"system": "http://loinc.org", "code": "2160-0", "display": "Creatinine"}
QUANTITY: Resource = {"value": Decimal("0.9"), "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}


def parts(whole: Resource) -> list[Resource]:
    names = chain.from_iterable(combinations(whole, size) for size in range(len(whole) + 1))
    return [{name: whole[name] for name in each} for each in names]


def concept(coding: Resource, **words: object) -> Resource:
    return {"coding": [coding], **words}


CONCEPTS = [each for coding in parts({**CODING}) for each in (concept(coding), concept(coding, text="Crea"))]
QUANTITIES = [*parts(QUANTITY), {**QUANTITY, "value": 1}]


def result(code: Resource, quantity: Resource, **status: object) -> Resource:
    return {**status, "code": code, "valueQuantity": quantity}


def plain(model: str) -> list[Resource]:
    status: Resource = {} if model == "ObservationComponent" else {"status": "final"}
    made = [result(code, quantity, **status) for code in CONCEPTS for quantity in QUANTITIES]
    return [each for each in made if is_plain(each, model)]


@pytest.mark.parametrize("model", ["Observation", "ObservationComponent"])
def test_fhir_lets_every_plain_result_pass(model: str) -> None:
    results = plain(model)
    # All concepts whose coding says something, with all quantities that have a number.
    assert len(results) == 14 * 9
    for each in results:
        model_of(model).model_validate(each)


RESULT: Resource = {"status": "final", "code": {"coding": [CODING]}, "valueQuantity": QUANTITY}
OTHERS = {
    "a further element": {**RESULT, "dataAbsentReason": {"text": "x"}},
    "no status": {"code": RESULT["code"], "valueQuantity": QUANTITY},
    "a status that is no text": {**RESULT, "status": ["final"]},
    "a concept that is a text": {**RESULT, "code": "creatinine"},
    "a concept without codings": {**RESULT, "code": {"text": "creatinine"}},
    "a concept with an extension": {**RESULT, "code": {"coding": [CODING], "extension": []}},
    "a text that is none": {**RESULT, "code": {"coding": [CODING], "text": None}},
    "codings that are no list": {**RESULT, "code": {"coding": CODING}},
    "no coding": {**RESULT, "code": {"coding": []}},
    "an empty coding": {**RESULT, "code": {"coding": [{}]}},
    "a coding that is a text": {**RESULT, "code": {"coding": ["2160-0"]}},
    "a coding with a number": {**RESULT, "code": {"coding": [{**CODING, "code": 2160}]}},
    "a coding that a user chose": {**RESULT, "code": {"coding": [{**CODING, "userSelected": True}]}},
    "a quantity that is a number": {**RESULT, "valueQuantity": Decimal("0.9")},
    "a bound": {**RESULT, "valueQuantity": {**QUANTITY, "comparator": "<"}},
    "a quantity without a number": {**RESULT, "valueQuantity": {"unit": "mg/dL"}},
    "a number that is a text": {**RESULT, "valueQuantity": {**QUANTITY, "value": "0.9"}},
    "a number that is true": {**RESULT, "valueQuantity": {**QUANTITY, "value": True}},
    "a unit that is a number": {**RESULT, "valueQuantity": {**QUANTITY, "unit": Decimal(1)}},
}


@pytest.mark.parametrize("what", OTHERS)
def test_all_else_is_held_against_the_rules(what: str) -> None:
    assert is_plain(RESULT, "Observation")
    assert not is_plain(OTHERS[what], "Observation")
    assert not is_plain(RESULT, "Procedure")
