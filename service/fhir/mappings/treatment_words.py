"""Words and codes that tell of a treatment in what is no drug ordered or given, such as a diagnosis or a plan."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from service.fhir.mappings.agents import AgentTable
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import LONGEST_SEARCHED, stems
from service.fhir.mappings.word_tables import Codes
from service.fhir.values.answers import objects_in
from service.knowledge.near import one_of

_SECTION = "treatment_words"
_CODED = ("code", "vaccineCode", "type", "serviceType", "reasonCode", "category", "productOrService")
_PLAIN = ("title", "description")


@dataclass(frozen=True, slots=True)
class _Written:
    names: Texts = ()
    not_names: Texts = ()
    denied_after: Texts = ()
    between: Texts = ()
    denied_before: Texts = ()
    codes: Codes = field(default_factory=dict)
    codes_below: Codes = field(default_factory=dict)
    agents: Texts = ()


@dataclass(frozen=True, slots=True)
class TreatmentWords:
    """``names``: its words; ``cut``: phrases that mean something else; ``before`` and ``after``: what denies a name.

    ``drugs``: names and codes of products, of which only ``agents`` count by name. ``codes``: ``short|code``;
    ``codes_below``: beginnings of such.
    """

    names: re.Pattern[str]
    cut: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    codes: frozenset[str]
    codes_below: tuple[str, ...]
    agents: frozenset[str]
    drugs: AgentTable

    def tell(self, resource: Mapping[str, object]) -> bool:
        """Whether a code, a text or a note of the resource names the treatment and does not deny it."""
        concepts = list(_concepts(resource))
        if any(self._is_coded(key) for concept in concepts for key in self.drugs.codes_of(concept)):
            return True
        if any(agent and agent.name in self.agents for agent in map(self.drugs.coded, concepts)):
            return True
        return any(
            self._is_told(" ".join(text[:LONGEST_SEARCHED].casefold().split())) for text in _texts(resource, concepts)
        )

    def deny(self, texts: Iterable[str]) -> bool:
        """Whether texts name the treatment only to say that there was none, as behind a "no"."""
        named = [" ".join(text[:LONGEST_SEARCHED].casefold().split()) for text in texts]
        return any(self.names.search(self.cut.sub(" ; ", text)) and not self._is_told(text) for text in named)

    def _is_coded(self, key: str) -> bool:
        return key in self.codes or key.startswith(self.codes_below)

    def _is_told(self, text: str) -> bool:
        text = self.cut.sub(" ; ", text)
        found = list(self.names.finditer(text))
        if not found:
            return self.drugs.by_name.agent_in([text]) in self.agents
        return any(not self._is_denied(text[: hit.start()], text[hit.end() :]) for hit in found)

    def _is_denied(self, before: str, after: str) -> bool:
        return bool(self.before.search(before) or self.after.match(after))


def treatment_words(tables: Mapping[str, object], agents: AgentTable) -> TreatmentWords:
    """Read and check the section; KnowledgeError names the key."""
    words = written(tables, _SECTION, _Written)
    known = written(tables, "agents", dict[str, object])
    given = [one_of(agent, known, f"{_SECTION}.agents") for agent in words.agents]
    denials, between = stems(*words.denied_after).pattern, stems(*words.between).pattern
    return TreatmentWords(
        names=stems(*words.names),
        cut=stems(*words.not_names),
        before=re.compile(rf"{denials}(?:[\s-]+{between})*[\s-]*$"),
        after=re.compile(rf"[\s-]*{stems(*words.denied_before).pattern}"),
        codes=frozenset(words.codes),
        codes_below=tuple(words.codes_below),
        agents=frozenset(given),
        drugs=agents,
    )


def _concepts(resource: Mapping[str, object]) -> Iterable[object]:
    for holder in (resource, *_details(resource)):
        for key in _CODED:
            value = holder.get(key)
            yield from objects_in(value) if isinstance(value, list) else (value,)


def _details(resource: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The activities of a plan, and the items of a bill."""
    details = [each.get("detail") for each in objects_in(resource.get("activity"))]
    return [each for each in (*details, *objects_in(resource.get("item"))) if isinstance(each, Mapping)]


def _texts(resource: Mapping[str, object], concepts: Iterable[object]) -> Iterable[str]:
    held = [each for each in concepts if isinstance(each, Mapping)]
    found = [each.get("text") for each in held]
    found += [coding.get("display") for each in held for coding in objects_in(each.get("coding"))]
    found += [holder.get(key) for holder in (resource, *_details(resource)) for key in _PLAIN]
    found += [note.get("text") for note in objects_in(resource.get("note"))]
    attachments = [each.get("attachment") for each in objects_in(resource.get("content"))]
    found += [each.get("title") for each in attachments if isinstance(each, Mapping)]
    return [text for text in found if isinstance(text, str)]
