"""The public tables in which codes were looked up; a code that nobody has seen in one is only recalled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.errors import KnowledgeError

RECALLED = "recalled"
SECTION = "code_tables"
_KEYS = {"system", "is", "day"}


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A public table in which codes of one system were looked up, and the day of it (``2026-11-29``)."""

    name: str
    system: str
    what: str
    day: str


def code_tables(tables: Mapping[str, object]) -> dict[str, CodeTable]:
    """The section of the tables by name; KnowledgeError names the key that is wrong."""
    section = tables.get(SECTION, {})
    if not isinstance(section, Mapping):
        raise KnowledgeError(f"{SECTION}: must be a mapping")
    return {str(name): _table(str(name), entry) for name, entry in section.items()}


def _table(name: str, entry: object) -> CodeTable:
    if not isinstance(entry, Mapping) or set(entry) != _KEYS or not all(isinstance(v, str) for v in entry.values()):
        has = ", ".join(map(str, entry)) if isinstance(entry, Mapping) else "none of them"
        raise KnowledgeError(f"{SECTION}.{name}: give system, is and day (in quotes); it has {has}")
    return CodeTable(name, str(entry["system"]), str(entry["is"]), str(entry["day"]))


def check_tables(tables: Mapping[str, object], named: Iterable[tuple[str, str]]) -> None:
    """KnowledgeError when a code (where it is, its table) names a table that the section does not hold."""
    known = {"", RECALLED, *code_tables(tables)}
    for where, name in named:
        if name not in known:
            allowed = ", ".join(sorted(known - {""}))
            raise KnowledgeError(f"{where}.checked: no table is called {name!r}; allowed: {allowed}")
