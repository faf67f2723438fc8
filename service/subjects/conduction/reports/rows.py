"""One row of values into its study: the response at its site, and the segment that its velocity belongs to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.subjects.conduction.nerves import SITES
from service.subjects.conduction.reports.columns import Heading
from service.subjects.conduction.reports.layouts import Column, Layout, Words, plain_words
from service.subjects.conduction.reports.names import Names, in_order
from service.subjects.conduction.reports.studies import (
    F_WAVE,
    MOTOR,
    NOT_READ,
    SENSORY,
    Limits,
    Outcome,
    Quantity,
    Response,
    Study,
)
from service.subjects.conduction.reports.values import NotANumberError, limits, number

_OF_KIND = {MOTOR: "cmap-", SENSORY: "snap-"}
# What only a study of another kind measures.
_OF_OTHER = {MOTOR: ("snap-",), SENSORY: ("cmap-", "f-wave-"), F_WAVE: ("snap-", "cmap-")}
_OF_SEGMENT = ("cv", "distance", "delta")
# What stands in a column "no response" where there was none.
_TICKED = ("x", "yes", "y", "si", "true", "1")


@dataclass(frozen=True, slots=True)
class Row:
    """The texts of a row by the position of their heading."""

    headings: Sequence[Heading]
    texts: Mapping[int, str]

    def columns(self, role: str) -> list[int]:
        """The positions of the headings that play a role."""
        return [place for place, each in enumerate(self.headings) if each.column and each.column.role == role]

    def text(self, role: str) -> str:
        """The text under the heading of a role; empty where there is none."""
        return next((self.texts[place] for place in self.columns(role) if place in self.texts), "")

    def measured(self) -> list[str]:
        """The texts under the headings of measurements."""
        return [text for place, text in self.texts.items() if (column := self.headings[place].column) and column.is_]

    @property
    def kind(self) -> str:
        """The kind of study that its values can only be of; empty where they are of either, or of both."""
        measures = [column.is_ for place in self.texts if (column := self.headings[place].column) and column.is_]
        kinds = {kind for kind, start in _OF_KIND.items() if any(measure.startswith(start) for measure in measures)}
        return kinds.pop() if len(kinds) == 1 else ""


class RowReader:
    """Reads rows in the words and numbers of one layout."""

    def __init__(self, layout: Layout, names: Names, words: Words) -> None:
        self._layout, self._names = layout, names
        self._no_response = {plain_words(word) for word in words.no_response}
        self._not_done = {plain_words(word) for word in words.not_done}

    def take(self, study: Study, row: Row, outcome: Outcome) -> None:
        """What the row says, into the study; what of it cannot be read, as reasons of the outcome."""
        response = self._response(study, row, outcome)
        if response is None:
            return
        segment = self._segment(study, row, response)
        for column, text in self._written(row):
            if plain_words(text) in self._no_response:
                response.absent |= bool(column.is_) and column.is_ not in _OF_SEGMENT
            else:
                self._keep(study.kind, response, segment, column, text, outcome)
        response.absent |= plain_words(row.text("no_response")) in (*self._no_response, *_TICKED)
        if response.absent and response.values:
            outcome.flag("no response is said beside values; the values are not read")
        made = [response] if segment is None or segment is response else [response, segment]
        study.responses += [each for each in made if each.values or each.absent]

    def _written(self, row: Row) -> Iterator[tuple[Column, str]]:
        """The columns of measurements and limits in which something is written."""
        for place, text in row.texts.items():
            column = row.headings[place].column
            if column and not (column.role or column.not_read) and plain_words(text) not in self._not_done:
                yield column, text

    def _response(self, study: Study, row: Row, outcome: Outcome) -> Response | None:
        said = row.text("site")
        both = self._names.segment(said) if said else None
        if both:
            return Response(both[0], outcome.line, to=both[1])
        site = self._names.site(said) if said else None
        if site is None and study.kind == MOTOR:
            outcome.outcome, outcome.reasons = NOT_READ, ["it names no stimulation site that is known here"]
            return None
        known = site if site in SITES else ""
        if known and study.response_at(known):
            outcome.outcome, outcome.reasons = NOT_READ, ["this site stands twice for one nerve; the first one is read"]
            return None
        return Response(known, outcome.line)

    def _segment(self, study: Study, row: Row, response: Response) -> Response | None:
        """Where velocity, distance and time of a row belong: to the two sites it names, else to the last and its own.

        ``None`` where they belong to no two sites that are known.
        """
        if response.to:
            return response
        named = self._between(row.text("from"), row.text("to")) or self._names.segment(row.text("segment"))
        if named:
            return Response(named[0], response.line, to=named[1])
        if row.columns("from") or row.columns("segment"):
            # A segment that is named, and not by two sites: of a sensory study, from the site to where it is recorded.
            return response if study.kind == SENSORY else None
        before = [each for each in study.responses if each.site in SITES and not each.to]
        if before and response.site in SITES:
            distal, proximal = in_order(before[-1].site, response.site)
            return Response(distal, response.line, to=proximal)
        return response if study.kind == SENSORY else None

    def _between(self, one: str, other: str) -> tuple[str, str] | None:
        ends = [site for site in (self._names.site(one), self._names.site(other)) if site in SITES]
        return in_order(ends[0], ends[1]) if len(set(ends)) == 2 else None  # noqa: PLR2004 - two ends

    def _keep(
        self, kind: str, response: Response, segment: Response | None, column: Column, text: str, outcome: Outcome
    ) -> None:
        measure = column.is_ or column.norm_of or ""
        where = segment if measure in _OF_SEGMENT else response
        if measure.startswith(_OF_OTHER[kind]):
            outcome.flag(f"{measure}: no measure of a {kind} study; not read")
            return
        if where is None:
            outcome.flag(f"{measure}: the two sites that it lies between are not known; not read")
            return
        try:
            if column.norm_of:
                low, high = limits(text, self._layout)
                where.limits[measure] = Limits(low, high, column.unit)
            elif measure in where.values:
                outcome.flag(f"{measure} stands twice; the first one is read")
            else:
                where.values[measure] = Quantity(number(text, self._layout), column.unit)
        except NotANumberError as problem:
            what = "limits of " if column.norm_of else ""
            outcome.flag(f"{what}{measure}: {problem}; not read")
