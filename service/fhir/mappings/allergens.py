"""What a reaction may have been to, beside the drugs of the agents: by words, or by a code of reactions."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from service.fhir.mappings.agents import Agent
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import folded, in_any_script
from service.fhir.mappings.word_tables import MergedFiles

_SECTION = "allergens"


@dataclass(frozen=True, slots=True)
class _Written:
    words: Texts = ()
    not_names: Texts = ()
    agents: Texts = ()
    concepts: Texts = ()
    unnamed: Texts = ()


@dataclass(frozen=True, slots=True)
class Allergen:
    """One of them: ``words`` name it, ``others`` in the same text name something else. ``agents``: drugs of it.

    ``concepts``: the concepts of codes that may be of it where no text names another cause; ``unnamed``: those that may
    where none names any. ``called``: its words as the files write them, the longest first.
    """

    name: str
    words: re.Pattern[str]
    others: re.Pattern[str]
    agents: frozenset[str]
    concepts: frozenset[str]
    unnamed: frozenset[str]
    called: tuple[str, ...] = ()

    def word_in(self, text: str) -> str:
        """The word of the files by which a text names it; empty where it names none."""
        found = self.words.search(folded(text)) if self.is_in(text) else None
        return next((word for word in self.called if found and found[0].startswith(folded(word))), "")

    def is_in(self, text: str) -> bool:
        """Whether a text names it."""
        plain = folded(text)
        return bool(self.words.search(plain)) and not self.others.search(plain)


@dataclass(frozen=True, slots=True)
class Allergens:
    """All of them, in the order of the files."""

    listed: Sequence[Allergen]

    @property
    def names(self) -> frozenset[str]:
        """Their names."""
        return frozenset(each.name for each in self.listed)

    def named(self, text: str) -> Agent:
        """The first that a text names, as an ``Agent``; one without a name where it names none."""
        found = [each.name for each in self.listed if each.is_in(text)]
        return Agent(found[0] if found else None, "what it may have been to is named")

    def word_in(self, texts: Sequence[str]) -> str:
        """The first word of the files by which texts name one."""
        return next((word for text in texts for each in self.listed if (word := each.word_in(text))), "")

    def of_drug(self, agent: Agent) -> Agent:
        """The one that a drug is of, or the drug itself."""
        found = (each.name for each in self.listed if agent.name in each.agents)
        return Agent(next(found, agent.name), agent.why)

    def are_in(self, texts: Sequence[str], names: AbstractSet[str]) -> bool:
        """Whether texts name one of these."""
        return any(each.is_in(text) for each in self.listed if each.name in names for text in texts)

    def coded(self, meant: AbstractSet[str], texts: Sequence[str], *, is_unnamed: bool) -> Agent:
        """The one that a code of reactions may be of.

        ``meant``: the concepts of its codes; ``texts`` name no drug, and no cause at all where ``is_unnamed``.
        """
        for each in self.listed:
            is_another = any(map(each.others.search, map(folded, texts)))
            if (meant & each.concepts and not is_another) or (meant & each.unnamed and is_unnamed):
                return Agent(each.name, "a code of reactions that may be of it")
        return Agent(None, "no code of a reaction that may be of it")

    def without(self, text: str) -> str:
        """A text without the words of any."""
        plain = folded(text)
        for each in self.listed:
            plain = each.words.sub(" ", plain)
        return plain


def allergens(mappings: MergedFiles) -> Allergens:
    """Read and check the section; KnowledgeError names the key."""
    listed = []
    for name, told in written(mappings.tables, _SECTION, dict[str, _Written]).items():
        patterns = in_any_script(told.words), in_any_script(told.not_names)
        called = tuple(sorted((word.rstrip("*") for word in told.words), key=len, reverse=True))
        sets = (frozenset(told.agents), frozenset(told.concepts), frozenset(told.unnamed))
        listed.append(Allergen(name, *patterns, *sets, called))
    return Allergens(tuple(listed))
