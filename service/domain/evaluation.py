"""What is concluded about one patient, before it is put into cards or JSON."""

from collections.abc import Callable, Mapping
from dataclasses import field

from service.domain.conclusions import Advice, Classification, Conclusion, Verdict
from service.domain.facts import Excluded, Fact
from service.domain.immutable import immutable
from service.domain.reading import AtSites, Section, Table
from service.domain.timeline import Timeline


@immutable
class Advised:
    """One patient's facts and what the rules that are met advise: all that a card of such rules tells."""

    patient: str
    as_of: str
    facts: Mapping[str, Fact]
    advice: tuple[Advice, ...]
    excluded: tuple[Excluded, ...]


@immutable
class Evaluation(Advised):
    """The whole picture of one patient. ``verdicts`` covers every criterion, ``conclusions`` those shown.

    ``used``: references of the resources that were read whole or that a row of a section rests on.
    ``sections``: the rows that subjects show, by the name of the section. ``timelines``: make the course of years.
    ``at_sites``: make what was found at each place of the body. ``against``: what speaks against the class and
    decides nothing.
    """

    verdicts: Mapping[str, Verdict]
    conclusions: tuple[Conclusion, ...]
    sections: Mapping[str, Section]
    classification: Classification
    differentials: tuple[Advice, ...]
    against: tuple[Advice, ...] = ()
    used: tuple[str, ...] = ()
    timelines: tuple[Callable[[], Timeline], ...] = field(default=(), compare=False)
    at_sites: tuple[Callable[[], AtSites], ...] = field(default=(), compare=False)

    @property
    def tables(self) -> list[Table]:
        """Those of the sections that have rows, for a terminal."""
        return [section.table() for section in self.sections.values() if section.rows and section.table]
