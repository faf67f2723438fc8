"""Every name that the shipped YAML writes, found by walking it, and misspelled in place one at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.knowledge.load import knowledge_root
from service.knowledge.yaml_file import read_yaml

# What stands under these keys is prose, a code of somebody else's, or a number; everything else is a name.
PROSE = {
    *("says", "means", "label", "title", "beware", "ask", "at", "short", "citation", "url", "guideline", "version"),
    *("criteria_set", "reviewers", "does_not_count", "region", "why", "entrapment", "display", "code", "feature"),
    *("later", "brief_says", "sources_say", "here", "value", "step", "year", "brief", "was"),
    *(
        "critical",
        "warning",
        "info",
        "detail",
        "title",
        "no_feature",
        "diagnosis",
        "orders",
        "asks_again",
        "asks_for_reports",
        "system",
        "expect",
    ),
}
# Sections whose keys are names and whose values are prose.
WORDED = {"report", "reads_as"}
# The texts of cards: prose with names in braces.
CARD = ("critical", "warning", "info", "detail", "ask", "says", "beware")
PLACEHOLDER = re.compile(r"\{((?:threshold:)?\w+)\}")


@dataclass(frozen=True)
class Name:
    """One name in a parsed file: a key of ``holder``, or the value at ``key``; ``trail`` is where it stands.

    ``part``: a placeholder of a text, which is the name then.
    """

    file: str
    trail: tuple[str, ...]
    holder: dict[object, object] | list[object]
    key: object
    is_key: bool
    part: str = ""

    @property
    def text(self) -> str:
        """The name itself, spelled right."""
        return self.part or str(self.key if self.is_key else self.holder[self.key])  # type: ignore[call-overload]

    def __str__(self) -> str:
        return f"{self.file}: {'.'.join(self.trail)}{' (key)' if self.is_key else ''}"


class Files:
    """The files of some directories, parsed once; ``read`` answers with what is in memory."""

    def __init__(self, *directories: str) -> None:
        paths = [path for each in directories for path in sorted((knowledge_root() / each).rglob("*.yaml"))]
        self.parsed = {path: read_yaml(path) for path in paths}

    def read(self, path: Path) -> dict[str, object]:
        """One file as it is in memory now."""
        return self.parsed[path]

    def names(self) -> Iterator[Name]:
        """Every name of every file, each place once even where an anchor is used in many."""
        for path, data in self.parsed.items():
            folder = (
                "" if path.parent.parent == knowledge_root() or path.parent.name == "mmn" else f"{path.parent.name}/"
            )
            yield from _names(folder + path.name, (), data, set())


def _names(file: str, trail: tuple[str, ...], holder: object, seen: set[int]) -> Iterator[Name]:
    if id(holder) in seen or not isinstance(holder, dict | list):
        return
    seen.add(id(holder))
    for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
        here = (*trail, str(key))
        if isinstance(value, str) and key in CARD:
            yield from (Name(file, here, holder, key, is_key=False, part=part) for part in PLACEHOLDER.findall(value))
        if isinstance(holder, dict) and isinstance(key, str):
            yield Name(file, here, holder, key, is_key=True)
        if isinstance(holder, dict) and (key in PROSE or WORDED.intersection(trail)):
            continue
        if isinstance(value, str) and value:
            yield Name(file, here, holder, key, is_key=False)
        yield from _names(file, here, value, seen)


def misspelled(text: str) -> str:
    """One letter dropped, in the middle where there is one."""
    middle = len(text) // 2
    return text[:middle] + text[middle + 1 :] if len(text) > 1 else text + text


class Misspelled:
    """A name misspelled for as long as the block lasts; the order of a mapping's keys stays."""

    def __init__(self, name: Name) -> None:
        self._name = name

    def __enter__(self) -> str:
        name = self._name
        if not name.is_key:
            self._old = name.holder[name.key]  # type: ignore[call-overload]
            wrong = misspelled(name.text)
            written = str(self._old).replace(f"{{{name.part}}}", f"{{{wrong}}}") if name.part else wrong
            name.holder[name.key] = written  # type: ignore[call-overload]
            return wrong
        assert isinstance(name.holder, dict)
        self._items = list(name.holder.items())
        wrong = misspelled(str(name.key))
        self._put([(wrong if key == name.key else key, value) for key, value in self._items])
        return wrong

    def __exit__(self, *_: object) -> None:
        if self._name.is_key:
            self._put(self._items)
        else:
            self._name.holder[self._name.key] = self._old  # type: ignore[call-overload]

    def _put(self, items: list[tuple[object, object]]) -> None:
        assert isinstance(self._name.holder, dict)
        self._name.holder.clear()
        self._name.holder.update(items)
