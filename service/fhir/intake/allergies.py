"""What an allergy, or a reaction that a diagnosis tells of, is to, and whether its words deny it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from service.fhir.intake.entries import Entry
from service.fhir.mappings.agents import Agent
from service.fhir.mappings.allergy_words import Denial
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import objects_in

DIAGNOSIS, ALLERGY = "Condition", "AllergyIntolerance"
_DENIED = Agent(None, "its words deny it")


class AllergyReader:
    """Reads them by the mapping files."""

    def __init__(self, mappings: Mappings) -> None:
        self._mappings = mappings
        self._agents, self._reactions = mappings.agents, mappings.reactions
        self._words, self._allergens = mappings.allergy_words, mappings.allergens

    def agent_of(self, entry: Entry) -> Agent:
        """What it is to: what is named for sure, else what may be meant; without a name where nothing is."""
        causes = self._causes(entry) if entry.kind == DIAGNOSIS else self._substances(entry)
        found = list(map(self._allergens.of_drug, causes))
        for names in (self._reactions.agents, self._allergens.names):
            if named := [agent for agent in found if agent.name in names]:
                return named[0]
        return next((agent for agent in found if agent.name), found[0])

    def denial(self, entry: Entry) -> Denial:
        """What its words make of it."""
        code, agent = entry.resource.get("code"), self.agent_of(entry)
        # A display is what the code is called; the text is what somebody wrote.
        is_coded = isinstance(code, Mapping) and self._agents.is_coded(code)
        texts = [code.get("text")] if isinstance(code, Mapping) and is_coded else texts_of(code)
        told = self._words.denial([text for text in texts if isinstance(text, str)], self._names(agent))
        if told or entry.kind == DIAGNOSIS or agent.name not in self._reactions.agents:
            return told
        # A remark may deny what the entry says, and leaves it open.
        return "open" if self._words.denies(remarks_of(entry.resource), self._names(agent)) else ""

    def _causes(self, entry: Entry) -> Iterator[Agent]:
        """Of a diagnosis: the drug named with a reaction, else what its words or its code may mean."""
        code = entry.resource.get("code")
        meant = {concept.name for concept in self._mappings.concepts_of(code, DIAGNOSIS)}
        texts = texts_of(code)
        agent = self._reactions.agent_of(texts, self._words, self._named, is_coded=self._reactions.is_of(meant))
        is_denied = bool(agent.name) and self._words.denial(texts, self._names(agent)) == "denied"
        yield _DENIED if is_denied else agent
        yield self._reactions.agent_of(texts, self._words, self._allergens.named, is_coded=False)
        yield self._by_reaction(meant, texts)

    def _substances(self, entry: Entry) -> Iterator[Agent]:
        """Of an allergy: what its code names, or the substances of its reactions, or what is remarked of them."""
        code, reactions = entry.resource.get("code"), objects_in(entry.resource.get("reaction"))
        yield self._by_code(code)
        substances = [reaction.get("substance") for reaction in reactions]
        yield from map(self._by_code, substances)
        remarks, is_bare = remarks_of(entry.resource), self._reactions.names_no_cause(texts_of(code))
        yield self._reactions.agent_of(remarks, self._words, self._named, is_coded=is_bare)
        for texts in (texts_of(code), *map(texts_of, substances)):
            yield from (self._allergens.named(rest) for denied, rest in self._parts(texts) if not denied)
        yield self._reactions.agent_of(remarks, self._words, self._allergens.named, is_coded=is_bare)
        meant = {concept.name for concept in self._mappings.concepts_of(code, DIAGNOSIS)}
        yield self._by_reaction(meant, texts_of(code))

    def _by_reaction(self, meant: AbstractSet[str], texts: Sequence[str]) -> Agent:
        """What a code of reactions may be of, where no drug is named."""
        named = self._agents.named(texts)
        is_unnamed = self._reactions.names_no_cause(texts)
        none = Agent(None, "another drug is named")
        return none if named.name else self._allergens.coded(meant, texts, is_unnamed=is_unnamed)

    def _by_code(self, code: object) -> Agent:
        # What a text adds to a code takes nothing away from it.
        if (coded := self._agents.coded(code)) is not None:
            return coded
        agent = self._named_in(texts_of(code))
        is_denied = bool(agent.name) and self._words.denial(texts_of(code), self._names(agent)) == "denied"
        return _DENIED if is_denied else agent

    def _named_in(self, texts: Sequence[str]) -> Agent:
        told = [text for text in texts if not self._reactions.apart.search(text)]
        return self._agents.named([self._reactions.nothing.sub(" ", text) for text in told])

    def _named(self, text: str) -> Agent:
        return self._allergens.of_drug(self._agents.named([text]))

    def _parts(self, texts: Sequence[str]) -> list[tuple[str, str]]:
        return [part for text in texts for part in self._words.parts(text)]

    def _names(self, agent: Agent) -> Callable[[str], bool]:
        """Whether a part of a text names this drug."""
        return lambda words: agent.name is not None and self._agents.named([words]).name == agent.name


def remarks_of(allergy: Mapping[str, object]) -> list[str]:
    """What its notes, and the notes and descriptions of its reactions, say, in lower case."""
    reactions = objects_in(allergy.get("reaction"))
    notes = [note.get("text") for holder in (allergy, *reactions) for note in objects_in(holder.get("note"))]
    told = [*notes, *(reaction.get("description") for reaction in reactions)]
    return [text.casefold() for text in told if isinstance(text, str)]
