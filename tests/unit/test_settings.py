"""Settings come from the environment, are checked, and are all documented."""

import re
from pathlib import Path

import pytest

from service.settings import KEYS, Settings, SettingsError, settings_from_environment

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_nothing_set_gives_the_defaults() -> None:
    assert settings_from_environment({}, {"MMN_CDS_PORT": ""}) == Settings()


def test_a_flag_wins_over_the_environment() -> None:
    assert settings_from_environment({"MMN_CDS_PORT": "9001"}, {"MMN_CDS_PORT": "9000"}).port == 9001


def test_the_local_profile_runs_one_worker_unless_told_otherwise() -> None:
    assert settings_from_environment({}, {"MMN_CDS_PROFILE": "local"}).workers == 1
    assert settings_from_environment({}, {"MMN_CDS_PROFILE": "local", "MMN_CDS_WORKERS": "3"}).workers == 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MMN_CDS_PROFILE", "dev"),
        ("MMN_CDS_INSECURE", "yes"),
        ("MMN_CDS_HOST", "http://localhost"),
        ("MMN_CDS_PORT", "0"),
        ("MMN_CDS_PORT", "65536"),
        ("MMN_CDS_PORT", "8000x"),
        ("MMN_CDS_WORKERS", "-1"),
        ("MMN_CDS_THREADS", "1e3"),
        ("MMN_CDS_MAX_BODY_BYTES", "9" * 5000),
        ("MMN_CDS_MAX_ENTRIES", "٣"),
        ("MMN_CDS_EXTRA_MAPPINGS", "/does/not/exist"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_in_one_line_that_names_the_key(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{key}: must [^\n]+$"):
        settings_from_environment({}, {key: value})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_the_local_profile_serves_the_own_machine(host: str) -> None:
    assert "local profile" in Settings(profile="local", host=host).authentication()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104  # refused
def test_the_local_profile_serves_nobody_else(host: str) -> None:
    with pytest.raises(SettingsError, match="MMN_CDS_HOST"):
        Settings(profile="local", host=host, insecure=True).authentication()


def test_without_authentication_production_needs_the_explicit_switch() -> None:
    with pytest.raises(SettingsError, match="MMN_CDS_INSECURE=1"):
        Settings().authentication()
    assert "gateway" in Settings(insecure=True).authentication()


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    assert set(re.findall(r"MMN_CDS_[A-Z_]+", PAGE)) == set(KEYS)
