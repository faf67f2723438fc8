"""Refuses every ruleset that durable_rules would crash on, or would accept and give another meaning.

The engine accepts malformed rules without a word, so whatever is not positively known to be sound is refused.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.engine.network import need_of
from service.errors import KnowledgeError

# Field -> the words it may hold, or None for an encoded number.
Fields = Mapping[str, frozenset[str] | None]

SENTINELS = {"_open": [("o", "open")], "_done": [("g", "go")]}
PATTERNS = [("g", "go"), ("f", "sheet")]
LAST = 65535
# durable_rules' own limits: 256 rules on the trigger, 64 waiting conditions, 255 properties, 15 groups in a pattern.
# Visits are a matter of time, not of safety.
_MOST_RULES, _MOST_WAITING, _MOST_VISITS, _MOST_FIELDS = 250, 60, 5000, 240
_MOST_GROUPS, _DEEPEST, _LARGEST = 14, 10, 2**62
_ORDER = ("$gte", "$gt", "$lte", "$lt")
_RULE_NAME = re.compile(r"[a-z][a-z0-9_.]{0,119}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,15}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def lint(ruleset: Mapping[str, Any], fields: Fields) -> None:
    """KnowledgeError unless every rule keeps to the safe subset and the whole fits into the engine."""
    _check_fields(fields)
    for name, rule in ruleset.items():
        _check_rule(name, rule, fields)
    _refuse_if(not SENTINELS.keys() <= ruleset.keys(), "ruleset", "a sentinel rule is missing")
    excess = excess_of(ruleset, len(fields))
    _refuse_if(bool(excess), "ruleset", excess)


def excess_of(ruleset: Mapping[str, Any], fields: int) -> str:
    """Which limit of the engine a well-formed ruleset would break, in words; empty when it fits."""
    waiting, visits = need_of(_conditions_of(ruleset))
    limits = {
        f"more than {_MOST_RULES} rules": len(ruleset) > _MOST_RULES,
        f"more than {_MOST_FIELDS} fields": fields > _MOST_FIELDS,
        f"more than {_MOST_WAITING} conditions can be true together": waiting > _MOST_WAITING,
        "too many ways through nested all and any: split the criterion": visits > _MOST_VISITS,
    }
    return next((limit for limit, broken in limits.items() if broken), "")


def _conditions_of(ruleset: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
    """The conditions on a sheet, kind of fact left out, rule by rule."""
    for rule in ruleset.values():
        if len(rule["all"]) == len(PATTERNS):
            yield rule["all"][1]["f"]["$and"][1:]


def _refuse_if(wrong: bool, where: str, what: str) -> None:
    if wrong:
        raise KnowledgeError(f"engine rule {where}: {what}")


def _check_fields(fields: Fields) -> None:
    names = [*fields, "id", "sid", "t", "$s", "$forward"]
    # durable_rules knows a property by its 32-bit FNV hash only.
    _refuse_if(len({_fnv(name) for name in names}) < len(names), "ruleset", "two fields look the same to the engine")
    for name, words in fields.items():
        _refuse_if(not _FIELD.fullmatch(name), name, "a field is short, lower case and ASCII")
        for word in words or ():
            _refuse_if(not _WORD.fullmatch(word), name, "a word is short ASCII: letters, digits, _ and -")


def _fnv(name: str) -> int:
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def _check_rule(name: str, rule: object, fields: Fields) -> None:
    expected = SENTINELS.get(name, PATTERNS)
    _refuse_if(name not in SENTINELS and not _RULE_NAME.fullmatch(name), "name", "letters, digits, _ and . only")
    if not isinstance(rule, dict):
        raise KnowledgeError(f"engine rule {name}: must be an object")
    allowed = {"all", "pri"} if name == "_done" else {"all"}
    _refuse_if(rule.keys() != allowed, name, f"has exactly {sorted(allowed)}, no any, count, cap or other key")
    priority = rule.get("pri", LAST)
    _refuse_if(type(priority) is not int or priority != LAST, name, f"pri must be {LAST}, the last")
    patterns = rule["all"]
    _refuse_if(not isinstance(patterns, list) or len(patterns) != len(expected), name, "wrong number of patterns")
    for pattern, (alias, kind) in zip(patterns, expected, strict=True):
        _check_pattern(name, pattern, alias, kind, fields)


def _check_pattern(name: str, pattern: object, alias: str, kind: str, fields: Fields) -> None:
    if not isinstance(pattern, dict) or list(pattern) != [alias]:
        raise KnowledgeError(f"engine rule {name}: a pattern has the one alias {alias}, never $not, $any or $all")
    content = pattern[alias]
    if not isinstance(content, dict) or list(content) != ["$and"] or not isinstance(content["$and"], list):
        raise KnowledgeError(f"engine rule {name}: a pattern is one $and")
    conditions = content["$and"]
    _refuse_if(conditions[:1] != [{"t": kind}], name, f"{alias} begins with equality on the kind {kind}")
    _refuse_if(
        (len(conditions) > 1) is not (kind == "sheet"), name, "conditions stand on the sheet, and there are some"
    )
    groups = 1 + sum(_check_condition(name, condition, fields, 2) for condition in conditions[1:])
    _refuse_if(groups > _MOST_GROUPS, name, f"more than {_MOST_GROUPS} all/any groups: split the criterion")


def _check_condition(name: str, condition: object, fields: Fields, depth: int) -> int:
    """The number of groups in a condition that is sound."""
    if not isinstance(condition, dict) or len(condition) != 1:
        raise KnowledgeError(f"engine rule {name}: a condition has one operator or field")
    ((operator, content),) = condition.items()
    if operator not in ("$and", "$or"):
        _check_test(name, operator, content, fields)
        return 0
    _refuse_if(not isinstance(content, list) or not content, name, f"{operator} needs a list of conditions")
    _refuse_if(depth >= _DEEPEST, name, f"nested deeper than {_DEEPEST}")
    return 1 + sum(_check_condition(name, part, fields, depth + 1) for part in content)


def _check_test(name: str, operator: str, content: object, fields: Fields) -> None:
    if not operator.startswith("$"):
        operator, content = "$eq", {operator: content}
    _refuse_if(operator not in (*_ORDER, "$eq", "$neq"), name, f"{operator[:20]} is not used here")
    if not isinstance(content, dict) or len(content) != 1:
        raise KnowledgeError(f"engine rule {name}: {operator} compares one field")
    ((field, constant),) = content.items()
    if field not in fields:
        raise KnowledgeError(f"engine rule {name}: {field[:20]} is no declared field")
    words = fields[field]
    if words is None:
        _refuse_if(operator not in _ORDER, name, f"{field} holds a number: {operator} does not apply")
        _refuse_if(type(constant) is not int or abs(constant) > _LARGEST, name, f"{field} needs an encoded number")
    else:
        _refuse_if(operator in _ORDER, name, f"{field} holds a word: {operator} does not apply")
        _refuse_if(not isinstance(constant, str) or constant not in words, name, f"{field}: no such word")
