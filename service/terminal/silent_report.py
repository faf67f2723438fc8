"""What was or would have been shown, by topic and day; and cards for review as CSV."""

import csv
from collections.abc import Iterable, Mapping
from typing import IO, Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

from service.store.card_counts import SENT, CardCounts

_SILENT = "silent"
_COLUMNS = ("topic", "card", "moment", "service", "caller", "correlation_id", "patient", "reached", "missing", "met")
# For whoever reviews.
_EMPTY = ("worth_a_card", "comment")


def print_cards(console: Console, counts: CardCounts) -> None:
    """A row for each topic, then one for each day."""
    evaluations, days = counts.evaluations.total(), len(counts.evaluations)
    if not evaluations:
        console.print("No evaluation was found.")
        return
    console.print(f"{evaluations} evaluations on {days} days")
    table = Table("cards about", "silent", "sent", "held back", "a day", "in 100 evaluations")
    for topic, cards in sorted(counts.topics.items(), key=lambda each: (-each[1].made, each[0])):
        silent, sent = cards.fates[_SILENT], cards.fates[SENT]
        numbers = (silent, sent, cards.made - silent - sent)
        rates = (cards.made / days, 100 * cards.made / evaluations)
        table.add_row(topic, *map(str, numbers), *(f"{rate:.1f}" for rate in rates))
    console.print(table)
    by_day = Table("day (UTC)", "evaluations", "cards")
    for day, number in sorted(counts.evaluations.items()):
        by_day.add_row(day.isoformat(), str(number), str(sum(cards.days[day] for cards in counts.topics.values())))
    console.print(by_day)


def write_samples(file: IO[str], samples: Iterable[tuple[UUID, Mapping[str, Any], str]]) -> int:
    """A line for each card, with empty columns for its review; how many there are."""
    writer = csv.writer(file)
    writer.writerow([*_COLUMNS, *_EMPTY])
    number = 0
    for card, row, topic in samples:
        met = sorted(name for name, verdict in row["verdicts"].get("criteria", {}).items() if verdict == "met")
        told = (row["at"].isoformat(timespec="seconds"), row["service"], row["caller"], row["correlation_id"])
        judged = (row["patient"], row["reached"], row["missing"], " ".join([*met, *row["verdicts"].get("advice", [])]))
        writer.writerow([topic, card, *told, *judged, "", ""])
        number += 1
    return number
