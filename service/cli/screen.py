"""``mmn-cds screen``."""
# ruff: noqa: PLC0415

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.group import config_option, loaded_evaluator, main, one_line_errors
from service.cli.printing import console_here
from service.errors import BadRequest
from service.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from service.evaluate import Evaluator
    from service.screening.run import Record
    from service.screening.steps import Cluster
    from service.store.audit_key import AuditKey
    from service.store.database import Database

# A store of a large site takes its time to read.
_SECONDS = 600.0


@main.command()
@click.argument("places", nargs=-1, metavar="DIR-OR-FILE…", type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.")
@click.option("--purpose", required=True, help="Why it is done, in some words; kept in the audit.")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="Key of pseudonyms [OUT/private/key].")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True, help="How many work at once.")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True, help="Who works.")
@click.option("--master", metavar="URL", help="Master of Spark, such as yarn or local[4] [as Spark is configured].")
@click.option("--as-of", metavar="DATE-TIME", help="The moment of evaluation, such as 2026-03-04T10:20:00Z [now].")
@click.option("--from-audit", is_flag=True, help="Rank what came through the hooks, as the audit kept it.")
@config_option
def screen(places: tuple[Path, ...], config_file: str | None, **how: Any) -> None:
    """List the charts of a population that should be read again.

    Takes FHIR Bulk Data (NDJSON, .gz too), Bundles in files or lines, and Parquet. A run that was killed goes on when
    it is started again; a finished one does nothing. Asks nobody over a network.
    """
    with one_line_errors():
        if bool(places) is how["from_audit"]:
            raise BadRequest("name the folder or the files to look through, or --from-audit")
        settings = read_settings(config=config_file)
        with _opened(settings) as (database, key):
            evaluator = loaded_evaluator(settings)
            record = partial(_record, database, key, evaluator, how["purpose"])
            if how["from_audit"]:
                told: Mapping[str, Any] | None = _of_audit(database, evaluator, how)
                record(told or {}, _moment(how))
            else:
                told = _of_files(places, evaluator, how, settings, record)
    page = how["out"] / "page.html"
    if told is None:
        click.echo(f"Nothing to do: this run is finished. See {page}")
    else:
        seen = f"{told['seen']} patients seen, {told['kept']} with a seed, {told['evaluated']} evaluated"
        click.echo(f"{seen}. See {page}")


def _of_files(
    places: tuple[Path, ...], evaluator: "Evaluator", how: dict[str, Any], settings: Settings, record: "Record"
) -> Mapping[str, Any] | None:
    """The summary; None where the run was finished before."""
    from service.screening.run import Wanted
    from service.screening.run import screen as run
    from service.screening.steps import EVALUATING
    from service.terminal.progress import progress_on

    wanted = Wanted(
        places,
        how["out"],
        _key(how),
        _moment(how),
        not how["as_of"],
        how["processes"],
        settings.extra_mappings,
        _cluster(how),
    )
    with progress_on(console_here(), EVALUATING) as tell:
        outcome = run(wanted, evaluator, record, tell)
    return outcome.summary if outcome.is_new else None


def _of_audit(database: "Database", evaluator: "Evaluator", how: dict[str, Any]) -> Mapping[str, Any]:
    from service.screening.audit import screen_audit
    from service.store.audit_trail import Wanted, found

    return screen_audit(found(database, Wanted()), evaluator, how["out"], _key(how))


def _record(
    database: "Database",
    key: "AuditKey",
    evaluator: "Evaluator",
    purpose: str,
    told: Mapping[str, Any],
    as_of: datetime,
) -> None:
    from service.screening.audit import record_run
    from service.web.as_of import now

    record_run(database, key, evaluator, (now(), as_of), {**told, "purpose": purpose})


def _cluster(how: dict[str, Any]) -> "Cluster | None":
    from service.screening.spark import Spark

    if how["engine"] == "spark":
        return Spark(how["master"])
    if how["master"]:
        raise BadRequest("--master is of --engine spark")
    return None


def _key(how: dict[str, Any]) -> Path:
    return Path(how["key"] or how["out"] / "private" / "key")


def _moment(how: dict[str, Any]) -> datetime:
    from service.web.as_of import now, read_as_of

    return read_as_of(how["as_of"]) if how["as_of"] else now().replace(microsecond=0)


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple["Database", "AuditKey"]]:
    """The store that a run leaves its row in, and its key, made where there is none beside a store in a file."""
    from service.store.audit_key import AuditKey
    from service.store.database import Database

    place = settings.audit_key_file or settings.place_beside_store
    if place is None:
        raise SettingsError(
            "audit_key_file: must be given (MMN_CDS_AUDIT_KEY_FILE): each run leaves a row in the audit"
        )
    database = Database(settings.store, _SECONDS)
    database.migrate()
    try:
        yield database, AuditKey.read(place) if settings.audit_key_file else AuditKey.made_at(place)
    finally:
        database.engine.dispose()
