"""Three ways to write one study give the same study."""

from dataclasses import replace
from fractions import Fraction

import pytest

from service.subjects.conduction.nerves import NerveStudy, SegmentVelocity, SiteResponse
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
    site,
    study,
)

MEASURES: dict[str, list[tuple[str, int | str, str]]] = {
    "wrist": [("cmap-amplitude-neg", 8, "mV"), ("cmap-area-neg", "24.9", "mV.ms"), ("cmap-duration-neg", "5.5", "ms")],
    "below-elbow": [
        ("cmap-amplitude-neg", "3.6", "mV"),
        ("cmap-area-neg", "11.2", "mV.ms"),
        ("cmap-duration-neg", "6.4", "ms"),
    ],
}
LIMITS = {("wrist", "cmap-amplitude-neg"): 6}
F_WAVE: Resource = {"valueQuantity": quantity("33.5", "ms"), "referenceRange": [{"high": quantity(32, "ms")}]}


def as_panel(**panel: object) -> list[Resource]:
    """Shape A: a panel, then one Observation per site without nerve, side or date of its own."""
    sites = [
        observation(
            "motor-site",
            {"code": coded("stim-site"), "valueCodeableConcept": coded(name)},
            *(component(code, value, unit, LIMITS.get((name, code))) for code, value, unit in measures),
            *([flag("supramaximal"), component("skin-temperature", 33, "Cel")] if name == "wrist" else []),
        )
        for name, measures in MEASURES.items()
    ]
    members = [{"reference": f"Observation/o{number}"} for number in range(2, len(sites) + 2)]
    between = component("wrist--below-elbow.cv", 51, "m/s")
    f_wave: Resource = {"code": coded("f-wave-min-latency"), **F_WAVE}
    elements = {"bodySite": RIGHT_ULNAR, "effectiveDateTime": DAY, "hasMember": members, **panel}
    return [observation("motor-nerve-study", between, f_wave, **elements), *sites]


def as_components() -> list[Resource]:
    """Shape B."""
    parts = [
        component(f"{name}.{code}", value, unit, LIMITS.get((name, code)))
        for name, measures in MEASURES.items()
        for code, value, unit in measures
    ]
    between = component("wrist--below-elbow.cv", 51, "m/s")
    f_wave: Resource = {"code": coded("f-wave-min-latency"), **F_WAVE}
    return [study(*parts, flag("wrist.supramaximal"), component("skin-temperature", 33, "Cel"), between, f_wave)]


def as_numbers() -> list[Resource]:
    """Shape C: one Observation per number, the site in ``method``."""
    common = {"bodySite": RIGHT_ULNAR, "effectiveDateTime": DAY}
    numbers = [
        observation(
            code,
            method=coded(f"stim.{name}"),
            **{
                key: part
                for key, part in component(code, value, unit, LIMITS.get((name, code))).items()
                if key != "code"
            },
            **common,
        )
        for name, measures in MEASURES.items()
        for code, value, unit in measures
    ]
    return [
        *numbers,
        observation("supramaximal", method=coded("stim.wrist"), valueBoolean=True, **common),
        observation("skin-temperature", valueQuantity=quantity(33, "Cel"), **common),
        observation("cv", method=coded("stim.wrist--below-elbow"), valueQuantity=quantity(51, "m/s"), **common),
        observation("f-wave-min-latency", **F_WAVE, **common),
    ]


SHAPES = {"A": as_panel, "B": as_components, "C": as_numbers}


def only(resources: list[Resource]) -> NerveStudy:
    studies, excluded = read(*resources)
    assert excluded == []
    assert len(studies) == 1
    return studies[0]


@pytest.mark.parametrize("shape", ["A", "C"])
def test_a_panel_and_single_numbers_say_the_same_as_components(shape: str) -> None:
    assert only(SHAPES[shape]()) == only(as_components())


def test_a_study_by_components_is_read_exactly() -> None:
    found = only(as_components())
    assert (found.nerve, found.side, found.kind, str(found.day)) == ("ulnar", "right", "motor", "2025-03-04")
    assert found.sites["wrist"] == SiteResponse(
        Fraction(8), Fraction("24.9"), Fraction("5.5"), lln_amplitude_mv=Fraction(6), supramaximal=True
    )
    assert found.sites["below-elbow"] == SiteResponse(
        Fraction("3.6"), Fraction("11.2"), Fraction("6.4"), lln_amplitude_mv=Fraction(6)
    )
    assert found.segments == {("wrist", "below-elbow"): SegmentVelocity(Fraction(51))}
    assert (found.f_wave_latency_ms, found.f_wave_upper_limit_ms) == (Fraction("33.5"), Fraction(32))
    assert found.temperature_celsius == 33


def test_every_source_is_kept_as_evidence() -> None:
    found = only(as_panel())
    assert found.evidence == ("Observation/o1", "Observation/o2", "Observation/o3")
    assert found.sites["below-elbow"].evidence == ("Observation/o3",)


@pytest.mark.parametrize(
    "reference", ["http://ehr.example/fhir/Observation/o{}", "Observation/o{}/_history/2", "urn:uuid:o{}"]
)
def test_members_are_found_however_the_reference_is_written(reference: str) -> None:
    members = [{"reference": reference.format(number)} for number in (2, 3)]
    assert only(as_panel(hasMember=members)) == only(as_components())


def test_a_member_that_is_not_among_the_sources_is_simply_missing() -> None:
    panel, wrist, _ = as_panel()
    studies, excluded = read(panel, wrist)
    assert list(studies[0].sites) == ["wrist"]
    assert excluded == []


def test_numbers_are_tied_to_a_study_by_derived_from() -> None:
    parent = observation("motor-nerve-study", bodySite=RIGHT_ULNAR, effectiveDateTime=DAY)
    numbers = [
        {key: part for key, part in resource.items() if key != "bodySite"}
        | {"derivedFrom": [{"reference": "Observation/o1"}]}
        for resource in as_numbers()
    ]
    assert only([parent, *numbers]) == only(as_components())


def test_numbers_of_one_nerve_from_two_days_are_two_studies() -> None:
    later = [{**resource, "effectiveDateTime": "2025-09-01"} for resource in as_numbers()]
    studies, _ = read(*as_numbers(), *later)
    assert [str(found.day) for found in studies] == ["2025-03-04", "2025-09-01"]


def test_numbers_of_the_left_and_the_right_nerve_are_two_studies() -> None:
    left = [{**resource, "bodySite": coded("458885", "urn:iso:std:iso:11073:10101")} for resource in as_numbers()]
    studies, _ = read(*as_numbers(), *left)
    assert [found.side for found in studies] == ["left", "right"]
    assert replace(studies[0], side="right") == studies[1]


def test_a_panel_over_several_nerves_leaves_each_member_its_own_place() -> None:
    members = [{"reference": "Observation/o2"}, {"reference": "Observation/o3"}]
    top = observation("motor-nerve-study", hasMember=members, effectiveDateTime=DAY)
    left = {"coding": [{"system": "urn:iso:std:iso:11073:10101", "code": "458873"}]}
    studies, excluded = read(top, study(*site("wrist", 8, 25, 6)), study(*site("wrist", 9, 30, 6), body_site=left))
    assert [(found.nerve, found.side) for found in studies] == [("median", "left"), ("ulnar", "right")]
    assert excluded == []


def test_a_member_that_names_another_side_than_its_panel_is_not_used() -> None:
    panel, wrist, elbow = as_panel()
    elbow = {**elbow, "bodySite": coded("458885", "urn:iso:std:iso:11073:10101")}
    studies, excluded = read(panel, wrist, elbow)
    assert list(studies[0].sites) == ["wrist"]
    assert reasons(excluded) == [("Observation/o3", "side")]


def test_a_member_that_names_both_sides_is_not_rescued_by_its_panel() -> None:
    panel, wrist, elbow = as_panel()
    both = [{"system": "http://snomed.info/sct", "code": code} for code in ("181012009", "7771000", "24028007")]
    studies, excluded = read(panel, wrist, {**elbow, "bodySite": {"coding": both}})
    assert list(studies[0].sites) == ["wrist"]
    assert reasons(excluded) == [("Observation/o3", "side")]


def test_a_member_of_two_panels_without_a_place_of_its_own_is_not_used() -> None:
    panel, wrist, elbow = as_panel()
    other = {**panel, "bodySite": coded("458885", "urn:iso:std:iso:11073:10101")}
    studies, excluded = read(panel, wrist, elbow, other)
    assert all(not found.sites for found in studies)
    assert {row.resource for row in excluded} >= {"Observation/o2", "Observation/o3"}


def test_panels_that_hold_each_other_are_read_without_end() -> None:
    first = study(*site("wrist", 8, 25, 6), hasMember=[{"reference": "Observation/o2"}])
    second = study(
        *site("elbow", 8, 25, 6), hasMember=[{"reference": "Observation/o1"}, {"reference": "Observation/o2"}]
    )
    studies, _ = read(first, second)
    assert len(studies) == 2


def test_numbers_tied_together_by_their_sender_are_one_study_even_over_two_days() -> None:
    wrist_and_elbow = [
        {
            **number,
            "derivedFrom": [{"reference": "Observation/study"}],
            "effectiveDateTime": f"2025-03-0{4 + place % 2}",
        }
        for place, number in enumerate(as_numbers())
    ]
    studies, _ = read(*wrist_and_elbow)
    assert [str(found.day) for found in studies] == ["2025-03-05"]
    assert list(studies[0].sites) == ["wrist", "below-elbow"]


def test_a_reference_range_of_the_whole_study_holds_for_its_amplitudes() -> None:
    (study,) = as_components()
    components = study["component"]
    assert isinstance(components, list)
    for one in components:
        one.pop("referenceRange", None)
    limits = [{"low": {"value": 5, "unit": "mV", "system": "http://unitsofmeasure.org", "code": "mV"}}]
    assert only([{**study, "referenceRange": limits}]).sites["wrist"].lln_amplitude_mv == 5
