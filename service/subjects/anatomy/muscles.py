"""Muscles: the nerve that moves each, and how senders name muscles, sides and MRC grades (mapping files, checked)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.word_tables import word_table
from service.fhir.values.answers import plain

SIDES = ("left", "right")
_SHARED = "shared"
MDC = "urn:iso:std:iso:11073:10101"
_MARKS = re.compile(r"[,;:()\[\]\-\u2013]")
_FILLERS = frozenset(
    "muscle muscles musculus muskel muscolo músculo spier m. mm. m side sided seite lato lado côté the of".split()
)
Meaning = TypeVar("Meaning")
# The generic code of a place in ISO/IEEE 11073.
_Grade = Annotated[Fraction, BeforeValidator(str)]
Mdc = Annotated[str, Field(pattern="^[0-9]*$")]


@dataclass(frozen=True, slots=True)
class MuscleYaml:
    """An entry of ``muscles``. ``nerve``: shared where two move it."""

    nerve: str
    limb: Literal["upper", "lower"]
    position: Literal["distal", "proximal"]
    mdc: Mdc = ""
    codes: Texts = ()
    names: Texts = ()
    asked_for: bool = True


@dataclass(frozen=True, slots=True)
class Muscle:
    """A muscle: the nerve that moves it (empty where two do), ``upper`` or ``lower`` limb, ``distal`` or ``proximal``.

    ``is_asked_for``: its nerve is one that an examination for MMN should have graded.
    """

    name: str
    nerve: str
    limb: str
    position: str
    is_asked_for: bool = True


@dataclass(frozen=True, slots=True)
class MuscleTable:
    """How senders name muscles, sides and grades.

    ``codes``: ``system|code`` -> muscle and side (``None``: the code names no side). ``names``: words -> muscle.
    ``sides``: ``system|code`` or word -> side. ``grades``: text -> grade. ``laterality``: codes of the component.
    """

    muscles: tuple[Muscle, ...]
    codes: Mapping[str, tuple[Muscle, str | None]]
    names: Mapping[str, Muscle]
    sides: Mapping[str, str]
    grades: Mapping[str, Fraction]
    laterality: frozenset[str]


def in_words(muscle: Muscle) -> str:
    """Its name without marks."""
    return muscle.name.replace("_", " ")


def spoken_words(text: str) -> list[str]:
    """The words of a text as muscles and sides are compared: in lower case, without marks and words for muscle."""
    return [word for word in _MARKS.sub(" ", plain(text)).split() if word not in _FILLERS]


def spoken_name(text: str, sides: Mapping[str, str]) -> str:
    """What is left of a text without the words for its side."""
    return " ".join(word for word in spoken_words(text) if word not in sides)


def muscle_table(mappings: Mappings) -> MuscleTable:
    """Read ``muscles``, ``muscle_sides``, ``mrc_grades`` and ``laterality_components``.

    Raises KnowledgeError naming section, key and the allowed choices.
    """
    codes: dict[str, tuple[Muscle, str | None]] = {}
    names: dict[str, Muscle] = {}
    muscles: list[Muscle] = []
    for name, entry in written(mappings.tables, "muscles", dict[str, MuscleYaml]).items():
        nerve = "" if entry.nerve == _SHARED else entry.nerve
        muscle = Muscle(name, nerve, entry.limb, entry.position, bool(nerve) and entry.asked_for)
        muscles.append(muscle)
        codes |= dict.fromkeys(entry.codes, (muscle, None)) | by_threes(muscle, entry.mdc)
        for alias in (name.replace("_", " "), *entry.names):
            if names.setdefault(spoken_name(alias, {}), muscle) != muscle:
                raise KnowledgeError(f"muscles.{name}.names: {alias} already names another muscle")
    sides = word_table(mappings, "muscle_sides", SIDES)
    grades = {plain(text): grade for text, grade in written(mappings.tables, "mrc_grades", dict[str, _Grade]).items()}
    laterality = frozenset(written(mappings.tables, "laterality_components", dict[str, str]))
    return MuscleTable(tuple(muscles), codes, names, sides, grades, laterality)


def by_threes(meaning: Meaning, mdc: str) -> dict[str, tuple[Meaning, str | None]]:
    """The codes of a place and of its left and right one; ISO/IEEE 11073-10101 numbers body sites in threes."""
    sides = enumerate((None, *SIDES)) if mdc else ()
    return {f"{MDC}|{int(mdc) + step}": (meaning, side) for step, side in sides}
