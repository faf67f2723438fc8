"""The criterion cases of ``tests/cases``: given facts, expected verdicts.

``needs`` of a case lists facts without which its rules that are met are unknown: a case more for each, with the rest
of the facts as they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from service.domain.facts import Range, Value
from service.engine.run import Engine
from service.knowledge.model import Knowledge
from service.knowledge.yaml_file import read_yaml

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """One case of one rule file: ``given`` facts, ``expect`` verdicts by criterion name."""

    file: str
    name: str
    given: Mapping[str, Value]
    expect: Mapping[str, str]

    def verdicts(self, knowledge: Knowledge, engine: Engine) -> dict[str, str]:
        """What the rules say of the expected criteria."""
        verdicts: dict[str, str] = {}
        for stage in knowledge.stages:
            asked = {criterion.name for criterion in stage.criteria} & set(self.expect)
            if asked:
                answers = engine.run(stage.name, [self.given])[0]
                verdicts |= {name: str(answers[name]) for name in asked}
        return verdicts


def cases(pack: str) -> Iterator[Case]:
    """Every case of a rule pack, file by file."""
    for path in sorted((CASES / pack).rglob("*.yaml")):
        file = ".".join(path.relative_to(CASES / pack).with_suffix("").parts)
        content: Any = read_yaml(path)["cases"]
        for entry in content:
            given = {fact: _value(value) for fact, value in entry["given"].items() if value is not None}
            expect = {f"{file}.{key}": verdict for key, verdict in entry["expect"].items()}
            yield Case(file, entry["name"], given, expect)
            unknown = {rule: "unknown" for rule, verdict in expect.items() if verdict == "met"}
            for fact in entry.get("needs", ()):
                yield Case(file, f"{entry['name']}; {fact} not known", _without(given, fact), unknown)


def cases_by_rule(pack: str) -> Mapping[str, list[Case]]:
    """The cases of each rule by its name; one that expects something of several rules is a case of each."""
    by_rule: dict[str, list[Case]] = {}
    for case in cases(pack):
        for rule in case.expect:
            by_rule.setdefault(rule, []).append(case)
    return by_rule


def _without(given: Mapping[str, Value], fact: str) -> Mapping[str, Value]:
    assert fact in given, f"{fact} is needed, and not given"
    return {name: value for name, value in given.items() if name != fact}


def _value(value: object) -> Value:
    if isinstance(value, list):
        return Range(*(None if bound is None else Fraction(bound) for bound in value))
    return Range.exactly(Fraction(value)) if isinstance(value, int | Decimal) else str(value)
