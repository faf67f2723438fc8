"""``mmn-cds read-report``."""

import sys
from pathlib import Path
from typing import Any

import click

from service.cli.group import loaded_evaluator, main, one_line_errors
from service.cli.printing import print_json
from service.errors import BadRequest, Unprocessable
from service.settings import read_settings

_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".hl7": "application/hl7-v2",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@main.command("read-report")
@click.argument("file", metavar="FILE")
@click.option("--layout", default="", help="The layout of the report; without it the one whose headings fit.")
@click.option("--language", default="", help="The language of the report, such as es.")
@click.option("--subject", default="", help="The patient of the report, such as Patient/p1.")
@click.option("--performed", default="", help="The day of the study, such as 2026-03-04, where the report has none.")
def read_report(file: str, **said: str) -> None:
    """Read a report of nerve conduction studies: a Bundle on standard output, line by line what was read on the other.

    CSV, TSV, XLSX, plain text, PDF with a text layer, or HL7 v2; - reads standard input.
    """
    with one_line_errors():
        content = _content(file)
        media = _MEDIA_TYPES.get(Path(file).suffix.lower(), "text/plain")
        evaluator = loaded_evaluator(read_settings())
        try:
            answer = evaluator.read_report(content, media, **said)
        except Unprocessable as nothing:
            for line in nothing.details:
                click.echo(line, err=True)
            raise
    _print_lines(answer["lines"])
    with one_line_errors():
        print_json([answer["bundle"]])  # type: ignore[list-item]


def _content(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise BadRequest(f"{file}: {error.strerror}") from None


def _print_lines(rows: Any) -> None:
    for row in rows:
        reason = f": {row['reason']}" if "reason" in row else ""
        click.echo(f"line {row['line']} {row['outcome'].replace('_', ' ')}{reason}", err=True)
