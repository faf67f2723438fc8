"""Sensory studies from FHIR: by number and limit, or by the sender's interpretation."""

import pytest

from service.subjects.conduction.nerves import NerveStudy
from tests.unit.subjects.conduction.conduction_examples import sensory_status
from tests.unit.subjects.conduction.nerve_sources import (
    DAY,
    RIGHT_ULNAR,
    Resource,
    coded,
    component,
    flag,
    observation,
    quantity,
    read,
    reasons,
    study,
)

INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def sensory(*components: Resource, **elements: object) -> tuple[NerveStudy, list[tuple[str, str]]]:
    studies, excluded = read(study(*components, kind="sensory", **elements))
    return studies[0], reasons(excluded)


def judged(code: str) -> list[Resource]:
    return [coded(code, INTERPRETATION)]


def snomed(code: str) -> dict[str, object]:
    return {"coding": [{"system": "http://snomed.info/sct", "code": code}]}


@pytest.mark.parametrize(
    ("sign", "value", "status"),
    [
        ("<", 2, "abnormal"),
        ("<", 10, "abnormal"),
        ("<=", 10, "unknown"),
        ("<", 20, "unknown"),
        (">", 10, "normal"),
        (">=", 10, "normal"),
        (">", 5, "unknown"),
    ],
)
def test_a_bound_of_a_sensory_amplitude_decides_only_where_it_suffices(sign: str, value: int, status: str) -> None:
    amplitude = component("wrist.snap-amplitude", value, "uV", 10)
    study_of, excluded = sensory({**amplitude, "valueQuantity": quantity(value, "uV", comparator=sign)})
    assert sensory_status(study_of) == status
    assert excluded == []


@pytest.mark.parametrize(
    ("components", "elements", "status"),
    [
        ([component("wrist.snap-amplitude", 10, "uV", 10)], {}, "normal"),
        ([component("wrist.snap-amplitude", 9, "uV", 10)], {}, "abnormal"),
        ([component("wrist.snap-amplitude", 10, "uV")], {}, "unknown"),
        ([component("wrist.snap-amplitude", 10, "uV", 0)], {}, "unknown"),
        ([component("wrist.snap-amplitude", 10, "uV", interpretation=judged("N"))], {}, "normal"),
        ([component("wrist.snap-amplitude", 10, "uV", interpretation=judged("LL"))], {}, "abnormal"),
        ([component("wrist.snap-amplitude", 10, "uV", interpretation=judged("H"))], {}, "unknown"),
        ([component("wrist.snap-amplitude", 10, "uV", interpretation=[snomed("17621005")])], {}, "normal"),
        ([component("wrist.snap-amplitude", 10, "uV", interpretation=[snomed("62482003")])], {}, "abnormal"),
        ([component("wrist.snap-amplitude", 10, "uV", interpretation=[snomed("263654008")])], {}, "abnormal"),
        ([component("wrist.snap-amplitude", 10, "uV", interpretation=[snomed("404684003")])], {}, "unknown"),
        ([component("wrist.snap-amplitude", 10, "uV", interpretation=[{"text": "Below normal"}])], {}, "abnormal"),
        ([component("wrist.snap-amplitude", 10, "uV", 8, interpretation=judged("L"))], {}, "unknown"),
        ([{"code": coded("wrist.snap-amplitude"), "interpretation": judged("N")}], {}, "normal"),
        ([component("wrist.snap-amplitude", 0, "uV", 8)], {}, "abnormal"),
        ([flag("wrist.response-absent")], {}, "abnormal"),
        ([component("wrist.snap-amplitude", 9, "uV", 5), flag("wrist.response-absent")], {}, "unknown"),
        (
            [
                component("wrist.snap-amplitude", 9, "uV", 5),
                component("wrist.onset-latency", 4, "ms", interpretation=judged("H")),
            ],
            {},
            "abnormal",
        ),
        (
            [component("wrist.snap-amplitude", 9, "uV", 5), component("wrist--below-elbow.cv", 40, "m/s", 50)],
            {},
            "abnormal",
        ),
        ([component("wrist.snap-amplitude", 9, "mv", 5)], {}, "unknown"),
        ([], {"interpretation": judged("N")}, "normal"),
        ([], {"interpretation": judged("A")}, "abnormal"),
        ([], {"interpretation": judged("N")[0]}, "normal"),
        ([component("wrist.snap-amplitude", 10, "uV", 10)], {"interpretation": judged("A")}, "unknown"),
    ],
)
def test_sensory_studies_by_number_or_interpretation(
    components: list[Resource], elements: Resource, status: str
) -> None:
    assert sensory_status(sensory(*components, **elements)[0]) == status


def test_a_sensory_study_in_single_numbers_is_the_same_as_by_components() -> None:
    part = component("snap-amplitude", 10, "uV", 8)
    numbers = {key: value for key, value in part.items() if key != "code"}
    made = observation(
        "snap-amplitude", method=coded("stim.wrist"), bodySite=RIGHT_ULNAR, effectiveDateTime=DAY, **numbers
    )
    (single,), _ = read(made)
    assert single == sensory(component("wrist.snap-amplitude", 10, "uV", 8))[0]
