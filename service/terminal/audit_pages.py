"""The audit for people: what was evaluated, whether it is as it was kept, and what it would be now."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from service.audited import Difference
from service.store.audit_days import Day, Found
from service.store.audit_trail import Kept


@dataclass(frozen=True, slots=True)
class Replayed:
    """One evaluation, what is different now, and the topics of its cards now; ``why_not``: it could not be done."""

    kept: Kept
    differences: Sequence[Difference] = ()
    topics: Sequence[str] = ()
    why_not: str = ""


def print_found(console: Console, found: Iterable[Kept]) -> None:
    """A paragraph for each evaluation."""
    is_empty = True
    for kept in found:
        console.print("\n".join(_paragraph(kept)), soft_wrap=True)
        is_empty = False
    if is_empty:
        console.print("No evaluation was found.")


def print_days(console: Console, days: Sequence[Day]) -> None:
    """A line for each day, and what it means where one was changed."""
    table = Table("day (UTC)", "evaluations", "rows")
    for day in days:
        table.add_row(day.day.isoformat(), str(day.rows), day.found.value)
    console.print(table if days else "The audit is empty.")
    if any(day.found is Found.CHANGED for day in days):
        console.print("CHANGED: rows of that day are not those that its digest was made of, or the digest is not ours.")


def print_replayed(console: Console, replayed: Sequence[Replayed], made_with: str) -> None:
    """Verdicts side by side where they differ, then cards by topic, then and now."""
    for each in replayed:
        if each.differences or each.why_not:
            console.print(_heading(each.kept), soft_wrap=True)
            console.print(_side_by_side(each.differences) if each.differences else f"  {each.why_not}")
    done = [each for each in replayed if not each.why_not]
    changed = sum(bool(each.differences) for each in done)
    console.print(
        f"{len(done)} evaluations again with {made_with}: {changed} differ, {len(done) - changed} are the same."
    )
    if len(done) < len(replayed):
        console.print(f"{len(replayed) - len(done)} could not be done again.")
    console.print(_cards(done))


def _paragraph(kept: Kept) -> list[str]:
    row = kept.row
    unused = ", ".join(f"{reason} {count}" for reason, count in sorted(row["unused"].items()))
    classes = (
        f"class {row['reached']}, attainable {row['attainable']}, {row['missing']} missing; " if row["reached"] else ""
    )
    return [
        _heading(kept),
        f"  {classes}used {row['used']}, not used {sum(row['unused'].values())}{f' ({unused})' if unused else ''}",
        f"  met: {', '.join(_met(row['verdicts'])) or 'nothing'}",
        *(f"  card {card.uuid} {card.topic}, {card.indicator}, {_fate(card.held_back, row)}" for card in kept.cards),
        f"  software {row['software']}, rules {row['knowledge']} {row['knowledge_hash']}",
        f"  mappings {row['mappings_hash']}",
        f"  correlation id {row['correlation_id']}, as of {row['as_of'].isoformat()}, input {row['input_hash']}",
    ]


def _heading(kept: Kept) -> str:
    row = kept.row
    moment = row["at"].isoformat(sep=" ", timespec="seconds")
    return f"{moment}  {row['service']}  {row['caller'] or 'nobody in particular'}"


def _met(verdicts: Mapping[str, object]) -> list[str]:
    criteria, advice = verdicts.get("criteria", {}), verdicts.get("advice", [])
    met = [name for name, verdict in criteria.items() if verdict == "met"] if isinstance(criteria, dict) else []
    return [*met, *(str(each) for each in advice)] if isinstance(advice, list) else met


def _fate(held_back: str, row: Mapping[str, object]) -> str:
    if row["is_silent"]:
        return "not sent: silent mode"
    return f"held back: {held_back}" if held_back else "sent"


def _side_by_side(differences: Sequence[Difference]) -> Table:
    table = Table("", "then", "now")
    for each in differences:
        table.add_row(each.what, each.then or "-", each.now or "-")
    return table


def _cards(done: Sequence[Replayed]) -> Table:
    then = Counter(card.topic for each in done for card in each.kept.cards)
    now = Counter(topic for each in done for topic in each.topics)
    table = Table("cards about", "then", "now")
    for topic in sorted({*then, *now}):
        table.add_row(topic, str(then[topic]), str(now[topic]))
    return table
