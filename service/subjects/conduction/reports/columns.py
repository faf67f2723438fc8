"""Headings of a table to its columns, and the cells of a row to those: by place, since empty cells vanish in texts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.subjects.conduction.reports.layouts import Column, Section, plain_heading
from service.subjects.conduction.reports.lines import Cell, Line

# How far from its heading a number may begin and still be under it.
_NEAR = 6
# How far to the left of its heading a unit in the line below may begin.
_NEAR_UNIT = 3
# Of a whole row of headings: a longer line is none, and costs no search.
_MOST_HEADING_WORDS = 60
# Of one heading.
_MOST_WORDS = 5
_WORD = re.compile(r"\S+")
_NUMBERS = re.compile(r"\S*\d\S*(?: \S*\d\S*)+")


@dataclass(frozen=True, slots=True)
class Heading:
    """A column and where it stands; ``column`` is ``None`` for a heading that the layout does not list."""

    column: Column | None
    start: int
    end: int


def headings_in(line: Line, section: Section) -> list[Heading]:
    """The columns of a row of headings; empty where it is none: fewer than two of its headings are listed."""
    if len(line.text.split()) > _MOST_HEADING_WORDS or sum(map(_is_number, line.cells)) > 1:
        return []
    found = _of_table(line, section.listed) if line.is_table else _of_text(line, section.listed)
    known = [heading for heading in found if heading.column is not None]
    measured = [each for each in known if each.column and (each.column.is_ or each.column.role in ("site", "nerve"))]
    return found if len(known) > 1 and measured else []


def cells_under(headings: Sequence[Heading], line: Line) -> dict[int, str | None]:
    """Position of a heading to the text under it; ``None`` where two stand under one."""
    under: dict[int, str | None] = {}
    for number, cell in enumerate(_apart(line)):
        place = _place(headings, cell, is_first=number == 0, is_table=line.is_table)
        if place is not None:
            under[place] = None if place in under else cell.text
    return under


def _is_number(cell: Cell) -> bool:
    return cell.text.replace(".", "", 1).replace(",", "", 1).isdecimal()


def _of_table(line: Line, listed: Mapping[str, Column]) -> list[Heading]:
    return [Heading(_listed(cell, line, listed), cell.start, cell.end) for cell in line.cells]


def _listed(heading: Cell, line: Line, listed: Mapping[str, Column]) -> Column | None:
    """The column of a heading, alone or with the unit that stands below it."""
    alone = listed.get(plain_heading(heading.text))
    if alone is not None or not line.units:
        return alone
    near = 0 if line.is_table else _NEAR_UNIT
    below = [
        unit.text for unit in line.units if heading.start - near <= unit.start <= max(heading.start, heading.end - 1)
    ]
    return listed.get(plain_heading(f"{heading.text} ({below[0]})")) if len(below) == 1 else None


def _of_text(line: Line, listed: Mapping[str, Column]) -> list[Heading]:
    """Headings of a text stand apart by one space or more: the longest listed ones are found first."""
    found: list[Heading] = []
    for starts in _phrases(line.cells):
        at = 0
        while at < len(starts):
            for length, (plain, phrase) in starts[at]:
                column = listed.get(plain) or (_listed(phrase, line, listed) if line.units else None)
                if column is not None or length == 1:
                    found.append(Heading(column, phrase.start, phrase.end))
                    at += length
                    break
    return found


# The layouts look at the same line one after the other.
@lru_cache(maxsize=2)
def _phrases(cells: tuple[Cell, ...]) -> list[list[list[tuple[int, tuple[str, Cell]]]]]:
    """For each cell and each of its words: the phrases that begin there, the longest first, as compared and written."""
    told = []
    for cell in cells:
        words = [(word.start() + cell.start, word.end() + cell.start, word[0]) for word in _WORD.finditer(cell.text)]
        told.append([_beginning(words[at : at + _MOST_WORDS]) for at in range(len(words))])
    return told


def _beginning(words: Sequence[tuple[int, int, str]]) -> list[tuple[int, tuple[str, Cell]]]:
    phrases = []
    for length in range(len(words), 0, -1):
        text = " ".join(word for _, _, word in words[:length])
        phrases.append((length, (plain_heading(text), Cell(text, words[0][0], words[length - 1][1]))))
    return phrases


def _apart(line: Line) -> list[Cell]:
    """The cells, numbers that one space keeps apart as cells of their own."""
    if line.is_table:
        return list(line.cells)
    cells: list[Cell] = []
    for cell in line.cells:
        if _NUMBERS.fullmatch(cell.text):
            cells += [
                Cell(each[0], cell.start + each.start(), cell.start + each.end()) for each in _WORD.finditer(cell.text)
            ]
        else:
            cells.append(cell)
    return cells


def _place(headings: Sequence[Heading], cell: Cell, *, is_first: bool, is_table: bool) -> int | None:
    if is_table:
        return next((place for place, heading in enumerate(headings) if heading.start == cell.start), None)
    if is_first and headings[0].start <= cell.start + _NEAR and not cell.text[:1].isdigit():
        return 0
    overlaps = [min(heading.end, cell.end) - max(heading.start, cell.start) for heading in headings]
    best = max(range(len(headings)), key=overlaps.__getitem__)
    return best if overlaps[best] > -_NEAR else None
