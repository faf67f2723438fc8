"""The example files would be served, and the page on configuration names every setting."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.settings import Settings, read_settings
from service.settings.sources import CONFIG, ONLY_IN_FILE, variables
from service.settings.start import authentication
from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "configuration.md").read_text(encoding="utf-8")
EXAMPLES = sorted((DOCS / "examples").glob("*.toml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_would_be_served_with_authentication(example: Path) -> None:
    assert authentication(read_settings(config=str(example))).startswith("on")


def test_there_is_an_example_for_an_ehr_and_one_for_the_sandbox() -> None:
    assert [path.name for path in EXAMPLES] == ["cds-hooks-sandbox.toml", "ehr-tenant.toml"]


def test_config_check_says_what_would_be_served_and_nothing_secret(tmp_path: Path) -> None:
    file = tmp_path / "mmn-cds.toml"
    example = (DOCS / "examples" / "ehr-tenant.toml").read_text(encoding="utf-8")
    file.write_text(
        example.replace("sqlite:///var/mmn-cds.sqlite", "postgresql+psycopg://u:s3cret@db:5432/mmn?password=s3cret")
    )
    answer = CliRunner().invoke(main, ["config", "check", "--config", str(file)])
    assert answer.exit_code == 0
    assert "authentication  on" in answer.output
    assert "issuer https://ehr.example.org: keys https://ehr.example.org/.well-known/jwks.json" in answer.output
    assert "bearer token integration-engine: may evaluate" in answer.output
    assert "postgresql+psycopg://db:5432/mmn" in answer.output
    assert "s3cret" not in answer.output
    assert "0" * 64 not in answer.output


def test_config_check_ends_with_2_and_one_line_for_each_problem(tmp_path: Path) -> None:
    file = tmp_path / "mmn-cds.toml"
    file.write_text('host = "0.0.0.0"\n')
    answer = CliRunner().invoke(main, ["config", "check", "--config", str(file)])
    assert answer.exit_code == 2
    assert [line.split(":")[1].strip() for line in answer.stderr.splitlines()] == ["issuers", "public_url"]
    assert answer.stdout == ""


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    assert set(re.findall(r"MMN_CDS_[A-Z_]+", PAGE)) == {*variables(), CONFIG}
    for name in (*Settings.model_fields, *Issuer.model_fields, *BearerCredential.model_fields):
        assert f"`{name}`" in PAGE, name
    assert Settings.model_fields.keys() >= ONLY_IN_FILE
