"""Criteria sets side by side: what each comes to, where they differ, and that another one is YAML only."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service.conclusions.criteria_sets import OtherSets
from service.domain.conclusions import OtherClass, Verdict
from service.domain.facts import Fact, Range, Value
from service.engine.plain import judge_of
from service.engine.run import Engine
from service.evaluate import Evaluator
from service.fhir.mappings.concepts import load_mappings
from service.knowledge.load import knowledge_root, load
from tests.patient_folders import patient_folders, results_of

KNOWLEDGE = load()
ENGINE = Engine(KNOWLEDGE)
MET: dict[str, Value] = {
    "clinical_exclusion.upper_motor_neuron_signs": "not_met",
    "clinical_exclusion.marked_bulbar_involvement": "not_met",
    "clinical_exclusion.sensory_impairment": "not_met",
    "clinical_exclusion.diffuse_symmetric_weakness": "not_met",
    "clinical_core.progressive_asymmetric_weakness": "met",
    "clinical_core.no_objective_sensory_abnormality": "met",
    "electrophysiology.definite_block_found": "met",
    "electrophysiology.normal_sensory_where_blocked": "met",
    "electrophysiology.all_sensory_studies_normal": "met",
    "weak_named_nerves": Range.exactly(2),
    "nerves_with_definite_block": Range.exactly(2),
    "nerves_with_definite_block_and_normal_sensory": Range.exactly(2),
    "sensory_nerves_studied": Range.exactly(3),
}


def other(first: tuple[str, str], **change: Value | None) -> OtherClass:
    """What AAEM 2003 comes to where EFNS/PNS 2010 comes to ``first``; ``None`` leaves a fact out."""
    sheet = {name: value for name, value in {**MET, **change}.items() if value is not None}
    given = {name: Verdict(str(value)) for name, value in sheet.items() if "." in name}
    unknown = {name: Verdict.UNKNOWN for name in MET if "." in name}
    verdicts = {**unknown, **given, **ENGINE.run("diagnosis", [sheet])[0]}
    facts = {name: Fact(value) for name, value in sheet.items() if "." not in name}
    known = {name: verdict for name, verdict in verdicts.items() if verdict is not Verdict.UNKNOWN}
    return OtherSets(KNOWLEDGE, judge_of, facts, verdicts, {**sheet, **known}).told(first)[0]


def test_where_both_come_to_the_same_nothing_is_said() -> None:
    assert other(("definite", "definite")) == OtherClass("aaem-2003", "definite", "definite", "")


@pytest.mark.parametrize(
    ("change", "reached", "attainable", "because"),
    [
        ({"sensory_nerves_studied": Range.exactly(2)}, "none", "none", "sensory nerves studied, at least 3: 2"),
        ({"sensory_nerves_studied": None}, "none", "definite", "sensory nerves studied, at least 3: unknown"),
        ({"weak_named_nerves": Range.exactly(1)}, "none", "none", "fibular and tibial, at least 2: 1"),
        (
            {"electrophysiology.all_sensory_studies_normal": "not_met"},
            "none",
            "none",
            "Normal sensory nerve conduction studies: not met",
        ),
    ],
)
def test_what_the_other_asks_for_more_is_named(
    change: Mapping[str, Value], reached: str, attainable: str, because: str
) -> None:
    found = other(("definite", "definite"), **change)
    assert (found.reached, found.attainable) == (reached, attainable)
    assert found.differs_because.startswith("AAEM 2003 asks for more for definite: ")
    assert found.differs_because.endswith(because)
    assert ";" not in found.differs_because


def test_what_one_set_excludes_by_is_named() -> None:
    by_sensory_loss = other(
        ("excluded", "excluded"),
        **{"clinical_exclusion.sensory_impairment": "met", "clinical_core.no_objective_sensory_abnormality": "not_met"},
    )
    assert by_sensory_loss.reached == "none"
    assert by_sensory_loss.differs_because.startswith("EFNS/PNS 2010, first revision excludes: Sensory impairment")
    assert other(("excluded", "excluded"), **{"clinical_exclusion.upper_motor_neuron_signs": "met"}) == OtherClass(
        "aaem-2003", "excluded", "excluded", ""
    )


def test_a_third_set_is_yaml_only(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(knowledge_root() / "rules", rules)
    pack = rules / "mmn" / "pack.yaml"
    text = pack.read_text(encoding="utf-8")
    entry = "  local-2026:\n    title: Local\n    classes: [possible, definite]\n    file: other_criteria/local\n"
    text = text.replace("  aaem-2003:\n", f"{entry}  aaem-2003:\n")
    pack.write_text(text.replace("files: [diagnosis, ", "files: [diagnosis, other_criteria/local, "), encoding="utf-8")
    rule = "  says: x\n  when: clinical_core.no_objective_sensory_abnormality\n"
    source = 'every_rule: {source: {ref: project_design, at: "x", certainty: design}}\n'
    (rules / "mmn" / "other_criteria" / "local.yaml").write_text(
        f"{source}one:\n  class: possible\n  title: One\n{rule}two:\n  class: definite\n  title: Two\n{rule}",
        encoding="utf-8",
    )
    evaluator = Evaluator(load(rules), load_mappings([knowledge_root() / "fhir_mappings"]))
    folder = next(each for each in patient_folders() if each.name == "duration-not-measured")
    classification: Any = results_of(folder.answer(evaluator))[0]["evaluation"]["classification"]
    assert classification["criteriaSet"] == "efns-pns-2010"
    reached = {each["criteriaSet"]: each["reached"] for each in classification["others"]}
    assert (reached["local-2026"], reached["aaem-2003"]) == ("definite", "none")
    said = {each["criteriaSet"]: each["differsBecause"] for each in classification["others"]}
    assert said["local-2026"].startswith("EFNS/PNS 2010, first revision asks for more for definite: ")
