"""A sign that is documented once for each side: either side is enough, and absent it is only on both."""

import pytest

from service.domain.facts import Fact
from tests.unit.fhir.clinical_sources import (
    BEDSIDE,
    LOINC,
    SNOMED,
    Resource,
    coded,
    condition,
    dated,
    finding,
    observation,
    undated,
)
from tests.unit.subjects.bedside.test_bedside import judged

SIGNS = (
    "upper-motor-neuron-signs brisk-reflexes reduced-reflexes-in-affected-limb objective-sensory-loss muscle-atrophy"
)
RIGHT, LEFT = "right", "left"


def of(side: str, *, present: bool, code: str = "upper-motor-neuron-signs") -> Resource:
    site = {"bodySite": {"text": f"{side} foot"}} if side else {}
    return finding(code, valueBoolean=present, **site)


def fact(*resources: Resource, name: str = "upper_motor_neuron_signs") -> Fact:
    return judged(undated(*resources)).facts[name]


@pytest.mark.parametrize("code", SIGNS.split())
@pytest.mark.parametrize(
    ("right", "left", "said"),
    [
        (True, False, "present"),
        (False, True, "present"),
        (True, True, "present"),
        (False, False, "absent"),
        (False, None, None),
        (None, False, None),
        (True, None, "present"),
    ],
)
def test_either_side_is_enough_and_absent_is_only_what_both_are(
    code: str, right: bool | None, left: bool | None, said: str | None
) -> None:
    told = [of(side, present=value, code=code) for side, value in ((RIGHT, right), (LEFT, left)) if value is not None]
    assert fact(*told, name=code.replace("-", "_")).value == said


def test_one_absent_side_names_the_other() -> None:
    assert fact(of(RIGHT, present=False)).why == "absent on the right; of the left nothing is told"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([of("", present=False), of(RIGHT, present=False)], "absent"),
        ([of("", present=False), of(RIGHT, present=True)], None),
        ([of("", present=True), of(RIGHT, present=False)], "present"),
        ([of("", present=True), of(RIGHT, present=False), of(LEFT, present=False)], None),
        ([of(RIGHT, present=True), of(RIGHT, present=False)], None),
        ([of(RIGHT, present=True), of(RIGHT, present=False), of(LEFT, present=True)], "present"),
    ],
)
def test_a_statement_without_a_side_is_one_of_both(told: list[Resource], said: str | None) -> None:
    found = fact(*told)
    assert found.value == said
    assert ("contradiction" in found.flags) == (said is None)


@pytest.mark.parametrize(
    ("older", "newer", "said"),
    [
        (of(RIGHT, present=True), of(LEFT, present=False), "present"),
        (of(RIGHT, present=True), of(RIGHT, present=False), None),
        (of(RIGHT, present=True), of("", present=False), "absent"),
        (of("", present=False), of(RIGHT, present=True), "present"),
        (of("", present=True), of(RIGHT, present=False), "present"),
        (of("", present=False), of(RIGHT, present=False), "absent"),
    ],
)
def test_a_newer_side_says_nothing_of_the_other(older: Resource, newer: Resource, said: str | None) -> None:
    sheet = judged(dated(("2025-01-01", older), ("2025-06-01", newer)))
    assert sheet.facts["upper_motor_neuron_signs"].value == said


@pytest.mark.parametrize(
    "sided",
    [
        {"bodySite": coded(SNOMED, "7771000")},
        {"bodySite": {"coding": [{"system": "http://x.org", "code": "1", "display": "Left foot"}]}},
        {"bodySite": {"text": "Fuß links"}},
        {"component": [{"code": coded(BEDSIDE, "laterality"), "valueCodeableConcept": {"text": "left"}}]},
        {"code": {**coded(BEDSIDE, "upper-motor-neuron-signs"), "text": "UMN signs, left leg"}},
    ],
)
def test_the_side_is_read_from_site_component_and_name(sided: Resource) -> None:
    half = fact(finding("upper-motor-neuron-signs", valueBoolean=False) | sided)
    assert half.why == "absent on the left; of the right nothing is told"


def test_a_site_without_a_side_and_both_sides_are_no_side() -> None:
    for text in ("feet", "both feet", "left and right foot"):
        assert fact(finding("upper-motor-neuron-signs", valueBoolean=False, bodySite={"text": text})).value == "absent"


def test_a_diagnosis_with_a_site_is_not_half_a_diagnosis() -> None:
    refuted = condition(SNOMED, "230591002", "refuted", bodySite=[{"text": "left arm"}])
    assert fact(refuted, name="mmn_condition").value == "absent"


def plantar(said: str, **sided: object) -> Resource:
    return observation(LOINC, "32385-7", valueString=said) | sided


RIGHT_FOOT, LEFT_FOOT = {"bodySite": {"text": "right foot"}}, {"bodySite": {"text": "left foot"}}
HALF, WHOLE, UNREAD = ("invalid", "flexor on one side"), ("not-evidence", "absent"), ("invalid", "valueString says")


@pytest.mark.parametrize(
    ("told", "rows", "said"),
    [
        ([plantar("flexor", **RIGHT_FOOT), plantar("flexor", **LEFT_FOOT)], [WHOLE, WHOLE], None),
        ([plantar("right flexor"), plantar("left flexor")], [WHOLE, WHOLE], None),
        ([plantar("Right flexor", **RIGHT_FOOT), plantar("downgoing", **LEFT_FOOT)], [WHOLE, WHOLE], None),
        ([plantar("extensor", **RIGHT_FOOT), plantar("flexor", **LEFT_FOOT)], [WHOLE], "present"),
        ([plantar("flexor", **RIGHT_FOOT), plantar("upgoing", **LEFT_FOOT)], [WHOLE], "present"),
        ([plantar("positive", **RIGHT_FOOT), plantar("negative", **LEFT_FOOT)], [WHOLE], "present"),
        ([plantar("flexor", **RIGHT_FOOT)], [HALF], None),
        ([plantar("right flexor")], [HALF], None),
        ([plantar("flexor", **RIGHT_FOOT), plantar("flexor", **RIGHT_FOOT)], [HALF, HALF], None),
        ([plantar("flexor", **RIGHT_FOOT), plantar("mute", **LEFT_FOOT)], [HALF, UNREAD], None),
        ([plantar("left flexor", **RIGHT_FOOT)], [UNREAD], None),
        ([plantar("flexor bilaterally", **RIGHT_FOOT)], [WHOLE], None),
        ([plantar("right and left")], [UNREAD], None),
    ],
)
def test_two_plantar_responses_of_one_side_each(
    told: list[Resource], rows: list[tuple[str, str]], said: str | None
) -> None:
    sheet = judged(undated(*told))
    assert sheet.facts["upper_motor_neuron_signs"].value == said
    found = [(row.reason, row.detail) for row in sheet.excluded]
    assert [reason for reason, _ in found] == [reason for reason, _ in rows]
    assert all(detail.startswith(begin) for (_, detail), (_, begin) in zip(found, rows, strict=True))


@pytest.mark.parametrize(
    "name",
    [
        "Left plantar response",
        "Plantar response, left",
        "Babinski (L)",
        "Babinski-Zeichen links",
        "Signe de Babinski gauche",
    ],
)
@pytest.mark.parametrize("kind", ["text", "display"])
def test_a_response_is_known_by_a_name_that_tells_its_side(name: str, kind: str) -> None:
    code: Resource = (
        {"text": name} if kind == "text" else {"coding": [{"system": "urn:x", "code": "1", "display": name}]}
    )
    resource: Resource = {"resourceType": "Observation", "status": "final", "code": code, "valueString": "extensor"}
    assert fact(resource).value == "present"
    half = judged(undated(resource | {"valueString": "flexor"})).excluded
    assert [(row.reason, row.detail[:18]) for row in half] == [HALF]


@pytest.mark.parametrize("name", ["Left plantar fasciitis", "Plantar wart left", "Left", "Response left"])
def test_another_name_with_a_side_is_no_plantar_response(name: str) -> None:
    resource: Resource = {"resourceType": "Observation", "code": {"text": name}, "valueString": "extensor"}
    assert not judged(undated(resource)).facts


@pytest.mark.parametrize("name", ["Hoffmann sign", "Hoffmann's sign, right", "Trömner-Reflex links"])
@pytest.mark.parametrize(("said", "flags"), [("positive", ("review",)), ("negative", ())])
def test_hoffmanns_sign_asks_for_a_closer_look_and_decides_nothing(
    name: str, said: str, flags: tuple[str, ...]
) -> None:
    resource: Resource = {"resourceType": "Observation", "code": {"text": name}, "valueString": said}
    signs = fact(resource, finding("upper-motor-neuron-signs", valueBoolean=False))
    assert (signs.value, signs.flags) == ("absent", flags)
