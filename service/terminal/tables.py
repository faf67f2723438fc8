"""The two tables of the report: criteria and conduction."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from service.terminal.plain import plain, words

Row = Mapping[str, object]
_KINDS = ("core", "exclusion", "electrophysiological", "supportive")
_VERDICTS = {"met": "✓ met", "not_met": "✗ not met", "unknown": "? unknown"}
_GRADES = {
    "definite": ("definite block", "bold red"),
    "probable": ("probable block", "red"),
    "none": ("no block", "green"),
    "not_assessable": ("not assessable", "yellow"),
    "not_counted": ("not counted", "dim"),
}
_PERCENTS = {"areaReductionPercent": "-", "amplitudeReductionPercent": "-", "durationIncreasePercent": "+"}
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


def conduction_table(segments: Sequence[Row]) -> Table:
    """Each motor segment: how much smaller and longer the proximal response is, the grade, and what limits it."""
    table = _table("Nerve and segment", "Area", "Ampl.", "Dur.", "Grade")
    table.columns[0].ratio, table.columns[4].ratio = 4, 5
    for column in table.columns[1:4]:
        column.justify, column.no_wrap = "right", True
    for row in segments:
        percents = [_percent(row, name, sign) for name, sign in _PERCENTS.items()]
        table.add_row(_segment(row), *percents, _grade(row))
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


def _segment(row: Row) -> Text:
    nerve = plain(f"{row.get('side', '')} {row.get('nerve', '')}", "bold")
    return Text.assemble(nerve, "\n", plain(f"{row.get('from', '?')} → {row.get('to', '?')}"))


def _percent(row: Row, name: str, sign: str) -> Text:
    # A loss that is negative is a gain, and the other way round.
    number = str(row.get(name) or "")
    opposite = "+" if sign == "-" else "-"
    signed = opposite + number[1:] if number.startswith("-") else sign + number
    return plain(f"{signed}%" if number else None)


def _grade(row: Row) -> Text:
    label, style = _GRADES.get(str(row.get("grade")), (str(row.get("grade")), ""))
    parts = [
        plain(label, style),
        *(plain(reason) for reason in words(row, "reasons") if not _repeats_columns(row, reason)),
    ]
    if flags := words(row, "flags"):
        parts.append(plain(", ".join(flags), "yellow"))
    return Text("\n").join(parts)


def _repeats_columns(row: Row, reason: str) -> bool:
    # The JSON's sentence of percentages is for readers who have no columns beside it.
    numbers = [str(row[name]).removeprefix("-") for name in _PERCENTS if row.get(name)]
    return any(f" {number} %" in reason for number in numbers)
