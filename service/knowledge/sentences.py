"""The sentences of a rule pack: Python gives the name of a reason with its values, the words stand in YAML."""

from collections.abc import Mapping
from typing import Protocol


class Say(Protocol):
    """Puts values into a sentence of ``reasons/``, by its name; ``declares.py`` says which values it has."""

    def __call__(self, name: str, /, **values: str) -> str:
        """The sentence."""


def sayer(sentences: Mapping[str, str]) -> Say:
    """Says these sentences; the seam has checked their names and what they hold in braces."""

    def say(name: str, /, **values: str) -> str:
        return sentences[name].format_map(values)

    return say
