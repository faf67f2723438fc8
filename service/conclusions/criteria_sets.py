"""The class by the first criteria set, and what the sets beside it come to and on what they differ from it."""

from collections.abc import Callable, Iterable, Mapping

from service.conclusions.classification import EXCLUDED, NONE, classes
from service.conclusions.judged import Judge, Judged
from service.conclusions.unmet import Unmet
from service.conclusions.would_change import WouldChange
from service.domain.conclusions import Classification, OtherClass, Verdict
from service.domain.facts import Fact, Value
from service.knowledge.model import CriteriaSet, Criterion, Knowledge
from service.knowledge.terms import All, Condition, Test, tests_in
from service.knowledge.words import spaced, valued, wanted

# The class reached, and the one attainable.
Classes = tuple[str, str]


def classified(
    knowledge: Knowledge,
    judge_of: Callable[[Condition], Judge],
    facts: Mapping[str, Fact],
    verdicts: Mapping[str, Verdict],
    sheet: Mapping[str, Value | None],
) -> Classification:
    """The class of one patient by the first set, what would change it, and what the other sets come to."""
    first = knowledge.criteria_sets[0]
    routes = knowledge.routes(first)
    reached, attainable = classes(first.classes, routes, verdicts)
    others = OtherSets(knowledge, judge_of, facts, verdicts, sheet).told((reached, attainable))
    if reached == EXCLUDED:
        return Classification(reached, attainable, (), others)
    changes = WouldChange(knowledge, judge_of, facts, verdicts, sheet)
    unmet = Unmet(knowledge, judge_of, facts, verdicts, sheet).told(routes) if attainable == NONE else ()
    return Classification(reached, attainable, changes.list(routes, reached, attainable), others, unmet)


class OtherSets(Judged):
    """The other criteria sets on one patient's facts and verdicts."""

    def told(self, first: Classes) -> tuple[OtherClass, ...]:
        """Each other set's classes; ``first``: what the first set comes to."""
        leading, *others = self.knowledge.criteria_sets
        found = [(other, classes(other.classes, self.knowledge.routes(other), self.verdicts)) for other in others]
        return tuple(OtherClass(other.name, *mine, self._because(leading, first, other, mine)) for other, mine in found)

    def _because(self, one: CriteriaSet, ones: Classes, other: CriteriaSet, others: Classes) -> str:
        """In words, why two sets come to different classes; empty where they do not differ."""
        if ones == others:
            return ""
        place = 0 if ones[0] != others[0] else 1
        if EXCLUDED in (ones[place], others[place]):
            excluding = one if ones[place] == EXCLUDED else other
            held = self._tests(self.knowledge.routes(excluding), EXCLUDED, {True})
            return f"{excluding.title} excludes: {'; '.join(held)}"
        behind, its, ahead = one, ones, others
        if _height(one, ones[place]) > _height(other, others[place]):
            behind, its, ahead = other, others, ones
        target = ahead[place] if ahead[place] in behind.classes else _next_above(behind, its[place])
        lacking = self._tests(self.knowledge.routes(behind), target, {False} if place else {False, None})
        return f"{behind.title} asks for more for {target}: {'; '.join(lacking)}"

    def _tests(self, routes: Iterable[Criterion], target: str, truths: set[bool | None]) -> list[str]:
        """The parts of the shortest route to a class that have one of these truths, in words."""
        ways = [self._parts(route, truths) for route in routes if route.reaches == target]
        return [self._in_words(part) for part in min(filter(None, ways), key=len, default=[])]

    def _parts(self, route: Criterion, truths: set[bool | None]) -> list[Condition]:
        parts = route.when.parts if not isinstance(route.when, Test) else (route.when,)
        return [part for part in parts if self.judge_of(part)(self.sheet) in truths]

    def _in_words(self, part: Condition) -> str:
        """What a part asks for and what is there: "supportive items at least 2: 1"."""
        if not isinstance(part, Test):
            between = " and " if isinstance(part, All) else " or "
            return between.join(self._in_words(test) for test in tests_in(part))
        definition = self.knowledge.facts[part.fact]
        if part.fact in self.verdicts:
            return f"{definition.label}: {spaced(self.verdicts[part.fact].value)}"
        fact = self.facts.get(part.fact, Fact(None))
        return f"{definition.label}, {wanted(part, definition)}: {valued(fact.value, definition)}"


def _height(of: CriteriaSet, reached: str) -> int:
    """How far a class is from the best of its set; classes of different sets are held against each other so."""
    return -len(of.classes) - 99 if reached == NONE else of.classes.index(reached) - len(of.classes)


def _next_above(of: CriteriaSet, reached: str) -> str:
    order = (NONE, *of.classes)
    return order[min(order.index(reached) + 1, len(of.classes))]
