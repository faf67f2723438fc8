"""A report as lines of cells: CSV and TSV by their separator, plain text by where its columns stand."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_SEPARATORS = ("\t", ";", "|", ",")
_GAP = re.compile(r"\s{2,}|\t|\s*\|\s*")
_WORD = re.compile(r"\S+")
_UNITS = frozenset("ms s mv uv µv μv mm cm m/s mvms mv·ms mv.ms mv*ms uvs uv·s uv.s % °c".split())
_MOST_LINES, _LONGEST_LINE = 5000, 2000


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, and where it stands: a column of a table, or the letters of its line from ``start`` to ``end``."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty. ``number``: as its sender counts. ``is_table``: its cells stand in columns.

    ``units``: those that stand in the line below it, and nothing else does; ``is_units``: it is such a line.
    """

    number: int
    cells: tuple[Cell, ...]
    text: str
    is_table: bool
    units: tuple[Cell, ...] = ()
    is_units: bool = False


class TooLongError(ValueError):
    """More lines, or longer ones, than a report has."""


def lines_of_text(text: str, separator: str | None = None) -> list[Line]:
    """The lines of a text; ``separator``: of a table, found by itself when it is ``None``, none when empty."""
    written = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    _check(written)
    sign = _separator(written) if separator is None else separator
    if sign:
        return lines_of_rows(list(csv.reader(written, delimiter=sign)))
    return _with_units([_spaced(number, line.expandtabs(8)) for number, line in enumerate(written, 1) if line.strip()])


def lines_of_rows(rows: Sequence[Sequence[str]]) -> list[Line]:
    """The lines of a table that is there as rows of texts."""
    _check([" ".join(row) for row in rows])
    made = []
    for number, row in enumerate(rows, 1):
        cells = tuple(Cell(text.strip(), column, column + 1) for column, text in enumerate(row) if text.strip())
        if cells:
            made.append(Line(number, cells, " ".join(cell.text for cell in cells), is_table=True))
    return _with_units(made)


def _with_units(lines: Sequence[Line]) -> list[Line]:
    """The same lines, each with the units that a line of units below it holds."""
    made: list[Line] = []
    for line in lines:
        units = _units_in(line)
        if units and made:
            made[-1] = replace(made[-1], units=units)
        made.append(replace(line, is_units=bool(units)))
    return made


def _units_in(line: Line) -> tuple[Cell, ...]:
    """The units of a line that holds two or more of them, and nothing else."""
    words = [
        Cell(word[0].strip("()[]"), cell.start + (0 if line.is_table else word.start()), cell.end)
        for cell in line.cells
        for word in _WORD.finditer(cell.text)
    ]
    return tuple(words) if len(words) > 1 and all(word.text.lower() in _UNITS for word in words) else ()


def _check(lines: Sequence[str]) -> None:
    if len(lines) > _MOST_LINES or any(len(line) > _LONGEST_LINE for line in lines):
        raise TooLongError(f"a report has at most {_MOST_LINES} lines of {_LONGEST_LINE} letters")


def _separator(lines: Sequence[str]) -> str:
    """The sign by which most lines fall into three cells and more; empty where columns are made by spaces."""
    filled = [line for line in lines if line.strip()]
    for sign in _SEPARATORS:
        parted = [line for line in filled if line.count(sign) >= 2]  # noqa: PLR2004 - three cells
        # A comma also stands in numbers: there it has no space, and the columns are made by spaces.
        if len(parted) * 2 >= len(filled) and not (sign == "," and any(_GAP.search(line) for line in parted)):
            return sign
    return ""


def _spaced(number: int, line: str) -> Line:
    cells, start = [], 0
    for gap in [*_GAP.finditer(line.rstrip()), None]:
        end = gap.start() if gap else len(line.rstrip())
        if line[start:end].strip():
            lead = len(line[start:end]) - len(line[start:end].lstrip())
            cells.append(Cell(line[start:end].strip(), start + lead, end))
        start = gap.end() if gap else end
    return Line(number, tuple(cells), line.strip(), is_table=False)
