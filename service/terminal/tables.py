"""The tables of the report: the criteria, and what subjects show beside them."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from service.domain.reading import Table as SectionTable
from service.terminal.plain import plain, words

Row = Mapping[str, object]
_KINDS = ("core", "exclusion", "electrophysiological", "supportive")
_VERDICTS = {"met": "✓ met", "not_met": "✗ not met", "unknown": "? unknown"}
_STYLES = {"good": "green", "bad": "bold red", "doubt": "yellow", "aside": "dim", "name": "bold"}
_SHOWN_EVIDENCE = 3


def criteria_table(criteria: Sequence[Row]) -> Table:
    """Each criterion under its kind: verdict, why, and the resources it rests on."""
    table = _table("Criterion", "Verdict", "Why")
    table.columns[0].ratio, table.columns[2].ratio = 3, 5
    table.columns[1].no_wrap = True
    for kind, members in _by_kind(criteria).items():
        table.add_row(Text(kind.upper(), style="bold cyan"))
        silent = [row for row in members if kind == "supportive" and _is_silent(row)]
        for row in members:
            if row not in silent:
                table.add_row(plain(row.get("label")), _verdict(row), _why(row))
        if silent:
            labels = Text("; ").join(plain(row.get("label"), "dim") for row in silent)
            table.add_row(plain("Nothing on record for"), plain(_VERDICTS["unknown"], "yellow"), labels)
        table.add_section()
    return table


def _is_silent(row: Row) -> bool:
    return row.get("verdict") == "unknown" and not words(row, "evidence")


def section_table(section: SectionTable) -> Table:
    """The rows that a subject shows, as it describes them."""
    table = _table(*section.heads)
    table.columns[0].ratio, table.columns[-1].ratio = 4, 5
    for column in section.numbers:
        table.columns[column].justify, table.columns[column].no_wrap = "right", True
    for row in section.rows:
        table.add_row(*(Text("\n").join(plain(text, _STYLES.get(tone, "")) for text, tone in cell) for cell in row))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, expand=True, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _by_kind(criteria: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {kind: [] for kind in _KINDS}
    for row in criteria:
        groups.setdefault(plain(row.get("kind")).plain, []).append(row)
    return {kind: members for kind, members in groups.items() if members}


def _verdict(row: Row) -> Text:
    verdict = str(row.get("verdict"))
    # To meet an exclusion criterion speaks against the disease.
    wanted, unwanted = ("not_met", "met") if row.get("kind") == "exclusion" else ("met", "not_met")
    style = {wanted: "green", unwanted: "red"}.get(verdict, "yellow")
    return plain(_VERDICTS.get(verdict, verdict), style)


def _why(row: Row) -> Text:
    why, evidence = plain(row.get("why")), words(row, "evidence")
    if evidence:
        more = len(evidence) - _SHOWN_EVIDENCE
        listed = ", ".join(evidence[:_SHOWN_EVIDENCE]) + (f" and {more} more" if more > 0 else "")
        why.append("\n").append_text(plain(listed, "dim"))
    return why
