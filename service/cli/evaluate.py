"""``mmn-cds evaluate``."""
# ruff: noqa: PLC0415

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.group import loaded_evaluator, main, one_line_errors
from service.cli.printing import console_here, print_json
from service.errors import BadRequest, MmnCdsError
from service.settings import read_settings

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation
    from service.evaluate import Evaluator


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON: an object, or an array for several.")
@click.option("--svg", "as_svg", is_flag=True, help="Print a picture of what was measured, as SVG.")
@click.option("--picture", metavar="NAME", default="study", show_default=True, help="Of --svg: study or course.")
@click.option("--as-of", metavar="DATE-TIME", help="The moment of evaluation, such as 2026-03-04T10:20:00Z.")
def evaluate(files: tuple[str, ...], as_json: bool, as_svg: bool, picture: str, as_of: str | None) -> None:
    """Evaluate FHIR R4 Bundles from files; - reads standard input."""
    from service.web.as_of import read_as_of

    with one_line_errors():
        moment = read_as_of(as_of) if as_of else None
        settings = read_settings()
        evaluator = loaded_evaluator(settings)
        made: list[list[Evaluation]] = [[] for _ in files]
        answers = [
            _evaluated(evaluator, name, moment, settings.max_entries, each)
            for name, each in zip(files, made, strict=True)
        ]
        if as_svg:
            click.echo(_picture([evaluation for each in made for evaluation in each], picture))
            return
    with one_line_errors():
        if as_json:
            print_json(answers)
        else:
            _print_reports(files, answers, evaluator.knowledge.face.report.model_dump(), made)


def _picture(made: list["Evaluation"], name: str) -> str:
    """The picture of this name of the only patient; BadRequest where there is none, or another one too."""
    from service.pictures.all_pictures import pictures_of

    drawn = [picture for each in made for picture in pictures_of(each)]
    wanted = [picture for picture in drawn if picture.name == name]
    if len(wanted) > 1:
        raise BadRequest(f"There are {len(wanted)} pictures to draw; give one patient at a time")
    if not wanted:
        others = ", ".join(dict.fromkeys(f"--picture {picture.name}" for picture in drawn))
        beside = f"; there is {others}" if others else ""
        raise BadRequest(f"There is nothing to draw by the name {name}{beside}")
    return wanted[0].svg


def _evaluated(
    evaluator: "Evaluator", name: str, as_of: datetime | None, entry_limit: int, made: list["Evaluation"]
) -> Mapping[str, object]:
    from service.fhir.intake.posts import post_of
    from service.json_guard import read_lines, read_resources
    from service.web.as_of import now, read_as_of

    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        sent = read_lines(body, entry_limit) if name.endswith(".ndjson") else read_resources(body)
        post = post_of(sent)
        moment = as_of or (now() if post.as_of is None else read_as_of(post.as_of))
        answer: Mapping[str, object] = evaluator.evaluate_bundle(
            post.bundle, moment, entry_limit, post.subject, made.append
        )
    except OSError as error:
        raise BadRequest(f"{name}: {error.strerror}") from None
    except MmnCdsError as error:
        raise BadRequest(f"{name}: {error}") from None
    return answer


def _print_reports(
    files: tuple[str, ...],
    answers: list[Mapping[str, object]],
    titles: Mapping[str, str],
    made: list[list["Evaluation"]],
) -> None:
    from service.terminal.report import print_report

    console = console_here()
    for name, answer, evaluations in zip(files, answers, made, strict=True):
        if len(files) > 1:
            console.rule(name, style="dim")
        print_report(console, answer, titles, [each.tables for each in evaluations])
