"""``mmn-cds feedback``."""
# ruff: noqa: PLC0415

import click

from service.cli.group import config_option, main, one_line_errors
from service.cli.printing import console_here, print_json
from service.settings import read_settings


@main.group()
def feedback() -> None:
    """What clinicians did with the cards."""


@feedback.command()
@click.option("--since", metavar="DATE-TIME", help="Count only what was received from then on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def report(since: str | None, as_json: bool, config_file: str | None) -> None:
    """Acceptance and override reasons for each rule. Comments are counted, never printed."""
    from dataclasses import asdict

    from service.store.database import Database
    from service.store.feedback import FeedbackStore
    from service.terminal.feedback_report import print_feedback
    from service.web.as_of import read_as_of

    with one_line_errors():
        database = Database(read_settings(config=config_file).store, seconds=600)
        database.migrate()
        counts = FeedbackStore(database).counts(read_as_of(since) if since else None)
        database.engine.dispose()
    if as_json:
        print_json([{"feedback": [asdict(count) for count in counts]}])
    else:
        print_feedback(console_here(), counts)
