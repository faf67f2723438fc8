"""Doors, general FHIR, the rule machine and the cards know no nerve and no drug: whatever they say of one is data."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import service

ROOMS = (
    *("web", "trust", "store", "outgoing", "fhir", "knowledge", "engine", "conclusions", "cards", "pictures"),
    *("terminal", "settings"),
)
_SUBJECT = re.compile(r"nerve|ivig|immunoglob", re.IGNORECASE)


def lines(room: str) -> Iterator[str]:
    for path in sorted((Path(service.__file__).parent / room).rglob("*")):
        if path.suffix in (".py", ".json", ".html", ".css", ".js", ".svg", ".tsv"):
            text = path.read_text(encoding="utf-8")
            yield from (f"{path.name}:{number}: {line}" for number, line in enumerate(text.splitlines(), 1))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_that_serves_every_subject_names_none(room: str) -> None:
    assert [line for line in lines(room) if _SUBJECT.search(line)] == []
