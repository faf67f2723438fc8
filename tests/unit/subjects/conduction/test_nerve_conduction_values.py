"""Values, units, limits and absent responses: what cannot be read is unknown, listed, and spoils nothing else."""

import pytest

from service.subjects.conduction.nerves import SiteResponse
from tests.unit.subjects.conduction.nerve_sources import (
    DAY,
    MDC,
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


def wrist_of(*components: Resource) -> tuple[SiteResponse, list[tuple[str, str]]]:
    studies, excluded = read(study(*components))
    return studies[0].sites["wrist"], reasons(excluded)


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
        ([{"low": {"value": 6}}], 6),
        ([{"text": ">6"}], 6),
        ([{"text": "6-20"}], 6),
        ([{"text": "6 - 20 mV"}], 6),
        ([{"text": ">6000 uV"}], 6),
        ([{"text": "<20"}], None),
        ([{"text": "6"}], None),
        ([{"text": "as our own controls"}], None),
    ],
)
def test_the_lower_limit_of_normal_comes_from_the_reference_range(ranges: object, limit: int | None) -> None:
    wrist, _ = wrist_of(component("wrist.cmap-amplitude-neg", 8, "mV", referenceRange=ranges))
    assert wrist.lln_amplitude_mv == limit


@pytest.mark.parametrize(
    ("unit", "ranges", "limit"),
    [
        ("uV", [{"low": {"value": 6000}}], 6),
        ("uV", [{"text": ">6000"}], 6),
        ("uV", [{"low": quantity(6, "mV")}], 6),
    ],
)
def test_a_limit_without_a_unit_counts_in_the_unit_of_its_value(unit: str, ranges: object, limit: int) -> None:
    wrist, rows = wrist_of(component("wrist.cmap-amplitude-neg", 8000, unit, referenceRange=ranges))
    assert wrist.lln_amplitude_mv == limit
    assert rows == []


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
