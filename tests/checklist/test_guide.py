"""docs/integrating-an-ehr.md: its commands work as they stand there, and its tables say what is so."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.ehr import Ehr, running_service

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "integrating-an-ehr.md").read_text(encoding="utf-8")
PREPARING, CALLING = re.findall(r"```bash\n(.*?)```", GUIDE, re.DOTALL)
# What an active environment has.
PROGRAMS = 'python() { "$PYTHON" "$@"; }; mmn-cds() { "$PYTHON" -c "from service.cli import main; main()" "$@"; };\n'
BASH = shutil.which("bash") or "bash"


def run(commands: str, directory: Path, port: int = 8000) -> str:
    """The commands as somebody would type them, in a directory that has docs/ in it."""
    done = subprocess.run(  # noqa: S603  # the commands of our own page
        [BASH, "-euc", PROGRAMS + commands.replace(":8000", f":{port}")],
        cwd=directory,
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "no_proxy": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_of_the_guide_lead_to_a_first_card(tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    assert "authentication  on" in run(PREPARING, tmp_path)
    with running_service(tmp_path / "mmn-cds.toml", tmp_path / "log", directory=tmp_path) as service:
        said = [run(command, tmp_path, service.port) for command in re.split(r"\n(?=python )", CALLING)]
    discovered, answered = map(orjson.loads, said)
    assert [each["id"] for each in discovered["services"]] == ["mmn-patient-view", "mmn-order-select", "mmn-order-sign"]
    (card,) = answered["cards"]
    assert "not classified" in card["summary"]
    assert (tmp_path / "ehr-key.json").stat().st_mode & 0o777 == 0o600


def test_the_guide_lists_the_keys_that_discovery_asks_for(ehr: Ehr) -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| `(mmn-[a-z-]+)` \| (.+?) \| (.+?) \|$", GUIDE, re.MULTILINE)
    assert [row[0] for row in rows] == [*ehr.discover()]
    for hook, name, required, optional in rows:
        service = ehr.discover()[hook]
        assert (service["id"], set(re.findall(r"`(\w+)`", required + optional))) == (name, {*service["prefetch"]})
        assert "keys " + required.replace("`", "") in service["usageRequirements"]


@pytest.mark.conforms("RSP-3")
def test_the_guide_explains_every_status_that_a_cds_service_sends(ehr: Ehr) -> None:
    paths = ehr.raw("GET", "/openapi.json").json["paths"]
    sent = {
        status
        for path, item in paths.items()
        if path.startswith("/cds-services")
        for operation in item.values()
        if isinstance(operation, dict)
        for status in operation.get("responses", ())
    }
    rows = re.findall(r"^\| ([\d, ]+) \|", GUIDE, re.MULTILINE)
    assert {status for row in rows for status in row.split(", ")} == sent - {"200"}


@pytest.mark.conforms("SAF-1")
def test_the_hosts_of_links_are_those_of_the_page_on_conformance() -> None:
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- `([^`]+)`", page.partition("## Hosts")[2], re.MULTILINE)
    assert re.findall(r"`([a-z.-]+)`", GUIDE.partition("## 10.")[2].partition("## 11.")[0]) == listed
