"""Sections of the mapping files that give words: checked once, then plain look-ups."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Protocol

from pydantic import BeforeValidator, Field

from service.fhir.mappings.code_tables import RECALLED, code_tables
from service.fhir.mappings.sections import Texts, written
from service.knowledge.near import one_of

# Of a diagnosis: the codes of FHIR, by the section that says what senders write in their place.
STATUS_CODES = {
    "verification_statuses": (
        *("unconfirmed", "provisional", "differential", "confirmed"),
        *("refuted", "entered-in-error"),
    ),
    "clinical_statuses": ("active", "recurrence", "relapse", "inactive", "remission", "resolved"),
}


@dataclass(frozen=True, slots=True)
class CodeName:
    """What a code is called; ``checked``: the table that holds it, where that is not the first of its system."""

    name: Annotated[str, Field(min_length=1)]
    checked: str = ""


def _named(said: object) -> object:
    return {"name": said} if isinstance(said, str) else said


# Each code with its name, such as "rxnorm|8640": prednisone.
Codes = dict[str, Annotated[CodeName, BeforeValidator(_named)]]


class MergedFiles(Protocol):
    """All mapping files as one."""

    @property
    def tables(self) -> Mapping[str, object]:
        """The sections by name."""

    @property
    def short_names(self) -> Mapping[str, str]:
        """The short names of code systems, by URI."""


def section(mappings: MergedFiles, name: str) -> Mapping[str, object]:
    """One section of the mapping files as written; empty when no file has it. KnowledgeError when it is no mapping."""
    return written(mappings.tables, name, dict[str, object])


@lru_cache(maxsize=64)
def word_table(
    mappings: MergedFiles, name: str, allowed: tuple[str, ...], *, of_codes: bool = True
) -> Mapping[str, str]:
    """A section whose values are words of a fixed choice, without codes that are only recalled.

    ``of_codes``: its keys are whole codes, and not parts of codes that no table holds. KnowledgeError when a value is
    none of the choice.
    """
    table = section(mappings, name)
    words = {str(key): one_of(word, allowed, f"{name}.{key}") for key, word in table.items()}
    return _seen(words, mappings) if of_codes else words


def seen_codes(mappings: MergedFiles) -> AbstractSet[str]:
    """``short|code`` of the codes that stand as keys of a table and were found in a table of their system."""
    return {code for codes in written(mappings.tables, "code_checks", dict[str, Texts]).values() for code in codes}


def _seen(words: Mapping[str, str], mappings: MergedFiles) -> dict[str, str]:
    """Those whose key is a word, a code of a system without tables, or a code that was found in one."""
    seen, checked = seen_codes(mappings), {table.system for table in code_tables(mappings.tables).values()}
    parts = ((key, *key.rpartition("|")[::2]) for key in words)
    named = ((key, mappings.short_names.get(system, system), code) for key, system, code in parts)
    return {key: words[key] for key, short, code in named if short not in checked or f"{short}|{code}" in seen}


def checked_codes(codes: Codes) -> dict[str, str]:
    """Codes to their names, without those that are only recalled."""
    return {code: said.name for code, said in codes.items() if said.checked != RECALLED}


def text_in(options: Mapping[str, object], key: str) -> str:
    """A text option of a concept; empty when it is missing or no text."""
    value = options.get(key)
    return value if isinstance(value, str) else ""


def interpretation_spellings(mappings: MergedFiles) -> Mapping[str, str]:
    """Other spellings of an interpretation: ``system|code`` or a text in lower case -> HL7 code."""
    return _seen(written(mappings.tables, "interpretation_spellings", dict[str, str]), mappings)


def texts_in(options: Mapping[str, object], key: str) -> Texts:
    """The texts of an option that holds a list or a single one; empty when it is missing."""
    value = options.get(key)
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
