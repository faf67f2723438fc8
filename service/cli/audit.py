"""``mmn-cds audit``."""
# ruff: noqa: PLC0415

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from service.cli.group import config_option, main, one_line_errors
from service.cli.printing import console_here, print_json
from service.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from service.evaluate import Evaluator
    from service.store.audit_key import AuditKey
    from service.store.audit_trail import Kept, Wanted
    from service.store.card_counts import CardCounts
    from service.store.database import Database
    from service.terminal.audit_pages import Replayed
    from service.trust.sealing import Sealing

# A day of a large site takes its time to read.
_SECONDS = 3600.0
_EXIT_CHANGED = 1
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
Command = Callable[..., Any]


@main.group()
def audit() -> None:
    """What was evaluated, for whom, with which rules, and which cards came of it."""


def _which(command: Command) -> Command:
    """The options that say which evaluations are meant."""
    for option in (
        click.option("--caller", help="Only those for this caller, as the settings name it."),
        click.option("--until", metavar="DATE-TIME", help="Only those before then."),
        click.option("--since", metavar="DATE-TIME", help="Only those from then on."),
        click.option("--patient", metavar="REF", help="Only those of this patient, such as Patient/p1."),
        click.option("--card", type=click.UUID, help="Only the one that made this card."),
    ):
        command = option(command)
    return command


@audit.command()
@_which
@_json_option
@config_option
def find(as_json: bool, config_file: str | None, **which: Any) -> None:
    """Say why a card was shown: evaluations with their verdicts, cards and versions, oldest first."""
    from service.store.audit_trail import found
    from service.terminal.audit_pages import print_found

    with _opened(config_file) as store:
        kept = found(store.database, _wanted(which, store.key))
        if as_json:
            print_json([{"evaluations": [_as_json(each) for each in kept]}])
        else:
            print_found(console_here(), kept)


@audit.command()
@_json_option
@config_option
def verify(as_json: bool, config_file: str | None) -> None:
    """Hold the rows of each day against their signed digest; exit code 1 when a day was changed."""
    from service.store.audit_days import AuditDays, Found
    from service.terminal.audit_pages import print_days
    from service.web.as_of import now

    with _opened(config_file) as store:
        days = AuditDays(store.database, store.key).verified(now())
    if as_json:
        print_json([{"days": [{"day": day.day, "evaluations": day.rows, "rows": day.found} for day in days]}])
    else:
        print_days(console_here(), days)
    raise SystemExit(_EXIT_CHANGED if any(day.found is Found.CHANGED for day in days) else 0)


@audit.command()
@config_option
def close(config_file: str | None) -> None:
    """Give each day that is over its signed digest, and delete days whose time is over; to be run once a day."""
    from service.store.audit_days import AuditDays
    from service.store.said import forget
    from service.web.as_of import now

    with _opened(config_file) as store:
        days, settings, moment = AuditDays(store.database, store.key), store.settings, now()
        closed = days.close(moment)
        deleted = days.delete(moment, settings.audit_days, settings.audit_input_days)
        forget(store.database, moment)
    click.echo(f"{len(closed)} days closed, the rows of {len(deleted)} days deleted")


@audit.command()
@_which
@click.option(
    "--knowledge",
    "root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Directory with rules/ and fhir_mappings/ of another version; else those that are installed.",
)
@_json_option
@config_option
def replay(root: Path | None, as_json: bool, config_file: str | None, **which: Any) -> None:
    """Evaluate again what was kept encrypted, and show what differs: verdicts, class, advice and cards side by side."""
    from service.evaluate import Evaluator
    from service.terminal.audit_pages import print_replayed

    with _opened(config_file) as store:
        sealing, evaluator = _sealing(store.settings), Evaluator.load(store.settings.extra_mappings, root)
        replayed = list(_replayed(store, _wanted(which, store.key), sealing, evaluator))
    if as_json:
        print_json([{"evaluations": [_replayed_as_json(each) for each in replayed]}])
    else:
        made_with = f"rules {evaluator.knowledge.version} {evaluator.knowledge.hash}"
        print_replayed(console_here(), replayed, made_with)


@audit.command()
@_which
@click.option("--service", help="Only those of this service, such as mmn-patient-view.")
@click.option(
    "--samples",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Also write cards for review to this file, as CSV.",
)
@click.option("--of-each", type=click.IntRange(1), default=20, help="So many cards of each topic [20].")
@_json_option
@config_option
def report(
    service: str | None, samples: IO[str] | None, of_each: int, as_json: bool, config_file: str | None, **which: Any
) -> None:
    """Say what was shown, or would have been in silent mode: cards by topic and by day."""
    from service.store import card_counts
    from service.terminal.silent_report import print_cards, write_samples

    with _opened(config_file) as store:
        wanted = replace(_wanted(which, store.key), service=service)
        counts = card_counts.card_counts(store.database, wanted)
        if as_json:
            print_json([_counts_as_json(counts)])
        else:
            print_cards(console_here(), counts)
        if samples is not None:
            number = write_samples(samples, card_counts.samples(store.database, wanted, of_each))
            click.echo(f"{number} cards for review were written", err=True)


@dataclass(frozen=True, slots=True)
class _Store:
    """What the commands read: the store, and the key of its hashes."""

    settings: Settings
    database: "Database"
    key: "AuditKey"


@contextmanager
def _opened(config_file: str | None) -> Iterator[_Store]:
    from service.store.audit_key import AuditKey
    from service.store.database import Database

    with one_line_errors():
        settings = read_settings(config=config_file)
        key = AuditKey.read(_key_place(settings))
        database = Database(settings.store, _SECONDS)
        database.migrate()
        try:
            yield _Store(settings, database, key)
        finally:
            database.engine.dispose()


def _key_place(settings: Settings) -> Path:
    """The key that the service uses, whichever profile it has."""
    beside = settings.place_beside_store
    place = settings.audit_key_file or (beside if beside is not None and beside.is_file() else None)
    if place is None:
        raise SettingsError("audit_key_file: must be given (MMN_CDS_AUDIT_KEY_FILE): the one that the service uses")
    return place


def _wanted(which: dict[str, Any], key: "AuditKey") -> "Wanted":
    from service.store.audit_trail import Wanted
    from service.web.as_of import read_as_of

    since, until = (read_as_of(which[name]) if which[name] else None for name in ("since", "until"))
    patient = key.of_patient(_reference(which["patient"])) if which["patient"] else None
    return Wanted(which["card"], patient, since, until, which["caller"])


def _reference(patient: str) -> str:
    # A bare id is meant, where there is no address in it.
    return patient if {"/", ":"} & set(patient) else f"Patient/{patient}"


def _sealing(settings: Settings) -> "Sealing":
    from service.trust.sealing import Sealing

    if settings.audit_input_key_file is None:
        raise SettingsError(
            "audit_input_key_file: must be given (MMN_CDS_AUDIT_INPUT_KEY_FILE): nothing was kept without"
        )
    return Sealing.read(settings.audit_input_key_file)


def _replayed(store: _Store, wanted: "Wanted", sealing: "Sealing", evaluator: "Evaluator") -> Iterator["Replayed"]:
    from service.audited import differences
    from service.errors import MmnCdsError
    from service.store.audit_trail import content_of, found
    from service.terminal.audit_pages import Replayed
    from service.web.replay import evaluated_again

    for kept in found(store.database, wanted):
        sealed = content_of(store.database, kept.row)
        if sealed is None:
            yield Replayed(kept, why_not="its input was not kept, or its time is over")
            continue
        try:
            made = evaluated_again(sealing.opened(sealed, kept.row["input_hash"]), kept.row["as_of"], evaluator)
        except MmnCdsError as error:
            yield Replayed(kept, why_not=str(error))
            continue
        for again in made:
            if store.key.of_patient(again.patient) == kept.row["patient"]:
                yield Replayed(kept, differences(kept, again.concluded, again.topics), again.topics)


def _as_json(kept: "Kept") -> dict[str, object]:
    cards = [
        {"card": card.uuid, "topic": card.topic, "indicator": card.indicator, "heldBack": card.held_back}
        for card in kept.cards
    ]
    return {**kept.row, "cards": cards}


def _counts_as_json(counts: "CardCounts") -> dict[str, object]:
    topics = [
        {
            "topic": topic,
            "made": cards.made,
            "fates": dict(cards.fates),
            "days": {day.isoformat(): number for day, number in sorted(cards.days.items())},
        }
        for topic, cards in sorted(counts.topics.items())
    ]
    return {
        "evaluations": {day.isoformat(): number for day, number in sorted(counts.evaluations.items())},
        "cards": topics,
    }


def _replayed_as_json(each: "Replayed") -> dict[str, object]:
    from dataclasses import asdict

    told = {"differences": [asdict(one) for one in each.differences], "cardsNow": list(each.topics)}
    return {**_as_json(each.kept), **told, **({"notDone": each.why_not} if each.why_not else {})}
