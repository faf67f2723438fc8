"""The table of nerve segments: what is refused at start, and how a pair that is not listed is put together."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from service.errors import KnowledgeError
from service.knowledge.yaml_file import read_yaml
from service.subjects.conduction.anatomy import anatomy_from, in_order, rule_between, sites_that_help
from tests.unit.subjects.conduction.conduction_examples import ANATOMY

TABLE = read_yaml(Path(__file__).parents[4] / "rules/mmn/segments.yaml")
Change = Callable[[dict[str, Any]], object]


def test_a_pair_counts_when_all_of_its_parts_count_but_is_no_long_segment() -> None:
    rule = rule_between(ANATOMY["median"], "wrist", "axilla")
    assert (rule.role, rule.long, rule.erb) == ("counts", None, False)


def test_a_pair_that_ends_at_erbs_point_is_an_erb_pair_however_it_is_made() -> None:
    assert rule_between(ANATOMY["median"], "elbow", "erb").erb
    assert rule_between(ANATOMY["median"], "axilla", "root").erb


def test_a_pair_over_a_part_that_left_out_spans_an_entrapment_site() -> None:
    assert rule_between(ANATOMY["ulnar"], "wrist", "above-elbow").role == "spans_entrapment"
    assert rule_between(ANATOMY["median"], "palm", "axilla").role == "spans_entrapment"


def test_only_sites_that_make_a_countable_pair_are_recommended() -> None:
    assert sites_that_help(ANATOMY["ulnar"], "wrist", "above-elbow") == ("below-elbow",)
    assert sites_that_help(ANATOMY["radial"], "elbow", "axilla") == ()
    assert sites_that_help(None, "wrist", "elbow") == ()


def test_sites_are_ordered_from_distal_to_proximal_for_known_and_unknown_nerves() -> None:
    assert in_order(ANATOMY["ulnar"], ["erb", "wrist", "knee", "axilla"]) == ["wrist", "axilla", "erb"]
    assert in_order(None, ["knee", "ankle"]) == ["ankle", "knee"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda table: table["ulnar"].update(limb="arm"), "ulnar.limb: Input should be 'upper' or 'lower', not 'arm'"),
        (lambda table: table["ulnar"].update(length=3), "ulnar.length: unknown key"),
        (lambda table: table["ulnar"]["sites"].append("shoulder"), "'shoulder' is no site"),
        (lambda table: table["ulnar"]["segments"][0].update(role="maybe"), "ulnar.segments.0.role: Input should be"),
        (lambda table: table["ulnar"]["segments"][0].update({"from": "knee"}), "ulnar.segments.from: 'knee'"),
        (lambda table: table["ulnar"]["segments"][0].update({"from": "erb"}), "must lie distal to"),
        (lambda table: table["ulnar"]["segments"].append(table["ulnar"]["segments"][0]), "stands twice"),
        (lambda table: table["ulnar"]["segments"][1].update(long=True), "ulnar.segments.1.long: Input should be"),
        (lambda table: table["ulnar"]["crossover"].update(other_nerve="medial"), "ulnar.crossover.other_nerve"),
        (lambda table: table["ulnar"].update(segments="all"), "ulnar.segments: must be a list"),
        (lambda table: table["ulnar"].pop("source"), "ulnar.source: Field required"),
        (lambda table: table["ulnar"].update(sensory=[3]), "ulnar.sensory.0: must be a text"),
        (lambda table: table.update(ulnar=None), "ulnar: must be a mapping"),
    ],
)
def test_a_broken_table_is_refused_by_key_and_allowed_choices(change: Change, named: str) -> None:
    table: dict[str, Any] = deepcopy(TABLE)
    change(table)
    with pytest.raises(KnowledgeError) as error:
        anatomy_from(table)
    assert named in str(error.value)
