"""``mmn-cds work``."""
# ruff: noqa: PLC0415

import click

from service.cli.group import config_option, loaded_evaluator, main, one_line_errors
from service.errors import StoreUnavailable
from service.settings import read_settings


@main.command()
@config_option
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Answer GET /metrics on this port [none].")
def work(config_file: str | None, metrics_port: int | None) -> None:
    """Work on notifications beside the server, on PostgreSQL, until stopped; several may work side by side."""
    from service.web.shared_metrics import counted_alone

    # Before anything below imports the library that counts.
    counted_alone()
    from service.notifications import jobs
    from service.notified import notification_site, notification_worker
    from service.settings.start import authentication
    from service.store.database import Database
    from service.web import request_log
    from service.web.metrics import Metrics

    request_log.log_to_stderr()
    with one_line_errors():
        settings = read_settings(config=config_file)
        authentication(settings)
        if not settings.has_server_store:
            raise StoreUnavailable("store: on SQLite the server itself works on notifications; set a postgresql:// URL")
        database = Database(settings.store)
        site = notification_site(settings, database)
        if site is None:
            raise StoreUnavailable('bearer_tokens: nobody may notify; give a token may = ["notify"] and a fhir_server')
        evaluator = loaded_evaluator(settings)
        database.migrate()
        counts = Metrics()
        if metrics_port:
            counts.serve(metrics_port)
        jobs.work(notification_worker(settings, site, evaluator, counts), database.conninfo)
