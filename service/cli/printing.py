"""Answers on standard output: JSON, or pages for people."""
# ruff: noqa: PLC0415

import sys
from collections.abc import Mapping
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console


def print_json(answers: list[Mapping[str, object]]) -> None:
    """One answer as an object, several as an array."""
    import orjson

    from service.web.answers import exact_number

    click.echo(
        orjson.dumps(answers[0] if len(answers) == 1 else answers, default=exact_number, option=orjson.OPT_INDENT_2)
    )


def console_here() -> "Console":
    """The terminal, or whatever standard output is."""
    from rich.console import Console

    # What the terminal's encoding cannot say is written as a question mark.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, markup=False, emoji=False)
