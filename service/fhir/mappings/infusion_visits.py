"""Visits for an infusion whose text or code names no drug: while there are any, treatment may be given there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.fhir.mappings.agents import AgentTable
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.word_tables import Codes
from service.fhir.values.answers import objects_in

_SECTION = "infusion_visits"
# Of an Encounter, a Procedure, a ServiceRequest and an Appointment: what it is called.
_LISTED, _SINGLE = ("type", "serviceType"), ("code", "serviceType", "class", "appointmentType")


@dataclass(frozen=True, slots=True)
class _Written:
    names: Texts = ()
    not_names: Texts = ()
    codes: Codes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InfusionVisits:
    """``names``: words that call a visit one for an infusion; ``others``: what is infused there, where it is said.

    ``codes``: ``short|code`` of an infusion, whatever was infused.
    """

    names: re.Pattern[str]
    others: re.Pattern[str]
    agents: AgentTable
    codes: frozenset[str]

    def is_one(self, resource: Mapping[str, object]) -> bool:
        """Whether a text or code of the resource names an infusion, and none what was infused."""
        concepts = _concepts_of(resource)
        texts = [text for concept in concepts for text in texts_of(concept)]
        return (
            (any(self.names.search(text) for text in texts) or self._is_coded(concepts))
            and not any(self.others.search(text) for text in texts)
            and not self.agents.by_name.agent_in(texts)
        )

    def _is_coded(self, concepts: Sequence[object]) -> bool:
        return any(not self.codes.isdisjoint(self.agents.codes_of(concept)) for concept in concepts)


def infusion_visits(tables: Mapping[str, object], agents: AgentTable) -> InfusionVisits:
    """Read and check the section; KnowledgeError names the key."""
    words = written(tables, _SECTION, _Written)
    # A drug by its ending, such as infliximab, is a drug that is named.
    others = whole(*words.not_names).pattern
    other = re.compile(rf"{others}|\w{{3}}(?:mab|cept|platin|dronate|dronic|cillin|mycin|micin)\b")
    return InfusionVisits(whole(*words.names), other, agents, frozenset(words.codes))


def _concepts_of(resource: Mapping[str, object]) -> list[Mapping[str, object]]:
    concepts = [each for key in _LISTED for each in objects_in(resource.get(key))]
    return concepts + [each for key in _SINGLE if isinstance(each := resource.get(key), Mapping)]
