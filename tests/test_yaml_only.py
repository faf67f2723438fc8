"""What a clinician or an integrator adds in YAML alone works; what was forgotten is refused, and says where."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from service.errors import KnowledgeError
from service.evaluate import Evaluator
from service.fhir.mappings.concepts import load_mappings
from service.knowledge.load import knowledge_root, load
from service.seam import refuse_what_does_not_meet

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
# What it takes to add a nerve: where in which file, and what is written there.
SEGMENTS = """
suprascapular:
  limb: upper
  sites: [axilla, erb]
  segments:
    - {from: axilla, to: erb, role: counts, erb: present, region: shoulder}
  sensory: [suprascapular]
  source: {ref: project_design, at: "segments of the suprascapular nerve", certainty: design}
"""
NERVE = {
    "rules/mmn/segments.yaml": ("\nfemoral:\n", f"{SEGMENTS}\nfemoral:\n"),
    "rules/mmn/facts/segments.yaml": ("axillary, fibular", "axillary, suprascapular, fibular"),
    "fhir_mappings/nerve_conduction.yaml": (
        "\n  musculocutaneous:\n    mdc",
        "\n  suprascapular:\n    mdc: []\n    codes: []\n    names: [suprascapular]\n  musculocutaneous:\n    mdc",
    ),
}
FACT = """
serum_sodium_mmol_per_l:
  unit: mmol/L
  label: sodium
  means: Sodium in serum
"""
THRESHOLD = """
sodium_low:
  value: 130.5
  unit: mmol/L
  step: 0.1
  says: Sodium below this is low
  source: {ref: project_design, at: "a test of the laboratory", certainty: design}
"""
RULE = """
sodium_is_low:
  kind: advice
  title: Sodium is low
  says: Sodium is below its limit.
  when: [mmn_condition: {is: present}, serum_sodium_mmol_per_l: {less_than: sodium_low}]
  info: "Sodium is low: {serum_sodium_mmol_per_l}"
  detail: Look at sodium before anything is given.
  source: {ref: project_design, at: "a test of the laboratory", certainty: design}
"""
CONCEPT = """
  serum_sodium:
    reader: order_number
    fact: serum_sodium_mmol_per_l
    unit: mmol/L
    codes:
      - {system: loinc, code: "2951-2", display: "Sodium, serum", checked: loinc_in_use}
"""
LABORATORY_TEST = {
    "rules/mmn/facts/laboratory.yaml": ("\ngm1_igm:\n", f"{FACT}gm1_igm:\n"),
    "rules/mmn/thresholds/diagnosis.yaml": ("", THRESHOLD),
    "rules/mmn/treatment.yaml": ("", RULE),
    "fhir_mappings/labs.yaml": ("\nconcepts:\n", f"\nconcepts:\n{CONCEPT}"),
}
Change = Mapping[str, tuple[str, str]]


def changed(folder: Path, change: Change, but: str = "") -> Path:
    """A copy of the rules and mapping files with a change, all but one file of it."""
    for name in ("rules", "fhir_mappings"):
        shutil.copytree(knowledge_root() / name, folder / name)
    for file, (old, new) in change.items():
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file}: the place for the change must be there"
        if file != but:
            (folder / file).write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
    return folder


def started(folder: Path) -> Evaluator:
    """The service on a copy of the files."""
    knowledge, mappings = load(folder / "rules"), load_mappings([folder / "fhir_mappings"])
    refuse_what_does_not_meet(knowledge, mappings)
    return Evaluator(knowledge, mappings)


def observation(code: Mapping[str, object], **more: object) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-05-01",
        "code": {"coding": [code]},
        **more,
    }


def bundle(*resources: Mapping[str, object]) -> dict[str, object]:
    patient = {"resourceType": "Patient", "id": "p1"}
    entries = [{"resource": each} for each in (patient, *resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def motor_study() -> dict[str, object]:
    ncs = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
    measured = {"axilla.cmap-amplitude-neg": 8, "erb.cmap-amplitude-neg": 7.5}
    components = [
        {
            "code": {"coding": [{"system": ncs, "code": code}]},
            "valueQuantity": {"value": value, "unit": "mV", "system": "http://unitsofmeasure.org", "code": "mV"},
        }
        for code, value in measured.items()
    ]
    site = {"text": "left suprascapular nerve"}
    return observation({"system": ncs, "code": "motor-nerve-study"}, bodySite=site, component=components)


def test_a_nerve_is_added_in_yaml_alone(tmp_path: Path) -> None:
    answer = started(changed(tmp_path, NERVE)).evaluate_bundle(bundle(motor_study()), NOW, 100)
    evaluation = answer["evaluation"]
    assert isinstance(evaluation, dict)
    assert [(row["nerve"], row["from"], row["to"]) for row in evaluation["conduction"]] == [
        ("suprascapular", "axilla", "erb")
    ]


@pytest.mark.parametrize(
    ("forgotten", "named"),
    [
        ("rules/mmn/segments.yaml", "facts/segments.yaml: nerve.words: 'suprascapular'"),
        ("rules/mmn/facts/segments.yaml", "facts/segments.yaml: nerve.words: 'suprascapular'"),
        ("fhir_mappings/nerve_conduction.yaml", "segments.yaml: suprascapular"),
    ],
)
def test_a_nerve_that_is_forgotten_in_one_file_stops_the_start(tmp_path: Path, forgotten: str, named: str) -> None:
    with pytest.raises(KnowledgeError) as refusal:
        started(changed(tmp_path, NERVE, forgotten))
    assert named in str(refusal.value)


@pytest.mark.parametrize(("value", "is_told"), [("130.4", True), ("130.5", False)])
def test_a_laboratory_test_with_decimals_rule_and_card_is_added_in_yaml_alone(
    tmp_path: Path, value: str, is_told: bool
) -> None:
    quantity = {"value": Decimal(value), "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}
    sodium = observation({"system": "http://loinc.org", "code": "2951-2"}, valueQuantity=quantity)
    mmn = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "230591002"}]},
    }
    evaluator = started(changed(tmp_path, LABORATORY_TEST))
    cards = evaluator.evaluate_bundle(bundle(sodium, mmn), NOW, 100)["cards"]
    assert isinstance(cards, list)
    assert (f"Sodium is low: {value} mmol/L" in [card["summary"] for card in cards]) is is_told
    assert "2951-2" in evaluator.prefetch_templates()["laboratory"]


@pytest.mark.parametrize(
    ("forgotten", "named"),
    [
        ("rules/mmn/facts/laboratory.yaml", "treatment.yaml: sodium_is_low"),
        ("rules/mmn/thresholds/diagnosis.yaml", "treatment.yaml: sodium_is_low"),
        ("rules/mmn/treatment.yaml", "nobody uses s"),
        ("fhir_mappings/labs.yaml", "facts/laboratory.yaml: serum_sodium_mmol_per_l: nobody makes this fact"),
    ],
)
def test_a_laboratory_test_that_is_forgotten_in_one_file_stops_the_start(
    tmp_path: Path, forgotten: str, named: str
) -> None:
    with pytest.raises(KnowledgeError) as refusal:
        started(changed(tmp_path, LABORATORY_TEST, forgotten))
    assert named in str(refusal.value)


def test_a_site_that_adds_a_code_of_a_fact_that_no_rule_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "concepts: {our_test: {reader: order_number, unit: g/L, codes: [{system: loinc, code: 1-8}]}}", encoding="utf-8"
    )
    with pytest.raises(KnowledgeError, match=r"site\.yaml: concepts\.our_test: no fact .* is called 'our_test'"):
        Evaluator.load(tmp_path)
