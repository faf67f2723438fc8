"""``mmn-cds knowledge``: the rules, checked and in words."""
# ruff: noqa: PLC0415

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from service.cli.group import loaded_evaluator, main, one_line_errors
from service.cli.printing import console_here
from service.errors import BadRequest
from service.fhir.mappings.all_codes import all_codes, counted
from service.fhir.mappings.code_tables import RECALLED
from service.settings import read_settings


@main.group()
def knowledge() -> None:
    """Check, show and trace the rules."""


@knowledge.command()
def check() -> None:
    """Load and cross-check all YAML, the site's extra mappings included."""
    with one_line_errors():
        evaluator = loaded_evaluator(read_settings())
    loaded = evaluator.knowledge
    criteria = sum(len(stage.criteria) for stage in loaded.stages)
    click.echo(
        f"{loaded.id} {loaded.version}: {criteria} rules, {len(loaded.thresholds)} thresholds, "
        f"{len(loaded.facts)} facts, {len(loaded.sources)} sources; all in order"
    )
    for line in _codes(counted(all_codes(evaluator.mappings))):
        click.echo(line)


def _codes(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """For each code system how many codes were found in which table, and how many are recalled."""
    for system, tables in counts.items():
        checked = sum(tables.values()) - tables.get(RECALLED, 0)
        rest = "".join(f", {name} {number}" for name, number in sorted(tables.items()) if name != RECALLED)
        yield f"codes of {system}: {checked} checked{rest}; {tables.get(RECALLED, 0)} recalled"


@knowledge.command()
@click.argument("rule_id", metavar="[ID]", required=False)
def show(rule_id: str | None) -> None:
    """A rule, threshold, fact or source in words: card, numbers, source, cases. Without ID: the ids of all rules."""
    from service.knowledge.load import knowledge_root, load
    from service.knowledge.show import show as shown

    if rule_id is None:
        with one_line_errors():
            rules = load().criteria.values()
        for rule in rules:
            click.echo(f"{rule.id}  {rule.title}")
        return
    with one_line_errors():
        page = shown(load(), rule_id, knowledge_root() / "tests" / "cases")
    _print_page(page)


@knowledge.command()
def trace() -> None:
    """Each statement of the clinical brief with its rules and cases, as a Markdown table."""
    from service.knowledge.load import knowledge_root, load
    from service.knowledge.trace import trace as traced

    with one_line_errors():
        page = traced(load(), knowledge_root() / "tests" / "cases")
    click.echo(page, nl=not page.endswith("\n"))


@knowledge.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def views(folder: Path) -> None:
    """Write the SQL on FHIR views with which a data lake makes tables for `mmn-cds screen`, with this site's codes."""
    import orjson

    from service.screening.views import views_of

    with one_line_errors():
        made = views_of(loaded_evaluator(read_settings()).mappings)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, view in made.items():
                path = folder / f"{name}.json"
                path.write_bytes(orjson.dumps(view, option=orjson.OPT_INDENT_2) + b"\n")
                click.echo(path)
        except OSError as error:
            raise BadRequest(f"{folder}: {error.strerror}") from None


def _print_page(page: str) -> None:
    from rich.markdown import Markdown

    console = console_here()
    if console.is_terminal:
        console.print(Markdown(page))
    else:
        click.echo(page)
