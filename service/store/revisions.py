"""Which form the tables have, and the way from one form to another."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from service.errors import StoreUnavailable

_MIGRATIONS = Path(__file__).parent / "migrations"
BASE, HEAD = "base", "head"


def move(connection: Connection, revision: str) -> None:
    """Take the tables up or down to a revision; StoreUnavailable when one of the two is of a newer release."""
    known, present = revisions(), present_revision(connection)
    wanted = known[-1] if revision == HEAD else revision
    if present not in (None, *known):
        raise StoreUnavailable(
            f"MMN_CDS_STORE: its tables have the form {present} of a newer release, and this one knows {known[-1]} "
            f"at most: start the newer release, or have it go back with mmn-cds store downgrade {known[-1]}"
        )
    if wanted not in (BASE, *known):
        raise StoreUnavailable(f"There is no form {wanted} of the tables; there are {BASE}, {', '.join(known)}")
    ways = [BASE, *known]
    here, there = ways.index(present or BASE), ways.index(wanted)
    if here != there:
        (command.upgrade if there > here else command.downgrade)(_configuration(connection), wanted)


def revisions() -> list[str]:
    """The forms that this release knows, the oldest first."""
    scripts = ScriptDirectory.from_config(_configuration(None)).walk_revisions()
    return [script.revision for script in scripts][::-1]


def present_revision(connection: Connection) -> str | None:
    """The form that the tables have; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def _configuration(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
