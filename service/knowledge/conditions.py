"""From the ``when`` of a rule to a condition whose every word and number is known."""

from collections.abc import Mapping

from service.errors import KnowledgeError
from service.knowledge.model import All, Any, Condition, FactDefinition, Test, Threshold

_NUMERIC = ("at_least", "more_than", "at_most", "less_than")
_WORDED = ("is", "is_not")


class ConditionReader:
    """Reads conditions against the facts and thresholds that exist; remembers which were used."""

    def __init__(self, facts: Mapping[str, FactDefinition], thresholds: Mapping[str, Threshold]) -> None:
        self._facts = facts
        self._thresholds = thresholds
        self.used_thresholds: set[str] = set()
        self.used_facts: set[str] = set()

    def read(self, data: object, where: str) -> Condition:
        """A condition from ``{all: […]}``, ``{any: […]}`` or ``{fact: {operator: operand}}``."""
        if not isinstance(data, dict) or len(data) != 1:
            raise KnowledgeError(f"{where}: write exactly one of all, any or a fact; got {_keys(data)}")
        key, value = next(iter(data.items()))
        if key in ("all", "any"):
            return self._combined(str(key), value, f"{where}.{key}")
        return self._test(str(key), value, f"{where}.{key}")

    def _combined(self, key: str, value: object, where: str) -> Condition:
        if not isinstance(value, list) or not value:
            raise KnowledgeError(f"{where}: must be a list with at least one condition")
        parts = tuple(self.read(part, f"{where}[{index}]") for index, part in enumerate(value))
        return All(parts) if key == "all" else Any(parts)

    def _test(self, fact: str, value: object, where: str) -> Test:
        definition = self._facts.get(fact)
        if definition is None:
            raise KnowledgeError(f"{where}: unknown fact; facts known here: {', '.join(sorted(self._facts))}")
        if not isinstance(value, dict) or len(value) != 1:
            raise KnowledgeError(
                f"{where}: write one operator of {', '.join(_allowed(definition))}; got {_keys(value)}"
            )
        operator, operand = next(iter(value.items()))
        if operator not in _allowed(definition):
            raise KnowledgeError(f"{where}: operator {operator!r}; allowed: {', '.join(_allowed(definition))}")
        self.used_facts.add(fact)
        if definition.words:
            return Test(fact, operator, self._word(definition, operand, where))
        return Test(fact, operator, self._threshold(definition, operand, where))

    def _word(self, definition: FactDefinition, operand: object, where: str) -> str:
        if operand not in definition.words:
            raise KnowledgeError(f"{where}: {operand!r}; allowed words: {', '.join(definition.words)}")
        return str(operand)

    def _threshold(self, definition: FactDefinition, operand: object, where: str) -> Threshold:
        threshold = self._thresholds.get(operand) if isinstance(operand, str) else None
        if threshold is None:
            names = ", ".join(sorted(self._thresholds))
            raise KnowledgeError(f"{where}: {operand!r} is no threshold; numbers stand in thresholds.yaml: {names}")
        if threshold.unit != definition.unit:
            raise KnowledgeError(f"{where}: the fact is in {definition.unit}, {threshold.name} is in {threshold.unit}")
        self.used_thresholds.add(threshold.name)
        return threshold


def _allowed(definition: FactDefinition) -> tuple[str, ...]:
    return _WORDED if definition.words else _NUMERIC


def _keys(data: object) -> str:
    return ", ".join(map(str, data)) if isinstance(data, dict) else type(data).__name__
