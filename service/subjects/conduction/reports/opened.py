"""Run as a process of its own: the text of a PDF, or the first sheet of a workbook as CSV, to standard output."""

import io
import sys


def main(kind: str) -> None:
    """Read standard input; what cannot be opened ends the process with an error."""
    content = sys.stdin.buffer.read()
    sys.stdout.buffer.write((_pdf(content) if kind == "pdf" else _workbook(content)).encode())


def _pdf(content: bytes) -> str:
    from pypdf import PdfReader  # noqa: PLC0415 - only this process needs it

    return "\n".join(page.extract_text(extraction_mode="layout") for page in PdfReader(io.BytesIO(content)).pages)


def _workbook(content: bytes) -> str:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - only this process needs it

    from service.subjects.conduction.reports.files import rows_as_csv  # noqa: PLC0415

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return rows_as_csv(workbook.get_sheet_by_index(0).to_python(skip_empty_area=False))


if __name__ == "__main__":
    main(sys.argv[1])
