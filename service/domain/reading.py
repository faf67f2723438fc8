"""What a clinical subject hands out: facts, rows to show, parts that rules judge one by one, orders, courses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime

from service.domain.conclusions import Draft, Verdict
from service.domain.courses import Course
from service.domain.facts import Excluded, Fact, OrderFacts
from service.domain.immutable import immutable
from service.domain.timeline import Timeline

Verdicts = Mapping[str, Verdict]
# Concept, place in words and side to what was found there.
AtSites = Mapping[tuple[str, str, str], Fact]


@immutable
class Picture:
    """What is shown to the eye: SVG that needs no sheet and no script, and the same as a table in words."""

    name: str
    title: str
    svg: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@immutable
class Table:
    """Rows for a terminal. A cell is lines of text, each with what it means: good, bad, doubt, aside, name or nothing.

    ``numbers``: the columns that are numbers.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[tuple[str, str], ...], ...], ...]
    numbers: range


@immutable
class Section:
    """Rows that a subject shows beside its facts.

    ``rows``: as the result holds them. ``points``: what a card tells of them, a line each, the most telling first.
    ``named``: what the summary of a card names of them, by the class reached; under the empty key for any other.
    ``bound``: what no card on the class may leave out, a sentence each.
    ``evidence``: references of what they rest on. ``drawn`` and ``table``: make their picture and a table, for
    those who want one.
    """

    rows: tuple[Mapping[str, object], ...] = ()
    points: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    drawn: Callable[[], Picture] | None = field(default=None, compare=False)
    table: Callable[[], Table] | None = field(default=None, compare=False)


@immutable
class Parts:
    """Parts of a patient that the stages ``for_each`` of them judge one by one; ``facts`` of each part.

    ``concluded`` makes a reading of the verdicts on each part, and of the facts that are known of the patient.
    """

    of: str
    facts: tuple[Mapping[str, Fact], ...]
    concluded: "Callable[[Sequence[Verdicts], Mapping[str, Fact]], Reading]"


@immutable
class Reading:
    """All that is read of a patient: by one subject, or so far by those before it.

    ``courses``: courses of the treatment that the rules are about, oldest first; ``treated_since``: the first day on
    which it was surely under way. ``spells``: all days under it, of any kind and way; ``are_spells_known``: false where
    one of them has no start.
    ``beside``: by the reference of an order, what a subject knows
    of an order that another reads. ``entrapped``: nerves that a coded entrapment injures, by its side, and its name.
    ``timelines``: make what happened over the years, for those who want to see it. ``at_sites``: make the newest
    finding at each place of the body, as a form would have it. ``explained_from``: since when a disease that explains
    only what came with it may explain what is found; ``None`` where there is none.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    excluded: tuple[Excluded, ...] = ()
    sections: Mapping[str, Section] = field(default_factory=dict)
    parts: tuple[Parts, ...] = ()
    orders: tuple[OrderFacts, ...] = ()
    courses: tuple[Course, ...] = ()
    treated_since: date | None = None
    spells: tuple[Course, ...] = ()
    are_spells_known: bool = True
    beside: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)
    entrapped: Mapping[tuple[str, str], str] = field(default_factory=dict)
    timelines: tuple[Callable[[], Timeline], ...] = field(default=(), compare=False)
    at_sites: tuple[Callable[[], AtSites], ...] = field(default=(), compare=False)
    explained_from: datetime | None = None

    def with_more(self, more: "Reading") -> "Reading":
        """Both together; of a fact that both have, the one that was read later counts."""
        return Reading(
            facts={**self.facts, **more.facts},
            excluded=(*self.excluded, *more.excluded),
            sections={**self.sections, **more.sections},
            parts=(*self.parts, *more.parts),
            orders=(*self.orders, *more.orders),
            courses=(*self.courses, *more.courses),
            treated_since=self.treated_since or more.treated_since,
            spells=(*self.spells, *more.spells),
            are_spells_known=self.are_spells_known and more.are_spells_known,
            beside={**self.beside, **more.beside},
            entrapped={**self.entrapped, **more.entrapped},
            timelines=(*self.timelines, *more.timelines),
            at_sites=(*self.at_sites, *more.at_sites),
            explained_from=self.explained_from or more.explained_from,
        )


@immutable
class Proposal:
    """An order that nobody has written yet, and that a rule may suggest.

    ``facts``: those of a patient with those of the order, as rules on orders see them. ``draft``: the order itself for
    a patient such as ``Patient/p1``, where there is one to offer.
    """

    facts: Callable[[Mapping[str, Fact]], dict[str, Fact]]
    draft: Callable[[str, Mapping[str, Fact]], Draft] | None = None
