"""A reaction to a drug that a Condition tells of: in words, or by a code of reactions whose text names the drug."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from service.fhir.mappings.agents import Agent
from service.fhir.mappings.allergy_words import AllergyWords, Part
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import stems, texts_of, whole
from service.fhir.mappings.word_tables import MergedFiles, section
from service.knowledge.near import one_of

_SECTION = "reaction_words"
_NONE = Agent(None, "no reaction to a drug that is recognised")


@dataclass(frozen=True, slots=True)
class _Written:
    agents: Texts = ()
    concepts: Texts = ()
    words: Texts = ()
    beside: Texts = ()
    nothing: Texts = ()
    denied: Texts = ()
    apart: Texts = ()


@dataclass(frozen=True, slots=True)
class ReactionWords:
    """``agents``: of which reactions are told. ``concepts``: those whose codes say that there was a reaction.

    ``reaction`` finds words of one, ``denied`` those behind a denial, ``apart`` what says that the drug was given for
    it. ``beside``: what may stand beside words of a reaction without naming a cause. ``nothing``: names that hold that
    of a drug and are of something else. ``denials``: a pattern for words that deny.
    """

    agents: frozenset[str]
    concepts: frozenset[str]
    reaction: re.Pattern[str]
    beside: re.Pattern[str]
    nothing: re.Pattern[str]
    denied: re.Pattern[str]
    apart: re.Pattern[str]
    denials: str

    def agent_of(
        self, code: object, meant: Collection[str], words: AllergyWords, named: Callable[[Sequence[str]], Agent]
    ) -> Agent:
        """The drug to which a Condition tells of a reaction; an ``Agent`` without a name where it tells of none.

        ``meant``: the concepts of its codes. ``named``: the agent that texts name.
        """
        texts, is_coded = texts_of(code), not self.concepts.isdisjoint(meant)
        if not is_coded and not any(map(self.reaction.search, texts)):
            return _NONE
        parts = [rest for text in texts for rest in self._said(words.parts(text))]
        found = self._causes(parts, lambda rest: named([rest]).name, is_coded=is_coded)
        return next((Agent(name, "a diagnosis tells of a reaction to it") for name in found), _NONE)

    def _said(self, parts: Sequence[Part]) -> Iterator[str]:
        """What is left of the parts that deny nothing."""
        for is_denied, rest in parts:
            if not is_denied and not self.denied.search(rest):
                yield self.nothing.sub(" ", rest)

    def _causes(self, parts: Sequence[str], named: Callable[[str], str | None], *, is_coded: bool) -> Iterator[str]:
        """The drugs named in a part that tells of a reaction, or beside one that names no other cause."""
        is_told = any(map(self.reaction.search, parts))
        is_bare = (is_coded and not is_told) or any(map(self._names_no_cause, parts))
        for part in parts:
            if (is_bare or self.reaction.search(part)) and not self.apart.search(part):
                name = named(part)
                if name in self.agents:
                    yield str(name)

    def _names_no_cause(self, part: str) -> bool:
        left, found = self.reaction.subn(" ", part)
        return found > 0 and not self.beside.sub(" ", left).strip(" .!?-")


def reaction_words(mappings: MergedFiles, concepts: Collection[str]) -> ReactionWords:
    """Read and check the section; KnowledgeError names the key and the choices. ``concepts``: the names of all."""
    told = written(mappings.tables, _SECTION, _Written)
    for choices, said, what in (
        (section(mappings, "agents"), told.agents, "agent"),
        (concepts, told.concepts, "concept"),
    ):
        for name in said:
            one_of(name, tuple(choices), f"{_SECTION}: {what}")
    reaction, denials = stems(*told.words), stems(*told.denied).pattern
    return ReactionWords(
        frozenset(told.agents),
        frozenset(told.concepts),
        reaction,
        re.compile(rf"{stems(*told.beside).pattern}|\d[\d./-]*"),
        whole(*told.nothing),
        re.compile(rf"{denials}\s+(?:\w+\s+){{0,2}}?{reaction.pattern}"),
        stems(*told.apart),
        denials,
    )
