"""The shortest useful list of what would make a better class: missing facts, and studies that could add to a count."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from service.conclusions.classification import NONE
from service.conclusions.judged import Judged
from service.domain.conclusions import Need, Verdict
from service.domain.facts import Fact, Range
from service.knowledge.model import Criterion
from service.knowledge.terms import All, Any, Condition, FactDefinition, Test, Threshold
from service.knowledge.words import wanted

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
_SHORT = 2


class WouldChange(Judged):
    """Looks for missing items in one patient's facts and verdicts."""

    def list(self, routes: Sequence[Criterion], reached: str, attainable: str) -> Needs:
        """The shortest list for the class attainable, then the short lists for the other classes above the one reached.

        A class above the attainable one needs new findings, not only missing ones; a class below it is listed
        where it is a real short cut. Other short routes to a class follow as alternatives.
        """
        order = (NONE, *self.knowledge.criteria_sets[0].classes)
        above = order[order.index(reached) + 1 :]
        ways = {target: self._ways(routes, target) for target in above}
        fewest = {target: _size(found[0]) for target, found in ways.items() if found}
        listed = [attainable] if attainable in fewest else []
        for target in reversed([target for target in above if target in fewest and target != attainable]):
            is_better = order.index(target) > order.index(attainable)
            if fewest[target] <= _SHORT and (is_better or fewest[target] < fewest.get(attainable, _SHORT + 1)):
                listed.append(target)
        return tuple(need for target in listed for need in _with_alternatives(ways[target]))

    def _ways(self, routes: Sequence[Criterion], target: str) -> Sequence[Needs]:
        """What each route to the class needs; what is only missing before what has yet to be found, then by length."""
        found = [self._criterion(route, target) for route in routes if route.reaches == target]
        return sorted((way for way in found if way), key=lambda way: (any(need.is_new for need in way), _size(way)))

    def _criterion(self, criterion: Criterion, target: str, *, met: bool = True) -> Needs | None:
        """What would make the criterion met (or not met); ``None`` when nothing would."""
        return self._needs(criterion.when if met else opposite(criterion.when), criterion, target)

    def _needs(self, condition: Condition, criterion: Criterion, target: str) -> Needs | None:
        if isinstance(condition, Test):
            return self._test(condition, criterion, target)
        parts = {part: self._needs(part, criterion, target) for part in condition.parts}
        if isinstance(condition, Any):
            return _shortest(list(parts.values()))
        if None in parts.values():
            return None
        asked = {part.fact for part, needs in parts.items() if needs and isinstance(part, Test)}
        return _once(
            [need for part, needs in parts.items() if not self._is_covered(part, asked) for need in needs or ()]
        )

    def _is_covered(self, part: Condition, asked: set[str]) -> bool:
        """Whether a fact would be answered by what is asked for another part anyway (``covered_by``).

        A fact that says itself what it lacks is asked for it, and so is a count that lacks more than one.
        """
        covered_by = set(self.knowledge.facts[part.fact].covered_by) if isinstance(part, Test) else set()
        if not isinstance(part, Test) or not covered_by or not covered_by <= asked:
            return False
        fact = self.facts.get(part.fact, Fact(None))
        return not fact.missing and _lacking(part, fact) <= 1

    def _test(self, test: Test, criterion: Criterion, target: str) -> Needs | None:
        definition = self.knowledge.facts[test.fact]
        if test.fact in self.verdicts:
            return self._verdict(test, target)
        truth = self.judge_of(test)(self.sheet)
        if truth:
            return ()
        if definition.tally_of and isinstance(test.operand, Threshold):
            return self._tally(definition, test.operand, target)
        is_new = truth is False and definition.can_grow and test.operator in _GROWING
        if truth is None or is_new:
            asking = self.knowledge.criterion(definition.covered_by[0]) if definition.covered_by else criterion
            return self._ask(test, definition, Need("", asking.id, target, is_new=is_new))
        return None

    def _verdict(self, test: Test, target: str) -> Needs | None:
        met = (test.operand == "met") is (test.operator == "is")
        if self.verdicts[test.fact] is (Verdict.MET if met else Verdict.NOT_MET):
            return ()
        return self._criterion(self.knowledge.criterion(test.fact), target, met=met)

    def _tally(self, definition: FactDefinition, threshold: Threshold, target: str) -> Needs | None:
        """The counted criteria that are still open, when enough of them are; each says how many of them are wanted."""
        met = sum(self.verdicts[name] is Verdict.MET for name in definition.tally_of)
        open_ = [name for name in definition.tally_of if self.verdicts[name] is Verdict.UNKNOWN]
        ways = [way for name in open_ if (way := self._criterion(self.knowledge.criterion(name), target))]
        lacking = ceil(threshold.value - met)
        if len(ways) <= lacking:
            return None if len(ways) < lacking else tuple(need for way in ways for need in way)
        choice = f"{lacking} of these {len(ways)}: "
        return tuple(
            replace(way[0], text=choice + " and ".join(need.text for need in way), counts=int(number < lacking))
            for number, way in enumerate(ways)
        )

    def _ask(self, test: Test, definition: FactDefinition, need: Need) -> Needs:
        fact = self.facts.get(test.fact)
        lacking = _possible(fact) if fact and need.is_new else _lacking(test, fact) if fact else 1
        texts = list(fact.missing[:lacking]) if fact else []
        # A subject that says itself what is missing begins with the words for a card.
        told = tuple(replace(need, text=text, short=text.partition(":")[0]) for text in texts)
        if told and not need.is_new:
            return told
        asked = definition.ask or definition.name.replace("_", "-") + " {wanted}"
        return (*told, replace(need, text=asked.format(wanted=wanted(test, definition)), short=definition.in_short))


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


def _possible(fact: Fact) -> int:
    """How much of a count is still open by what has been studied; what it lacks beyond that has yet to be found."""
    value = fact.value
    if not isinstance(value, Range) or value.high is None:
        return 0
    return max(0, ceil(value.high - (value.low or 0)))


def _with_alternatives(ways: Sequence[Needs]) -> Needs:
    """The best way, and other short ones that need something else, each as one alternative."""
    told = {need.text for need in ways[0]}
    others = [way for way in ways[1:] if _size(way) <= _SHORT and not told <= {need.text for need in way}]
    return ways[0] + tuple(_alternative(way, told) for way in others)


def _alternative(way: Needs, told: set[str]) -> Need:
    """One way as a single item; a card names of it only what is not asked for anyway."""
    text = "or instead: " + "; and ".join(need.text for need in way)
    short = " and ".join(dict.fromkeys(need.short for need in way if need.text not in told))
    return replace(way[-1], text=text, short=short, counts=0, is_instead=True)


def _size(way: Needs) -> int:
    return sum(need.counts for need in way)


def _shortest(ways: Sequence[Needs | None]) -> Needs | None:
    possible = [way for way in ways if way is not None]
    return min(possible, key=_size) if possible else None


def _once(needs: list[Need]) -> Needs:
    return tuple({need.text: need for need in reversed(needs)}.values())[::-1]
