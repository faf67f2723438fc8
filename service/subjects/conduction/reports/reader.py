"""A report and what is said with it in; a Bundle of studies and the outcome of each line out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from service.errors import Unprocessable
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import written
from service.subjects.anatomy.muscles import MDC, MuscleYaml
from service.subjects.conduction.nerves import NerveAnatomy
from service.subjects.conduction.reading.tables import NerveYaml, nerve_tables
from service.subjects.conduction.reports.columns import headings_in
from service.subjects.conduction.reports.files import TooLargeError, UnreadableError, content_of
from service.subjects.conduction.reports.hl7_report import read_message
from service.subjects.conduction.reports.layouts import Column, Layout, read_layouts
from service.subjects.conduction.reports.lines import Line, TooLongError
from service.subjects.conduction.reports.names import names_by_layout
from service.subjects.conduction.reports.observations import observation_of
from service.subjects.conduction.reports.plausible import flag_implausible, leave_out_strange_sites, without_a_study
from service.subjects.conduction.reports.seam import refuse_unknown_names
from service.subjects.conduction.reports.studies import Outcome, Report, with_f_waves
from service.subjects.conduction.reports.walk import Walk

NO_DATE = "no date of the study: state performed, or all results count as undated"
_NO_ROW = "no row of values was read for it"
# An error is no report of its own.
_MOST_TOLD = 200
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """A report with what its sender says of it.

    ``media``: its media type. ``layout``: a name, or empty for the one whose headings fit. ``language``: of the report,
    or empty. ``subject``: a reference to the patient. ``performed``: an ISO date or date-time of the study, or empty.
    """

    content: bytes
    media: str
    layout: str = ""
    language: str = ""
    subject: str = ""
    performed: str = ""


class ReportReader:
    """Layouts and words, made once at start; KnowledgeError names the file that is wrong."""

    def __init__(
        self,
        mappings: Mappings,
        directories: Sequence[Path],
        anatomy: Mapping[str, NerveAnatomy] = MappingProxyType({}),
    ) -> None:
        """``anatomy``: of each nerve the sites at which its motor response is measured."""
        self._sites = {name: frozenset(nerve.sites) for name, nerve in anatomy.items() if nerve.sites}
        self.layouts, self._vocabulary = read_layouts(directories)
        refuse_unknown_names(self.layouts, self._vocabulary, mappings)
        self._codes = _sided_codes(mappings)
        nerves = _with_names(written(mappings.tables, "nerves", dict[str, NerveYaml]))
        muscles = _with_names(written(mappings.tables, "muscles", dict[str, MuscleYaml]))
        self._names = names_by_layout(self.layouts, self._vocabulary.words, nerves, muscles)

    def read(self, sent: Sent) -> Json:
        """``{bundle, layout, lines}``; Unprocessable says what to send, with a line for each that was not read."""
        try:
            content = content_of(sent.content, sent.media)
        except (UnreadableError, TooLargeError, TooLongError) as problem:
            raise Unprocessable(f"The report cannot be read: {problem}") from None
        layout = self._layout(sent, content)
        report = Report(layout.name)
        if isinstance(content, str):
            read_message(content, layout, self._names[layout.name], self._vocabulary, report)
        else:
            Walk(layout, self._names[layout.name], self._vocabulary, report).read(content)
        leave_out_strange_sites(report, self._sites)
        flag_implausible(report, self._vocabulary)
        for study in without_a_study(report.studies):
            report.outcomes[study.line].flag(_NO_ROW)
        return self._answer(report, sent)

    def _layout(self, sent: Sent, content: str | Sequence[Line]) -> Layout:
        if sent.layout and sent.layout not in self.layouts:
            raise Unprocessable(f"layout: none has this name; there are {', '.join(sorted(self.layouts))}")
        possible = [self.layouts[sent.layout]] if sent.layout else self._fitting(content)
        if not possible:
            there_are = ", ".join(sorted(self.layouts))
            raise Unprocessable(
                f"No layout has the headings of this report; there are {there_are}, and a site adds its own as a file"
            )
        spoken = [each for each in possible if not sent.language or each.language == sent.language.casefold()[:2]]
        if not spoken:
            named = ", ".join(f"{each.name} ({each.language})" for each in possible)
            raise Unprocessable(f"language: the headings are those of {named}, in another language than stated")
        if len(spoken) > 1:
            raise Unprocessable(
                f"Several layouts fit: {', '.join(each.name for each in spoken)}; state layout or language"
            )
        return spoken[0]

    def _fitting(self, content: str | Sequence[Line]) -> list[Layout]:
        if isinstance(content, str):
            return [layout for layout in self.layouts.values() if layout.form == "hl7"]
        counted = {name: 0 for name, layout in self.layouts.items() if layout.form != "hl7"}
        for line in content:
            for name in counted:
                counted[name] += _fit(self.layouts[name], line)
        best = max(counted.values(), default=0)
        return [self.layouts[name] for name, count in counted.items() if count == best and count]

    def _answer(self, report: Report, sent: Sent) -> Json:
        outcomes = [report.outcomes[number] for number in sorted(report.outcomes)]
        studies = with_f_waves([study for study in report.studies if any(each.is_read for each in study.responses)])
        if not studies:
            raise Unprocessable("Nothing of this report was read", [_told(each) for each in outcomes[:_MOST_TOLD]])
        performed = sent.performed or report.date
        if not performed:
            report.outcomes[studies[0].line].flag(NO_DATE)
        subject = sent.subject if "/" in sent.subject else f"Patient/{sent.subject or 'report'}"
        made = [
            observation_of(study, number, subject, performed, self._codes) for number, study in enumerate(studies, 1)
        ]
        return {
            "bundle": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in made]},
            "layout": report.layout,
            "lines": [rows_of(each) for each in outcomes],
        }


def rows_of(outcome: Outcome) -> Json:
    """An outcome as an answer shows it."""
    row: Json = {"line": outcome.line, "outcome": outcome.outcome}
    return {**row, "reason": "; ".join(outcome.reasons)} if outcome.reasons else row


def _told(outcome: Outcome) -> str:
    return f"line {outcome.line}: {'; '.join(outcome.reasons) or outcome.outcome}"


def _fit(layout: Layout, line: Line) -> int:
    """How many listed headings a line has in this layout, where it is a row of headings.

    A table with a row for each site has a column for the nerve.
    """
    found = [
        [each.column for each in headings_in(line, section) if each.column] for section in layout.sections.values()
    ]
    return max((len(each) for each in found if layout.form != "rows" or _names_nerves(each, line)), default=0)


def _names_nerves(columns: Sequence[Column], line: Line) -> bool:
    """In a text the first words of "Nerve / Site" look like a column for the nerve: there the side has one too."""
    roles = {column.role for column in columns}
    return not columns or ({"nerve"} if line.is_table else {"nerve", "side"}) <= roles


def _with_names(entries: Mapping[str, NerveYaml] | Mapping[str, MuscleYaml]) -> dict[str, tuple[str, ...]]:
    return {key: (key.replace("_", " "), *entry.names) for key, entry in entries.items()}


def _sided_codes(mappings: Mappings) -> dict[tuple[str, str], str]:
    """(nerve, side) to its first ISO/IEEE 11073 code."""
    codes: dict[tuple[str, str], str] = {}
    for key, (nerve, side) in nerve_tables(mappings).codes.items():
        system, _, code = key.rpartition("|")
        if system == MDC and side:
            codes.setdefault((nerve, side), code)
    return codes
