"""Text that came from outside, made harmless for a terminal."""

import unicodedata
from collections.abc import Mapping

from rich.text import Text


def plain(value: object, style: str = "") -> Text:
    """A value as text that no terminal and no markup acts on; absent becomes a dash."""
    if value is None or value == "":
        return Text("-", style="dim")
    spaced = " ".join(str(value).split())
    # Category C: control, bidirectional and other invisible characters, surrogates.
    return Text("".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C"), style=style)


def rows(content: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """The objects of a list in the result; a list that is left out is an empty one."""
    found = content.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def words(row: Mapping[str, object], name: str) -> list[str]:
    """The strings of a list in the result."""
    found = row.get(name)
    return [str(word) for word in found] if isinstance(found, list) else []


def part(content: Mapping[str, object], name: str) -> Mapping[str, object]:
    """An object within the result; empty when it is left out."""
    found = content.get(name)
    return found if isinstance(found, Mapping) else {}
