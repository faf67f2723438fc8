"""Feedback for people: how often each rule was shown, which cards were taken, which were overridden, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from service.store.card_counts import SENT, TopicCards
from service.store.feedback import TopicCount

_UNMATCHED = "(not a card of this version)"


@dataclass(frozen=True, slots=True)
class RuleReport:
    """One topic of cards and the rule that leads it, empty where this version has none.

    ``shown`` and ``held_back`` are None where there is no audit to tell.
    """

    topic: str
    rule: str
    shown: int | None
    held_back: int | None
    feedback: TopicCount


def reports(
    counts: Sequence[TopicCount], cards: Mapping[str, TopicCards] | None, rules: Mapping[str, str]
) -> list[RuleReport]:
    """Each topic with cards or feedback, most feedback first; ``cards``: by topic, None without an audit."""
    given = {count.topic: count for count in counts}
    made = cards or {}
    told: list[RuleReport] = []
    for topic in [*given, *sorted(made.keys() - given.keys())]:
        fates = made[topic].fates if topic in made else {}
        shown = None if cards is None else fates.get(SENT, 0)
        held_back = None if cards is None else sum(fates.values()) - fates.get(SENT, 0)
        nothing = TopicCount(topic, 0, 0, 0, (), 0)
        told.append(RuleReport(topic, rules.get(topic, ""), shown, held_back, given.get(topic, nothing)))
    return told


def print_feedback(console: Console, told: Sequence[RuleReport]) -> None:
    """One row for each rule, a card by its newest outcome; below it the reasons, each with its whole key."""
    if not any(each.feedback.cards for each in told):
        console.print("No feedback yet.")
    if not told:
        return
    table = Table("rule", "shown", "held back", "accepted", "overridden", "comments")
    for each in told:
        count = each.feedback
        numbers = (_number(each.shown), _number(each.held_back), _share(count.accepted, each.shown))
        table.add_row(_name(each), *numbers, _share(count.overridden, each.shown), str(count.comments))
    console.print(table)
    for each in told:
        for reason, times in each.feedback.reasons:
            console.print(f"{_name(each)} overridden: {reason} {times}", soft_wrap=True)
    console.print("Of the cards that nobody reported on nothing is known: silence is neither acceptance nor refusal.")


def _name(each: RuleReport) -> str:
    return each.rule or each.topic or _UNMATCHED


def _number(count: int | None) -> str:
    return "-" if count is None else str(count)


def _share(count: int, shown: int | None) -> str:
    return f"{count} ({100 * count // shown} %)" if shown else str(count)
