"""The ``mmn-cds`` command: evaluate files, serve, ask whether a server is ready, read the knowledge.

Rooms are imported inside the commands that need them: a health check must not load the rule engine.
"""
# ruff: noqa: PLC0415

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service import __version__
from service.errors import BadRequest, MmnCdsError
from service.settings import Settings, read_settings
from service.settings.start import authentication, warnings

if TYPE_CHECKING:
    from rich.console import Console

    from service.evaluate import Evaluator

EXIT_UNUSABLE = 2


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except MmnCdsError as error:
        for line in str(error).splitlines():
            click.echo(f"mmn-cds: {line}", err=True)
        raise SystemExit(EXIT_UNUSABLE) from None
    except OSError as error:
        click.echo(f"mmn-cds: cannot write the answer: {error.strerror}", err=True)
        raise SystemExit(EXIT_UNUSABLE) from None


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from service.knowledge.load import load

    with _one_line_errors():
        knowledge = load()
    click.echo(f"mmn-cds {__version__}\nknowledge {knowledge.id} {knowledge.version} {knowledge.hash}")
    context.exit()


_config_option = click.option(
    "--config", "config_file", metavar="FILE", help="The configuration file, in TOML [MMN_CDS_CONFIG, none]."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version)
def main() -> None:
    """Decision support for multifocal motor neuropathy, from FHIR. A clinician decides in the end."""


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON: an object, or an array for several.")
@click.option("--as-of", metavar="DATE-TIME", help="The moment of evaluation, such as 2026-03-04T10:20:00Z.")
def evaluate(files: tuple[str, ...], as_json: bool, as_of: str | None) -> None:
    """Evaluate FHIR R4 Bundles from files; - reads standard input."""
    from service.web.as_of import now, read_as_of

    with _one_line_errors():
        moment = read_as_of(as_of) if as_of else now()
        settings = read_settings()
        evaluator = _evaluator(settings)
        answers = [_evaluated(evaluator, name, moment, settings.max_entries) for name in files]
    with _one_line_errors():
        if as_json:
            _print_json(answers)
        else:
            _print_reports(files, answers)


@main.command()
@click.option("--host", help="Address to listen on [MMN_CDS_HOST, 127.0.0.1].")
@click.option("--port", help="Port to listen on [MMN_CDS_PORT, 8000].")
@click.option("--profile", help="local: own machine, no authentication; else production [MMN_CDS_PROFILE].")
@click.option("--workers", help="Worker processes [MMN_CDS_WORKERS, one for each core; 1 in the local profile].")
@_config_option
def serve(config_file: str | None, **flags: str | None) -> None:
    """Serve over HTTP until stopped."""
    from service.web.shared_metrics import counted_together

    with counted_together():
        _serve(flags, config_file)


def _serve(flags: Mapping[str, str | None], config_file: str | None) -> None:
    from service.app import create_app
    from service.web import metrics, request_log, server

    request_log.log_to_stderr()
    with _one_line_errors():
        settings = read_settings(flags, config_file)
        authentication(settings)
        request_log.warn_at_start(warnings(settings))
        evaluator = _evaluator(settings)
        _migrate_apart(settings.store)
        app = create_app(settings, evaluator)
        place = server.Listening(settings.host, settings.port, settings.workers, settings.threads)
        server.serve(
            app,
            place,
            in_order=lambda: evaluator.in_order,
            on_ready=lambda: click.echo(_where_to_look(settings)),
            on_worker_exit=metrics.worker_exited,
        )


def _migrate_apart(store: str) -> None:
    """Bring the store to this version in a process of its own: what that takes would stay in every worker's memory."""
    from multiprocessing import Process

    process = Process(target=_migrate, args=(store,))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(EXIT_UNUSABLE)


def _migrate(store: str) -> None:
    from service.store.database import Database

    with _one_line_errors():
        Database(store).migrate()


@main.command()
@_config_option
def ready(config_file: str | None) -> None:
    """Ask the server of this machine's settings whether it is ready: exit code 0 or 1."""
    import requests

    with _one_line_errors():
        settings = read_settings(config=config_file)
    with requests.Session() as session:
        session.trust_env = False
        try:
            status = session.get(f"{_base_url(settings)}/readyz", timeout=5, allow_redirects=False).status_code
        except requests.RequestException:
            status = None
    click.echo("ready" if status == requests.codes.ok else "not ready")
    raise SystemExit(0 if status == requests.codes.ok else 1)


@main.group()
def config() -> None:
    """Check the settings before they are served."""


@config.command(name="check")
@_config_option
def check_config(config_file: str | None) -> None:
    """Say what would be served, without secrets; exit code 2 and a line for each problem when nothing would."""
    from service.settings.report import report

    with _one_line_errors():
        click.echo(report(read_settings(config=config_file)))


@main.group()
def knowledge() -> None:
    """Check, show and trace the rules."""


@knowledge.command()
def check() -> None:
    """Load and cross-check all YAML, the site's extra mappings included."""
    with _one_line_errors():
        loaded = _evaluator(read_settings()).knowledge
    criteria = sum(len(stage.criteria) for stage in loaded.stages)
    click.echo(
        f"{loaded.id} {loaded.version}: {criteria} rules, {len(loaded.thresholds)} thresholds, "
        f"{len(loaded.facts)} facts, {len(loaded.sources)} sources; all in order"
    )


@knowledge.command()
@click.argument("rule_id", metavar="ID")
def show(rule_id: str) -> None:
    """One rule in words: thresholds, sources, cases."""
    from service.knowledge.load import load
    from service.knowledge.show import show as shown

    with _one_line_errors():
        loaded = load()
        try:
            loaded.criterion(rule_id)
        except KeyError:
            ids = [criterion.id for stage in loaded.stages for criterion in stage.criteria]
            raise BadRequest(f"there is no rule {rule_id}; near it: {', '.join(_near(rule_id, ids))}") from None
        page = shown(loaded, rule_id)
    _print_page(page)


@knowledge.command()
def trace() -> None:
    """Each statement of the clinical brief with its rules and cases, as a Markdown table."""
    from service.knowledge.load import knowledge_root, load
    from service.knowledge.trace import trace as traced

    with _one_line_errors():
        page = traced(load(), knowledge_root() / "tests" / "cases")
    click.echo(page, nl=not page.endswith("\n"))


@main.group()
def feedback() -> None:
    """What clinicians did with the cards."""


@feedback.command()
@click.option("--since", metavar="DATE-TIME", help="Count only what was received from then on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def report(since: str | None, as_json: bool) -> None:
    """Acceptance and override reasons for each rule. Comments are counted, never printed."""
    from dataclasses import asdict

    from service.store.database import Database
    from service.store.feedback import FeedbackStore
    from service.terminal.feedback_report import print_feedback
    from service.web.as_of import read_as_of

    with _one_line_errors():
        database = Database(read_settings().store)
        database.migrate()
        counts = FeedbackStore(database).counts(read_as_of(since) if since else None)
    if as_json:
        _print_json([{"feedback": [asdict(count) for count in counts]}])
    else:
        print_feedback(_console(), counts)


def _evaluator(settings: Settings) -> "Evaluator":
    from service.evaluate import Evaluator

    return Evaluator.load(settings.extra_mappings)


def _evaluated(evaluator: "Evaluator", name: str, as_of: datetime, entry_limit: int) -> Mapping[str, object]:
    from service.json_guard import read_json

    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        answer: Mapping[str, object] = evaluator.evaluate_bundle(read_json(body), as_of, entry_limit)
    except OSError as error:
        raise BadRequest(f"{name}: {error.strerror}") from None
    except MmnCdsError as error:
        raise BadRequest(f"{name}: {error}") from None
    return answer


def _print_json(answers: list[Mapping[str, object]]) -> None:
    import orjson

    from service.web.answers import exact_number

    click.echo(
        orjson.dumps(answers[0] if len(answers) == 1 else answers, default=exact_number, option=orjson.OPT_INDENT_2)
    )


def _print_reports(files: tuple[str, ...], answers: list[Mapping[str, object]]) -> None:
    from service.terminal.report import print_report

    console = _console()
    for name, answer in zip(files, answers, strict=True):
        if len(files) > 1:
            console.rule(name, style="dim")
        print_report(console, answer)


def _print_page(page: str) -> None:
    from rich.markdown import Markdown

    console = _console()
    if console.is_terminal:
        console.print(Markdown(page))
    else:
        click.echo(page)


def _console() -> "Console":
    from rich.console import Console

    # What the terminal's encoding cannot say is written as a question mark.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, markup=False, emoji=False)


def _near(rule_id: str, ids: list[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(rule_id, ids, n=3, cutoff=0.3) or ids[:3]


def _base_url(settings: Settings) -> str:
    # A server that listens on every address is asked at the nearest one.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _where_to_look(settings: Settings) -> str:
    url = _base_url(settings)
    return (
        f"\n  mmn-cds {__version__} serves on {url}\n"
        f"  Authentication {authentication(settings)}\n\n"
        f"  Services  curl {url}/cds-services\n"
        f"  Evaluate  curl -H 'Content-Type: application/fhir+json' --data-binary @bundle.json \\\n"
        f"              '{url}/fhir/$mmn-evaluate'\n"
        f"  Health    {url}/healthz  {url}/readyz\n"
        "  Read on   README.md, docs/configuration.md. Stop with Ctrl-C.\n"
    )
