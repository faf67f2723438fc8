"""The report: class, what is missing, criteria, what subjects show, what was not used."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from service.domain.reading import Table
from service.terminal.plain import part, plain, rows
from service.terminal.tables import criteria_table, section_table

Row = Mapping[str, object]
_CLASSES = {"definite": "bold green", "probable": "bold green", "possible": "bold yellow", "excluded": "bold red"}
_INDICATORS = {"info": "cyan", "warning": "yellow", "critical": "bold red"}
_SHOWN_EXCLUSIONS = 12


def print_report(console: Console, answer: Row, titles: Mapping[str, str], tables: Sequence[Sequence[Table]]) -> None:
    """Print one answer of the evaluator: one patient, or several in ``results``.

    ``titles``: what is said of each class, and of an open one. ``tables``: of each patient, those of the sections.
    """
    for number, result in enumerate(rows(answer, "results") or [answer]):
        for block in _blocks(result, titles, tables[number] if number < len(tables) else ()):
            console.print(block)
    for block in _listed(_exclusion_title(answer), _exclusions(answer)):
        console.print(block)


def _blocks(result: Row, titles: Mapping[str, str], tables: Sequence[Table]) -> Iterator[RenderableType]:
    evaluation = part(result, "evaluation")
    yield _headline(evaluation, titles)
    yield from _listed("Cards", [_card(card) for card in rows(result, "cards")])
    yield from _listed("By other criteria", [_other(row) for row in rows(part(evaluation, "classification"), "others")])
    changes = rows(part(evaluation, "classification"), "wouldChange")
    yield from _listed("Missing: what would change the class", [_change(change) for change in changes])
    if criteria := rows(evaluation, "criteria"):
        yield from _titled("Criteria", criteria_table(criteria))
    for table in tables:
        yield from _titled(table.title, section_table(table))
    yield from _listed("Differential diagnosis", [plain(row.get("label")) for row in rows(evaluation, "differentials")])
    yield from _listed("Advice", [plain(row.get("label")) for row in rows(evaluation, "advice")])
    yield from _listed(_exclusion_title(evaluation), _exclusions(evaluation))
    yield _footer(evaluation)


def _headline(evaluation: Row, titles: Mapping[str, str]) -> Panel:
    classification = part(evaluation, "classification")
    reached, attainable = str(classification.get("reached")), str(classification.get("attainable"))
    style = _CLASSES.get(reached, "bold")
    lines = [plain(titles.get("open" if reached == "none" != attainable else reached, reached), style)]
    if attainable != reached:
        lines.append(Text.assemble("Attainable, with every unknown in favour: ", plain(attainable, "bold")))
    lines.append(plain(f"{evaluation.get('patient')} · as of {evaluation.get('asOf')}", "dim"))
    return Panel(Group(*lines), border_style=style.removeprefix("bold").strip() or "none", padding=(0, 1))


def _titled(title: str, content: RenderableType) -> Iterator[RenderableType]:
    yield Text(f"\n{title}", style="bold")
    yield content


def _listed(title: str, lines: list[Text]) -> Iterator[RenderableType]:
    if lines:
        grid = Grid.grid(padding=(0, 1, 0, 0))
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
