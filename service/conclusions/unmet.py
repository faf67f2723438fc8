"""What is known and stands in the way of a class, where missing data would not make one."""

from collections.abc import Iterable

from service.conclusions.classification import EXCLUDED
from service.conclusions.judged import Judged
from service.conclusions.would_change import opposite
from service.domain.conclusions import Verdict
from service.domain.facts import Fact
from service.knowledge.model import Criterion
from service.knowledge.terms import Any, Condition, Test
from service.knowledge.words import valued, wanted


class Unmet(Judged):
    """Looks for the tests that do not hold, through the criteria down to the facts."""

    def told(self, routes: Iterable[Criterion]) -> tuple[str, ...]:
        """Those of the best class that something stands in the way of, in words."""
        classes = self.knowledge.criteria_sets[0].classes
        towards = [route for route in routes if route.reaches != EXCLUDED]
        best_first = sorted(towards, key=lambda route: -classes.index(route.reaches))
        found = (self._false(route.when) for route in best_first)
        return tuple(dict.fromkeys(next(filter(None, found), [])))

    def _false(self, condition: Condition) -> list[str]:
        if isinstance(condition, Test):
            return self._of_test(condition)
        parts = [self._false(part) for part in condition.parts]
        # Of several ways, one that is open would do.
        if isinstance(condition, Any) and not all(parts):
            return []
        return [text for part in parts for text in part]

    def _of_test(self, test: Test) -> list[str]:
        if test.fact in self.verdicts:
            met = (test.operand == Verdict.MET.value) is (test.operator == "is")
            if self.verdicts[test.fact] is not (Verdict.NOT_MET if met else Verdict.MET):
                return []
            rule = self.knowledge.criterion(test.fact)
            return self._false(rule.when if met else opposite(rule.when))
        if self.judge_of(test)(self.sheet) is not False:
            return []
        definition = self.knowledge.facts[test.fact]
        if definition.can_grow:
            return []
        value = valued(self.facts.get(test.fact, Fact(None)).value, definition)
        # A word says by itself that it is another one.
        return [f"{definition.label}: {value}" + (f", not {wanted(test, definition)}" if definition.unit else "")]
