"""``mmn-cds serve``, ``ready`` and ``config check``."""
# ruff: noqa: PLC0415

from collections.abc import Mapping
from typing import Any

import click

from service import __version__
from service.cli.group import EXIT_UNUSABLE, config_option, main, one_line_errors
from service.settings import Settings, read_settings
from service.settings.start import authentication, warnings


@main.command()
@click.option("--host", help="Address to listen on [MMN_CDS_HOST, 127.0.0.1].")
@click.option("--port", help="Port to listen on [MMN_CDS_PORT, 8000].")
@click.option("--profile", help="local: own machine, no authentication; else production [MMN_CDS_PROFILE].")
@click.option("--workers", help="Worker processes [MMN_CDS_WORKERS, one for each core; 1 in the local profile].")
@config_option
def serve(config_file: str | None, **flags: str | None) -> None:
    """Serve over HTTP until stopped."""
    from service.web.shared_metrics import counted_together

    with counted_together():
        _serve(flags, config_file)


def _serve(flags: Mapping[str, str | None], config_file: str | None) -> None:
    from service.cli.serving import Serving
    from service.web import request_log, server

    request_log.log_to_stderr()
    with one_line_errors():
        settings = read_settings(flags, config_file)
        authentication(settings)
        request_log.warn_at_start(warnings(settings))
        serving = Serving(settings)
        _migrate_apart(settings.store)
        serving.warm_up()
        place = server.Listening(settings.host, settings.port, settings.workers, settings.threads)
        server.serve(
            serving.app,
            place,
            in_order=lambda: serving.in_order,
            on_ready=lambda: click.echo(_where_to_look(settings)),
            on_worker_start=serving.started,
            renewed=serving.renewed,
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

    with one_line_errors():
        Database(store).migrate()


@main.command()
@config_option
def ready(config_file: str | None) -> None:
    """Ask the server of this machine's settings whether it is ready: exit code 0, or 1 and the reason."""
    with one_line_errors():
        settings = read_settings(config=config_file)
    reason = _why_not_ready(settings.own_address)
    click.echo(f"not ready: {reason}" if reason else "ready")
    raise SystemExit(1 if reason else 0)


def _why_not_ready(address: str) -> str:
    import requests

    from service.errors import BadRequest
    from service.json_guard import read_json

    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(f"{address}/readyz", timeout=5, allow_redirects=False)
        except requests.Timeout:
            return f"{address} does not answer in time"
        except requests.RequestException:
            return f"nothing answers at {address}"
    if answer.status_code == requests.codes.ok:
        return ""
    try:
        outcome: Any = read_json(answer.content)
        return f"{outcome['issue'][0]['diagnostics']} ({address})"
    except (BadRequest, LookupError, TypeError):
        return f"{address}/readyz answers with status {answer.status_code}; is it this service?"


@main.group()
def config() -> None:
    """Check the settings before they are served."""


@config.command(name="check")
@click.option("--profile", help="As if served in this profile: local or production [MMN_CDS_PROFILE].")
@config_option
def check_config(config_file: str | None, profile: str | None) -> None:
    """Say what would be served, without secrets; exit code 2 and a line for each problem when nothing would."""
    from service.settings.report import report

    with one_line_errors():
        click.echo(report(read_settings({"profile": profile}, config=config_file)))


def _where_to_look(settings: Settings) -> str:
    url = settings.own_address
    return (
        f"\n  mmn-cds {__version__} serves on {url}\n"
        f"  Authentication {authentication(settings)}\n\n"
        f"  Services  curl {url}/cds-services\n"
        f"  Evaluate  curl -H 'Content-Type: application/fhir+json' --data-binary @bundle.json \\\n"
        f"              '{url}/fhir/$mmn-evaluate'\n"
        f"{f'  Page      {url}/' + chr(10) if settings.shows_page else ''}"
        f"  Rules     {url}/rules\n"
        f"  Health    {url}/healthz  {url}/readyz\n"
        "  Read on   README.md, docs/configuration.md. Stop with Ctrl-C.\n"
    )
