"""How a card is laid out: what decides first, little enough to be read, and never cut in the middle of a list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from service.cards.records import in_words
from service.cards.text import bullets, capital, escaped, sentences, visible
from service.knowledge.model import Knowledge

_BREAK = "  \n"
_LEAD = 420
_LINE = 220


@dataclass(frozen=True, slots=True)
class Room:
    """How much a detail may hold: a card that does not fit beside the chart is not read."""

    characters: int
    lines: int


ALONE = Room(characters=900, lines=12)
# Two cards share one screen.
IN_COMPANY = Room(characters=280, lines=5)


@dataclass(frozen=True, slots=True)
class Detail:
    """The parts of a detail, as they stand on the card.

    ``lead``: the decision in a sentence or two. ``bound``: lines that are never left out, such as what forbids a
    treatment or could not be read, the least urgent last; ``in_short`` how one of them, or of the explanations, is told
    where there is little room, empty where the lead tells it. ``points``: findings with their numbers, the most telling
    first. ``missing``: what is not known. ``more``: explanations, which give way first. ``last``: where it comes from.
    """

    lead: str
    bound: Sequence[str] = ()
    in_short: Mapping[str, str] = field(default_factory=dict)
    points: Sequence[str] = ()
    missing: str = ""
    more: Sequence[str] = ()
    last: str = ""

    def markdown(self, room: Room = ALONE) -> str:
        """The whole as Markdown, with as much of points and explanations as there is room for.

        Beside other cards explanations give way, and points but the most telling one; what is bound stays as it is.
        """
        lead, last = escaped(sentences(in_words(self.lead), _LEAD), _LEAD), escaped(self.last, _LINE)
        bound, points = _items(self.bound), _items(self.points)
        missing, more = _lines([self.missing]), _lines(self.more)

        def made() -> str:
            return _joined(lead, _once((*bound, *points)), (*missing, *more, last), room)

        shorter = {line: short for text in self.more for line, short in zip(*self._both_ways(text), strict=True)}
        while (more or points[1:]) and not _fits(made(), room):
            if room is ALONE and not more and self.in_short:
                break
            if more and more[-1] in shorter:
                more[-1] = shorter.pop(more[-1])
            else:
                (more or points).pop()
        told = list(self.bound)
        for place in reversed(range(len(told))):
            if _fits(made(), ALONE):
                break
            # The least urgent stands last.
            told[place] = self.in_short.get(told[place], told[place])
            bound = _items(told)
        while points and not _fits(made(), ALONE):
            points.pop()
        return made()

    def _both_ways(self, text: str) -> tuple[list[str], list[str]]:
        """A line as it stands and in short, where it has a shorter way."""
        return (_lines([text]), _lines([self.in_short[text]])) if text in self.in_short else ([], [])


def provenance(knowledge: Knowledge) -> str:
    """Which rules a card comes from and who has reviewed them, in one line."""
    return f"Rules {knowledge.id} {knowledge.version}, {knowledge.review}."


def _lines(texts: Iterable[str]) -> list[str]:
    return [escaped(sentences(in_words(text), _LINE), _LINE) for text in _once(texts)]


def _items(texts: Iterable[str]) -> list[str]:
    """Each text as an item of a list, once."""
    return _once(
        bullets([capital(told)]) for text in texts if (told := visible(sentences(in_words(text), _LINE), _LINE))
    )


def _joined(lead: str, items: Sequence[str], lines: Sequence[str], room: Room) -> str:
    # Beside other cards the last lines make one paragraph, since each margin costs a line.
    ending = [_BREAK.join(filter(None, lines))] if room is IN_COMPANY else lines
    return "\n\n".join(part for part in (lead, "\n".join(items), *ending) if part)


def _fits(text: str, room: Room) -> bool:
    return len(text) <= room.characters and sum(bool(line) for line in text.splitlines()) <= room.lines


def _once(lines: Iterable[str]) -> list[str]:
    return [line for line in dict.fromkeys(lines) if line]
