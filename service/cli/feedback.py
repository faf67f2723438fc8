"""``mmn-cds feedback``."""
# ruff: noqa: PLC0415

from typing import TYPE_CHECKING

import click

from service.cli.group import config_option, main, one_line_errors
from service.cli.printing import console_here, print_json
from service.settings import read_settings

if TYPE_CHECKING:
    from service.terminal.feedback_report import RuleReport


@main.group()
def feedback() -> None:
    """What clinicians did with the cards."""


@feedback.command()
@click.option("--since", metavar="DATE-TIME", help="Count only what was received from then on.")
@click.option("--caller", help="Count only cards and feedback of this one, as the settings name it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def report(since: str | None, caller: str | None, as_json: bool, config_file: str | None) -> None:
    """Cards shown and held back, accepted and overridden, for each rule. Comments are counted, never printed."""
    from service.cards.all_cards import topics
    from service.knowledge.load import load
    from service.store.audit_trail import Wanted
    from service.store.card_counts import card_counts
    from service.store.database import Database
    from service.store.feedback import FeedbackStore
    from service.terminal.feedback_report import print_feedback, reports
    from service.web.as_of import read_as_of

    with one_line_errors():
        database = Database(read_settings(config=config_file).store, seconds=600)
        database.migrate()
        moment = read_as_of(since) if since else None
        counts = FeedbackStore(database).counts(moment, caller)
        made = card_counts(database, Wanted(since=moment, caller=caller))
        database.engine.dispose()
        told = reports(counts, made.topics if made.evaluations else None, topics(load()))
    if as_json:
        print_json([{"feedback": [_as_json(each) for each in told]}])
    else:
        print_feedback(console_here(), told)


def _as_json(each: "RuleReport") -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(each.feedback), "rule": each.rule, "shown": each.shown, "heldBack": each.held_back}
