"""Mapping files: what codes mean, and what stops the start."""

from pathlib import Path

import pytest

from service.errors import KnowledgeError
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings, load_mappings
from tests.unit.fhir.bundles import ASIALO_GM1, GM1, LOINC, MAPPINGS, MMN, NCS, SHIPPED, SNOMED, concept
from tests.unit.fhir.clinical_sources import concept_of

SYSTEMS = "systems: {loinc: 'http://loinc.org', lab: 'https://lab.example/codes'}\n"
TWICE_SAME_AS = """
concepts:
  x:
    reader: number
    codes:
      - {system: loinc, code: a}
      - {system: lab, code: c, same_as: a}
      - {system: lab, code: c, same_as: b}
"""
GM1_FILE = "concepts: {gm1_igm: {reader: serology, codes: [{system: loinc, code: 51703-7}]}}\n"


def load(folder: Path, **files: str) -> Mappings:
    """Mappings of one directory; each file by its name, with the short names of systems added."""
    (folder / "systems.yaml").write_text(SYSTEMS)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return load_mappings([folder])


def refusal(folder: Path, **files: str) -> str:
    with pytest.raises(KnowledgeError) as caught:
        load(folder, **files)
    return str(caught.value)


def site_files(tmp_path: Path, text: str) -> Mappings:
    """The shipped mappings with one further file of a site."""
    (tmp_path / "site.yaml").write_text(text)
    return load_mappings([SHIPPED, tmp_path])


def test_a_code_means_the_concept_that_lists_it() -> None:
    found = concept_of(MAPPINGS, concept(LOINC, GM1), "Observation")
    assert found is not None
    assert (found.name, found.reader) == ("gm1_igm", "serology")


@pytest.mark.parametrize(
    "code",
    [
        concept(LOINC, "51703-7 "),
        concept("http://LOINC.org", GM1),
        {"coding": [{"code": GM1}]},
        {"coding": [{"system": [LOINC], "code": {"a": 1}}, None, 7, "x"]},
        {"coding": {"system": LOINC, "code": GM1}},
        {"text": "GM1"},
        [concept(LOINC, GM1)],
        None,
        "51703-7",
    ],
)
def test_only_system_and_code_together_and_exactly_mean_something(code: object) -> None:
    assert concept_of(MAPPINGS, code, "Observation") is None


def test_a_code_means_something_only_on_the_resource_types_listed() -> None:
    assert concept_of(MAPPINGS, concept(SNOMED, MMN), "Condition") is not None
    assert concept_of(MAPPINGS, concept(SNOMED, MMN), "Observation") is None
    assert MAPPINGS.reads("Observation")
    assert not MAPPINGS.reads("Practitioner")


def test_the_first_mapped_coding_counts_and_all_meanings_are_told() -> None:
    both = concept(LOINC, "0-0", GM1, ASIALO_GM1, GM1)
    first = concept_of(MAPPINGS, both, "Observation")
    assert first is not None
    told = MAPPINGS.concepts_of(both, "Observation")
    assert (told[0], len(told)) == (first, 2)


def test_a_hundred_thousand_codings_are_read() -> None:
    assert concept_of(MAPPINGS, concept(LOINC, *["0-0"] * 100_000, GM1), "Observation") is not None


def test_the_codes_of_a_resource_type_are_told_for_prefetch() -> None:
    assert ("gm1_igm", LOINC, GM1) in MAPPINGS.codes_for("Observation")
    assert (LOINC, GM1) not in [(system, code) for _, system, code in MAPPINGS.codes_for("Condition")]


def test_a_site_adds_local_codes_to_a_concept(tmp_path: Path) -> None:
    site = site_files(
        tmp_path,
        "systems: {lab: 'https://lab.example/codes'}\n"
        "concepts: {gm1_igm: {codes: [{system: lab, code: GM1M}, {system: 'urn:oid:1.2.3', code: '77'}]}}\n",
    )
    for system, code in (("https://lab.example/codes", "GM1M"), ("urn:oid:1.2.3", "77"), (LOINC, GM1)):
        found = concept_of(site, concept(system, code), "Observation")
        assert found is not None
        assert found.name == "gm1_igm"


def test_a_local_code_can_stand_for_a_canonical_one(tmp_path: Path) -> None:
    site = site_files(
        tmp_path,
        "concepts: {nerve_measurement: {codes: [{system: 'urn:lab', code: A17, same_as: wrist.cmap-area-neg}]}}",
    )
    assert list(site.codings_of(concept("urn:lab", "A17", "A18"))) == [(NCS, "wrist.cmap-area-neg"), ("urn:lab", "A18")]
    assert list(site.codings_of({"coding": [{"system": 1, "code": "A17"}, None]})) == []


def test_a_site_adds_unit_words_and_its_own_limits_win(tmp_path: Path) -> None:
    own = load(tmp_path, base="normal_limits: {lln: 5, ranges: {a: [1]}}\nunits: {mV: [millivolts]}\n")
    assert own.tables["normal_limits"] == {"lln": 5, "ranges": {"a": [1]}}
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "site.yaml").write_text("normal_limits: {lln: 6, ranges: {a: [2]}}\nunits: {mV: [Milli-Volt]}\n")
    both = load_mappings([tmp_path, extra])
    assert both.tables["normal_limits"] == {"lln": 6, "ranges": {"a": [1, 2]}}
    assert both.units == {"millivolts": "mV", "Milli-Volt": "mV"}


def test_nothing_can_be_changed_after_loading() -> None:
    found = concept_of(MAPPINGS, concept(LOINC, GM1), "Observation")
    assert isinstance(found, Concept)
    for frozen in (MAPPINGS.concepts, MAPPINGS.units, MAPPINGS.tables, found.options):
        with pytest.raises(TypeError):
            frozen["x"] = "y"  # type: ignore[index]


def test_the_hash_tells_one_set_of_files_from_another(tmp_path: Path) -> None:
    first = load(tmp_path, gm1=GM1_FILE).hash
    assert load(tmp_path, gm1=GM1_FILE).hash == first
    assert load(tmp_path, gm1=GM1_FILE + "# reviewed\n").hash != first
    assert first.startswith("sha256:")


def test_a_code_given_twice_for_different_concepts_is_refused_with_both_files_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, gm1=GM1_FILE, gm2=GM1_FILE.replace("gm1_igm", "gm2_igm"))
    assert "gm1.yaml" in said
    assert "gm2.yaml" in said
    assert "http://loinc.org|51703-7" in said


def test_a_code_given_twice_for_the_same_concept_is_accepted(tmp_path: Path) -> None:
    again = "concepts: {gm1_igm: {codes: [{system: loinc, code: 51703-7, display: again}]}}"
    assert concept_of(load(tmp_path, gm1=GM1_FILE, more=again), concept(LOINC, GM1), "Observation") is not None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("concept: {}", ("'concept'", "allowed:", "concepts", "assay_profiles")),
        ("concepts: {x: {reader: serologist, codes: []}}", ("concepts.x", "'serologist'", "serology")),
        ("concepts: {x: {reader: serology, code: []}}", ("concepts.x", "'code'", "result_fact")),
        ("concepts: {x: {codes: []}}", ("concepts.x", "reader is missing")),
        ("concepts: {x: {reader: number, resource_types: Observation}}", ("concepts.x.resource_types", "list")),
        ("concepts: {x: {reader: number, codes: {system: loinc}}}", ("concepts.x.codes", "list")),
        ("concepts: {x: {reader: number, codes: [{system: loinc, code: 8640}]}}", ("codes.0.code", "quote")),
        ("concepts: {x: {reader: number, codes: [{system: loinc}]}}", ("codes.0.code",)),
        ("concepts: {x: {reader: number, codes: [{system: lonic, code: a}]}}", ("'lonic'", "loinc")),
        (
            "concepts: {x: {reader: number, codes: [{system: loinc, code: a, dispaly: b}]}}",
            ("codes.0.dispaly", "mean display?"),
        ),
        ("concepts: {x: {reader: number, codes: [{system: loinc, code: a, same_as: b}]}}", ("same_as",)),
        ("concepts: {x: {reader: number, codes: [{system: loinc, code: a, and_below: often}]}}", ("and_below",)),
        ("concepts: {x: {reader: trap, codes: []}}", ("concepts.x.why",)),
        ("concepts: {x: 7}", ("concepts.x", "mapping")),
        ("concepts: {x: {reader: statement, precaution: 1, codes: []}}", ("concepts.x.precaution", "true")),
        ("concepts: {x: {reader: statement, fact: [a], codes: []}}", ("concepts.x.fact", "text")),
        ("concepts: {x: {reader: statement, active_only: a, codes: []}}", ("concepts.x.active_only", "list")),
        ("concepts: {x: {reader: statement, also_points_to: 7, codes: []}}", ("concepts.x.also_points_to", "list")),
        ("concepts: {x: {reader: score, maxima: [a], codes: []}}", ("concepts.x.maxima", "mapping")),
        ("concepts: [x]", ("concepts", "mapping")),
        ("concepts: {gm1_igm: {reader: serology, codes: []}}", ("concepts.gm1_igm", "already defined", "gm1.yaml")),
        ("concepts: {gm1_igm: {result_fact: y, codes: []}}", ("'result_fact'", "allowed: codes", "gm1.yaml")),
        ("concepts: {x: {reader: [number], codes: []}}", ("concepts.x.reader",)),
        ("concepts: {x: {reader: number, codes: [loinc]}}", ("concepts.x.codes.0", "mapping")),
        (TWICE_SAME_AS, ("concepts.x", "two different codes")),
        ("units: 7", ("units", "mapping")),
        ("systems: {loinc: 'http://loinc.example'}", ("systems.loinc",)),
        ("systems: {loinc: loinc.org}", ("systems.loinc", "URI")),
        ("units: {mV: millivolt}", ("units.mV", "list")),
        ("units: {millivolt: [mV]}", ("units.millivolt", "UCUM")),
        ("units: {mV: [MV]}", ("'MV'", "UCUM")),
        ("units_never_meant: {mL: [MV], mV: [MV]}", ("'MV'", "already")),
        ("units_never_meant: {millilitre: [ML]}", ("units.millilitre", "UCUM")),
        ("units: {mV: [mvolt], uV: [mvolt]}", ("'mvolt'", "already")),
    ],
)
def test_a_mistake_is_refused_naming_file_key_and_choices(tmp_path: Path, text: str, named: tuple[str, ...]) -> None:
    said = refusal(tmp_path, gm1=GM1_FILE, wrong=text)
    assert [part for part in named if part not in said] == []
    assert "wrong.yaml" in said or said.startswith("units")


def test_two_files_of_one_directory_may_not_contradict_each_other_in_a_table(tmp_path: Path) -> None:
    said = refusal(tmp_path, first="normal_limits: {lln: 5}", second="normal_limits: {lln: 6}")
    assert "second.yaml: normal_limits.lln" in said


def test_a_site_cannot_put_a_number_where_a_list_belongs(tmp_path: Path) -> None:
    load(tmp_path, base="normal_limits: {lln: [5]}")
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "site.yaml").write_text("normal_limits: {lln: 6}")
    with pytest.raises(KnowledgeError, match=r"normal_limits\.lln"):
        load_mappings([tmp_path, extra])


def test_a_directory_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no such directory"):
        load_mappings([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("concept", "name"),
    [
        ({"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G6182"}]}, "mmn_condition"),
        (
            {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I6930"}]},
            "other_sequelae_of_infarction",
        ),
        ({"text": " Multifocal  Motor Neuropathy "}, "mmn_condition"),
        ({"coding": [{"system": "urn:local", "code": "7"}], "text": "multifocal motor neuropathy"}, "mmn_condition"),
        ({"text": "no multifocal motor neuropathy"}, None),
        # That it is only asked about is intake's to say (certainty.py).
        ({"text": "multifocal motor neuropathy?"}, "mmn_condition"),
    ],
)
def test_a_condition_is_known_without_the_point_of_its_code_and_by_its_whole_name(
    concept: object, name: str | None
) -> None:
    found = concept_of(MAPPINGS, concept, "Condition")
    assert (found.name if found else None) == name


def test_texts_that_are_no_list_stop_the_start(tmp_path: Path) -> None:
    text = "concepts: {x: {reader: statement, texts: mmn, codes: [{system: loinc, code: a}]}}\n"
    assert "texts" in refusal(tmp_path, one=text)
