"""A local code of one value, as converters of HL7 v2 make them, says nerve, side, site and measure by its mapping."""

from pathlib import Path

import pytest

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings, load_mappings
from service.subjects.conduction.nerves import NerveStudy
from service.subjects.conduction.reading.tables import nerve_tables
from service.subjects.conduction.reading.whole_codes import check_local_codes
from tests.unit.subjects.conduction.nerve_sources import DAY, Resource, coded, observation, quantity, read

LAB = "https://lab.example/codes"
BUILT_IN = Path(__file__).parents[4] / "fhir_mappings"
LEFT_ULNAR = coded("458885", "urn:iso:std:iso:11073:10101")
RIGHT_ULNAR = coded("458886", "urn:iso:std:iso:11073:10101")
CODES = {
    "RUWA": "right.ulnar.wrist.cmap-amplitude-neg",
    "RUEA": "right.ulnar.below-elbow.cmap-amplitude-neg",
    "RUWR": "right.ulnar.wrist.cmap-area-neg",
    "RUV": "right.ulnar.motor.wrist--below-elbow.cv",
    "RUF": "right.ulnar.f-wave-min-latency",
    "LUWA": "left.ulnar.wrist.cmap-amplitude-neg",
    "RMWA": "right.median.wrist.cmap-amplitude-neg",
    "RUS": "right.ulnar.sensory.wrist.snap-amplitude",
    "UWA": "ulnar.wrist.cmap-amplitude-neg",
    "RUMS": "right.ulnar.motor.wrist.snap-amplitude",
}


def site_mappings(folder: Path, codes: dict[str, str]) -> Mappings:
    listed = "\n".join(f"      - {{system: '{LAB}', code: {code}, same_as: {meant}}}" for code, meant in codes.items())
    (folder / "site.yaml").write_text(f"concepts:\n  nerve_measurement:\n    codes:\n{listed}\n", encoding="utf-8")
    return load_mappings([BUILT_IN, folder])


def value(code: str, number: int | str, unit: str, **elements: object) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(code, LAB),
        "effectiveDateTime": DAY,
        "valueQuantity": quantity(number, unit),
        **elements,
    }


@pytest.fixture
def mappings(tmp_path: Path) -> Mappings:
    return site_mappings(tmp_path, CODES)


def the_only(studies: list[NerveStudy]) -> NerveStudy:
    (one,) = studies
    return one


def test_values_of_one_nerve_become_one_study(mappings: Mappings) -> None:
    studies, excluded = read(
        value("RUWA", 8, "mV"),
        value("RUEA", "3.6", "mV"),
        value("RUWR", "24.9", "mV.ms"),
        value("RUV", 51, "m/s"),
        value("RUF", "33.5", "ms"),
        mappings=mappings,
    )
    study = the_only(studies)
    assert (study.nerve, study.side, study.kind) == ("ulnar", "right", "motor")
    assert [(name, float(site.amplitude_mv or 0)) for name, site in study.sites.items()] == [
        ("wrist", 8),
        ("below-elbow", 3.6),
    ]
    assert float(study.sites["wrist"].area_mv_ms or 0) == 24.9
    assert float(study.f_wave_latency_ms or 0) == 33.5
    assert len(study.segments) == 1
    assert excluded == []


def test_nerves_sides_and_kinds_stay_apart(mappings: Mappings) -> None:
    studies, excluded = read(
        value("RUWA", 8, "mV"),
        value("LUWA", 9, "mV"),
        value("RMWA", 7, "mV"),
        value("RUS", 20, "uV"),
        mappings=mappings,
    )
    named = {(study.nerve, study.side, study.kind) for study in studies}
    assert named == {
        ("ulnar", "right", "motor"),
        ("ulnar", "left", "motor"),
        ("median", "right", "motor"),
        ("ulnar", "right", "sensory"),
    }
    assert excluded == []


@pytest.mark.parametrize(
    ("code", "body_site", "is_read"),
    [
        ("RUWA", RIGHT_ULNAR, True),
        ("RUWA", LEFT_ULNAR, False),
        ("RMWA", RIGHT_ULNAR, False),
        ("UWA", RIGHT_ULNAR, True),
        ("RUWA", {"text": "right hand"}, True),
        ("RUWA", {"text": "left hand"}, False),
    ],
)
def test_a_body_site_beside_it_must_agree(mappings: Mappings, code: str, body_site: Resource, *, is_read: bool) -> None:
    studies, excluded = read(value(code, 8, "mV", bodySite=body_site), mappings=mappings)
    assert bool(studies) is is_read
    assert bool(excluded) is not is_read


@pytest.mark.parametrize(("kind", "is_read"), [("sensory", True), ("motor", False)])
def test_a_component_of_another_kind_than_its_study_is_not_read(
    mappings: Mappings, kind: str, *, is_read: bool
) -> None:
    part: Resource = {"code": coded("RUS", LAB), "valueQuantity": quantity(20, "uV")}
    studies, excluded = read(observation(f"{kind}-nerve-study", part, effectiveDateTime=DAY), mappings=mappings)
    assert bool(studies) is is_read
    assert bool(excluded) is not is_read


def test_without_a_side_in_code_or_body_site_nothing_is_read(mappings: Mappings) -> None:
    studies, excluded = read(value("UWA", 8, "mV"), mappings=mappings)
    assert studies == []
    assert [row.reason for row in excluded] == ["side"]


def test_a_measure_of_the_other_kind_of_study_is_not_read(mappings: Mappings) -> None:
    studies, excluded = read(value("RUMS", 20, "uV"), mappings=mappings)
    assert studies == []
    assert "does not belong in this kind of study" in excluded[0].detail


@pytest.mark.parametrize(
    ("meant", "is_understood"),
    [
        ("right.ulnar.wrist.cmap-area-neg", True),
        ("left.superficial-fibular.sensory.ankle.snap-amplitude", True),
        ("wrist.cmap-area-neg", True),
        ("stim.below-elbow", True),
        ("recording-muscle", True),
        ("right.ulnar.knuckle.cmap-area-neg", False),
        ("right.cubital.wrist.cmap-area-neg", False),
        ("ulnar.right.wrist.cmap-area-neg", False),
        ("right.ulnar", False),
        ("wrist.cmap-area", False),
    ],
)
def test_a_code_that_stands_for_nothing_stops_the_start_by_name(
    tmp_path: Path, meant: str, *, is_understood: bool
) -> None:
    mappings = site_mappings(tmp_path, {"X1": meant})
    if is_understood:
        check_local_codes(mappings, nerve_tables(mappings))
        return
    with pytest.raises(KnowledgeError, match=r"site\.yaml: concepts\.nerve_measurement: X1: same_as"):
        check_local_codes(mappings, nerve_tables(mappings))
