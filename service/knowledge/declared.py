"""What a part of the Python says of itself, so that YAML and Python can be held against each other at start.

Each subject has a ``declares.py`` with one ``Declared``. ``seam.py`` refuses what does not meet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fact can be: one of ``words``, or with ``unit`` a number in that unit. ``of``: whose fact it is."""

    words: tuple[str, ...] = ()
    unit: str | None = None
    of: str = PATIENT

    def __str__(self) -> str:
        told = f"a number in {self.unit}" if self.unit else f"one of {', '.join(sorted(self.words))}"
        return f"{told}, of each {self.of}"


def words(*allowed: str, of: str = PATIENT) -> Kind:
    """A fact that is one of these words."""
    return Kind(allowed, None, of)


def measure(unit: str, of: str = PATIENT) -> Kind:
    """A fact that is a number in this UCUM unit, or with ``date`` a calendar day."""
    return Kind((), unit, of)


# What a flag is, that rules raise.
FLAG = ("raised", "not_raised")
PRESENCE = words("present", "absent")
BY_KEY = ""
Options = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reader:
    """What a reader of the mapping files makes of a concept.

    ``own``: the fact called by the option ``fact``, or else like the concept. ``others``: option -> what the fact that
    it makes as well can be. ``reads``: the options that name a fact of another concept. ``thresholds``: option
    that names a threshold -> its unit; where a mapping from unit to name is written, ``BY_KEY`` takes the unit from it.
    ``makes``: where it has no own fact, those of its part that it goes into; empty: any of them.
    """

    own: Kind | Callable[[Options], Kind] | None = None
    others: Mapping[str, "Kind | Callable[[Options], Kind]"] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    thresholds: Mapping[str, str] = field(default_factory=dict)
    makes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """Every name of YAML that one part of the Python makes, reads or runs; ``room`` says where that part is.

    ``facts``: those it makes. ``reads``: those of others that it reads by name. ``lists``: fact -> the closed list of
    YAML that holds all its words. ``readers``: its readers of the mapping files. ``thresholds``: those its arithmetic
    reads, with their unit. ``rules``: criteria, and ``groups``: groups of rules, that it names. ``stages``: stages
    that it runs by name, with the object they are for. ``tables``: tables of the pack, and ``proposals``: words of
    ``suggests``, that it knows. ``sentences``: those of ``reasons/`` that it says, with the values it gives them.
    ``uses``: closed list -> names of it that it knows. ``units``: section -> the unit of each entry that it reads.
    ``refers``: ``section.*.key`` -> the section of which the values are entries; ``loosely`` the same where they may
    also be entries of none, but hardly one that is called almost like one. ``drug_codes``: sections, or with
    ``.*.key`` the keys of each entry, that hold codes of drugs.
    """

    room: str
    facts: Mapping[str, Kind] = field(default_factory=dict)
    thresholds: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    lists: Mapping[str, str] = field(default_factory=dict)
    readers: Mapping[str, Reader] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    stages: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    sentences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proposals: tuple[str, ...] = ()
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    refers: Mapping[str, str] = field(default_factory=dict)
    loosely: Mapping[str, str] = field(default_factory=dict)
    drug_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A fact that somebody makes: ``where`` is the Python, or the entry of a mapping file, that makes it."""

    fact: str
    kind: Kind
    where: str


@dataclass(frozen=True, slots=True)
class ClosedList:
    """All names of one list of YAML, and the file and key where it stands."""

    names: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Named:
    """A threshold that an entry of a mapping file names, and the unit in which its reader takes it."""

    threshold: str
    unit: str
    where: str
