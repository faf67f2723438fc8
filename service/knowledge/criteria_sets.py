"""The criteria sets of a pack, held against the rules that give their classes."""

from collections.abc import Mapping

from service.errors import KnowledgeError
from service.knowledge.model import CriteriaSet, Stage
from service.knowledge.near import unknown
from service.knowledge.schema import CriteriaSetYaml


def criteria_sets(written: Mapping[str, CriteriaSetYaml], stages: tuple[Stage, ...]) -> tuple[CriteriaSet, ...]:
    """The criteria sets; every class of a rule belongs to one of them, and each class has a route."""
    sets = tuple(CriteriaSet(name, data.title, data.classes, data.file, data.beware) for name, data in written.items())
    ordered = {each.file: {*each.classes, "excluded"} for each in sets}
    judged = {rule.file for stage in stages for rule in stage.criteria}
    for each in sets:
        if each.file not in judged:
            raise unknown(f"pack.yaml: criteria_sets.{each.name}.file", "file of rules", each.file, judged)
    reached = {(rule.file, rule.reaches): rule for stage in stages for rule in stage.criteria if rule.reaches}
    for (file, reaches), rule in reached.items():
        if reaches not in ordered.get(file, ()):
            raise KnowledgeError(
                f"{file}.yaml: {rule.key}: class: no criteria set of pack.yaml orders {reaches!r} here"
            )
    for each in sets:
        if missing := [name for name in each.classes if (each.file, name) not in reached]:
            raise KnowledgeError(
                f"pack.yaml: criteria_sets.{each.name}: no rule of {each.file}.yaml gives {missing[0]}"
            )
    return sets
