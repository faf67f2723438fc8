"""Which agent a code or a text names: by code, by the beginning of an ATC code, or by a name in the text."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from service.errors import KnowledgeError
from service.fhir.mappings.drug_names import NameTable
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import texts_of
from service.fhir.mappings.word_tables import Codes, MergedFiles, checked_codes
from service.fhir.values.answers import codings_of

OTHER = "other_drug"
_Ends = dict[Literal["ends"], Texts]
_ATC = re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?")


@dataclass(frozen=True, slots=True)
class AgentYaml:
    """An entry of ``agents``. ``form_of``: the agent that it is a form of. ``stems``: names without their endings.

    ``by_route``: what is a form of the other by this way of giving it. ``nothing``: phrases that hold a name and are no
    drug. ``called``: what people call it, where that is not its name.
    """

    called: str = ""
    codes: Codes = field(default_factory=dict)
    atc: Codes = field(default_factory=dict)
    local_atc: Codes = field(default_factory=dict)
    names: Texts = ()
    stems: Texts = ()
    local_names: Texts = ()
    not_names: Texts = ()
    nothing: Texts = ()
    form_of: str = ""
    by_route: str = ""


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
    ``by_route``: the form of an agent that a way of giving it makes, by agent and way.
    ``called``: what people call an agent, where that is not its name.
    """

    by_code: Mapping[str, str]
    by_atc: Mapping[str, tuple[str, bool]]
    by_name: NameTable
    by_local_name: NameTable
    systems: Mapping[str, str]
    form_of: Mapping[str, str]
    by_route: Mapping[tuple[str | None, str], str]
    called: Mapping[str, str]

    def of(self, concept: object) -> Agent:
        """The agent of a CodeableConcept; its codes decide, and its texts where no code says anything.

        A text may name a form of what the codes name: one code stands for all forms of an ingredient.
        """
        coded = self.coded(concept)
        if coded is None:
            return self.named(texts_of(concept))
        return self._form_in(texts_of(concept), coded) or coded

    def coded(self, concept: object) -> Agent | None:
        """The agent that the codes of a CodeableConcept name; ``None`` where no code says anything."""
        found = list(self._coded(concept))
        names = {agent.name for agent in found if agent.name != OTHER} or {agent.name for agent in found}
        if len(names) <= 1:
            return next((agent for agent in found if agent.name in names), None)
        return self._of_one_ingredient(names, texts_of(concept)) or _TORN

    def has_form_by_route(self, agent: Agent) -> bool:
        """Whether the way of giving it makes another form of it."""
        return any(name == agent.name for name, _ in self.by_route)

    def given_by(self, agent: Agent, way: str) -> Agent:
        """The form of an agent that it is where it is given this way, or the agent itself."""
        form = self.by_route.get((agent.name, way))
        return Agent(form, f"{agent.why}, and {way}") if form else agent

    def is_coded(self, concept: object) -> bool:
        """Whether a code, and not only a text, says what it is of."""
        return next(iter(self._coded(concept)), None) is not None

    def named(self, texts: Sequence[str]) -> Agent:
        """The agent that texts name; the longest name that is found decides."""
        if name := self.by_name.agent_in(texts):
            return Agent(name, "recognised by its name", self.by_local_name.agent_in(texts) == name)
        return Agent(None, "no code or name that is recognised")

    def without(self, text: str, agents: Collection[str]) -> str:
        """A text, folded, without the names of these agents."""
        return self.by_name.without(text, agents)

    def apart(self, texts: Sequence[str]) -> list[str]:
        """The texts with a space before a form or salt that is written on to a name."""
        return self.by_name.apart(texts)

    def _form_in(self, texts: Sequence[str], coded: Agent) -> Agent | None:
        """The form that texts name of the agent that codes name."""
        if coded.name not in self.form_of.values():
            return None
        named = self.named(texts).name
        is_form = named is not None and self.form_of.get(named) == coded.name
        return Agent(named, f"{coded.why}, and the form by its name") if is_form else None

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
    named: list[tuple[str, str, Texts]] = []
    local: list[tuple[str, str, Texts]] = []
    nothing: list[str] = []
    form_of: dict[str, str] = {}
    by_route: dict[tuple[str | None, str], str] = {}
    called: dict[str, str] = {}
    stem_ends = written(mappings.tables, "drug_stem_ends", _Ends).get("ends", ())
    for name, entry in written(mappings.tables, "agents", dict[str, AgentYaml]).items():
        for code in checked_codes(entry.codes):
            if by_code.setdefault(code, name) != name:
                raise KnowledgeError(f"agents.{name}: {code} already means {by_code[code]}")
        by_atc |= dict.fromkeys(checked_codes(entry.atc), (name, False))
        by_atc |= dict.fromkeys(checked_codes(entry.local_atc), (name, True))
        if entry.called:
            called[name] = entry.called
        if entry.form_of:
            form_of[name] = entry.form_of
        if entry.by_route:
            by_route[entry.form_of, entry.by_route] = name
        never = entry.not_names
        nothing += entry.nothing
        local += [(text, name, never) for text in entry.local_names]
        stemmed = (f"{stem}{end}" for stem in entry.stems for end in stem_ends)
        named += [(text, name, never) for text in dict.fromkeys((*entry.names, *stemmed))]
    # A drug that does not matter here never hides one that does, as in "amoxicillin and prednisone".
    named = sorted([*named, *local], key=lambda each: (each[1] == OTHER, -len(each[0]), each[0]))
    ends = [end.casefold() for end in written(mappings.tables, "drug_name_ends", _Ends).get("ends", ())]
    tables = NameTable(named, ends, nothing), NameTable(local, ends, nothing)
    return AgentTable(by_code, by_atc, *tables, _systems(mappings), form_of, by_route, called)


def _systems(mappings: MergedFiles) -> dict[str, str]:
    systems = written(mappings.tables, "drug_code_systems", dict[str, Texts])
    return {uri: short for short, uris in systems.items() for uri in uris}
