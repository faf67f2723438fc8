"""So many kills, and then what there is held against what was promised."""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, select

from service.store.audit_days import AuditDays, Found
from service.store.audit_key import AuditKey
from service.store.audit_rows import insert_rows
from service.store.database import Database
from service.store.notification_tables import DELIVERIES, ERRANDS, RECEIPTS
from service.store.tables import EVALUATIONS
from service.web.as_of import now
from tests.bench.servers import free_port
from tests.killing.engines import Engines
from tests.killing.hospital import PATIENTS, Hospital
from tests.killing.processes import Processes
from tests.killing.report import Report
from tests.unit.store.audit_samples import audit_card, audit_row

_LOG = logging.getLogger(__name__)
_PATIENCE = 180.0
_DAYS_BEFORE, _ROWS_OF_A_DAY = 20, 50
_LONGEST_ID = 32


def run(kills: int, store: str, place: Path, seed: int = 1) -> Report:
    """So many kills, and what came of them."""
    report, port, begun = Report(), free_port(), time.monotonic()
    # A machine that is busy with this has its time.
    database = Database(store, _PATIENCE)
    database.migrate()
    _keep_earlier_days(database)
    hospital = Hospital(place, store, port)
    with hospital.ehr:
        processes = Processes(hospital.settings, has_workers=store.startswith("postgresql"))
        engines = Engines(port, hospital, report)
        sending = threading.Thread(target=engines.run, daemon=True)
        sending.start()
        try:
            _kill(kills, processes, engines, report, random.Random(seed))  # noqa: S311  # a series, not a secret
            engines.stopping.set()
            _have(lambda: not sending.is_alive(), processes)
            _check_messages(engines, hospital, processes, report)
            _wait(lambda: not _waits(database), processes, time.monotonic() + _PATIENCE)
        finally:
            processes.stop()
        _check_effects(database, hospital, report)
        _check_audit(database, engines, processes, report)
    database.engine.dispose()
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def _keep_earlier_days(database: Database) -> None:
    """Days that are over, so that there is something to close in the middle of which a kill may come."""
    first = now().replace(hour=12) - timedelta(days=_DAYS_BEFORE)
    moments = [first + timedelta(days=day, seconds=row) for day in range(_DAYS_BEFORE) for row in range(_ROWS_OF_A_DAY)]
    with database.transaction() as connection:
        insert_rows(connection, [audit_row(audit_card(), at=moment) for moment in moments])


def _kill(kills: int, processes: Processes, engines: Engines, report: Report, chosen: random.Random) -> None:
    for _ in range(kills):
        before = len(engines.locations)
        # Something has to be under way, or there is nothing to lose.
        _have(lambda before=before: len(engines.locations) >= before + 3, processes)  # type: ignore[misc]
        time.sleep(chosen.random() * 0.5)
        report.kills[processes.kill(chosen)] += 1
        _LOG.info("%s", report.kills)


def _have(is_so: Callable[[], bool], processes: Processes) -> None:
    """Wait for what has to come, whatever was killed: without it there is nothing to judge, and no end."""
    _wait(is_so, processes, time.monotonic() + _PATIENCE)
    assert is_so(), processes.last_lines()


def _wait(is_so: Callable[[], bool], processes: Processes, end: float) -> None:
    while not is_so() and time.monotonic() < end:
        processes.restart_ended()
        time.sleep(0.05)


def _waits(database: Database) -> bool:
    with database.reading() as connection:
        waiting = select(func.count()).select_from(DELIVERIES).where(DELIVERIES.c.state == "waiting")
        return bool(connection.execute(waiting).scalar_one())


def _check_messages(engines: Engines, hospital: Hospital, processes: Processes, report: Report) -> None:
    report.acknowledged = len(engines.locations)
    # All first: what an earlier message is answered with is the newest there is of its patient.
    end = time.monotonic() + _PATIENCE
    for number in engines.locations:
        _wait(lambda number=number: engines.became(number) is not None, processes, end)  # type: ignore[misc]
    for number in engines.locations:
        became = engines.became(number)
        if became is None or became["status"] != "done":
            report.lost += 1
        else:
            report.wrong += not _is_right(became["results"], number % PATIENTS, hospital)


def _is_right(results: list[Any], patient: int, hospital: Hospital) -> bool:
    told = [(each["evaluation"]["patient"], each["evaluation"]["classification"]["reached"]) for each in results]
    return [(name, hospital.is_right(patient, reached)) for name, reached in told] == [(f"Patient/p{patient}", True)]


def _check_effects(database: Database, hospital: Hospital, report: Report) -> None:
    """Each change was told once and in order, and what was told last is so."""
    with database.reading() as connection:
        report.receipts = connection.execute(select(func.count()).select_from(RECEIPTS)).scalar_one()
    report.told = len(hospital.told)
    for patient in range(PATIENTS):
        told = [each for each in hospital.told.values() if each["patient"] == f"Patient/p{patient}"]
        classes = ["none", *(each["classification"]["reached"] for each in told)]
        report.out_of_step += sum(each["reachedBefore"] != before for each, before in zip(told, classes, strict=False))
        on_server = list(_on_server(hospital, patient))
        report.mistold += not hospital.is_right(patient, classes[-1])
        report.mistold += len(on_server) != 1 or not hospital.is_right(patient, on_server[0])


def _on_server(hospital: Hospital, patient: int) -> Iterator[str]:
    """The class in each GuidanceResponse of a patient."""
    for each in hospital.ehr.resources:
        if each["resourceType"] == "GuidanceResponse" and each["subject"] == {"reference": f"Patient/p{patient}"}:
            told = {row["name"]: row["valueString"] for row in each["contained"][0]["parameter"]}
            yield "none" if each["status"] == "entered-in-error" else told["reached"]


def _check_audit(database: Database, engines: Engines, processes: Processes, report: Report) -> None:
    with database.reading() as connection:
        ids = Counter(connection.execute(select(EVALUATIONS.c.correlation_id)).scalars())
        asked = {row.key[:_LONGEST_ID]: row.asked for row in connection.execute(select(ERRANDS.c.key, ERRANDS.c.asked))}
    report.evaluated = len(engines.answered)
    report.unaudited = sum(ids[each] != 1 for each in engines.answered)
    report.repeated = sum(not 0 < ids[each] <= times for each, times in asked.items())
    _verify(database, processes, report)


def _verify(database: Database, processes: Processes, report: Report) -> None:
    """As an operator does, and once more when the day of the kills is over."""
    for command in ("close", "verify"):
        report.changed += processes.command("audit", command).returncode != 0
    told = orjson.loads(processes.command("audit", "verify", "--json").stdout)["days"]
    closed = [each for each in told if each["rows"] == Found.UNCHANGED]
    report.changed += sum(each["rows"] == Found.CHANGED for each in told)
    report.days = len(closed) if all(each["evaluations"] == _ROWS_OF_A_DAY for each in closed[:-1]) else 0
    later = now() + timedelta(days=2)
    days = AuditDays(database, AuditKey(b"k" * 32))
    days.close(later)
    report.changed += sum(day.found is Found.CHANGED for day in days.verified(later))
