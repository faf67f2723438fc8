"""Which agent a code or a text names: by code, by the beginning of an ATC code, or by a name in the text."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.errors import KnowledgeError
from service.fhir.mappings.drug_names import NameTable
from service.fhir.mappings.texts import texts_of
from service.fhir.mappings.word_tables import MergedFiles, codes_in, section, text_in, texts_in
from service.fhir.values.answers import codings_of
from service.knowledge.near import one_of

OTHER = "other_drug"
_ATC = re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?")
_KEYS = ("codes", "atc", "local_atc", "names", "local_names", "not_names", "form_of")


@dataclass(frozen=True, slots=True)
class Agent:
    """What an order is of; ``name`` is ``None`` when nothing recognises it.

    ``is_local``: its code or name says local use.
    ``is_torn``: its codes name different drugs.
    """

    name: str | None
    why: str
    is_local: bool = False
    is_torn: bool = False


_TORN = Agent(None, "its codes name different drugs", is_torn=True)


@dataclass(frozen=True, slots=True)
class AgentTable:
    """All agents: by ``system|code``, by ATC beginning and by name; ``systems``: URI to short name.

    ``by_local_name``: names of what there is for local use only.

    ``form_of``: agents that are a form of another, whose codes may stand for the ingredient of both.
    """

    by_code: Mapping[str, str]
    by_atc: Mapping[str, tuple[str, bool]]
    by_name: NameTable
    by_local_name: NameTable
    systems: Mapping[str, str]
    form_of: Mapping[str, str]

    def of(self, concept: object) -> Agent:
        """The agent of a CodeableConcept; its codes decide, and its texts where no code says anything."""
        found = list(self._coded(concept))
        names = {agent.name for agent in found if agent.name != OTHER} or {agent.name for agent in found}
        if len(names) == 1:
            return next(agent for agent in found if agent.name in names)
        if names:
            return self._of_one_ingredient(names, texts_of(concept)) or _TORN
        return self.named(texts_of(concept))

    def is_coded(self, concept: object) -> bool:
        """Whether a code, and not only a text, says what it is of."""
        return next(iter(self._coded(concept)), None) is not None

    def named(self, texts: Sequence[str]) -> Agent:
        """The agent that texts name; the longest name that is found decides."""
        if name := self.by_name.agent_in(texts):
            return Agent(name, "recognised by its name", self.by_local_name.agent_in(texts) == name)
        return Agent(None, "no code or name that is recognised")

    def apart(self, texts: Sequence[str]) -> list[str]:
        """The texts with a space before a form or salt that is written on to a name."""
        return self.by_name.apart(texts)

    def _of_one_ingredient(self, names: Collection[str | None], texts: Sequence[str]) -> Agent | None:
        """Codes of an ingredient and of a form of it name that form; a text that names one of them comes first."""
        forms = [name for name in names if name in self.form_of]
        if len(forms) != 1 or {self.form_of.get(name or "", name) for name in names} != {self.form_of[forms[0] or ""]}:
            return None
        named = self.named(texts).name
        return Agent(
            named if named in names else forms[0], "recognised by its codes, of which one is of the ingredient"
        )

    def codes_of(self, concept: object) -> list[str]:
        """``short|code`` of every coding whose system is known."""
        keys = []
        for coding in codings_of(concept):
            system, code = coding.get("system"), coding.get("code")
            if isinstance(system, str) and isinstance(code, str) and system in self.systems:
                keys.append(f"{self.systems[system]}|{code}")
        return keys

    def _coded(self, concept: object) -> Iterator[Agent]:
        for key in self.codes_of(concept):
            system, _, code = key.partition("|")
            if key in self.by_code:
                yield Agent(self.by_code[key], f"recognised by its {system} code")
            elif system == "atc" and _ATC.fullmatch(code):
                yield self._by_atc(code)

    def _by_atc(self, code: str) -> Agent:
        for length in range(len(code), 2, -1):
            if code[:length] in self.by_atc:
                name, is_local = self.by_atc[code[:length]]
                return Agent(name, "recognised by its ATC code", is_local)
        return Agent(OTHER, "its ATC code is of another class")


def agent_table(mappings: MergedFiles) -> AgentTable:
    """Read and check the sections on drugs; KnowledgeError names section and key."""
    by_code: dict[str, str] = {}
    by_atc: dict[str, tuple[str, bool]] = {}
    named: list[tuple[str, str, frozenset[str]]] = []
    local: list[tuple[str, str, frozenset[str]]] = []
    form_of: dict[str, str] = {}
    for name, entry in section(mappings, "agents").items():
        where = f"agents.{name}"
        if not isinstance(entry, Mapping):
            raise KnowledgeError(f"{where}: a mapping with some of the keys {', '.join(_KEYS)}")
        for key in entry:
            one_of(key, _KEYS, f"{where}: key")
        for code in codes_in(entry, "codes", where):
            if by_code.setdefault(code, name) != name:
                raise KnowledgeError(f"{where}: {code} already means {by_code[code]}")
        by_atc |= dict.fromkeys(codes_in(entry, "atc", where), (name, False))
        by_atc |= dict.fromkeys(codes_in(entry, "local_atc", where), (name, True))
        if base := text_in(entry, "form_of"):
            form_of[name] = base
        never = frozenset(texts_in(entry, "not_names", where))
        local += [(text, name, never) for text in texts_in(entry, "local_names", where)]
        named += [(text, name, never) for text in texts_in(entry, "names", where)]
    # A drug that does not matter here never hides one that does, as in "amoxicillin and prednisone".
    named = sorted([*named, *local], key=lambda each: (each[1] == OTHER, -len(each[0]), each[0]))
    ends = [end.casefold() for end in texts_in(section(mappings, "drug_name_ends"), "ends", "drug_name_ends")]
    tables = NameTable(named, ends), NameTable(local, ends)
    return AgentTable(by_code, by_atc, *tables, _systems(mappings), form_of)


def _systems(mappings: MergedFiles) -> dict[str, str]:
    table = section(mappings, "drug_code_systems")
    return {uri: str(short) for short in table for uri in texts_in(table, str(short), "drug_code_systems")}
