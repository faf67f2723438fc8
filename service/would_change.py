"""The shortest useful list of what would make a better class: missing facts, and studies that could add to a count."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil

from service.classification import CLASSES
from service.domain.conclusions import Need, Verdict
from service.domain.facts import Fact, Range, Value
from service.knowledge.model import All, Any, Condition, Criterion, FactDefinition, Knowledge, Test, Threshold
from service.knowledge.words import wanted

Judge = Callable[[Mapping[str, Value | None]], bool | None]
Needs = tuple[Need, ...]

_OPPOSITE = {
    "is": "is_not",
    "is_not": "is",
    "at_least": "less_than",
    "less_than": "at_least",
    "more_than": "at_most",
    "at_most": "more_than",
}
_GROWING = ("at_least", "more_than")


class WouldChange:
    """Looks for missing items in one patient's facts and verdicts."""

    def __init__(
        self,
        knowledge: Knowledge,
        judge_of: Callable[[Condition], Judge],
        facts: Mapping[str, Fact],
        verdicts: Mapping[str, Verdict],
    ) -> None:
        self._knowledge = knowledge
        self._judge_of = judge_of
        self._facts = facts
        self._verdicts = verdicts
        self._sheet = {name: fact.value for name, fact in facts.items()}

    def list(self, routes: Sequence[Criterion], reached: str) -> Needs:
        """For each class above the one reached its shortest list of needs, best class first.

        A lower class is left out when a better one needs no more than it does.
        """
        found: list[Need] = []
        for target in reversed(CLASSES[CLASSES.index(reached) + 1 :]):
            needs = _shortest([self._criterion(route, target) for route in routes if route.reaches == target])
            better = {need.text for need in found}
            if needs and not (better and better <= {need.text for need in needs}):
                found += needs
        return tuple(found)

    def _criterion(self, criterion: Criterion, target: str, *, met: bool = True) -> Needs | None:
        """What would make the criterion met (or not met); ``None`` when nothing would."""
        return self._needs(criterion.when if met else opposite(criterion.when), criterion, target)

    def _needs(self, condition: Condition, criterion: Criterion, target: str) -> Needs | None:
        if isinstance(condition, Test):
            return self._test(condition, criterion, target)
        parts = [self._needs(part, criterion, target) for part in condition.parts]
        if isinstance(condition, Any):
            return _shortest(parts)
        return None if None in parts else _once([need for part in parts if part for need in part])

    def _test(self, test: Test, criterion: Criterion, target: str) -> Needs | None:
        definition = self._knowledge.facts[test.fact]
        if test.fact in self._verdicts:
            return self._verdict(test, target)
        truth = self._judge_of(test)(self._sheet)
        if truth:
            return ()
        if definition.tally_of and isinstance(test.operand, Threshold):
            return self._tally(definition, test.operand, target)
        if truth is None or (definition.can_grow and test.operator in _GROWING):
            return self._ask(test, definition, criterion, target)
        return None

    def _verdict(self, test: Test, target: str) -> Needs | None:
        met = (test.operand == "met") is (test.operator == "is")
        if self._verdicts[test.fact] is (Verdict.MET if met else Verdict.NOT_MET):
            return ()
        return self._criterion(self._knowledge.criterion(test.fact), target, met=met)

    def _tally(self, definition: FactDefinition, threshold: Threshold, target: str) -> Needs | None:
        """As many of the counted criteria as are wanting, those first that need least."""
        met = sum(self._verdicts[name] is Verdict.MET for name in definition.tally_of)
        open_ = [name for name in definition.tally_of if self._verdicts[name] is Verdict.UNKNOWN]
        ways = [self._criterion(self._knowledge.criterion(name), target) for name in open_]
        ranked = sorted((way for way in ways if way), key=len)
        lacking = ceil(threshold.value - met)
        return None if len(ranked) < lacking else tuple(need for way in ranked[:lacking] for need in way)

    def _ask(self, test: Test, definition: FactDefinition, criterion: Criterion, target: str) -> Needs:
        fact = self._facts.get(test.fact)
        texts = list(fact.missing[: _lacking(test, fact)]) if fact else []
        if not texts:
            asked = definition.ask or definition.name.replace("_", "-") + " {wanted}"
            texts = [asked.format(wanted=wanted(test))]
        return tuple(Need(text, criterion.id, target) for text in texts)


def opposite(condition: Condition) -> Condition:
    """The De Morgan opposite: true exactly where the condition is false."""
    if isinstance(condition, Test):
        return replace(condition, operator=_OPPOSITE[condition.operator])
    parts = tuple(opposite(part) for part in condition.parts)
    return Any(parts) if isinstance(condition, All) else All(parts)


def _lacking(test: Test, fact: Fact) -> int:
    if not isinstance(test.operand, Threshold):
        return 1
    sure = fact.value.low if isinstance(fact.value, Range) and fact.value.low is not None else 0
    return max(1, ceil(test.operand.value - sure))


def _shortest(ways: Sequence[Needs | None]) -> Needs | None:
    possible = [way for way in ways if way is not None]
    return min(possible, key=len) if possible else None


def _once(needs: list[Need]) -> Needs:
    return tuple({need.text: need for need in reversed(needs)}.values())[::-1]
