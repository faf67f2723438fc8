"""The commands of ``docs/operating.md`` that are for a shell, run by one as they stand."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from service.store.database import Database
from service.store.feedback import Feedback, FeedbackStore
from tests.ehr.settings_file import write_settings
from tests.private_postgres import NoPostgresError, private_postgres

PAGE = (Path(__file__).parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")
THEN = datetime(2026, 11, 28, 12, tzinfo=UTC)


def blocks(kind: str) -> list[str]:
    found: list[str] = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return found


@pytest.fixture
def site(tmp_path: Path) -> Mapping[str, str]:
    """Variables of an installation on SQLite, with feedback in its store."""
    file, key = tmp_path / "store.sqlite", tmp_path / "audit.key"
    key.write_text("k" * 64, encoding="utf-8")
    key.chmod(0o600)
    settings = {"profile": "local", "store": f"sqlite:///{file}", "audit_key_file": key, "port": 1}
    configuration = write_settings(tmp_path / "mmn-cds.toml", settings, [], {})
    store = Database(f"sqlite:///{file}")
    store.migrate()
    keep_feedback(store)
    store.engine.dispose()
    return {
        "CONFIG": str(configuration),
        "MMN_CDS_CONFIG": str(configuration),
        "FILE": str(file),
        "COPY": f"{file}.copy",
    }


def keep_feedback(store: Database) -> None:
    FeedbackStore(store).keep("ehr", "x", [Feedback(uuid4(), "mmnDose", "accepted", THEN, (str(uuid4()),))], THEN)


def cards(url: str) -> int:
    store = Database(url)
    try:
        return sum(count.cards for count in FeedbackStore(store).counts())
    finally:
        store.engine.dispose()


def run(block: str, variables: Mapping[str, str], *more: Path) -> str:
    own = {name: text for name, text in os.environ.items() if not name.startswith("MMN_CDS_")}  # noqa: TID251
    path = os.pathsep.join([str(Path(sys.executable).parent), *map(str, more), own["PATH"]])
    done = subprocess.run(  # noqa: S603  # what our own page says
        [str(shutil.which("bash")), "-euo", "pipefail", "-c", block],
        env={**own, "PATH": path, **variables},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("block", blocks("bash"))
def test_a_block_of_the_page_does_what_it_says(block: str, site: Mapping[str, str]) -> None:
    assert "Traceback" not in run(block, site)
    assert cards(f"sqlite:///{site['FILE']}") == 1


def test_a_copy_of_a_file_is_a_whole_store(site: Mapping[str, str]) -> None:
    (block,) = [each for each in blocks("bash") if "VACUUM INTO" in each]
    run(block, site)
    with closing(sqlite3.connect(site["COPY"])) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert cards(f"sqlite:///{site['COPY']}") == 1


def test_what_was_dumped_of_postgresql_is_there_after_it_was_restored(tmp_path: Path) -> None:
    (block,) = blocks("postgresql")
    dump, restore = block.splitlines()
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    try:
        with private_postgres() as url:
            store = Database(url)
            store.migrate()
            keep_feedback(store)
            variables = {"DATABASE": url, "COPY": str(tmp_path / "copy")}
            run(dump, variables, *programs)
            keep_feedback(store)
            store.engine.dispose()
            assert cards(url) == 2
            run(restore, variables, *programs)
            assert cards(url) == 1
    except NoPostgresError as missing:
        pytest.skip(str(missing))


def test_the_page_answers_what_operators_ask() -> None:
    questions = ("The store is full", "The key set of an EHR is down", "A message will not go through")
    for question in (*questions, "Back up and restore", "Rotate keys"):
        assert f"\n## {question}\n" in PAGE
