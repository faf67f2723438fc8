"""Abbreviations that a text spells out itself: in "pleural effusion (PE)" PE is no embolism."""

import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet

_LONGEST_SPELLED = 120
_MOST_WORDS = 6
_BEHIND = re.compile(r"[(\[]\s*([a-z]{2,5})\s*[)\]]")
_BEFORE = re.compile(r"(?<![^\W\d_])([a-z]{2,5})\s*(?:[(\[]([^()\[\]]+)[)\]]|(?:=|means|stands for)([^,;.()]+))")
_WORD = re.compile(r"[^\W\d_]+")
_LONG = 4


def spelled_out(
    text: str, own_words: Callable[[str], AbstractSet[str]], is_other: Callable[[str], bool]
) -> frozenset[str]:
    """The abbreviations of a folded text that words beside them spell and that stand for another thing.

    ``own_words``: the words of all names of what an abbreviation stands for otherwise; where one of these is among the
    words that spell it, it may be that after all. ``is_other``: whether words are known to name another thing.
    """
    return frozenset(
        short for short, words in _pairs(text) if words and _spells(short, words, own_words(short), is_other)
    )


def words_of(names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The long words of all names of a concept, by concept; ``names``: name to concept."""
    words: dict[str, set[str]] = {}
    for name, concept in names.items():
        words.setdefault(concept, set()).update(word for word in _WORD.findall(name) if len(word) >= _LONG)
    return {concept: frozenset(each) for concept, each in words.items()}


def _pairs(text: str) -> Iterator[tuple[str, list[str]]]:
    for found in _BEHIND.finditer(text):
        before = re.split(r"[,;.:()\[\]]", text[max(0, found.start() - _LONGEST_SPELLED) : found.start()])
        yield found[1], _WORD.findall(before[-1])[-_MOST_WORDS:]
    for found in _BEFORE.finditer(text):
        yield found[1], _WORD.findall((found[2] or found[3])[:_LONGEST_SPELLED])[:_MOST_WORDS]


def _spells(short: str, words: list[str], own: AbstractSet[str], is_other: Callable[[str], bool]) -> bool:
    if is_other(" ".join(words)) and any(word[0] == short[0] for word in words):
        return True
    initials = "".join(word[0] for word in words)
    return short in initials and own.isdisjoint(words)
