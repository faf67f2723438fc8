"""From criteria to durable_rules rulesets, and from a sheet to the one wide fact those rules read.

A criterion becomes two rules: ``<name>.met`` with its condition and ``<name>.not_met`` with the opposite after
De Morgan. A value that is not known has no field, and no test on a missing field holds, so neither rule fires.
Of a criterion that has something to say only when it is met (``met_only``) there is the first rule alone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.engine.exact import encoded_threshold
from service.engine.gates import Gate, gate_of
from service.engine.lint import LAST, excess_of, lint
from service.engine.sheets import Column, Sheet, Words, column
from service.errors import KnowledgeError
from service.knowledge.model import Criterion
from service.knowledge.terms import All, Condition, Test, Threshold, tests_in

# operator -> what makes it true, and what makes it false: comparison, and the end of the range that it needs
_TESTS = {
    "at_least": (("$gte", "_lo"), ("$lt", "_hi")),
    "more_than": (("$gt", "_lo"), ("$lte", "_hi")),
    "at_most": (("$lte", "_hi"), ("$gt", "_lo")),
    "less_than": (("$lt", "_hi"), ("$gte", "_lo")),
    "is": (("$eq", ""), ("$neq", "")),
    "is_not": (("$neq", ""), ("$eq", "")),
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """Some criteria of a stage as one ruleset, and the writer of the fact it reads."""

    rules: Mapping[str, object]
    criteria: tuple[str, ...]
    columns: tuple[tuple[str, Column], ...]  # what the rules read, and how it is written
    gate: Gate | None = None  # whether a sheet can meet any of them; None where it counts as well that one is not met

    def body(self, sheet: Sheet) -> str:
        """The sheet as the inside of a JSON object; EngineFault for a value that is not of its declared type."""
        return "".join([write(value) for fact, write in self.columns if (value := sheet.get(fact)) is not None])


def compiled(criteria: Sequence[Criterion], words: Words, met_only: Collection[str] = ()) -> list[Compiled]:
    """The criteria in as few rulesets as the engine's limits allow; KnowledgeError for what cannot be compiled."""
    for criterion in criteria:
        for test in tests_in(criterion.when):
            _check(criterion, test, words)
    return [_compile(part, words, met_only) for part in _parts(criteria, met_only)]


def _parts(criteria: Sequence[Criterion], met_only: Collection[str]) -> Iterator[tuple[Criterion, ...]]:
    # Rules of one file are mostly about one matter: a ruleset of their own stays untouched when it does not come up.
    is_gated = all(criterion.name in met_only for criterion in criteria)
    part: tuple[Criterion, ...] = ()
    for criterion in criteria:
        is_new_matter = is_gated and part and _file(part[0]) != _file(criterion)
        if part and (is_new_matter or not _fits((*part, criterion), met_only)):
            yield part
            part = ()
        part = (*part, criterion)
    if part:
        yield part


def _file(criterion: Criterion) -> str:
    return criterion.name.rpartition(".")[0]


def _fits(criteria: Sequence[Criterion], met_only: Collection[str]) -> bool:
    keys = _keys(criteria)
    return not excess_of(_rules(criteria, keys, met_only), 2 * len(keys))


def _compile(criteria: tuple[Criterion, ...], words: Words, met_only: Collection[str]) -> Compiled:
    keys = _keys(criteria)
    rules = _rules(criteria, keys, met_only)
    fields: dict[str, frozenset[str] | None] = {}
    for fact, key in keys.items():
        fields |= {f"{key}_lo": None, f"{key}_hi": None} if words[fact] is None else {key: words[fact]}
    lint(rules, fields)
    columns = tuple((fact, column(fact, key, words[fact])) for fact, key in keys.items())
    is_gated = all(criterion.name in met_only for criterion in criteria)
    names = tuple(criterion.name for criterion in criteria)
    return Compiled(rules, names, columns, gate_of([one.when for one in criteria], words) if is_gated else None)


def _keys(criteria: Iterable[Criterion]) -> dict[str, str]:
    """Short field names without a dot, which durable_rules would read as a path."""
    facts = dict.fromkeys(test.fact for criterion in criteria for test in tests_in(criterion.when))
    return {fact: f"f{number}" for number, fact in enumerate(facts)}


def _check(criterion: Criterion, test: Test, words: Words) -> None:
    where = f"{criterion.id}: {test.fact}"
    if test.fact not in words:
        raise KnowledgeError(f"{where}: no such fact, and no criterion of an earlier stage")
    if test.operator not in _TESTS:
        raise KnowledgeError(f"{where}: {test.operator} is none of {', '.join(_TESTS)}")
    allowed = words[test.fact]
    if allowed is None:
        if not isinstance(test.operand, Threshold) or test.operator in ("is", "is_not"):
            raise KnowledgeError(f"{where} is a number: it is compared with a threshold")
        encoded_threshold(test.operand)
    elif test.operand not in allowed or test.operator not in ("is", "is_not"):
        raise KnowledgeError(f"{where}: is or is_not one of {', '.join(sorted(allowed))}")


def _rules(
    criteria: Iterable[Criterion], keys: Mapping[str, str], met_only: Collection[str]
) -> dict[str, dict[str, Any]]:
    """The ruleset: a sentinel that opens the session, one or two rules for each criterion, a sentinel that ends it."""
    trigger = {"g": {"$and": [{"t": "go"}]}}
    rules: dict[str, dict[str, Any]] = {"_open": {"all": [{"o": {"$and": [{"t": "open"}]}}]}}
    for criterion in criteria:
        for verdict, holds in (("met", True),) if criterion.name in met_only else (("met", True), ("not_met", False)):
            conditions = _flat(criterion, criterion.when, holds, keys, within=True)
            rules[f"{criterion.name}.{verdict}"] = {"all": [trigger, {"f": {"$and": [{"t": "sheet"}, *conditions]}}]}
    rules["_done"] = {"all": [trigger], "pri": LAST}
    return rules


def _flat(
    criterion: Criterion, condition: Condition, holds: bool, keys: Mapping[str, str], within: bool
) -> list[dict[str, Any]]:
    """The condition, or with ``holds`` false its opposite, as parts of an ``$and`` (``within``) or of an ``$or``."""
    if isinstance(condition, Test):
        return [_test(condition, holds, keys[condition.fact])]
    if not condition.parts:
        raise KnowledgeError(f"{criterion.id}: all and any need at least one part")
    conjunction = isinstance(condition, All) is holds
    parts = [one for part in condition.parts for one in _flat(criterion, part, holds, keys, conjunction)]
    if conjunction is within or len(parts) == 1:
        return parts
    return [{"$and" if conjunction else "$or": parts}]


def _test(test: Test, holds: bool, key: str) -> dict[str, Any]:
    operator, end = _TESTS[test.operator][0 if holds else 1]
    constant = encoded_threshold(test.operand) if isinstance(test.operand, Threshold) else test.operand
    content = {key + end: constant}
    return content if operator == "$eq" else {operator: content}
