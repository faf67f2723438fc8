"""What a site may add: its own codes and its own limits of normal."""

from pathlib import Path

import pytest

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import load_mappings
from service.subjects.conduction.reading.tables import nerve_tables
from tests.unit.subjects.conduction.conduction_examples import sensory_status
from tests.unit.subjects.conduction.nerve_sources import (
    coded,
    component,
    read,
    study,
)

BUILT_IN = Path(__file__).parents[4] / "fhir_mappings"
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
        (
            "cmap-size: {low: 5, unit: mV}",
            "ulnar.cmap-size: measurement: 'cmap-size' is none of cmap-amplitude-neg",
        ),
        ("cmap-amplitude-neg: 5", "normal_limits.ulnar.cmap-amplitude-neg: must be a mapping"),
    ],
)
def test_a_broken_limit_of_the_site_is_refused_by_name(tmp_path: Path, limit: str, named: str) -> None:
    with pytest.raises(KnowledgeError) as error:
        nerve_tables(load_mappings(with_extra(tmp_path, limit)))
    assert named in str(error.value)
