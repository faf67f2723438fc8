"""The ``mmn-cds`` command itself, and what its subcommands share.

Rooms are imported inside the commands that need them: a health check must not load the rule engine.
"""
# ruff: noqa: PLC0415

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from service import __version__
from service.errors import MmnCdsError
from service.settings import Settings

if TYPE_CHECKING:
    from service.evaluate import Evaluator

EXIT_UNUSABLE = 2


@contextmanager
def one_line_errors() -> Iterator[None]:
    """What goes wrong inside ends the command: a line for each problem, and the exit code 2."""
    try:
        yield
    except MmnCdsError as error:
        for line in str(error).splitlines():
            click.echo(f"mmn-cds: {line}", err=True)
        raise SystemExit(EXIT_UNUSABLE) from None
    except OSError as error:
        click.echo(f"mmn-cds: cannot write the answer: {error.strerror}", err=True)
        raise SystemExit(EXIT_UNUSABLE) from None


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from service.knowledge.load import load

    with one_line_errors():
        knowledge = load()
    click.echo(f"mmn-cds {__version__}\nknowledge {knowledge.id} {knowledge.version} {knowledge.hash}")
    context.exit()


config_option = click.option(
    "--config", "config_file", metavar="FILE", help="The configuration file, in TOML [MMN_CDS_CONFIG, none]."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version)
def main() -> None:
    """Decision support for multifocal motor neuropathy, from FHIR. A clinician decides in the end."""


def loaded_evaluator(settings: Settings) -> "Evaluator":
    """All rules and mappings, the site's own included, loaded and checked."""
    from service.evaluate import Evaluator

    return Evaluator.load(settings.extra_mappings, by_adjusted_weight=settings.dose_by == "adjusted")
