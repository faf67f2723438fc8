"""Sections of the mapping files that give words: checked once, then plain look-ups."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Protocol

from service.errors import KnowledgeError
from service.fhir.mappings.code_tables import RECALLED
from service.knowledge.near import one_of


class MergedFiles(Protocol):
    """All mapping files as one."""

    @property
    def tables(self) -> Mapping[str, object]:
        """The sections by name."""

    @property
    def short_names(self) -> Mapping[str, str]:
        """The short names of code systems, by URI."""


def section(mappings: MergedFiles, name: str) -> Mapping[str, object]:
    """One section of the mapping files; empty when no file has it. KnowledgeError when it is no mapping."""
    table = mappings.tables.get(name, {})
    if not isinstance(table, Mapping):
        raise KnowledgeError(f"{name}: must be a mapping")
    return table


@lru_cache(maxsize=64)
def word_table(
    mappings: MergedFiles, name: str, allowed: tuple[str, ...], *, of_codes: bool = True
) -> Mapping[str, str]:
    """A section whose values are words of a fixed choice, without codes that are only recalled.

    ``of_codes``: its keys are whole codes, and not parts of codes that no table holds. KnowledgeError when a value is
    none of the choice.
    """
    table = section(mappings, name)
    for key, word in table.items():
        one_of(word, allowed, f"{name}.{key}")
    if not of_codes:
        return {str(key): str(word) for key, word in table.items()}
    seen = seen_codes(mappings)
    return {str(key): str(word) for key, word in table.items() if _is_seen(str(key), mappings, seen)}


def seen_codes(mappings: MergedFiles) -> AbstractSet[str]:
    """``short|code`` of the codes that stand as keys of a table and were found in a table of their system."""
    checks = section(mappings, "code_checks")
    return {code for table in checks for code in texts_in(checks, str(table), "code_checks")}


def _is_seen(key: str, mappings: MergedFiles, seen: AbstractSet[str]) -> bool:
    """Whether a key is a word, a code of a system without tables, or a code that was found in one."""
    system, _, code = key.rpartition("|")
    short = mappings.short_names.get(system, system)
    tables = section(mappings, "code_tables").values()
    is_checked = any(isinstance(table, Mapping) and table.get("system") == short for table in tables)
    return not system or not is_checked or f"{short}|{code}" in seen


def texts_in(entry: Mapping[str, object], key: str, where: str) -> list[str]:
    """A list of texts inside an entry; empty when it is missing. KnowledgeError when it is anything else."""
    texts = entry.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise KnowledgeError(f"{where}.{key}: must be a list of texts")
    return texts


def codes_in(entry: Mapping[str, object], key: str, where: str) -> dict[str, str]:
    """Codes inside an entry as code -> name, without those that are only recalled. KnowledgeError without names.

    A name is a text, or ``{name: …, checked: …}`` where the code was not found in the first table of its system.
    """
    codes = entry.get(key, {})
    if not isinstance(codes, Mapping):
        raise KnowledgeError(f'{where}.{key}: each code with its name, such as "rxnorm|8640": prednisone')
    named = {str(code): _name_and_check(said, f"{where}.{key}.{code}") for code, said in codes.items()}
    return {code: name for code, (name, checked) in named.items() if checked != RECALLED}


def _name_and_check(said: object, where: str) -> tuple[str, str]:
    entry = said if isinstance(said, Mapping) else {"name": said}
    name, checked = entry.get("name"), entry.get("checked", "")
    if set(entry) - {"name", "checked"} or not isinstance(name, str) or not name or not isinstance(checked, str):
        raise KnowledgeError(f"{where}: give the name of the code, or name and checked")
    return name, checked


def text_in(options: Mapping[str, object], key: str) -> str:
    """A text option of a concept; empty when it is missing or no text."""
    value = options.get(key)
    return value if isinstance(value, str) else ""


def interpretation_spellings(mappings: MergedFiles) -> Mapping[str, str]:
    """Other spellings of an interpretation: ``system|code`` or a text in lower case -> HL7 code."""
    seen, spellings = seen_codes(mappings), section(mappings, "interpretation_spellings")
    return {str(key): str(code) for key, code in spellings.items() if _is_seen(str(key), mappings, seen)}
