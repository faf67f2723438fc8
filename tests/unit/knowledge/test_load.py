"""A broken rule file stops the start, and says which file, which key and what would be allowed."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.errors import KnowledgeError
from service.knowledge.load import knowledge_root, load
from service.knowledge.words import amount

Rules = Callable[[str, str, str], Path]


@pytest.fixture
def broken(tmp_path: Path) -> Rules:
    """A copy of the rules in which one passage of one file was replaced."""

    def make(file: str, old: str, new: str) -> Path:
        rules = tmp_path / "rules"
        shutil.copytree(knowledge_root() / "rules", rules)
        text = (rules / file).read_text(encoding="utf-8")
        assert old in text, "the passage to break must be there"
        (rules / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return rules

    return make


@dataclass(frozen=True)
class Refusal:
    """``old`` in ``file`` is replaced by ``new``; the message must hold ``says``."""

    what: str
    file: str
    old: str
    new: str
    says: str


DURATION = load().thresholds["shortest_weakness_duration"]
REFUSALS = [
    Refusal(
        "a summary with a fact that the rule does not rest on",
        "mmn/ivig/contraindications.yaml",
        'warning: "Upper motor neuron signs on record: settle',
        'warning: "Upper motor neuron signs on record ({weight_kg}): settle',
        "contraindications.yaml: upper_motor_neuron_signs_on_record: warning: the rule does not rest on {weight_kg}",
    ),
    Refusal(
        "a detail with why a fact is what it is, on which the rule does not rest",
        "mmn/treatment.yaml",
        'detail: "Among all drugs ordered and given no immunoglobulin was found',
        'detail: "{why_gm1_on_record}. Among all drugs ordered and given no immunoglobulin was found',
        "treatment.yaml: immunoglobulin_not_found: detail: the rule does not rest on {why_gm1_on_record}",
    ),
    Refusal(
        "a fact that a rule showed, and shows no more",
        "mmn/ivig/contraindications.yaml",
        "  shows: [lowest_creatinine_mg_per_dl, creatinine_mg_per_dl, creatinine_rise_days]\n",
        "",
        "kidney_in_doubt: warning: the rule does not rest on {lowest_creatinine_mg_per_dl}; read it in when",
    ),
    Refusal(
        "a differential with a fact that is behind a gate only",
        "mmn/differential.yaml",
        'info: "CK {creatine_kinase_u_per_l}',
        'info: "CK {mmn_condition}',
        "differential.yaml: high_creatine_kinase: info: the rule does not rest on {mmn_condition}",
    ),
    Refusal(
        "a key written twice", "mmn/supportive.yaml", "  code: S1\n", "  code: S1\n  code: S1\n", "'code' stands twice"
    ),
    Refusal(
        "a word that YAML turns into a boolean",
        "mmn/facts/bedside.yaml",
        "[present, absent]",
        "[yes, no]",
        "'yes' means true",
    ),
    Refusal(
        "an unknown key",
        "mmn/supportive.yaml",
        "  code: S1\n",
        "  grade: S1\n",
        "allowed keys: about, beware, brief, checked_by, class",
    ),
    Refusal("an unknown kind", "mmn/supportive.yaml", "kind: supportive", "kind: helpful", "every_rule: kind: "),
    Refusal("an unknown fact", "mmn/supportive.yaml", "{gm1_igm:", "{gm1_ig:", "did you mean gm1_igm"),
    Refusal(
        "an unknown word",
        "mmn/supportive.yaml",
        "{is: elevated}",
        "{is: high}",
        "'high'; known here: elevated, not_elevated",
    ),
    Refusal(
        "a number in a rule",
        "mmn/supportive.yaml",
        "{less_than: csf_protein_limit}",
        "{less_than: 1}",
        "no threshold of thresholds/*.yaml is called",
    ),
    Refusal("a wrong operator", "mmn/supportive.yaml", "{is: raised}", "{at_least: raised}", "allowed: is, is_not"),
    Refusal(
        "a rule that gives way to none",
        "mmn/ivig/response.yaml",
        "gives_way_to: [ivig.response.worsening_after_lower_dose]",
        "gives_way_to: [ivig.response.worsening_after_lower_does]",
        "no criterion is called 'ivig.response.worsening_after_lower_does'",
    ),
    Refusal(
        "an unknown fact in support",
        "mmn/differential.yaml",
        "    - cidp_condition: {is: present}",
        "    - cipd_condition: {is: present}",
        "did you mean cidp_condition",
    ),
    Refusal("two operators", "mmn/supportive.yaml", "{is: raised}", "{is: raised, is_not: raised}", "one operator"),
    Refusal(
        "an empty list",
        "mmn/supportive.yaml",
        "  when: {gm1_igm: {is: elevated}}\n",
        "  when: {all: []}\n",
        "at least one",
    ),
    Refusal(
        "a threshold in another unit",
        "mmn/thresholds/diagnosis.yaml",
        "unit: g/L",
        "unit: mg/dL",
        "csf_protein_limit is in mg/dL",
    ),
    Refusal("an unknown source", "mmn/supportive.yaml", "ref: efns_pns_2010", "ref: efns", "'efns'; did you mean"),
    Refusal("a threshold nobody uses", "mmn/thresholds/conduction.yaml", "cold_foot:", "cold_nose:", "cold_foot"),
    Refusal("a source nobody uses", "sources.yaml", "aaem_2003:", "aaem_2004:", "aaem_2003"),
    Refusal(
        "a fact without words and unit",
        "mmn/facts/laboratory.yaml",
        "  words: [elevated, not_elevated]\n",
        "",
        "words or a unit",
    ),
    Refusal(
        "an unknown gate",
        "mmn/facts/segments.yaml",
        "segment_adequacy.crossover_excluded",
        "crossover",
        "no criterion is called",
    ),
    Refusal(
        "a stage in the wrong place",
        "mmn/supportive.yaml",
        "  kind: supportive\n",
        "  kind: supportive\n  for_each: motor_segment\n",
        "stage is for patient",
    ),
    Refusal(
        "a rule that reads a later stage",
        "mmn/supportive.yaml",
        "when: {gm1_igm: {is: elevated}}",
        "when: diagnosis.definite",
        "no criterion judged before is called 'diagnosis.definite'",
    ),
    Refusal(
        "a summary that could grow too long",
        "mmn/pack.yaml",
        'info: "Definite MMN',
        'info: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
        "at most 139",
    ),
    Refusal(
        "an unknown placeholder", "mmn/pack.yaml", "not met: {criteria}", "not met: {reason}", "'reason'; known here"
    ),
    Refusal(
        "a reason of an unknown fact",
        "mmn/ivig/iga.yaml",
        "{why_iga_on_record}",
        "{why_iga}",
        "no fact is called",
    ),
    Refusal("an outcome without text", "mmn/pack.yaml", "open:", "opened:", "needs exactly the keys"),
    Refusal(
        "an unknown brief statement",
        "mmn/supportive.yaml",
        "brief: [9, 13, 15]",
        "brief: [99]",
        "statements are 1 to 32",
    ),
    Refusal(
        "an order for an unknown criterion",
        "mmn/pack.yaml",
        "supportive.gm1_igm_elevated",
        "supportive.gm1",
        "suggested_orders.gm1_igm_antibodies",
    ),
    Refusal("no YAML at all", "mmn/supportive.yaml", "gm1_igm_elevated:", "{[", "cannot be read"),
    Refusal(
        "a card of two urgencies",
        "mmn/ivig/kidney.yaml",
        "  info: No eGFR",
        "  warning: Kidneys\n  info: No eGFR",
        "one summary",
    ),
    Refusal("a summary without a detail", "mmn/ivig/kidney.yaml", "  detail: ", "  beware: ", "a detail; one of them"),
    Refusal(
        "a condition that nobody defines",
        "mmn/ivig/kidney.yaml",
        "    - kidneys_at_risk\n",
        "    - kidney_at_risk\n",
        "no condition and no criterion judged before is called 'kidney_at_risk'; did you mean kidneys_at_risk",
    ),
    Refusal(
        "a condition that nobody names",
        "mmn/ivig/kidney.yaml",
        "conditions:\n",
        "conditions:\n  old_age: {age_years: {more_than: older_age}}\n",
        "ivig/kidney.yaml: conditions: nobody uses old_age",
    ),
    Refusal(
        "a condition that is made of itself",
        "mmn/conditions.yaml",
        "    - mmn_class_reached\n",
        "    - mmn_is_likely\n",
        "mmn_is_likely is made of itself",
    ),
    Refusal(
        "a condition with the name of a fact",
        "mmn/ivig/kidney.yaml",
        "  kidneys_at_risk:\n",
        "  renal_risk:\n",
        "conditions: renal_risk is taken",
    ),
    Refusal(
        "a criterion that is met, written in two ways",
        "mmn/diagnosis.yaml",
        "    - electrophysiology.definite_block_found\n",
        "    - electrophysiology.definite_block_found: {is: met}\n",
        "by its name alone",
    ),
    Refusal("an unknown key for every rule", "mmn/ivig/kidney.yaml", "  brief:", "  briefs:", "every_rule: briefs"),
    Refusal(
        "another source without its place",
        "mmn/ivig/kidney.yaml",
        ', at: "data that could not be used", certainty: design}',
        "}",
        "needs at, certainty too",
    ),
    Refusal(
        "an earlier name that two rules answer to",
        "mmn/ivig/kidney.yaml",
        "was: ivig_safety.renal_risk",
        "was: ivig_safety.kidney_function_not_known",
        "two rules answer to 'ivig_safety.kidney_function_not_known'",
    ),
    Refusal(
        "a text that names an unknown threshold",
        "mmn/ivig/dose.yaml",
        "older than {threshold:weight_valid_for}",
        "older than {threshold:weight_valid}",
        "weight_needed: detail: no threshold is called 'weight_valid'; did you mean weight_valid_for",
    ),
    Refusal(
        "a class that no criteria set orders",
        "mmn/treatment.yaml",
        "mmn_likely:\n",
        "mmn_likely:\n  class: possible\n",
        "treatment.yaml: mmn_likely: class: no criteria set of pack.yaml orders 'possible' here",
    ),
    Refusal(
        "a class of a criteria set to which no rule leads",
        "mmn/pack.yaml",
        "    classes: [definite]\n",
        "    classes: [probable, definite]\n",
        "criteria_sets.aaem-2003: no rule of other_criteria/aaem_2003.yaml gives probable",
    ),
    Refusal(
        "a threshold in two files",
        "mmn/thresholds/bedside.yaml",
        "full_mrc_grade:",
        "cold_foot:",
        "cold_foot stands in another file too",
    ),
    Refusal(
        "a threshold written out",
        "mmn/clinical_core.yaml",
        "for more than {threshold:shortest_weakness_duration}",
        f"for more than {amount(DURATION.value, DURATION.unit)}",
        "stands in shortest_weakness_duration; write {threshold:shortest_weakness_duration}",
    ),
    Refusal(
        "cards that wait for a rule that nobody wrote",
        "mmn/cards.yaml",
        "treatment.mmn_likely",
        "treatment.mmn_likly",
        "cards.yaml: policy.likely: no criterion is called 'treatment.mmn_likly'; did you mean treatment.mmn_likely",
    ),
    Refusal(
        "cards on data left out for a reason that nobody gives",
        "mmn/cards.yaml",
        "no-subject",
        "no-subjct",
        "cards.yaml: policy.unusable: no reason to leave a resource out is called 'no-subjct'",
    ),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.what)
def test_the_service_refuses_to_start_with(refusal: Refusal, broken: Rules) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load(broken(refusal.file, refusal.old, refusal.new))
    assert refusal.says in str(caught.value)
    assert ".yaml" in str(caught.value)


def test_a_missing_file_is_named(broken: Rules) -> None:
    rules = broken("mmn/supportive.yaml", "S1", "S1")
    (rules / "mmn" / "ivig" / "kidney.yaml").unlink()
    with pytest.raises(KnowledgeError, match=r"kidney\.yaml"):
        load(rules)


def test_any_change_of_a_file_changes_the_hash(broken: Rules) -> None:
    assert load(broken("mmn/supportive.yaml", "S1", "S1 ")).hash != load().hash


def test_rule_files_hold_no_numbers() -> None:
    """Numbers stand in thresholds/; a rule that compared with a literal would have been refused."""
    knowledge = load()
    for stage in knowledge.stages:
        for criterion in stage.criteria:
            assert criterion.source.certainty in {"found", "second_hand", "unverified", "design"}
            assert criterion.says


def test_a_text_holds_the_threshold_that_it_names() -> None:
    card = load().criterion("ivig.dose.weight_needed").card
    assert card is not None
    assert "older than 30 days" in card.says


def test_a_rule_of_a_file_that_was_split_answers_to_its_earlier_name() -> None:
    knowledge = load()
    for asked in ("mmn.ivig_safety.renal_risk", "ivig_safety.renal_risk"):
        assert knowledge.criterion(asked).id == "mmn.ivig.kidney.renal_risk"


def test_the_ids_that_the_outside_relies_on_are_paths_of_files_that_stay() -> None:
    """The classes, criteria and differential diagnoses are named in answers; their files are never split."""
    told = ("core", "exclusion", "electrophysiological", "supportive", "differential")
    knowledge = load()
    classes = knowledge.routes(knowledge.criteria_sets[0])
    for criterion in knowledge.criteria.values():
        if criterion.kind in told or criterion in classes or criterion.of == "motor_segment":
            assert criterion.name.count(".") == 1
            assert not criterion.was


def test_a_text_may_place_what_its_rule_reads_shows_or_a_differential_finds_behind_a_criterion(broken: Rules) -> None:
    rules = broken(
        "mmn/differential.yaml",
        "detail: These features speak against MMN;",
        'detail: "{upper_motor_neuron_signs}, {marked_bulbar_involvement}, {creatine_kinase}: these speak against MMN;',
    )
    path = rules / "mmn/differential.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("is one of the possible causes.\n  beware: Lower", 'is one of the causes."\n  beware: Lower', 1)
    )
    assert load(rules).criteria["differential.motor_neuron_disease"].card
