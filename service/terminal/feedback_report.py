"""Feedback for people: which cards were taken, which were overridden, and why."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from service.store.feedback import TopicCount

_UNMATCHED = "(not a card of this version)"
_MOST_REASONS = 3


def print_feedback(console: Console, counts: Sequence[TopicCount]) -> None:
    """One row for each topic of cards; a card counts once, by its newest outcome."""
    if not counts:
        console.print("No feedback yet.")
        return
    table = Table("cards about", "cards", "accepted", "overridden", "override reasons", "comments")
    for count in counts:
        accepted = f"{count.accepted} ({100 * count.accepted // count.cards} %)"
        reasons = ", ".join(f"{_code(reason)} {times}" for reason, times in count.reasons[:_MOST_REASONS])
        numbers = (str(count.cards), accepted, str(count.overridden))
        table.add_row(count.topic or _UNMATCHED, *numbers, reasons, str(count.comments))
    console.print(table)
    console.print("Cards that nobody reported on are not in it: silence is neither acceptance nor refusal.")


def _code(reason: str) -> str:
    return reason.rpartition("|")[2]
