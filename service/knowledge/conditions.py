"""From ``about`` and ``when`` of a rule to a condition whose every word and number is known."""

from collections.abc import Mapping

from service.errors import KnowledgeError
from service.knowledge.near import unknown
from service.knowledge.terms import All, Any, Condition, FactDefinition, Test, Threshold

_NUMERIC = ("at_least", "more_than", "at_most", "less_than")
_WORDED = ("is", "is_not")


class ConditionReader:
    """Reads conditions against the facts and thresholds that exist; remembers which were used.

    ``named``: conditions that rules name, as they stand in YAML (a file's head, and ``conditions.yaml``).
    """

    def __init__(
        self,
        facts: Mapping[str, FactDefinition],
        thresholds: Mapping[str, Threshold],
        named: Mapping[str, object],
    ) -> None:
        self._facts = facts
        self._thresholds = thresholds
        self._named = named
        self.used_thresholds: set[str] = set()
        self.used_facts: set[str] = set()
        self.used_names: set[str] = set()

    def rule(self, about: object, when: object, where: str) -> Condition:
        """All of what a rule is about and when it is met."""
        parts = (*self._parts(about, f"{where}: about"), *self._parts(when, f"{where}: when"))
        if not parts:
            raise KnowledgeError(f"{where}: when: must hold at least one condition")
        return parts[0] if len(parts) == 1 and isinstance(parts[0], Any) else All(parts)

    def read(self, data: object, where: str) -> Condition:
        """A condition from a name, a list (all of it), ``{any: […]}``, ``{all: […]}`` or ``{fact: {operator: …}}``."""
        parts = self._parts(data, where)
        if not parts:
            raise KnowledgeError(f"{where}: must hold at least one condition")
        return parts[0] if len(parts) == 1 else All(parts)

    def _parts(self, data: object, where: str) -> tuple[Condition, ...]:
        """The conditions that must all hold."""
        if isinstance(data, str):
            return self._called(data, where)
        if isinstance(data, list | tuple):
            return tuple(part for index, each in enumerate(data) for part in self._parts(each, f"{where}[{index}]"))
        if not isinstance(data, dict) or not data:
            raise KnowledgeError(f"{where}: write a name, a list, all, any or facts; got {type(data).__name__}")
        return tuple(part for key, value in data.items() for part in self._entry(str(key), value, f"{where}.{key}"))

    def _entry(self, key: str, value: object, where: str) -> tuple[Condition, ...]:
        if key not in ("all", "any"):
            return self._tests(key, value, where)
        if not isinstance(value, list) or not value:
            raise KnowledgeError(f"{where}: must be a list with at least one condition")
        if key == "all":
            return self._parts(value, where)
        ways = [self.read(each, f"{where}[{index}]") for index, each in enumerate(value)]
        return (Any(tuple(part for way in ways for part in (way.parts if isinstance(way, Any) else (way,)))),)

    def _called(self, name: str, where: str) -> tuple[Condition, ...]:
        """What a name stands for: a named condition, or a criterion, which must be met."""
        if name in self._named:
            if f"named {name}" in where:
                raise KnowledgeError(f"{where}: {name} is made of itself")
            self.used_names.add(name)
            return self._parts(self._named[name], f"{where}: named {name}")
        if "." in name and name in self._facts:
            return (Test(name, "is", self._word(self._facts[name], "met", where)),)
        known = [*self._named, *(fact for fact in self._facts if "." in fact)]
        raise unknown(where, "condition and no criterion judged before", name, known)

    def _tests(self, fact: str, value: object, where: str) -> tuple[Condition, ...]:
        definition = self._facts.get(fact)
        if definition is None:
            raise unknown(where, "fact", fact, self._facts)
        allowed = _WORDED if definition.words else _NUMERIC
        if not isinstance(value, dict) or not value or (definition.words and len(value) != 1):
            raise KnowledgeError(f"{where}: write one operator of {', '.join(allowed)}; got {_keys(value)}")
        self.used_facts.add(fact)
        return tuple(self._test(definition, str(key), operand, where, allowed) for key, operand in value.items())

    def _test(
        self, definition: FactDefinition, operator: str, operand: object, where: str, allowed: tuple[str, ...]
    ) -> Condition:
        if operator not in allowed:
            raise KnowledgeError(f"{where}: operator {operator!r}; allowed: {', '.join(allowed)}")
        if not definition.words:
            return Test(definition.name, operator, self._threshold(definition, operand, where))
        if isinstance(operand, list) and operator == "is" and len(operand) > 1:
            return Any(tuple(Test(definition.name, "is", self._word(definition, word, where)) for word in operand))
        if "." in definition.name and operator == "is" and operand == "met":
            raise KnowledgeError(f"{where}: a criterion that must be met is written by its name alone")
        return Test(definition.name, operator, self._word(definition, operand, where))

    def _word(self, definition: FactDefinition, operand: object, where: str) -> str:
        if operand not in definition.words:
            raise unknown(where, "word of this fact", operand, definition.words)
        self.used_facts.add(definition.name)
        return str(operand)

    def _threshold(self, definition: FactDefinition, operand: object, where: str) -> Threshold:
        threshold = self._thresholds.get(operand) if isinstance(operand, str) else None
        if threshold is None:
            raise unknown(where, "threshold of thresholds/*.yaml", operand, self._thresholds)
        if threshold.unit != definition.unit:
            raise KnowledgeError(f"{where}: the fact is in {definition.unit}, {threshold.name} is in {threshold.unit}")
        self.used_thresholds.add(threshold.name)
        return threshold


def _keys(data: object) -> str:
    return ", ".join(map(str, data)) if isinstance(data, dict) else type(data).__name__
