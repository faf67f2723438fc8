"""Values, units, limits and absent responses: what cannot be read is unknown, listed, and spoils nothing else."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.nerves import NerveStudy, SiteResponse
from service.domain.sensory import sensory_status
from service.errors import KnowledgeError
from service.fhir.mappings import load_mappings
from service.fhir.nerve_conduction_tables import nerve_tables
from tests.unit.fhir.nerve_sources import (
    DAY,
    MDC,
    NCS,
    RIGHT_ULNAR,
    Resource,
    coded,
    component,
    flag,
    not_performed,
    observation,
    quantity,
    read,
    reasons,
    site,
    study,
)

BUILT_IN = Path(__file__).parents[3] / "fhir_mappings"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def wrist_of(*components: Resource) -> tuple[SiteResponse, list[tuple[str, str]]]:
    studies, excluded = read(study(*components))
    return studies[0].sites["wrist"], reasons(excluded)


def sensory(*components: Resource, **elements: object) -> tuple[NerveStudy, list[tuple[str, str]]]:
    studies, excluded = read(study(*components, kind="sensory", **elements))
    return studies[0], reasons(excluded)


def judged(code: str) -> list[Resource]:
    return [coded(code, INTERPRETATION)]


@pytest.mark.parametrize(
    ("value", "unit", "reason"),
    [
        (8, "mv", "unit"),
        (8, "ms", "unit"),
        (-1, "mV", "implausible"),
        (101, "mV", "implausible"),
        (101_000, "uV", "implausible"),
    ],
)
def test_a_value_that_cannot_be_used_is_unknown_and_the_rest_stays(value: int, unit: str, reason: str) -> None:
    wrist, rows = wrist_of(component("wrist.cmap-amplitude-neg", value, unit), *site("wrist", 1, 25, 6)[1:])
    assert wrist.amplitude_mv is None
    assert wrist.area_mv_ms == 25
    assert wrist.unreadable == ("amplitude",)
    assert rows == [("Observation/o1", reason)]


def test_the_row_names_the_component_and_never_the_value() -> None:
    _, (row,) = read(study(component("wrist.cmap-area-neg", 12345, "mv")))
    assert row.detail.startswith("component wrist.cmap-area-neg: ")
    assert "12345" not in row.detail


@pytest.mark.parametrize(("value", "unit"), [(8000, "uV"), ("0.008", "V"), (8, "mV")])
def test_units_are_converted_exactly(value: str, unit: str) -> None:
    assert wrist_of(component("wrist.cmap-amplitude-neg", value, unit))[0].amplitude_mv == 8


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"valueQuantity": quantity(8, "mV", comparator="<")}, "comparator"),
        ({"valueQuantity": None, "valueString": "8 mV"}, "invalid"),
        ({"valueInteger": 8}, "invalid"),
        ({"dataAbsentReason": coded("unknown")}, "invalid"),
        ({"valueQuantity": {"unit": "mV"}}, "data-absent"),
        ({"valueQuantity": [quantity(8, "mV")]}, "invalid"),
        ({"valueQuantity": {"value": "8", "unit": "mV"}}, "invalid"),
        ({"valueQuantity": {"value": True, "unit": "mV"}}, "invalid"),
    ],
)
def test_what_is_no_plain_measured_number_is_unknown(change: Resource, reason: str) -> None:
    wrist, rows = wrist_of({**component("wrist.cmap-amplitude-neg", 8, "mV"), **change})
    assert wrist.amplitude_mv is None
    assert rows == [("Observation/o1", reason)]


def test_a_site_that_was_not_performed_is_no_site() -> None:
    studies, excluded = read(study(*site("wrist", 8, 25, 6), not_performed("elbow.cmap-amplitude-neg")))
    assert list(studies[0].sites) == ["wrist"]
    assert excluded == []


def test_supramaximal_alone_makes_no_site() -> None:
    studies, _ = read(study(*site("wrist", 8, 25, 6), flag("elbow.supramaximal")))
    assert list(studies[0].sites) == ["wrist"]


def test_a_study_in_which_nothing_was_performed_is_listed() -> None:
    studies, excluded = read(study(not_performed("wrist.cmap-amplitude-neg")))
    assert studies == []
    assert reasons(excluded) == [("Observation/o1", "data-absent")]


@pytest.mark.parametrize("nought", [[], [component("wrist.cmap-amplitude-neg", 0, "mV")]])
def test_an_absent_response_is_stated_with_or_without_a_nought(nought: list[Resource]) -> None:
    wrist, rows = wrist_of(*nought, flag("wrist.response-absent"), flag("wrist.supramaximal"))
    assert wrist == SiteResponse(absent=True, supramaximal=True)
    assert rows == []


def test_a_bare_nought_is_an_absent_response_and_marked() -> None:
    wrist, _ = wrist_of(component("wrist.cmap-amplitude-neg", 0, "mV"))
    assert wrist == SiteResponse(absent=True, flags=("zero-read-as-absent",))


@pytest.mark.parametrize(
    "components",
    [
        [*site("wrist", 8, 25, 6), flag("wrist.response-absent")],
        [component("wrist.cmap-amplitude-neg", 0, "mV"), component("wrist.cmap-area-neg", 25, "mV.ms")],
        [component("wrist.cmap-amplitude-neg", 0, "mV"), flag("wrist.response-absent", value=False)],
    ],
)
def test_a_response_that_is_both_absent_and_measured_is_unknown(components: list[Resource]) -> None:
    wrist, rows = wrist_of(*components)
    assert (wrist.response, wrist.flags) == (None, ("contradiction",))
    assert rows == [("Observation/o1", "invalid")]


def test_one_code_with_two_values_is_unknown_and_with_one_value_twice_is_not() -> None:
    once = component("wrist.cmap-area-neg", 25, "mV.ms")
    assert wrist_of(once, once)[0].area_mv_ms == 25
    wrist, rows = wrist_of(once, component("wrist.cmap-area-neg", 26, "mV.ms"))
    assert wrist.area_mv_ms is None
    assert rows == [("Observation/o1", "invalid")]


@pytest.mark.parametrize(
    ("ranges", "limit"),
    [
        ([{"low": quantity(6, "mV")}], 6),
        ([{"low": quantity(6000, "uV")}], 6),
        ([{"low": quantity(6, "mV")}, {"low": quantity(5, "mV")}], None),
        ([{"low": quantity(6, "mV")}, {"type": coded("treatment"), "low": quantity(5, "mV")}], 6),
        ([{"low": quantity(0, "mV")}], None),
        ([{"high": quantity(6, "mV")}], None),
        ({"low": quantity(6, "mV")}, None),
    ],
)
def test_the_lower_limit_of_normal_comes_from_the_reference_range(ranges: object, limit: int | None) -> None:
    wrist, _ = wrist_of(component("wrist.cmap-amplitude-neg", 8, "mV", referenceRange=ranges))
    assert wrist.lln_amplitude_mv == limit


def test_a_limit_in_an_unknown_unit_is_listed_and_the_value_stays() -> None:
    ranges = [{"low": quantity(6, "mv")}]
    wrist, rows = wrist_of(component("wrist.cmap-amplitude-neg", 8, "mV", referenceRange=ranges))
    assert wrist.amplitude_mv == 8
    assert wrist.lln_amplitude_mv is None
    assert rows == [("Observation/o1", "unit")]


def test_peak_to_peak_amplitude_is_kept_apart() -> None:
    wrist, _ = wrist_of(component("wrist.cmap-amplitude-p2p", 12, "mV"))
    assert wrist.amplitude_mv is None
    assert wrist.peak_to_peak_mv == 12


@pytest.mark.parametrize("code", ["wrist.cmap-size", "hand.cmap-area-neg", "cb-percent-area", "wrist--.cv"])
def test_a_component_that_is_not_known_is_listed(code: str) -> None:
    studies, excluded = read(study(*site("wrist", 8, 25, 6), component(code, 8, "mV")))
    assert list(studies[0].sites) == ["wrist"]
    assert [(row.reason, row.detail.split(":")[0]) for row in excluded] == [("unmapped", f"component {code}")]


def test_a_motor_measurement_without_a_site_is_listed() -> None:
    studies, excluded = read(study(component("cmap-area-neg", 25, "mV.ms")))
    assert studies == []
    assert reasons(excluded) == [("Observation/o1", "unmapped")]


def test_a_sensory_measurement_in_a_motor_study_is_listed() -> None:
    studies, excluded = read(study(*site("wrist", 8, 25, 6), component("wrist.snap-amplitude", 20, "uV")))
    assert studies[0].sensory == ()
    assert reasons(excluded) == [("Observation/o1", "invalid")]


def test_a_velocity_that_belongs_to_no_study_is_listed() -> None:
    lone = observation("cv", bodySite=RIGHT_ULNAR, effectiveDateTime=DAY, valueQuantity=quantity(50, "m/s"))
    studies, excluded = read(lone)
    assert studies == []
    assert reasons(excluded) == [("Observation/o1", "unmapped")]


def test_the_recording_muscle_tells_studies_apart() -> None:
    muscle: Resource = {"code": coded("recording-muscle"), "valueCodeableConcept": coded("459510", MDC)}
    studies, _ = read(study(*site("wrist", 8, 25, 6), muscle))
    assert studies[0].muscle


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


EXTRA = """
concepts:
  nerve_measurement:
    codes:
      - {{system: "https://lab.example/codes", code: A17, same_as: wrist.cmap-area-neg}}
normal_limits:
  ulnar:
    {limit}
"""


def with_extra(folder: Path, limit: str) -> list[Path]:
    (folder / "site.yaml").write_text(EXTRA.format(limit=limit), encoding="utf-8")
    return [BUILT_IN, folder]


def test_a_site_adds_its_own_codes_and_limits_of_normal(tmp_path: Path) -> None:
    mappings = load_mappings(with_extra(tmp_path, "cmap-amplitude-neg: {low: 5000, unit: uV}"))
    local = {**component("x", 25, "mV.ms"), "code": coded("A17", "https://lab.example/codes")}
    studies, excluded = read(study(component("wrist.cmap-amplitude-neg", 8, "mV"), local), mappings=mappings)
    wrist = studies[0].sites["wrist"]
    assert wrist.area_mv_ms == 25
    assert wrist.lln_amplitude_mv == 5
    assert wrist.flags == ("default-limits",)
    assert excluded == []


def test_a_limit_sent_with_the_study_comes_before_the_limit_of_the_site(tmp_path: Path) -> None:
    mappings = load_mappings(with_extra(tmp_path, "cmap-amplitude-neg: {low: 5, unit: mV}"))
    studies, _ = read(study(component("wrist.cmap-amplitude-neg", 8, "mV", 6)), mappings=mappings)
    assert studies[0].sites["wrist"].lln_amplitude_mv == 6
    assert studies[0].sites["wrist"].flags == ()


def test_a_sensory_limit_of_the_site_is_marked(tmp_path: Path) -> None:
    mappings = load_mappings(with_extra(tmp_path, "snap-amplitude: {low: 12, unit: uV}"))
    made = study(component("wrist.snap-amplitude", 10, "uV"), kind="sensory")
    studies, _ = read(made, mappings=mappings)
    assert sensory_status(studies[0]) == "abnormal"
    assert studies[0].sensory[0].flags == ("default-limits",)


@pytest.mark.parametrize(
    ("limit", "named"),
    [
        ("cmap-amplitude-neg: {low: 5, unit: ms}", "normal_limits.ulnar.cmap-amplitude-neg"),
        ("cmap-size: {low: 5, unit: mV}", "no such measurement; choose from"),
        ("cmap-amplitude-neg: 5", "must be {low: number, unit: UCUM code}"),
    ],
)
def test_a_broken_limit_of_the_site_is_refused_by_name(tmp_path: Path, limit: str, named: str) -> None:
    with pytest.raises(KnowledgeError) as error:
        nerve_tables(load_mappings(with_extra(tmp_path, limit)))
    assert named in str(error.value)


ODD: list[object] = [None, True, 0, -1, "", "x", "wrist", NCS, "N", [], {}, 10**400]
KEYS = [
    "coding",
    "code",
    "system",
    "value",
    "unit",
    "text",
    "reference",
    "low",
    "high",
    "valueQuantity",
    "interpretation",
]
JSON = st.recursive(
    st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
ELEMENTS = [
    "bodySite",
    "component",
    "method",
    "hasMember",
    "derivedFrom",
    "interpretation",
    "referenceRange",
    "valueQuantity",
    "dataAbsentReason",
]


@given(
    st.dictionaries(st.sampled_from(ELEMENTS), JSON | st.lists(JSON, max_size=2)),
    st.dictionaries(st.sampled_from(["code", *ELEMENTS]), JSON),
    st.sampled_from(["motor-nerve-study", "sensory-nerve-study", "motor-site", "cmap-area-neg"]),
)
def test_no_odd_shape_ever_raises_or_spoils_a_good_study(
    elements: Mapping[str, object], part: Mapping[str, object], code: str
) -> None:
    good = study(*site("wrist", 8, 25, 6))
    odd = {"resourceType": "Observation", "status": "final", "code": coded(code), "bodySite": RIGHT_ULNAR, **elements}
    mixed = study(
        component("wrist.cmap-amplitude-neg", 8, "mV"), {**component("elbow.cmap-area-neg", 8, "mV.ms"), **part}
    )
    studies, excluded = read(good, odd, mixed)
    assert studies[0].sites["wrist"].amplitude_mv == Fraction(8)
    assert all(row.reason for row in excluded)
