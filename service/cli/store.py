"""``mmn-cds store``: the form of the tables, up and down."""
# ruff: noqa: PLC0415

import click

from service.cli.group import config_option, main, one_line_errors
from service.settings import read_settings


@main.group()
def store() -> None:
    """The form of the tables in the store."""


@store.command()
@config_option
def show(config_file: str | None) -> None:
    """Which form the tables have, and which this release needs."""
    from service.store.database import Database
    from service.store.revisions import present_revision, revisions

    with one_line_errors():
        database = Database(read_settings(config=config_file).store)
        with database.transaction() as connection:
            present = present_revision(connection)
        database.engine.dispose()
    click.echo(f"The tables have the form {present or 'of an empty store'}; this release needs {revisions()[-1]}")


@store.command()
@config_option
def upgrade(config_file: str | None) -> None:
    """Bring the tables to the form of this release, as a start of the service does."""
    _move(config_file, "head")


@store.command()
@click.argument("form")
@click.confirmation_option(prompt="What the older form has no place for is deleted. Go on?")
@config_option
def downgrade(form: str, config_file: str | None) -> None:
    """Take the tables back to an older FORM, for an older release; see docs/operating.md."""
    _move(config_file, form)


def _move(config_file: str | None, form: str) -> None:
    from service.store.database import Database

    with one_line_errors():
        Database(read_settings(config=config_file).store).migrate(form)
    click.echo("done")
