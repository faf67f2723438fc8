"""What a worker holds in memory for good: nothing that this installation has no use for."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Each takes 3 to 11 MB of each worker; those that call or are called by others load them.
UNUSED = (
    "alembic",
    "cryptography",
    "lxml",
    "openpyxl",
    "pypdf",
    "procrastinate",
    "psycopg",
    "requests",
    "rich",
)
LOADED = """
import sys
from service.cli.serving import Serving
from service.settings import Settings
from service.web import server
Serving(Settings(profile="local", store="sqlite:///:memory:")).warm_up()
print(*sorted(sys.modules))
"""


def test_a_service_that_calls_nobody_and_checks_no_signature_does_not_load_what_that_takes() -> None:
    # Where another test has a server count, that place goes with the server.
    own = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}  # noqa: TID251
    told = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", LOADED], cwd=ROOT, env=own, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    loaded = told.stdout.split()
    assert "service.web.server" in loaded
    assert [name for name in UNUSED if name in loaded] == []
