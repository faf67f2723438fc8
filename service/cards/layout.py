"""How a card is laid out: what decides first, little enough to be read, and never cut in the middle of a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.cards.records import in_words
from service.cards.text import bullets, escaped, sentences, visible
from service.knowledge.model import Knowledge

# A card that does not fit beside the chart is not read.
MOST_CHARACTERS = 900
MOST_LINES = 12
_LEAD = 420
_LINE = 220


@dataclass(frozen=True, slots=True)
class Detail:
    """The parts of a detail, as they stand on the card.

    ``lead``: the decision in a sentence or two. ``bound``: lines that are never left out, such as what forbids a
    treatment or could not be read; ``in_short`` the same for a card that has little room. ``points``: findings with
    their numbers, the most telling first. ``missing``: what is not known. ``more``: explanations, which give way first.
    ``last``: where it comes from.
    """

    lead: str
    bound: Sequence[str] = ()
    in_short: Sequence[str] = ()
    points: Sequence[str] = ()
    missing: str = ""
    more: Sequence[str] = ()
    last: str = ""

    def markdown(self) -> str:
        """The whole as Markdown, with as much of points and explanations as there is room for."""
        lead, last = escaped(sentences(in_words(self.lead), _LEAD), _LEAD), escaped(self.last, _LINE)
        bound, in_short, points = _items(self.bound), _items(self.in_short), _items(self.points)
        missing, more = _lines([self.missing]), _lines(self.more)
        while not _fits(made := _joined(lead, _once((*bound, *points)), (*missing, *more, last))):
            if more:
                more.pop()
            elif self.in_short and bound != in_short:
                bound = in_short
            elif points:
                points.pop()
            else:
                break
        return made


def provenance(knowledge: Knowledge) -> str:
    """Which rules a card comes from and who has reviewed them, in one line."""
    return f"Rules {knowledge.id} {knowledge.version}, {knowledge.review}."


def _lines(texts: Iterable[str]) -> list[str]:
    return [escaped(sentences(in_words(text), _LINE), _LINE) for text in _once(texts)]


def _items(texts: Iterable[str]) -> list[str]:
    """Each text as an item of a list, once."""
    return _once(bullets([told]) for text in texts if (told := visible(sentences(in_words(text), _LINE), _LINE)))


def _joined(lead: str, items: Sequence[str], lines: Sequence[str]) -> str:
    return "\n\n".join(part for part in (lead, "\n".join(items), *lines) if part)


def _fits(text: str) -> bool:
    return len(text) <= MOST_CHARACTERS and sum(bool(line) for line in text.splitlines()) <= MOST_LINES


def _once(lines: Iterable[str]) -> list[str]:
    return [line for line in dict.fromkeys(lines) if line]
