"""What a summary names: the findings that a rule rests on, each in a few words with the value that decides."""

from collections.abc import Iterator, Mapping

from service.domain.facts import Fact
from service.knowledge.cards import FEATURES_LENGTH, placeholders
from service.knowledge.model import Knowledge
from service.knowledge.terms import FactDefinition
from service.knowledge.words import valued

_UNKNOWN = Fact(None)
# Between the findings that made one fact, in why it is so.
_BETWEEN = "; "


def features_of(names: Mapping[str, Fact], facts: Mapping[str, Fact], knowledge: Knowledge) -> tuple[str, ...]:
    """How each fact that a rule rests on is named, each name once; a text of the pack where none has one.

    ``names``: those facts; ``facts``: all that are known, whose values a name may hold.
    """
    told = (
        feature for name, fact in names.items() for feature in _features(knowledge.facts[name], fact, facts, knowledge)
    )
    return tuple(dict.fromkeys(filter(None, told))) or (knowledge.face.policy.no_feature,)


def _features(definition: FactDefinition, fact: Fact, facts: Mapping[str, Fact], knowledge: Knowledge) -> Iterator[str]:
    """By what a fact was found by where there is room, else by the words of its definition.

    These may hold the value of another fact, such as the number behind a word; unknown, it gives way to the word.
    """
    template, own = definition.feature, valued(fact.value, definition)
    if template and "{" not in template:
        found = fact.why.split(_BETWEEN)
        yield from (each if each and len(each) <= FEATURES_LENGTH else template for each in found)
        return
    words = {"value": own, "why": fact.why}
    for name in placeholders(template):
        other = facts.get(name, _UNKNOWN)
        words.setdefault(name, own if other.value is None else valued(other.value, knowledge.facts[name]))
    yield template.format_map(words).strip()
