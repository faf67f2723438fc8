"""From lines to studies: each line is a heading, a nerve, a row of values or none of these, and is noted as such."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.subjects.conduction.nerves import SITES
from service.subjects.conduction.reports.columns import Heading, cells_under, headings_in
from service.subjects.conduction.reports.layouts import Layout, Vocabulary, plain_words
from service.subjects.conduction.reports.lines import Line
from service.subjects.conduction.reports.names import Names
from service.subjects.conduction.reports.rows import Row, RowReader
from service.subjects.conduction.reports.studies import (
    KINDS,
    NOT_READ,
    READ,
    Outcome,
    Report,
    Study,
)
from service.subjects.conduction.reports.values import iso_date

_LEG = frozenset({"ankle", "below-fibular-head", "popliteal-fossa", "knee"})
# Of a test, in words: a longer line is a sentence.
_LONGEST_TITLE = 4
_NO_NERVE = "no nerve is named for it, or what is above it is no nerve study"


@dataclass(slots=True)
class Walk:
    """The state between two lines: the kind of study, its columns, and the nerve that rows belong to.

    ``doubtful``: a line was not understood since the nerve was named; it may have named another one.
    """

    layout: Layout
    names: Names
    vocabulary: Vocabulary
    report: Report
    kind: str = ""
    headings: Sequence[Heading] = ()
    study: Study | None = None
    closed: bool = False
    doubtful: bool = False
    _by_row: dict[tuple[str, str, str, str], Study] = field(default_factory=dict)
    _rows: RowReader = field(init=False)

    def __post_init__(self) -> None:
        self._rows = RowReader(self.layout, self.names, self.vocabulary.words)

    def read(self, lines: Sequence[Line]) -> Report:
        """All lines, one after the other."""
        for line in lines:
            self._line(line)
        return self.report

    def _line(self, line: Line) -> None:
        for step in (self._section, self._not_a_study, self._headings, self._units, self._nerve, self._date, self._row):
            if step(line):
                return
        if len(line.cells) == 1 and not any(letter.isdigit() for letter in line.text):
            self.study = None
        self.report.note(line.number, NOT_READ, "not understood by this layout")

    def _section(self, line: Line) -> bool:
        text = plain_words(line.text.strip(" :-=*_#"))
        for kind, section in self.layout.sections.items():
            if kind != "any" and text in section.titles:
                self.kind, self.headings, self.study, self.closed = kind, (), None, False
                self.report.note(line.number, READ)
                return True
        return False

    def _not_a_study(self, line: Line) -> bool:
        if any(heading.column for heading in self._found(line)):
            return False
        text = f" {plain_words(line.text.replace('-', ' ').replace(':', ' '))} "
        if not any(word in text for word in self.vocabulary.words.closing) or self._has_values(line):
            return False
        is_first = not (self.kind or self.headings or self.study or self.closed)
        if is_first and not self._is_title_of_another(text):
            self.report.note(line.number, NOT_READ, "not understood by this layout")
            return True
        self.report.note(line.number, NOT_READ, "no nerve conduction study of one nerve; nothing below is read as one")
        self.kind, self.headings, self.study, self.closed = "", (), None, True
        return True

    def _is_title_of_another(self, text: str) -> bool:
        """Whether a line before all studies is the title of another test, and not of the whole report."""
        words = self.vocabulary.words
        said = {word for word in words.closing if word in text}
        return len(text.split()) <= _LONGEST_TITLE and not said <= set(words.of_whole_reports)

    def _has_values(self, line: Line) -> bool:
        return bool(self.study and self.headings and line.cells and self.names.site(line.cells[0].text))

    def _found(self, line: Line) -> list[Heading]:
        kinds = [self.kind] if self.kind in self.layout.sections else list(self.layout.sections)
        found = {kind: headings_in(line, self.layout.sections[kind]) for kind in kinds}
        fits = {kind: headings for kind, headings in found.items() if headings}
        if len(fits) > 1:
            known = {kind: sum(each.column is not None for each in headings) for kind, headings in fits.items()}
            best = max(known.values())
            fits = {kind: headings for kind, headings in fits.items() if known[kind] == best}
        if len(fits) != 1:
            return []
        ((kind, headings),) = fits.items()
        self._kind_found = kind
        return headings

    _kind_found: str = ""

    def _headings(self, line: Line) -> bool:
        headings = self._found(line)
        if not headings or self.closed:
            return False
        self.headings = headings
        self.kind = self.kind or (self._kind_found if self._kind_found != "any" else "")
        outcome = self.report.note(line.number, READ)
        strange = sum(heading.column is None for heading in headings)
        if strange:
            outcome.flag(f"columns that the layout does not list, not read: {strange}")
        for heading in headings:
            if heading.column and heading.column.not_read:
                outcome.flag(f"a column is not read: {heading.column.not_read}")
            if heading.column and heading.column.flag:
                outcome.flag(heading.column.flag)
        return True

    def _units(self, line: Line) -> bool:
        """A line of units below headings, which were read with it."""
        if line.is_units and self.headings:
            self.report.note(line.number, READ)
        return line.is_units and bool(self.headings)

    def _nerve(self, line: Line) -> bool:
        named = self.names.nerve(" ".join(cell.text for cell in line.cells))
        if named is None or Row(self.headings, {}).columns("nerve"):
            return False
        kind = named.kind or self.kind
        self.study, self.doubtful = None, False
        if self.closed:
            self.report.note(line.number, NOT_READ, _NO_NERVE)
        elif not named.side:
            self.report.note(line.number, NOT_READ, "a nerve without one side; the rows below are not read")
        elif kind not in KINDS:
            self.report.note(line.number, NOT_READ, "neither motor nor sensory; the rows below are not read")
        else:
            if self.kind and kind != self.kind:
                self.headings = ()
            self.kind = kind
            self.study = Study(kind, named.nerve, named.side, named.muscle, line.number)
            self.report.studies.append(self.study)
            self.report.note(line.number, READ)
        return True

    def _date(self, line: Line) -> bool:
        text = plain_words(line.text)
        if not any(text.startswith(plain_words(label)) for label in self.layout.date_labels):
            return False
        found = iso_date(line.text, self.layout)
        if not found:
            self.report.note(line.number, NOT_READ, "no date in the order of this layout")
        elif self.report.date and self.report.date != found:
            self.report.note(line.number, NOT_READ, "a second date; the first one counts")
        else:
            self.report.date = found
            self.report.note(line.number, READ)
        return True

    def _row(self, line: Line) -> bool:
        if not self.headings:
            return False
        under = cells_under(self.headings, line)
        row = Row(self.headings, {place: text for place, text in under.items() if text is not None})
        outcome = Outcome(line.number, READ)
        study = self._study_of(row, outcome) if row.columns("nerve") else self.study
        if study is None:
            if outcome.reasons or any(text[:1].isdigit() for text in row.texts.values()):
                self.report.note(line.number, NOT_READ, outcome.reasons[0] if outcome.reasons else _NO_NERVE)
                return True
            return False
        if not row.columns("nerve") and not self._belongs(study, row, line, outcome):
            return True
        if None in under.values():
            outcome.flag("two values stand under one heading; neither is read")
        self._rows.take(study, row, outcome)
        self.report.outcomes[line.number] = outcome
        return True

    def _belongs(self, study: Study, row: Row, line: Line, outcome: Outcome) -> bool:
        """Whether a row is one of values of the nerve that was named last; what it is else is noted."""
        if self._is_text(row):
            self._strange(line)
            return False
        if self.doubtful and not self._goes_on(study, row):
            self.study = None
            self.report.note(line.number, NOT_READ, _NO_NERVE)
            return False
        if self.doubtful:
            outcome.flag("a line between its nerve and it was not understood: see that it belongs to this nerve")
        return True

    def _is_text(self, row: Row) -> bool:
        """Whether a row names no site that is known and holds no number: a heading of a page, or an unknown nerve."""
        said = row.text("site")
        if self.names.site(said) or self.names.segment(said):
            return False
        return not any(text[:1].isdigit() for text in row.measured())

    def _strange(self, line: Line) -> None:
        """A line in a study that is not understood; where it may name a nerve, the study ends."""
        reason = "not understood by this layout"
        if self.names.may_name_a_nerve(line.text):
            self.study = None
            reason = "it may name a nerve that is not known here; the rows below are not read"
        self.doubtful = True
        self.report.note(line.number, NOT_READ, reason)

    def _goes_on(self, study: Study, row: Row) -> bool:
        """Whether a row lies proximal to all that was read of the nerve, on the same limb."""
        site = self.names.site(row.text("site"))
        before = [SITES.index(each.site) for each in study.responses if each.site in SITES and not each.to]
        if site not in SITES or not before:
            return False
        return SITES.index(site) > max(before) and (site in _LEG) == (SITES[max(before)] in _LEG)

    def _study_of(self, row: Row, outcome: Outcome) -> Study | None:
        """The study of a row that names its own nerve; one that lacks side or kind says so."""
        named = self.names.nerve(row.text("nerve"))
        if named is None:
            outcome.reasons = ["it names no nerve that is known here"]
            return None
        side = self.names.side(row.text("side")) or named.side
        kind = self.names.kinds.get(plain_words(row.text("kind")), "") or named.kind or self.kind or row.kind
        if not side or kind not in KINDS:
            outcome.reasons = ["it names no side" if not side else "it is neither motor nor sensory"]
            return None
        muscle = self.names.muscles.get(plain_words(row.text("muscle")), named.muscle)
        key = (kind, named.nerve, side, muscle)
        if key not in self._by_row:
            self._by_row[key] = Study(kind, named.nerve, side, muscle, outcome.line)
            self.report.studies.append(self._by_row[key])
        return self._by_row[key]
