"""A broken rule file stops the start, and says which file, which key and what would be allowed."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.errors import KnowledgeError
from service.knowledge.load import knowledge_root, load

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


REFUSALS = [
    Refusal(
        "a key written twice", "mmn/supportive.yaml", "  code: S1\n", "  code: S1\n  code: S1\n", "'code' stands twice"
    ),
    Refusal(
        "a word that YAML turns into a boolean", "mmn/facts.yaml", "[present, absent]", "[yes, no]", "'yes' means true"
    ),
    Refusal(
        "an unknown key",
        "mmn/supportive.yaml",
        "  code: S1\n",
        "  grade: S1\n",
        "allowed keys: beware, brief, card, checked_by, class",
    ),
    Refusal("an unknown kind", "mmn/supportive.yaml", "kind: supportive", "kind: helpful", "'supportive'"),
    Refusal("an unknown fact", "mmn/supportive.yaml", "- gm1_igm:", "- gm1:", "unknown fact; facts known here: "),
    Refusal(
        "an unknown word",
        "mmn/supportive.yaml",
        "{is: elevated}",
        "{is: high}",
        "allowed words: elevated, not_elevated",
    ),
    Refusal(
        "a number in a rule",
        "mmn/supportive.yaml",
        "{less_than: csf_protein_limit}",
        "{less_than: 1}",
        "thresholds.yaml",
    ),
    Refusal("a wrong operator", "mmn/supportive.yaml", "{is: raised}", "{at_least: raised}", "allowed: is, is_not"),
    Refusal(
        "a rule that gives way to none",
        "mmn/differential.yaml",
        "gives_way_to: [differential.cidp]",
        "gives_way_to: [differential.cipd]",
        "no criterion is called 'differential.cipd'",
    ),
    Refusal(
        "an unknown fact in support",
        "mmn/differential.yaml",
        "    - cidp_condition: {is: present}",
        "    - cipd_condition: {is: present}",
        "unknown fact; facts known here: ",
    ),
    Refusal("two operators", "mmn/supportive.yaml", "{is: raised}", "{is: raised, is_not: raised}", "one operator"),
    Refusal(
        "an empty list",
        "mmn/supportive.yaml",
        "  when:\n    all:\n      - gm1_igm: {is: elevated}\n",
        "  when: {all: []}\n",
        "at least one",
    ),
    Refusal(
        "a threshold in another unit",
        "mmn/thresholds.yaml",
        "unit: g/L",
        "unit: mg/dL",
        "csf_protein_limit is in mg/dL",
    ),
    Refusal("an unknown source", "mmn/supportive.yaml", "ref: efns_pns_2010", "ref: efns", "unknown source 'efns'"),
    Refusal("a threshold nobody uses", "mmn/thresholds.yaml", "cold_foot:", "cold_nose:", "cold_foot"),
    Refusal("a source nobody uses", "sources.yaml", "aaem_2003:", "aaem_2004:", "aaem_2003"),
    Refusal(
        "a fact without words and unit", "mmn/facts.yaml", "  words: [elevated, not_elevated]\n", "", "words or a unit"
    ),
    Refusal(
        "an unknown gate",
        "mmn/facts.yaml",
        "segment_adequacy.crossover_excluded",
        "crossover",
        "no criterion is called",
    ),
    Refusal(
        "a stage in the wrong place",
        "mmn/supportive.yaml",
        "  kind: supportive\n",
        "  for_each: motor_segment\n",
        "stage is for patient",
    ),
    Refusal(
        "a rule that reads a later stage",
        "mmn/supportive.yaml",
        "- gm1_igm: {is: elevated}",
        "- diagnosis.definite: {is: met}",
        "unknown fact",
    ),
    Refusal(
        "a summary that could grow too long",
        "mmn/cards.yaml",
        'summary: "Findings meet definite',
        'summary: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
        "at most 139",
    ),
    Refusal("an unknown placeholder", "mmn/cards.yaml", "not met: {criteria}", "not met: {reason}", "known: where"),
    Refusal(
        "a reason of an unknown fact",
        "mmn/ivig_safety.yaml",
        "{why_iga_on_record}",
        "{why_iga}",
        "is no fact known here",
    ),
    Refusal(
        "a reason where there is no room for it",
        "mmn/ivig_safety.yaml",
        "summary: The date of birth could",
        "summary: The date of birth {why_unusable_birth_date} could",
        "is no fact known here",
    ),
    Refusal("an outcome without text", "mmn/cards.yaml", "open:", "opened:", "needs exactly the keys"),
    Refusal(
        "an unknown brief statement",
        "mmn/supportive.yaml",
        "brief: [9, 13, 15]",
        "brief: [99]",
        "statements are 1 to 32",
    ),
    Refusal(
        "an order for an unknown criterion",
        "mmn/orders.yaml",
        "supportive.gm1_igm_elevated",
        "supportive.gm1",
        "orders.yaml",
    ),
    Refusal("no YAML at all", "mmn/supportive.yaml", "gm1_igm_elevated:", "{[", "cannot be read"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.what)
def test_the_service_refuses_to_start_with(refusal: Refusal, broken: Rules) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load(broken(refusal.file, refusal.old, refusal.new))
    assert refusal.says in str(caught.value)
    assert ".yaml" in str(caught.value)


def test_a_missing_file_is_named(broken: Rules) -> None:
    rules = broken("mmn/supportive.yaml", "S1", "S1")
    (rules / "mmn" / "thresholds.yaml").unlink()
    with pytest.raises(KnowledgeError, match=r"thresholds\.yaml"):
        load(rules)


def test_any_change_of_a_file_changes_the_hash(broken: Rules) -> None:
    assert load(broken("mmn/supportive.yaml", "S1", "S1 ")).hash != load().hash


def test_rule_files_hold_no_numbers() -> None:
    """Numbers stand in thresholds.yaml; a rule that compared with a literal would have been refused."""
    knowledge = load()
    for stage in knowledge.stages:
        for criterion in stage.criteria:
            assert criterion.source.certainty in {"found", "second_hand", "unverified", "design"}
            assert criterion.says
