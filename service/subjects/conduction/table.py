"""Graded segments as a table for a terminal: how much smaller and longer the proximal response is, and the grade."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.reading import Table

_GRADES = {
    "definite": ("definite block", "bad"),
    "probable": ("probable block", "bad"),
    "none": ("no block", "good"),
    "not_assessable": ("not assessable", "doubt"),
    "not_counted": ("not counted", "aside"),
}
_PERCENTS = {"areaReductionPercent": "-", "amplitudeReductionPercent": "-", "durationIncreasePercent": "+"}
_Row = Mapping[str, Any]
_Cell = tuple[tuple[str, str], ...]


def conduction_table(rows: Sequence[_Row]) -> Table:
    """The table of the rows of the section."""
    return Table(
        title="Motor conduction, proximal against distal response",
        heads=("Nerve and segment", "Area", "Ampl.", "Dur.", "Grade"),
        rows=tuple((_segment(row), *(_percent(row, name) for name in _PERCENTS), _grade(row)) for row in rows),
        numbers=range(1, 4),
    )


def _segment(row: _Row) -> _Cell:
    return (f"{row['side']} {row['nerve']}", "name"), (f"{row['from']} → {row['to']}", "")


def _percent(row: _Row, name: str) -> _Cell:
    # A loss that is negative is a gain, and the other way round.
    number, sign = row.get(name, ""), _PERCENTS[name]
    signed = f"{'+' if sign == '-' else '-'}{number[1:]}" if number.startswith("-") else f"{sign}{number}"
    return ((f"{signed}%" if number else "", ""),)


def _grade(row: _Row) -> _Cell:
    reasons = ((reason, "") for reason in row["reasons"] if not _repeats_columns(row, reason))
    flags = ((", ".join(row["flags"]), "doubt"),) if row["flags"] else ()
    return (_GRADES[row["grade"]], *reasons, *flags)


def _repeats_columns(row: _Row, reason: str) -> bool:
    # The sentence of percentages is for readers who have no columns beside it.
    numbers = [str(row[name]).removeprefix("-") for name in _PERCENTS if name in row]
    return any(f" {number} %" in reason for number in numbers)
