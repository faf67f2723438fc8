"""The public tables in which codes were looked up; a code that nobody has seen in one is only recalled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.fhir.mappings.sections import written
from service.knowledge.near import unknown

RECALLED = "recalled"
SECTION = "code_tables"


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A public table in which codes of one system were looked up, what it is, and the day of it (``2026-11-29``)."""

    system: str
    what: Annotated[str, Field(alias="is")]
    day: str


def code_tables(tables: Mapping[str, object]) -> dict[str, CodeTable]:
    """The section of the tables by name; KnowledgeError names the key that is wrong."""
    return written(tables, SECTION, dict[str, CodeTable])


def check_tables(tables: Mapping[str, object], named: Iterable[tuple[str, str]]) -> None:
    """KnowledgeError when a code (where it is, its table) names a table that the section does not hold."""
    known = {"", RECALLED, *code_tables(tables)}
    for where, name in named:
        if name not in known:
            raise unknown(f"{where}.checked", "table", name, known - {""})
