"""The linter: durable_rules takes these rules without a word and gives them another meaning, or crashes on them."""

import json
from typing import Any

import durable_rules_engine
import pytest

from service.engine.lint import excess_of, lint
from service.errors import KnowledgeError

FIELDS = {"f0_lo": None, "f0_hi": None, "f1": frozenset({"present", "absent"})}
OPEN = {"all": [{"o": {"$and": [{"t": "open"}]}}]}
GO = {"g": {"$and": [{"t": "go"}]}}
DONE = {"all": [GO], "pri": 65535}
PRESENT = {"f1": "present"}


def sheet(*conditions: object) -> dict[str, Any]:
    return {"f": {"$and": [{"t": "sheet"}, *conditions]}}


def ruleset(rule: object) -> dict[str, Any]:
    return {"_open": OPEN, "a.b.met": rule, "_done": DONE}


def on_sheet(*conditions: object) -> dict[str, Any]:
    return ruleset({"all": [GO, sheet(*conditions)]})


def test_a_rule_of_the_safe_subset_passes() -> None:
    lint(
        on_sheet(PRESENT, {"$or": [{"$gte": {"f0_lo": 100}}, {"$and": [{"$lt": {"f0_hi": 2}}, {"$neq": PRESENT}]}]}),
        FIELDS,
    )


# What durable_rules itself accepts: nobody but the linter stands between these and a patient.
ACCEPTED_BY_THE_ENGINE = {
    "two tests in one condition": on_sheet({"f1": "present", "f0_lo": 99}),
    "two fields under one operator": on_sheet({"$gt": {"f0_lo": 5, "f0_hi": 9}}),
    "two operators in one condition": on_sheet({"$gt": {"f0_lo": 5}, "$lt": {"f0_hi": 9}}),
    "two aliases in one pattern": ruleset({"all": [GO, sheet(PRESENT) | {"x": {"f1": "absent"}}]}),
    "all and any together": ruleset({"all": [GO, sheet(PRESENT)], "any": [sheet(PRESENT)]}),
    "a reference to an alias that does not exist": on_sheet({"$gte": {"f0_lo": {"nobody": "f0_lo"}}}),
    "a join with another fact": on_sheet({"$gt": {"f0_lo": {"g": "f0_lo"}}}),
    "arithmetic": on_sheet({"$gt": {"f0_lo": {"$add": {"$l": {"$m": "f0_hi"}, "$r": 1}}}}),
    "no conditions at all": ruleset({"all": []}),
    "no condition on the sheet": ruleset({"all": [GO, sheet()]}),
    "a negated pattern": ruleset({"all": [GO, {"f$not": sheet(PRESENT)["f"]}]}),
    "an any pattern": ruleset({"all": [GO, {"f$any": [sheet(PRESENT)]}]}),
    "the trigger is not first": ruleset({"all": [sheet(PRESENT), GO]}),
    "no trigger": ruleset({"all": [sheet(PRESENT)]}),
    "a pattern more": ruleset({"all": [GO, sheet(PRESENT), sheet(PRESENT)]}),
    "a pattern without and": ruleset({"all": [GO, {"f": {"f1": "present"}}]}),
    "a pattern that begins with or": ruleset({"all": [GO, {"f": {"$or": [{"t": "sheet"}, PRESENT]}}]}),
    "a pattern that does not begin with the kind": ruleset({"all": [GO, {"f": {"$and": [PRESENT, {"t": "sheet"}]}}]}),
    "an array test": on_sheet({"$iany": {"f1": {"$i": "present"}}}),
    "a regular expression": on_sheet({"$mt": {"f1": "pres.*"}}),
    "a test for existence": on_sheet({"$ex": {"f1": 1}}),
    "a test for absence": on_sheet({"$nex": {"f1": 1}}),
    "count": ruleset({"all": [GO, sheet(PRESENT)], "count": 2}),
    "cap": ruleset({"all": [GO, sheet(PRESENT)], "cap": 2}),
    "dist": ruleset({"all": [GO, sheet(PRESENT)], "dist": 0}),
    "a priority on a criterion": ruleset({"all": [GO, sheet(PRESENT)], "pri": 1}),
    "a priority that wraps around": {"_open": OPEN, "_done": DONE | {"pri": 65536}},
    "a word for a number": on_sheet({"$gte": {"f0_lo": "50"}}),
    "a float": on_sheet({"$gte": {"f0_lo": 0.5}}),
    "a truth value": on_sheet({"$gte": {"f0_lo": True}}),
    "null": on_sheet({"f1": None}),
    "a number for a word": on_sheet({"f1": 5}),
    "a number beyond 63 bits": on_sheet({"$gte": {"f0_lo": 2**63}}),
    "order of words": on_sheet({"$gte": {"f1": "absent"}}),
    "equality of numbers": on_sheet({"f0_lo": 50}),
    "a word nobody declared": on_sheet({"f1": "maybe"}),
    "a field nobody declared": on_sheet({"f9": "present"}),
    "a field of a path": on_sheet({"a.b": "present"}),
    "empty and": on_sheet({"$and": []}),
    "groups eleven deep": on_sheet(json.loads('{"$or":[' * 11 + '{"f1":"present"}' + "]}" * 11)),  # noqa: TID251 - no number
    "fifteen groups": on_sheet(*({"$or": [PRESENT]} for _ in range(14))),
    "a rule name with a quote": {"_open": OPEN, 'a\\".met': {"all": [GO, sheet(PRESENT)]}, "_done": DONE},
    "no sentinel at the end": {"_open": OPEN, "a.b.met": {"all": [GO, sheet(PRESENT)]}},
    "no sentinel at the start": {"a.b.met": {"all": [GO, sheet(PRESENT)]}, "_done": DONE},
    "a sentinel on another kind": {"_open": {"all": [GO]}, "_done": DONE},
}


@pytest.mark.parametrize("rules", ACCEPTED_BY_THE_ENGINE.values(), ids=ACCEPTED_BY_THE_ENGINE)
def test_what_the_engine_accepts_but_does_not_mean_is_refused(rules: dict[str, Any]) -> None:
    durable_rules_engine.delete_ruleset(durable_rules_engine.create_ruleset("r", json.dumps(rules)))
    with pytest.raises(KnowledgeError, match="engine rule"):
        lint(rules, FIELDS)


@pytest.mark.parametrize(
    "rule",
    [
        None,
        {"all": {}},
        {"all": [GO, None]},
        {"all": [GO, {"f": None}]},
        {"all": [GO, {"f": {"$and": None}}]},
        {"all": [GO, sheet(None)]},
        {"all": [GO, sheet({})]},
        {"all": [GO, sheet({"$or": None})]},
        {"all": [GO, sheet({"$gte": None})]},
        {"all": [GO, sheet({"$neq": {"f1": ["present"]}})]},
        {"all": [GO, sheet({"$within": {"f0_lo": 5}})]},
        {"all": [GO, sheet(PRESENT)], "pri": "3"},
    ],
)
def test_a_rule_of_the_wrong_shape_is_refused_and_does_not_crash_the_linter(rule: object) -> None:
    with pytest.raises(KnowledgeError, match="engine rule"):
        lint(ruleset(rule), FIELDS)


@pytest.mark.parametrize("field", ["F", "a.b", "$s", "", "a" * 17, "ö"])
def test_a_field_name_that_the_engine_may_read_otherwise_is_refused(field: str) -> None:
    with pytest.raises(KnowledgeError, match="engine rule"):
        lint(on_sheet(PRESENT), FIELDS | {field: None})


@pytest.mark.parametrize("word", ["", "two words", 'a"b', "\u00fc", "-", "x" * 61, "back\\slash"])
def test_a_declared_word_that_is_no_short_ascii_is_refused(word: str) -> None:
    with pytest.raises(KnowledgeError, match="a word is short ASCII"):
        lint(on_sheet(PRESENT), FIELDS | {"f2": frozenset({word})})


def test_two_fields_that_the_engine_cannot_tell_apart_are_refused() -> None:
    # "t" is the kind of fact; durable_rules compares 32-bit FNV hashes of names, and these two are equal.
    with pytest.raises(KnowledgeError, match="look the same"):
        lint(on_sheet(PRESENT), FIELDS | {"t": None})


# --- how much goes into one ruleset


def many(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    rules = {f"a.n{n}.met": {"all": [GO, sheet(condition)]} for n, condition in enumerate(conditions)}
    return {"_open": OPEN, **rules, "_done": DONE}


def fires(rules: dict[str, Any], fact: str) -> str:
    """What durable_rules says to one fact, without any of our limits."""
    handle = durable_rules_engine.create_ruleset("r", json.dumps(rules))
    try:
        durable_rules_engine.assert_fact(handle, f'{{"id":"1","sid":"1","t":"sheet"{fact}}}')
    except durable_rules_engine.error as error:
        return str(error)
    return "accepted"


@pytest.mark.parametrize(("count", "answer"), [(64, "accepted"), (65, "Could not assert fact, error code: 303")])
def test_the_engine_holds_64_true_conditions_and_our_limit_lies_below(count: int, answer: str) -> None:
    rules = many([{f"f{n}": "x"} for n in range(count)])
    assert fires(rules, "".join(f',"f{n}":"x"' for n in range(count))) == answer
    assert "can be true together" in excess_of(rules, count)
    assert excess_of(many([{f"f{n}": "x"} for n in range(60)]), 60) == ""


def test_a_test_and_its_opposite_are_never_true_together_and_count_once() -> None:
    pairs = [[{"$gte": {f"f{n}_lo": 5}}, {"$lt": {f"f{n}_hi": 5}}] for n in range(60)]
    assert excess_of(many([test for pair in pairs for test in pair]), 120) == ""


def test_conditions_that_wait_on_different_levels_are_added_up() -> None:
    def either(level: int) -> dict[str, Any]:
        return {"$or": [{f"f{level}x{n}": "x"} for n in range(33)]}

    rules = {"_open": OPEN, "a.b.met": {"all": [GO, sheet(either(0), either(1))]}, "_done": DONE}
    fact = "".join(f',"f{level}x{n}":"x"' for level in range(2) for n in range(33))
    assert fires(rules, fact) == "Could not assert fact, error code: 303"
    assert "can be true together" in excess_of(rules, 66)


def test_ways_that_multiply_through_nested_groups_are_counted() -> None:
    groups = [{"$or": [{f"f{level}x{n}": "x"} for n in range(6)]} for level in range(6)]
    rules = {"_open": OPEN, "a.b.met": {"all": [GO, sheet(*groups)]}, "_done": DONE}
    assert "too many ways" in excess_of(rules, 36)


@pytest.mark.parametrize(
    ("rules", "fields", "limit"),
    [
        (many([PRESENT] * 249), 1, "more than 250 rules"),
        (many([PRESENT]), 241, "more than 240 fields"),
        (many([{"$or": [PRESENT, {"f1": "absent"}]}] * 61), 1, "more than 60 conditions"),
    ],
)
def test_a_ruleset_beyond_a_limit_of_the_engine_is_named(rules: dict[str, Any], fields: int, limit: str) -> None:
    assert limit in excess_of(rules, fields)
