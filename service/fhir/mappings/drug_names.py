"""Which drug a text names: one look-up for all names, and answers remembered without keeping any text."""

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b

# An order has a few words; a longer text is looked up anew, and one day has far fewer drugs than are remembered.
_LONGEST_REMEMBERED = 200
_MOST_REMEMBERED = 4096
_Named = tuple[str, str, frozenset[str]]  # name, agent, words of a text that is not this agent


class NameTable:
    """Names of drugs, the most telling first.

    A chart names the same few drugs over and over, so that answers are remembered by a hash of the text: a worker keeps
    neither the text nor whose it was, and forgets all of them when there are too many.
    """

    __slots__ = ("_everywhere", "_names", "_remembered")

    def __init__(self, names: Sequence[_Named]) -> None:
        self._names = tuple((_whole([name]), agent, never) for name, agent, never in names)
        self._everywhere = _whole(name for name, _, _ in sorted(names, key=lambda each: -len(each[0])))
        self._remembered: dict[bytes, str] = {}

    def agent_in(self, texts: Sequence[str]) -> str:
        """The agent of the first name that any of the texts holds as whole words; empty when none does."""
        joined = "\0".join(texts)
        if len(joined) > _LONGEST_REMEMBERED:
            return self._found(texts)
        key = blake2b(joined.encode(errors="surrogatepass"), digest_size=16).digest()
        if key not in self._remembered:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = self._found(texts)
        return self._remembered.get(key, "")

    def _found(self, texts: Sequence[str]) -> str:
        # Most texts name nothing: one search says so. Where something is named, the order of names decides.
        held = [text for text in texts if self._everywhere.search(text)]
        if not held:
            return ""
        words = [_words(text) for text in held]
        for pattern, agent, never in self._names:
            for text, of_text in zip(held, words, strict=True):
                if never.isdisjoint(of_text) and pattern.search(text):
                    return agent
        return ""


def _whole(names: Iterable[str]) -> re.Pattern[str]:
    listed = "|".join(map(re.escape, names))
    return re.compile(rf"(?<![a-z0-9])(?:{listed})(?![a-z0-9])" if listed else r"(?!)")


def _words(text: str) -> set[str]:
    return set(re.split(r"[^a-z0-9-]+", text)) | set(re.split(r"[^a-z0-9]+", text))
