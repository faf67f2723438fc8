"""Small changes to the rules, each of which a test must see: conditions, thresholds, the policy of cards."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial

from service.knowledge.model import CardText, Criterion, Knowledge
from service.knowledge.terms import All, Any, Condition, Test, Threshold

# What is one step beside an operator: the opposite, and the one that differs at the limit only.
_OPERATORS = {
    "is": ("is_not",),
    "is_not": ("is",),
    "at_least": ("more_than", "less_than"),
    "more_than": ("at_least", "at_most"),
    "at_most": ("less_than", "more_than"),
    "less_than": ("at_most", "at_least"),
}
_INDICATORS = ("info", "warning", "critical")
_LISTS = ("gives_way_to", "checked_by", "shows", "tells", "supported_by")
_WORDS = ("joins", "suggests", "withholds")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: what it is, and the knowledge with it."""

    name: str
    knowledge: Knowledge


def mutants(knowledge: Knowledge) -> Iterator[Mutant]:
    """Every mutant of a rule pack."""
    yield from changed_conditions(knowledge)
    for rule in knowledge.criteria.values():
        for what, changed in _policies(rule):
            yield Mutant(f"{rule.id}: {what}", _with_rule(knowledge, rule.name, changed))
    for threshold in knowledge.thresholds.values():
        for direction in (-1, 1):
            moved = replace(threshold, value=threshold.value + direction * threshold.step)
            yield Mutant(f"threshold {threshold.name}: {moved.value} {moved.unit}", with_threshold(knowledge, moved))


def changed_conditions(knowledge: Knowledge) -> Iterator[Mutant]:
    """The mutants of what rules ask, rule by rule, and then of what several of them ask alike."""
    shared = _shared(knowledge)
    for rule in knowledge.criteria.values():
        for what, condition in _changed(rule.when, knowledge, shared):
            changed = _with_rule(knowledge, rule.name, replace(rule, when=condition))
            yield Mutant(f"{rule.id}: when: {what}", changed)
    for condition, rules in shared.items():
        for what, put in _changed(condition, knowledge, shared.keys() - {condition}):
            yield Mutant(f"{', '.join(rules)}: when: {what}", _with_condition(knowledge, condition, put))


def _shared(knowledge: Knowledge) -> dict[Condition, list[str]]:
    """The conditions that several rules have, and which: they are written once, so that a slip is in all of them."""
    having: dict[Condition, list[str]] = {}
    for rule in knowledge.criteria.values():
        for condition in dict.fromkeys(_compound(rule.when)):
            having.setdefault(condition, []).append(rule.id)
    return {condition: rules for condition, rules in having.items() if len(rules) > 1}


def _compound(condition: Condition) -> Iterator[Condition]:
    for part in () if isinstance(condition, Test) else condition.parts:
        yield from () if isinstance(part, Test) else (part,)
        yield from _compound(part)


def _changed(
    condition: Condition, knowledge: Knowledge, shared: Collection[Condition]
) -> Iterator[tuple[str, Condition]]:
    """A condition with one thing changed in it, but in none that is ``shared``."""
    if isinstance(condition, Test):
        yield from _tests(condition, knowledge)
        return
    kind: Callable[[tuple[Condition, ...]], Condition] = All if isinstance(condition, All) else Any
    parts = condition.parts
    if len(parts) > 1:
        yield f"{type(condition).__name__} turned round", Any(parts) if isinstance(condition, All) else All(parts)
        for index in range(len(parts)):
            yield f"part {index + 1} left out", kind(parts[:index] + parts[index + 1 :])
    for index, part in enumerate(parts):
        for what, changed in () if part in shared else _changed(part, knowledge, shared):
            yield what, kind((*parts[:index], changed, *parts[index + 1 :]))


def _tests(test: Test, knowledge: Knowledge) -> Iterator[tuple[str, Condition]]:
    for operator in _OPERATORS[test.operator]:
        yield f"{test.fact} {test.operator} made {operator}", replace(test, operator=operator)
    if isinstance(test.operand, str):
        others = [word for word in knowledge.facts[test.fact].words if word != test.operand] if _is_fact(test) else []
        for word in others:
            yield f"{test.fact} {test.operand} made {word}", replace(test, operand=word)


def _is_fact(test: Test) -> bool:
    # The words of a criterion are met and not_met: its opposite is a mutant already.
    return "." not in test.fact


def _policies(rule: Criterion) -> Iterator[tuple[str, Criterion]]:
    if rule.card is not None:
        yield "no card", replace(rule, card=None)
        for indicator in _INDICATORS:
            if indicator != rule.card.indicator:
                card = CardText(indicator, rule.card.summary, rule.card.says)
                yield f"card made {indicator}", replace(rule, card=card)
    for name in _LISTS:
        entries = getattr(rule, name)
        for index in range(len(entries)):
            fewer = entries[:index] + entries[index + 1 :]
            yield f"{name} without its entry {index + 1}", _put(rule, name, fewer)
    for name in _WORDS:
        if getattr(rule, name):
            yield f"without {name}", _put(rule, name, "")


def _put(rule: Criterion, name: str, value: object) -> Criterion:
    # A field by its name: the checker of types cannot see which.
    return partial(replace, rule)(**{name: value})


def _with_rule(knowledge: Knowledge, name: str, changed: Criterion) -> Knowledge:
    stages = tuple(
        replace(stage, criteria=tuple(changed if rule.name == name else rule for rule in stage.criteria))
        for stage in knowledge.stages
    )
    return replace(knowledge, stages=stages)


def _with_condition(knowledge: Knowledge, old: Condition, new: Condition) -> Knowledge:
    def put(condition: Condition) -> Condition:
        if condition == old:
            return new
        if isinstance(condition, Test):
            return condition
        parts = tuple(map(put, condition.parts))
        return All(parts) if isinstance(condition, All) else Any(parts)

    return _with_conditions(knowledge, put)


def _with_conditions(knowledge: Knowledge, put: Callable[[Condition], Condition]) -> Knowledge:
    stages = tuple(
        replace(stage, criteria=tuple(replace(rule, when=put(rule.when)) for rule in stage.criteria))
        for stage in knowledge.stages
    )
    return replace(knowledge, stages=stages)


def with_threshold(knowledge: Knowledge, moved: Threshold) -> Knowledge:
    """The knowledge with another number in place of the threshold of that name."""
    changed = _with_conditions(knowledge, partial(_swapped, moved=moved))
    return replace(changed, thresholds={**knowledge.thresholds, moved.name: moved})


def _swapped(condition: Condition, moved: Threshold) -> Condition:
    if isinstance(condition, Test):
        is_moved = isinstance(condition.operand, Threshold) and condition.operand.name == moved.name
        return replace(condition, operand=moved) if is_moved else condition
    parts = tuple(_swapped(part, moved) for part in condition.parts)
    return All(parts) if isinstance(condition, All) else Any(parts)
