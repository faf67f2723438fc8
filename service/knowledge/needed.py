"""The part of the rules that it takes to answer one question."""

from collections.abc import Iterator
from dataclasses import replace

from service.knowledge.model import Criterion, Knowledge, Stage
from service.knowledge.terms import tests_in

# What a stage can be for that is no part of a patient.
_WHOLE = ("patient", "order")


def needed_for(of: str, knowledge: Knowledge) -> Knowledge:
    """The knowledge with the rules on ``of`` and the criteria that they read, themselves or through others.

    Stages keep their names and order. All criteria on parts of a patient stay: facts are made of their verdicts.
    """
    wanted: set[str] = set()
    stages: list[Stage] = []
    for stage in reversed(knowledge.stages):
        is_whole = stage.of == of or stage.of not in _WHOLE
        criteria = tuple(criterion for criterion in stage.criteria if is_whole or criterion.name in wanted)
        wanted.update(name for criterion in criteria for name in _read(criterion, knowledge))
        stages.insert(0, replace(stage, criteria=criteria))
    return _with_stages(knowledge, tuple(stages))


# What such a rule says, it says when it is met; of the others a verdict is shown, or leads to the class.
_SPEAK_WHEN_MET = ("advice", "differential", "against")


def met_only(knowledge: Knowledge) -> frozenset[str]:
    """The criteria of which nobody asks more than whether they are met: rules with a say that no other rule reads."""
    read = {name for criterion in knowledge.criteria.values() for name in _read(criterion, knowledge)}
    read.update(name for fact in knowledge.facts.values() for name in (*fact.known_only_if, *fact.covered_by))
    speaking = {criterion.name for criterion in knowledge.criteria.values() if criterion.kind in _SPEAK_WHEN_MET}
    return frozenset(speaking - read)


def _read(criterion: Criterion, knowledge: Knowledge) -> Iterator[str]:
    """All that a criterion reads and shows, and the criteria that such a fact is made of."""
    conditions = (criterion.when, *criterion.supported_by)
    for name in (*(test.fact for condition in conditions for test in tests_in(condition)), *criterion.shows):
        fact = knowledge.facts[name]
        yield from (name, *fact.tally_of, *fact.raised_by)


def _with_stages(knowledge: Knowledge, stages: tuple[Stage, ...]) -> Knowledge:
    judged = {criterion.name for stage in stages for criterion in stage.criteria}
    # A fact that is made of criteria which nobody judges here is one that nobody reads here.
    facts = {name: fact for name, fact in knowledge.facts.items() if judged.issuperset(fact.tally_of + fact.raised_by)}
    return replace(knowledge, stages=stages, facts=facts)
