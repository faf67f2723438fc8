"""Which rules came nearest to being met without being met, and what each of them lacks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.conclusions.judged import Judge
from service.conclusions.would_change import opposite
from service.domain.conclusions import Verdict
from service.domain.evaluation import Evaluation
from service.domain.facts import Fact, Value
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.terms import All, Condition, Test
from service.knowledge.words import spaced, valued, wanted

_UNKNOWN = Fact(None)
# What is known to be otherwise is further away than what nobody knows.
_OPEN, _AGAINST = 1, 2


@dataclass(frozen=True, slots=True)
class NearRule:
    """``lacks``: each test that does not hold, in words, with what is known instead; ``holds``: those that do."""

    rule: Criterion
    lacks: tuple[str, ...]
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    distance: int = 0
    lacks: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()

    def __add__(self, other: "_Way") -> "_Way":
        return _Way(self.distance + other.distance, self.lacks + other.lacks, self.holds + other.holds)


def near_rules(
    knowledge: Knowledge, judge_of: Callable[[Condition], Judge], evaluation: Evaluation, most: int = 3
) -> list[NearRule]:
    """The rules on the patient that have a card or give a class, are not met, and have something that speaks for them.

    The nearest first: by how many tests do not hold, then by how many do. Only what rests on a record speaks for one.
    """
    walk = _Walk(knowledge, judge_of, evaluation)
    first = knowledge.routes(knowledge.criteria_sets[0])
    asked = [rule for rule in knowledge.criteria.values() if (rule.card and rule.of == "patient") or rule in first]
    ways = [(rule, walk.way(rule.when)) for rule in asked if evaluation.verdicts.get(rule.name) is not Verdict.MET]
    near = sorted((pair for pair in ways if pair[1].holds), key=lambda pair: (pair[1].distance, -len(pair[1].holds)))
    return [NearRule(rule, _once(way.lacks), _once(way.holds)) for rule, way in near[:most]]


def _once(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


class _Walk:
    """From conditions to the tests that stand between a patient and a rule."""

    def __init__(self, knowledge: Knowledge, judge_of: Callable[[Condition], Judge], evaluation: Evaluation) -> None:
        self._knowledge, self._judge_of = knowledge, judge_of
        self._facts, self._verdicts = evaluation.facts, evaluation.verdicts
        values: Mapping[str, Value | None] = {name: fact.value for name, fact in evaluation.facts.items()}
        known = {name: each.value for name, each in evaluation.verdicts.items() if each is not Verdict.UNKNOWN}
        self._sheet = {**values, **known}

    def way(self, condition: Condition) -> _Way:
        """All tests of an ``all``, the nearest part of an ``any``."""
        if isinstance(condition, Test):
            return (
                self._of_verdict(condition) if condition.fact in self._knowledge.criteria else self._of_fact(condition)
            )
        parts = [self.way(part) for part in condition.parts]
        if isinstance(condition, All):
            return sum(parts, _Way())
        return min(parts, key=lambda part: (part.distance, -len(part.holds)))

    def _of_verdict(self, test: Test) -> _Way:
        rule = self._knowledge.criteria[test.fact]
        met = (test.operand == Verdict.MET.value) is (test.operator == "is")
        if self._judge_of(test)(self._sheet) and not (met and rule.kind):
            return _Way()
        return self.way(rule.when if met else opposite(rule.when))

    def _of_fact(self, test: Test) -> _Way:
        truth = self._judge_of(test)(self._sheet)
        definition = self._knowledge.facts[test.fact]
        fact = self._facts.get(test.fact, _UNKNOWN)
        asked = f"{definition.label or spaced(test.fact)}: {wanted(test, definition)}"
        if truth:
            return _Way(holds=(asked,) if fact.evidence else ())
        here = "nobody knows" if truth is None else f"here {valued(fact.value, definition)}"
        return _Way(_OPEN if truth is None else _AGAINST, (f"{asked} ({here})",))
