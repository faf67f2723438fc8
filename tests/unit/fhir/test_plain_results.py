"""What is taken for a plain result, FHIR's own rules let pass; whatever else a result holds is not taken for one."""

from dataclasses import replace
from decimal import Decimal
from itertools import chain, combinations

import pytest

from service.fhir.intake.plain_results import PlainResults, plain_quantities
from service.fhir.models import model_of
from tests.unit.fhir.bundles import LOINC, MAPPINGS, Resource, bundle, observation, patient, records

CODING: Resource = {"system": "http://loinc.org", "code": "2160-0", "display": "Creatinine"}
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
    return [each for each in made if plain_quantities(each, model) is not None]


@pytest.mark.parametrize("model", ["Observation", "ObservationComponent"])
def test_fhir_lets_every_plain_result_pass(model: str) -> None:
    results = plain(model)
    # All concepts whose coding says something, with all quantities that have a number.
    assert len(results) == 14 * 9
    for each in results:
        model_of(model).model_validate(each)


STUDY: Resource = {"status": "final", "code": {"coding": [CODING]}}
RESULT: Resource = {"status": "final", "code": {"coding": [CODING]}, "valueQuantity": QUANTITY}
OTHERS = {
    "a further element": {**RESULT, "dataAbsentReason": {"text": "x"}},
    "two values": {**RESULT, "valueBoolean": True},
    "a yes that is a number": {**STUDY, "valueBoolean": 1},
    "a count that is true": {**STUDY, "valueInteger": True},
    "a count that is a text": {**STUDY, "valueInteger": "2"},
    "a date that is a number": {**STUDY, "valueDateTime": 2023},
    "a body site that is a list": {**STUDY, "bodySite": [{"coding": [CODING]}]},
    "an interpretation that is no list": {**RESULT, "interpretation": {"coding": [CODING]}},
    "no interpretation": {**RESULT, "interpretation": []},
    "a range that is no list": {**RESULT, "referenceRange": {"low": QUANTITY}},
    "an empty range": {**RESULT, "referenceRange": [{}]},
    "a range in words": {**RESULT, "referenceRange": [{"text": "< 5"}]},
    "a range that ends in a bound": {**RESULT, "referenceRange": [{"high": {**QUANTITY, "comparator": "<"}}]},
    "a range of numbers": {**RESULT, "referenceRange": [{"high": 5}]},
    "many ranges": {**RESULT, "referenceRange": [{"high": QUANTITY}] * 4},
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
    assert plain_quantities(RESULT, "Observation") == [QUANTITY]
    assert plain_quantities(OTHERS[what], "Observation") is None
    assert plain_quantities(RESULT, "Procedure") is None


FURTHER: Resource = {
    "bodySite": {"coding": [CODING]},
    "interpretation": [{"coding": [CODING], "text": "high"}],
    "referenceRange": [{"low": QUANTITY, "high": QUANTITY}, {"high": QUANTITY}],
}
VALUES: list[Resource] = [
    {},
    {"valueQuantity": QUANTITY},
    {"valueBoolean": False},
    {"valueInteger": 2},
    {"valueDateTime": "2023-06-01"},
    {"valueCodeableConcept": {"coding": [CODING]}},
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: next(iter(value), "no value"))
def test_fhir_lets_every_plain_study_and_finding_pass(value: Resource) -> None:
    for further in parts(FURTHER):
        made = {**STUDY, **further, **value}
        quantities = plain_quantities(made, "Observation")
        assert quantities == [QUANTITY] * (3 * ("referenceRange" in further) + ("valueQuantity" in value))
        model_of("Observation").model_validate(made)


def test_a_component_is_plain_by_its_own_elements() -> None:
    component = {"code": STUDY["code"], "valueQuantity": QUANTITY, "referenceRange": [{"low": QUANTITY}]}
    assert plain_quantities(component, "ObservationComponent") == [QUANTITY, QUANTITY]
    model_of("ObservationComponent").model_validate(component)
    for name, content in {"status": "final", "bodySite": STUDY["code"], "valueDateTime": "2023"}.items():
        assert plain_quantities({"code": STUDY["code"], name: content}, "ObservationComponent") is None


CREATININE = {"system": LOINC, "code": "2160-0", "display": "Creatinine"}
WHOLE = observation("o1", code={"coding": [CREATININE]}, valueQuantity=QUANTITY, category=[concept(CODING)])
CHANGES: dict[str, Resource] = {
    "as it is": {},
    "issued": {"issued": "2025-03-05T10:20:00Z"},
    "amended": {"status": "amended"},
    "preliminary": {"status": "preliminary"},
    "entered in error": {"status": "entered-in-error"},
    "no status": {"status": None},
    "a status that is a list": {"status": ["final"]},
    "a date that is none": {"effectiveDateTime": "yesterday"},
    "a date to come": {"effectiveDateTime": "2027-01-01"},
    "a day that has begun somewhere": {"effectiveDateTime": "2026-03-05"},
    "a month": {"effectiveDateTime": "2025-03"},
    "no date": {"effectiveDateTime": None},
    "somebody else's": {"subject": {"reference": "Patient/p2"}},
    "nobody's": {"subject": None},
    "a subject by identifier": {"subject": {"identifier": {"system": "urn:own", "value": "1"}}},
    "of a donor": {"focus": [{"reference": "Patient/p2"}]},
    "a modifier": {"modifierExtension": [{"url": "urn:own", "valueBoolean": True}]},
    "two codes": {"code": {"coding": [CREATININE, {"system": "urn:own", "code": "CREA"}]}},
    "two codes of one system": {"code": {"coding": [CREATININE, {"system": LOINC, "code": "718-7"}]}},
    "a code without a system": {"code": {"coding": [{"code": "2160-0"}]}},
    "another name of the system": {"code": {"coding": [{**CREATININE, "system": "urn:oid:2.16.840.1.113883.6.1"}]}},
    "a code that means nothing": {"code": {"coding": [{**CREATININE, "code": "2951-2"}]}},
    "a trap": {"code": {"coding": [{"system": LOINC, "code": "6925-2"}]}},
    "a text beside the code": {"code": {"coding": [CREATININE], "text": "Creatinine"}},
    "another name of the system of units": {"valueQuantity": {**QUANTITY, "system": "urn:oid:2.16.840.1.113883.6.8"}},
    "no system of units": {"valueQuantity": {"value": 1, "unit": "mg/dL"}},
    "a bound": {"valueQuantity": {**QUANTITY, "comparator": "<"}},
    "a bound that FHIR lacks": {"valueQuantity": {**QUANTITY, "comparator": "~"}},
    "no value": {"valueQuantity": None},
    "a second value": {"valueString": "0.9"},
    "a reason for its absence": {"dataAbsentReason": {"text": "haemolysed"}},
    "a range": {"referenceRange": [{"high": QUANTITY}]},
    "too many categories": {"category": [concept(CODING)] * 60},
    "too many codes in a category": {"category": [{"coding": [CODING] * 60}]},
    "a category that is a text": {"category": "laboratory"},
}
# Nobody reads it, and no plain result has it.
ENCOUNTER: Resource = {"encounter": {"reference": "Encounter/e1"}}


def read(result: Resource) -> tuple[object, ...]:
    (made,) = records(bundle(patient(), result))
    sources, once_final = (
        [replace(each, resource={**each.resource, **ENCOUNTER}) for each in found]
        for found in (made.sources, made.preliminary)
    )
    return sources, once_final, made.excluded, made.refused


@pytest.mark.parametrize("what", CHANGES)
def test_a_whole_result_is_read_alike_whether_it_is_told_at_sight_or_not(what: str) -> None:
    result = {name: value for name, value in {**WHOLE, **CHANGES[what]}.items() if value is not None}
    assert read(result) == read({**result, **ENCOUNTER})


@pytest.mark.parametrize("what", ["as it is", "issued", "amended", "a month", "a text beside the code"])
def test_an_ordinary_result_is_told_at_sight(what: str) -> None:
    plain = PlainResults(MAPPINGS.systems.own)
    for _ in range(2):
        assert plain.quantities_in({**WHOLE, **CHANGES[what]}) == [QUANTITY]
        assert plain.quantities_in({**WHOLE, **CHANGES[what], **ENCOUNTER}) is None


NERVE = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
OTHER_NAME = "urn:oid:2.16.840.1.113883.6.1"


def component(code: str, **content: object) -> Resource:
    return {"code": concept({"system": NERVE, "code": code}), **content}


def measured(code: str, value: object, unit: str, **content: object) -> Resource:
    quantity = {"value": value, "unit": unit, "system": QUANTITY["system"], "code": unit}
    return component(code, valueQuantity=quantity, **content)


AMPLITUDE = measured("wrist.cmap-amplitude-neg", Decimal("8.1"), "mV")
AREA = measured("wrist.cmap-area-neg", Decimal(24), "mV.ms")
MOTOR: Resource = observation(
    "n1",
    code=concept({"system": NERVE, "code": "motor-nerve-study"}),
    bodySite=concept({"system": "urn:iso:std:iso:11073:10101", "code": "458886"}),
    valueQuantity=None,
    component=[AMPLITUDE, AREA],
)
LIMITED = {**AMPLITUDE, "referenceRange": [{"low": AMPLITUDE["valueQuantity"]}]}
STUDIES: dict[str, Resource] = {
    "as it is": {},
    "a limit": {"component": [LIMITED, AREA]},
    "a limit in words": {"component": [{**AMPLITUDE, "referenceRange": [{"text": "> 6"}]}, AREA]},
    "a bound": {"component": [{**AMPLITUDE, "valueQuantity": {**QUANTITY, "comparator": "<"}}, AREA]},
    "not performed": {"component": [component("wrist.cmap-area-neg", dataAbsentReason={"text": "no"}), AMPLITUDE]},
    "a yes": {"component": [AMPLITUDE, component("wrist.supramaximal", valueBoolean=True)]},
    "a component of an unknown code": {"component": [AMPLITUDE, measured("wrist.temper", Decimal(1), "mV")]},
    "a component of two codes": {"component": [{**AMPLITUDE, "code": {"coding": [CODING, CODING]}}, AREA]},
    "a component without a code": {"component": [{"valueQuantity": QUANTITY}, AREA]},
    "a component with a modifier": {"component": [{**AMPLITUDE, "modifierExtension": [{"url": "urn:x"}]}, AREA]},
    "a component with two values": {"component": [{**AMPLITUDE, "valueBoolean": True}, AREA]},
    "a unit that is none": {"component": [measured("wrist.cmap-amplitude-neg", 8, "furlong"), AREA]},
    "no components": {"component": []},
    "components that are none": {"component": {"code": {}}},
    "a component that is a text": {"component": ["8.1 mV"]},
    "hundreds of components": {"component": [AMPLITUDE] * 301},
    "another name of a system": {"component": [{**AMPLITUDE, "code": concept({"system": OTHER_NAME, "code": "x"})}]},
    "no nerve": {"bodySite": None},
    "a nerve in words": {"bodySite": {"text": "left ulnar nerve"}},
    "nerves in a list": {"bodySite": [MOTOR["bodySite"]]},
    "a nerve in another name of the system": {"bodySite": concept({"system": OTHER_NAME, "code": "458886"})},
    "an interpretation": {"interpretation": [concept({"system": "http://hl7.org/fhir/v2/0078", "code": "A"})]},
    "members": {"hasMember": [{"reference": "Observation/n2"}]},
}
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
LOSS: Resource = observation(
    "f1", code=concept({"system": BEDSIDE, "code": "objective-sensory-loss"}), valueQuantity=None, valueBoolean=False
)
FINDINGS: dict[str, Resource] = {
    "as it is": {},
    "a yes that is a text": {"valueBoolean": "false"},
    "a word": {"valueBoolean": None, "valueString": "none"},
    "a coded answer": {"valueBoolean": None, "valueCodeableConcept": concept({"system": LOINC, "code": "LA9633-4"})},
    "an answer of an unknown system": {
        "valueBoolean": None,
        "valueCodeableConcept": concept({"system": "http://snomed.info/sct/900000000000207008", "code": "2667000"}),
    },
    "a count": {"valueBoolean": None, "valueInteger": 2},
    "a date": {"valueBoolean": None, "valueDateTime": "2023-06-01"},
    "no value": {"valueBoolean": None},
    "two values": {"valueInteger": 2},
    "a value and its absence": {"dataAbsentReason": {"text": "unknown"}},
    "preliminary": {"status": "preliminary"},
}
WAYS = {
    **{f"a study: {what}": {**MOTOR, **change} for what, change in STUDIES.items()},
    **{f"a finding: {what}": {**LOSS, **change} for what, change in FINDINGS.items()},
}


@pytest.mark.parametrize("what", WAYS)
def test_studies_and_findings_are_read_alike_whether_they_are_told_at_sight_or_not(what: str) -> None:
    result = {name: value for name, value in WAYS[what].items() if value is not None}
    assert read(result) == read({**result, **ENCOUNTER})


def test_ordinary_studies_and_findings_are_told_at_sight() -> None:
    plain = PlainResults(MAPPINGS.systems.own)
    for _ in range(2):
        assert plain.quantities_in(LOSS) == []
        assert plain.quantities_in(MOTOR) == [AMPLITUDE["valueQuantity"], AREA["valueQuantity"]]
        assert plain.quantities_in({**MOTOR, **STUDIES["a limit"]}) == [
            *(AMPLITUDE["valueQuantity"], LIMITED["valueQuantity"]),
            AREA["valueQuantity"],
        ]
        assert plain.quantities_in({**MOTOR, **STUDIES["a bound"]}) is None


def test_too_many_units_are_counted_in_plain_results_too() -> None:
    results = [{**WHOLE, "id": f"o{n}", "valueQuantity": {**QUANTITY, "code": f"mg{n}"}} for n in range(300)]
    (made,) = records(bundle(patient(), *results))
    assert any("mixes too many" in row.detail for row in made.excluded)
