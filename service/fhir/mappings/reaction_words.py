"""A reaction to a drug that a Condition tells of: in words, or by a code of reactions whose text names the drug."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from service.fhir.mappings.agents import Agent
from service.fhir.mappings.allergens import Allergens
from service.fhir.mappings.allergy_words import AllergyWords, Part
from service.fhir.mappings.reaction_severities import threatening
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import folded, in_any_script, stems, whole
from service.fhir.mappings.word_tables import MergedFiles, section
from service.knowledge.near import one_of

_SECTION = "reaction_words"
_WORD = re.compile(r"\w")
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
    linked: Texts = ()
    happened: Texts = ()


@dataclass(frozen=True, slots=True)
class ReactionWords:
    """``agents``: of which reactions are told. ``concepts``: those whose codes say that there was a reaction.

    ``reaction`` finds words of one, ``denied`` those behind a denial, ``apart`` what says that the drug was given for
    it. ``beside``: what may stand beside words of a reaction without naming a cause. ``nothing``: names that hold that
    of a drug and are of something else. ``happened`` finds, in folded texts, what happened, which is a
    reaction where a word of ``linked`` says under what. ``denials``: a pattern for words that deny.
    """

    agents: frozenset[str]
    concepts: frozenset[str]
    reaction: re.Pattern[str]
    beside: re.Pattern[str]
    nothing: re.Pattern[str]
    denied: re.Pattern[str]
    apart: re.Pattern[str]
    linked: re.Pattern[str]
    happened: re.Pattern[str]
    denials: str
    allergens: Allergens

    def is_of(self, meant: Collection[str]) -> bool:
        """Whether one of these concepts says that there was a reaction."""
        return not self.concepts.isdisjoint(meant)

    def names_no_cause(self, texts: Sequence[str]) -> bool:
        """Whether texts say no more than that there was a reaction, or nothing at all."""
        return not any(self._says_more(self.reaction.sub(" ", text)) for text in texts)

    def agent_of(
        self, texts: Sequence[str], words: AllergyWords, named: Callable[[str], Agent], *, is_coded: bool
    ) -> Agent:
        """What texts tell a reaction to; an ``Agent`` without a name where they tell of none.

        ``named``: what a part of a text names. ``is_coded``: something else says that there was a reaction.
        """
        if not is_coded and not any(map(self._tells, texts)):
            return _NONE
        parts = [rest for text in texts for rest in self._said(words.parts(text))]
        found = self._causes(parts, lambda rest: named(rest).name, is_coded=is_coded)
        return next((Agent(name, "a reaction to it is told") for name in found), _NONE)

    def _said(self, parts: Sequence[Part]) -> Iterator[str]:
        """What is left of the parts that deny nothing."""
        for told, rest in parts:
            if not told and not self.denied.search(rest):
                yield self.nothing.sub(" ", rest)

    def _causes(self, parts: Sequence[str], named: Callable[[str], str | None], *, is_coded: bool) -> Iterator[str]:
        """The drugs named in a part that tells of a reaction, or beside one that names no other cause."""
        is_told = any(map(self._tells, parts))
        is_bare = (is_coded and not is_told) or any(map(self._names_no_cause, parts))
        for part in parts:
            if (is_bare or self._tells(part)) and not self.apart.search(part):
                name = named(part)
                if name in self.agents or name in self.allergens.names:
                    yield str(name)

    def _tells(self, text: str) -> bool:
        """Whether a text tells of a reaction, or of what happened under something."""
        if self.reaction.search(text):
            return True
        plain = folded(text)
        return bool(self.linked.search(plain) and self.happened.search(plain))

    def _names_no_cause(self, part: str) -> bool:
        left, found = self.reaction.subn(" ", part)
        return found > 0 and not self._says_more(left)

    def _says_more(self, text: str) -> bool:
        """Whether a text holds a word beside those that name no cause."""
        return _WORD.search(self.beside.sub(" ", self.allergens.without(text))) is not None


def reaction_words(mappings: MergedFiles, concepts: Collection[str], allergens: Allergens) -> ReactionWords:
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
        in_any_script(told.linked),
        re.compile(f"{threatening(mappings).pattern}|{in_any_script(told.happened).pattern}"),
        denials,
        allergens,
    )
