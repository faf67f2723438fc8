"""By which way a drug is given: the section ``drug_routes``, and what a route element or a text names by it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.errors import KnowledgeError
from service.fhir.mappings.agents import AgentTable, agent_table
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.word_tables import codes_in, section, texts_in
from service.fhir.values.answers import codings_of
from service.knowledge.near import one_of

NAMES = ("local", "subcutaneous", "intravenous", "intramuscular", "oral", "systemic")


@dataclass(frozen=True, slots=True)
class Routes:
    """``by_name``: route -> codes as ``system|code``, and its words as one pattern; ``agents`` reads codes."""

    by_name: Mapping[str, tuple[frozenset[str], re.Pattern[str]]]
    agents: AgentTable

    def named_in(self, codes: Iterable[str], texts: Sequence[str]) -> list[str]:
        """The routes that any of these codes or texts names, in the order of the mapping files."""
        said = set(codes)
        return [
            name
            for name, (known, words) in self.by_name.items()
            if known & said or any(words.search(text) for text in texts)
        ]

    def stated(self, route: object) -> set[str]:
        """The routes that the code or the words of one route element name."""
        return set(self.named_in(self.agents.codes_of(route), texts_of(route)))

    def is_by(self, way: str, route: object) -> bool:
        """Whether a route element states this way, in its code or in all of its texts; so does one without either."""
        codes, words = self.by_name.get(way, (frozenset(), None))
        texts = texts_of(route)
        if not texts and not codings_of(route):
            return not route
        by_text = words is not None and bool(texts) and all(words.search(text) for text in texts)
        return bool(codes.intersection(self.agents.codes_of(route))) or by_text

    def said_in(self, dosages: Sequence[Mapping[str, object]]) -> set[str] | None:
        """The routes that dosages name; empty when none is understood, ``None`` when none is stated."""
        stated = [dosage["route"] for dosage in dosages if dosage.get("route")]
        return set().union(*map(self.stated, stated)) if stated else None


def drug_routes(mappings: Mappings) -> Routes:
    """Read and check ``drug_routes``; KnowledgeError names section, key and choices."""
    routes = {}
    for route, entry in section(mappings, "drug_routes").items():
        one_of(route, NAMES, f"drug_routes.{route}")
        if not isinstance(entry, Mapping):
            raise KnowledgeError(f"drug_routes.{route}: must be a mapping with codes and words")
        words = texts_in(entry, "words", f"drug_routes.{route}")
        routes[route] = frozenset(codes_in(entry, "codes", f"drug_routes.{route}")), whole(*words)
    return Routes(routes, agent_table(mappings))
