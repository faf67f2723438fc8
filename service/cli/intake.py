"""``mmn-cds intake``."""
# ruff: noqa: PLC0415

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from service.cli.group import config_option, main, one_line_errors
from service.cli.printing import console_here, print_json
from service.errors import BadRequest, MmnCdsError
from service.settings import read_settings

if TYPE_CHECKING:
    from service.notifications.site import Site

_DROPPED = "given up by whoever runs the service"


@main.group()
def intake() -> None:
    """Notifications that wait or cannot be worked on."""


@contextmanager
def _site(config_file: str | None) -> Iterator["Site"]:
    """How notifications are set up here, as the server has them."""
    from service.notified import notification_site
    from service.store.database import Database

    with one_line_errors():
        settings = read_settings(config=config_file)
        database = Database(settings.store)
        site = notification_site(settings, database)
        if site is None:
            raise BadRequest('bearer_tokens: nobody may notify; give a token may = ["notify"] and a fhir_server')
        try:
            database.migrate()
            yield site
        finally:
            database.engine.dispose()


@intake.command(name="list")
@click.option("--dead", "is_dead_only", is_flag=True, help="Only dead letters.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def list_letters(is_dead_only: bool, as_json: bool, config_file: str | None) -> None:
    """What waits and what is dead, oldest first: messages, and results on their way. Names no patient."""
    from service.store.standing import letters
    from service.terminal.letters import as_row, print_letters

    with _site(config_file) as site, site.database.transaction() as connection:
        found = letters(connection, is_dead_only=is_dead_only)
    if as_json:
        print_json([{"letters": [as_row(each) for each in found]}])
    else:
        print_letters(console_here(), found)


@intake.command()
@click.argument("letter_id", metavar="ID")
@config_option
def show(letter_id: str, config_file: str | None) -> None:
    """One of them with what it is about: this names the patient, or prints what was sent."""
    from service.store.standing import letter
    from service.terminal.letters import as_row

    with _site(config_file) as site:
        with site.database.transaction() as connection:
            found = letter(connection, letter_id)
        for name, text in as_row(found).items():
            click.echo(f"{name:9} {text}")
        click.echo("")
        try:
            click.echo(site.safe.open(found.content))
        except MmnCdsError as problem:
            click.echo(str(problem))


@intake.command()
@click.argument("letter_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="All dead letters.")
@config_option
def retry(letter_ids: tuple[str, ...], is_all: bool, config_file: str | None) -> None:
    """Try dead letters, or what waits, again at once."""
    from service.store import standing

    with _site(config_file) as site, site.database.transaction() as connection:
        found = [standing.letter(connection, each) for each in letter_ids]
        found += standing.letters(connection, is_dead_only=True) if is_all else []
        for each in found:
            standing.retry(connection, site.queue.wake, each, site.now())
    click.echo(f"{len(found)} will be tried again")


@intake.command()
@click.argument("letter_ids", metavar="ID...", nargs=-1, required=True)
@config_option
def drop(letter_ids: tuple[str, ...], config_file: str | None) -> None:
    """Give up what is dead or waits, for good."""
    from service.store import standing

    with _site(config_file) as site, site.database.transaction() as connection:
        for each in [standing.letter(connection, one) for one in letter_ids]:
            standing.drop(connection, each, _DROPPED)
    click.echo(f"{len(letter_ids)} given up")


@intake.command()
@click.option("--since", metavar="DATE-TIME", required=True, help="Messages received from then on.")
@click.option("--until", metavar="DATE-TIME", help="And before then; all when left out.")
@config_option
def replay(since: str, until: str | None, config_file: str | None) -> None:
    """Do again what the messages of a time asked for, such as after an outage or under new rules."""
    from service.store import standing
    from service.web.as_of import read_as_of

    with _site(config_file) as site, site.database.transaction() as connection:
        now = site.now()
        end = read_as_of(until) if until else now
        count = standing.replay(connection, site.queue.wake, read_as_of(since), end, now)
    click.echo(f"{count} will be done again")
