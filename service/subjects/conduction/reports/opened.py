"""Run as a process of its own: the text of a PDF, or the sheets of a workbook as CSV, to standard output."""
# ruff: noqa: PLC0415 - only this process needs the libraries

import csv
import io
import sys
from collections.abc import Iterator, Sequence

# Exit codes of this process, and what each says to the sender.
_ENCRYPTED, _TOO_MANY_PAGES, _TOO_MANY_SHEETS = 3, 4, 5
_MOST_PAGES, _MOST_SHEETS = 60, 20
WHY_NOT = {
    _ENCRYPTED: "it is encrypted; send it without a password",
    _TOO_MANY_PAGES: f"it has over {_MOST_PAGES} pages",
    _TOO_MANY_SHEETS: f"it has over {_MOST_SHEETS} sheets",
}
# What stands for the name of a sheet that is more than a name, and for a sheet that nobody sees.
_NEXT, _HIDDEN = "next sheet", "hidden sheet"


def main(kind: str) -> None:
    """Read standard input; what cannot be opened ends the process with an error."""
    content = sys.stdin.buffer.read()
    sys.stdout.buffer.write((_pdf(content) if kind == "pdf" else _workbook(content)).encode())


def _pdf(content: bytes) -> str:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        sys.exit(_ENCRYPTED)
    if len(reader.pages) > _MOST_PAGES:
        sys.exit(_TOO_MANY_PAGES)
    return "\n".join(page.extract_text(extraction_mode="layout") for page in reader.pages)


def _workbook(content: bytes) -> str:
    """All sheets one below the other, each of several under a row with its name; of a hidden one that row alone."""
    from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        sys.exit(_ENCRYPTED)
    sheets = workbook.sheets_metadata
    if len(sheets) > _MOST_SHEETS:
        sys.exit(_TOO_MANY_SHEETS)
    rows: list[Sequence[object]] = []
    for sheet in sheets:
        is_shown = sheet.visible is SheetVisibleEnum.Visible
        if len(sheets) > 1:
            rows.append([_title(sheet.name) if is_shown else _HIDDEN])
        if is_shown:
            rows += workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
    return _as_csv(rows)


def _title(name: str) -> str:
    """A name of words may name the kind of study; in any other a number would look like a value."""
    return name if name.replace(" ", "").isalpha() else _NEXT


def _as_csv(rows: Sequence[Sequence[object]]) -> str:
    """Rows of sheets as CSV, a number in the shortest way that it can be written."""
    out = io.StringIO()
    csv.writer(out).writerows(list(_cells(row)) for row in rows)
    return out.getvalue()


def _cells(row: Sequence[object]) -> Iterator[str]:
    for value in row:
        is_whole = isinstance(value, float) and value.is_integer()
        yield str(int(value)) if is_whole and isinstance(value, float) else "" if value is None else str(value)


if __name__ == "__main__":
    main(sys.argv[1])
