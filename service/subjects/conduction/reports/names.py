"""Names in reports: which nerve, side, muscle and site a text means, and never one that is only like it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from service.subjects.conduction.nerves import SITES
from service.subjects.conduction.reports.layouts import Layout, Words, plain_words

# A place that is understood and has no code.
ELSEWHERE = "elsewhere"
_IN_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_MUSCLE_LABEL = re.compile(r"\b(?:musculo|muscle|muskel|muscolo|recording|registro|rec)\b\s*:?\s*")
_LABELS = frozenset("nervio nerve nerv nervo nerf nervus n the".split())
_BETWEEN = re.compile("\\s*(?:->|→|\N{EN DASH}|—|-{1,2}|/|\\bto\\b)\\s*")
# Of a nerve with side, muscle and kind, in letters; a longer text is none, and costs no search.
_LONGEST_NAME = 120
_MARKS = re.compile(r"[:;,*]+")


class NerveNamed(NamedTuple):
    """What a row that names a nerve says; ``side`` is empty where it names none or both."""

    nerve: str
    side: str
    muscle: str
    kind: str


@dataclass(frozen=True, slots=True)
class Names:
    """The words of one layout: text as compared -> what it means."""

    nerves: Mapping[str, str]
    muscles: Mapping[str, str]
    sites: Mapping[str, str]
    recordings: frozenset[str]
    sides: Mapping[str, str]
    kinds: Mapping[str, str]

    def site(self, text: str) -> str | None:
        """The site that a text names; ``None`` where it names none."""
        return self.sites.get(plain_words(_MARKS.sub(" ", text)))

    def segment(self, text: str) -> tuple[str, str] | None:
        """The two sites of a text such as "Wrist - B Elbow", distal first; ``None`` where it is no such text."""
        if len(text) > _LONGEST_NAME:
            return None
        for gap in _BETWEEN.finditer(text):
            ends = self.site(text[: gap.start()]), self.site(text[gap.end() :])
            if ends[0] and ends[1] and ends[0] != ends[1]:
                return in_order(ends[0], ends[1])
        return None

    def nerve(self, text: str) -> NerveNamed | None:
        """The nerve that a whole text names, with side, muscle and kind where it has them; else ``None``."""
        if len(text) > _LONGEST_NAME:
            return None
        rest, muscle = self._muscle_in(plain_words(text))
        head, tail = _after_dash(rest)
        if tail in self.muscles:
            return self._named(head, self.muscles[tail])
        if tail in self.recordings:
            return self._named(head, muscle)
        return self._named(rest, muscle)

    def may_name_a_nerve(self, text: str) -> bool:
        """Whether a text that names no known nerve may name another: a side, a kind of study or a muscle is in it."""
        rest, muscle = self._muscle_in(plain_words(text[:_LONGEST_NAME]))
        tail = _after_dash(rest)[1]
        words = set(_MARKS.sub(" ", rest).split())
        spoken = self.sides.keys() | self.kinds.keys() | _LABELS - {"the"}
        return bool(muscle or words & spoken or tail in self.muscles or tail in self.recordings)

    def side(self, text: str) -> str:
        """The side that a text names; empty where it names none."""
        return self.sides.get(plain_words(text), "")

    def _named(self, text: str, muscle: str) -> NerveNamed | None:
        words = [word for word in _MARKS.sub(" ", text).split() if word not in _LABELS]
        sides = {self.sides[word] for word in words if word in self.sides}
        left = " ".join(word for word in words if word not in self.sides)
        kinds = {kind for word, kind in self.kinds.items() if re.search(rf"(?<!\S){re.escape(word)}(?!\S)", left)}
        for word in sorted(self.kinds, key=len, reverse=True):
            left = re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", " ", left)
        nerve = self.nerves.get(" ".join(left.split()))
        if nerve is None or len(kinds) > 1:
            return None
        return NerveNamed(nerve, sides.pop() if len(sides) == 1 else "", muscle, kinds.pop() if kinds else "")

    def _muscle_in(self, text: str) -> tuple[str, str]:
        """The text without the muscle that it names in brackets or after a label, and that muscle."""
        bracketed = [(found[0] or found[1]).strip() for found in _IN_BRACKETS.findall(text)]
        if bracketed:
            known = [self.muscles[inside] for inside in map(plain_words, bracketed) if inside in self.muscles]
            muscle = known[0] if known else "other" if any(bracketed) else ""
            return _IN_BRACKETS.sub(" ", text).strip(), muscle
        labelled = _MUSCLE_LABEL.search(text)
        if labelled:
            return text[: labelled.start()].strip(" -,;/"), self.muscles.get(text[labelled.end() :].strip(), "other")
        return text, ""


def in_order(one: str, other: str) -> tuple[str, str]:
    """Two sites, the distal one first."""
    first, second = sorted((one, other), key=SITES.index)
    return first, second


def names_by_layout(
    layouts: Mapping[str, Layout],
    words: Words,
    nerves: Mapping[str, Sequence[str]],
    muscles: Mapping[str, Sequence[str]],
) -> dict[str, Names]:
    """The words of each layout and those that all share; ``nerves``, ``muscles``: the names in the mapping files."""
    shared = Names(
        nerves=_table(_joined(nerves, words.nerves)),
        muscles=_table(_joined(muscles, words.muscles)),
        sites={plain_words(word): ELSEWHERE for word in words.elsewhere} | _table(words.sites),
        recordings=frozenset(map(plain_words, words.recordings)),
        sides={},
        kinds={},
    )
    return {name: replace(shared, sides=_sides(layout), kinds=_kinds(layout)) for name, layout in layouts.items()}


def _sides(layout: Layout) -> dict[str, str]:
    return {plain_words(word): side for side, listed in layout.sides.items() for word in listed}


def _kinds(layout: Layout) -> dict[str, str]:
    kinds: dict[str, str] = {plain_words(word): kind for kind, listed in layout.kinds.items() for word in listed}
    for kind, section in layout.sections.items():
        if kind != "any":
            kinds |= {plain_words(word): kind for word in (*section.words, kind)}
    return kinds


def _joined(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {name: (*one.get(name, ()), *other.get(name, ())) for name in {**one, **other}}


def _table(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    table = {plain_words(name.replace("-", " ").replace("_", " ")): name for name in words}
    for name, listed in words.items():
        table |= {plain_words(word): name for word in listed}
    return table


def _after_dash(text: str) -> tuple[str, str]:
    """What stands before and after the last dash or comma of a text."""
    for sign in (" - ", " / ", ", ", " \N{EN DASH} "):
        head, found, tail = text.rpartition(sign)
        if found:
            return head, tail.strip()
    return text, ""
