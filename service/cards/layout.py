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
        bound, points, more = _once(self.bound), _once(self.points), _once(self.more)
        while not _fits(made := self._with([*bound, *points], more)):
            if more:
                more.pop()
            elif self.in_short and bound != list(self.in_short):
                bound = list(self.in_short)
            elif points:
                points.pop()
            else:
                break
        return made

    def _with(self, listed: Sequence[str], more: Sequence[str]) -> str:
        lines = [escaped(sentences(in_words(line), _LINE), _LINE) for line in (self.missing, *more) if line]
        items = bullets(_once(visible(sentences(in_words(line), _LINE), _LINE) for line in listed))
        parts = (escaped(sentences(in_words(self.lead), _LEAD), _LEAD), items, *lines, escaped(self.last, _LINE))
        return "\n\n".join(part for part in parts if part)


def provenance(knowledge: Knowledge) -> str:
    """Which rules a card comes from and who has reviewed them, in one line."""
    return f"Rules {knowledge.id} {knowledge.version}, {knowledge.review}; a clinician decides."


def _fits(text: str) -> bool:
    return len(text) <= MOST_CHARACTERS and sum(bool(line) for line in text.splitlines()) <= MOST_LINES


def _once(lines: Iterable[str]) -> list[str]:
    return [line for line in dict.fromkeys(lines) if line]
