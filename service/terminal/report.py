"""The report: class, what is missing, criteria, conduction, what was not used."""

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.terminal.plain import part, plain, rows
from service.terminal.tables import conduction_table, criteria_table

Row = Mapping[str, object]
_CLASSES = {
    "definite": ("Definite multifocal motor neuropathy", "bold green"),
    "probable": ("Probable multifocal motor neuropathy", "bold green"),
    "possible": ("Possible multifocal motor neuropathy", "bold yellow"),
    "none": ("The criteria of multifocal motor neuropathy are not met", "bold"),
    "excluded": ("An exclusion criterion of multifocal motor neuropathy is met", "bold red"),
}
_INDICATORS = {"info": "cyan", "warning": "yellow", "critical": "bold red"}
_SHOWN_EXCLUSIONS = 12


def print_report(console: Console, answer: Row) -> None:
    """Print one answer of the evaluator: one patient, or several in ``results``."""
    for result in rows(answer, "results") or [answer]:
        for block in _blocks(result):
            console.print(block)
    for block in _listed(_exclusion_title(answer), _exclusions(answer)):
        console.print(block)


def _blocks(result: Row) -> Iterator[RenderableType]:
    evaluation = part(result, "evaluation")
    yield _headline(evaluation)
    yield from _listed("Cards", [_card(card) for card in rows(result, "cards")])
    yield from _listed("By other criteria", [_other(row) for row in rows(part(evaluation, "classification"), "others")])
    changes = rows(part(evaluation, "classification"), "wouldChange")
    yield from _listed("Missing: what would change the class", [_change(change) for change in changes])
    if criteria := rows(evaluation, "criteria"):
        yield from _titled("Criteria", criteria_table(criteria))
    if segments := rows(evaluation, "conduction"):
        yield from _titled("Motor conduction, proximal against distal response", conduction_table(segments))
    yield from _listed("Differential diagnosis", [plain(row.get("label")) for row in rows(evaluation, "differentials")])
    yield from _listed("Advice", [plain(row.get("label")) for row in rows(evaluation, "advice")])
    yield from _listed(_exclusion_title(evaluation), _exclusions(evaluation))
    yield _footer(evaluation)


def _headline(evaluation: Row) -> Panel:
    classification = part(evaluation, "classification")
    reached, attainable = str(classification.get("reached")), str(classification.get("attainable"))
    words, style = _CLASSES.get(reached, (reached, "bold"))
    if reached == "none" != attainable:
        words = "No class of multifocal motor neuropathy is reached yet"
    lines = [plain(words, style)]
    if attainable != reached:
        lines.append(Text.assemble("Attainable, with every unknown in favour: ", plain(attainable, "bold")))
    lines.append(plain(f"{evaluation.get('patient')} · as of {evaluation.get('asOf')}", "dim"))
    return Panel(Group(*lines), border_style=style.removeprefix("bold").strip() or "none", padding=(0, 1))


def _titled(title: str, content: RenderableType) -> Iterator[RenderableType]:
    yield Text(f"\n{title}", style="bold")
    yield content


def _listed(title: str, lines: list[Text]) -> Iterator[RenderableType]:
    if lines:
        grid = Table.grid(padding=(0, 1, 0, 0))
        for line in lines:
            grid.add_row(" •", line)
        yield from _titled(title, grid)


def _card(card: Row) -> Text:
    indicator = str(card.get("indicator"))
    return Text.assemble(plain(indicator, _INDICATORS.get(indicator, "")), "  ", plain(card.get("summary")))


def _other(other: Row) -> Text:
    found = f"reached {other.get('reached')}, attainable {other.get('attainable')}"
    line = Text.assemble(plain(other.get("criteriaSet"), "bold"), ": ", plain(found))
    because = other.get("differsBecause")
    return Text.assemble(line, "; ", plain(because, "dim")) if because else line


def _change(change: Row) -> Text:
    line = Text.assemble(plain(change.get("need")), " → ", plain(change.get("to"), "bold"))
    return Text.assemble(line, " ", plain(f"({change['criterion']})", "dim")) if change.get("criterion") else line


def _exclusion_title(evaluation: Row) -> str:
    counted = Counter(str(row.get("reason")) for row in rows(evaluation, "excluded"))
    summary = ", ".join(f"{count} {plain(reason)}" for reason, count in counted.most_common())
    return f"Not used: {counted.total()} ({summary})"


def _exclusions(evaluation: Row) -> list[Text]:
    excluded = rows(evaluation, "excluded")
    lines = [
        Text.assemble(plain(row.get("resource")), "  ", plain(row.get("reason"), "yellow"), "  ", _detail(row))
        for row in excluded[:_SHOWN_EXCLUSIONS]
    ]
    more = len(excluded) - _SHOWN_EXCLUSIONS
    return [*lines, Text(f"and {more} more; --json lists them all", style="dim")] if more > 0 else lines


def _detail(row: Row) -> Text:
    return plain(row["detail"], "dim") if row.get("detail") else Text("")


def _footer(evaluation: Row) -> Text:
    knowledge = part(evaluation, "knowledge")
    criteria_set = part(evaluation, "classification").get("criteriaSet")
    return Text.assemble(
        "\n",
        plain(f"Criteria {criteria_set}, knowledge {knowledge.get('id')} {knowledge.get('version')}.", "dim"),
        Text("\nThis is decision support: a clinician decides.\n", style="dim"),
    )
