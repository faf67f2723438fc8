"""The alert rules on topics of cards: their syntax, what they count, and that alerts sound and keep silent."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.web.metrics import Metrics

ROOT = Path(__file__).parents[1]
RULES, CASES = ROOT / "deploy" / "prometheus" / "cards.yaml", ROOT / "tests" / "alerts" / "cases.yaml"


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    return found


def test_every_counter_of_the_alerts_is_one_of_ours() -> None:
    ours = {line.split()[2] for line in Metrics().text().decode().splitlines() if line.startswith("# TYPE")}
    named = set(re.findall(r"mmn_cds_[a-z_]+", RULES.read_text(encoding="utf-8")))
    assert named
    assert {name.removesuffix("_bucket") for name in named} <= ours


def test_the_alert_rules_are_rules_for_prometheus(promtool: str) -> None:
    run(promtool, "check", "rules", str(RULES))


def test_alerts_sound_when_they_should_and_only_then(promtool: str) -> None:
    run(promtool, "test", "rules", str(CASES))


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603  # found above
    assert done.returncode == 0, done.stdout + done.stderr
