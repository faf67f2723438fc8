"""Muscles: the nerve that moves each, and how senders name muscles, sides and MRC grades (mapping files, checked)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import section, texts_in, word_table
from service.fhir.values.answers import plain
from service.knowledge.near import one_of

SIDES = ("left", "right")
_SHARED = "shared"
_MDC = "urn:iso:std:iso:11073:10101"
_MARKS = re.compile(r"[,;:()\[\]\-\u2013]")
_FILLERS = frozenset(
    "muscle muscles musculus muskel muscolo músculo spier m. mm. m side sided seite lato lado côté the of".split()
)
_WORDS = {"limb": ("upper", "lower"), "position": ("distal", "proximal")}


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
    for name, entry in section(mappings, "muscles").items():
        if not isinstance(entry, Mapping):
            raise KnowledgeError(f"muscles.{name}: must be a mapping with mdc, nerve, limb and position")
        muscle = _muscle(name, entry)
        muscles.append(muscle)
        codes |= _codes(muscle, entry)
        for alias in (name.replace("_", " "), *texts_in(entry, "names", f"muscles.{name}")):
            if names.setdefault(spoken_name(alias, {}), muscle) != muscle:
                raise KnowledgeError(f"muscles.{name}.names: {alias} already names another muscle")
    sides = word_table(mappings, "muscle_sides", SIDES)
    laterality = frozenset(section(mappings, "laterality_components"))
    return MuscleTable(tuple(muscles), codes, names, sides, _grades(mappings), laterality)


def _muscle(name: str, entry: Mapping[str, object]) -> Muscle:
    for key, allowed in _WORDS.items():
        one_of(entry.get(key), allowed, f"muscles.{name}.{key}")
    if not isinstance(entry.get("nerve"), str):
        raise KnowledgeError(f"muscles.{name}.nerve must be the name of a nerve, or {_SHARED} where two move it")
    nerve = "" if entry["nerve"] == _SHARED else str(entry["nerve"])
    is_asked_for = bool(nerve) and entry.get("asked_for") is not False
    return Muscle(name, nerve, str(entry["limb"]), str(entry["position"]), is_asked_for)


def _codes(muscle: Muscle, entry: Mapping[str, object]) -> dict[str, tuple[Muscle, str | None]]:
    where = f"muscles.{muscle.name}"
    codes: dict[str, tuple[Muscle, str | None]] = dict.fromkeys(texts_in(entry, "codes", where), (muscle, None))
    mdc = entry.get("mdc")
    if mdc is None:
        return codes
    if not isinstance(mdc, str) or not mdc.isdecimal():
        raise KnowledgeError(f"{where}.mdc must be the generic ISO/IEEE 11073 code, in quotes")
    # ISO/IEEE 11073-10101 numbers body sites in threes: generic, left, right.
    for step, side in enumerate((None, *SIDES)):
        codes[f"{_MDC}|{int(mdc) + step}"] = (muscle, side)
    return codes


def _grades(mappings: Mappings) -> dict[str, Fraction]:
    try:
        return {plain(text): Fraction(str(grade)) for text, grade in section(mappings, "mrc_grades").items()}
    except (ValueError, ZeroDivisionError):
        raise KnowledgeError("mrc_grades: every grade must be a number or a fraction such as 13/3") from None
