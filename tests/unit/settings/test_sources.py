"""Settings come from flags, the environment and one file; what cannot be used is refused in words."""

import os
from pathlib import Path

import pytest

from service.settings import Settings, SettingsError, read_settings

ISSUER = '[[issuers]]\niss = "https://ehr.example.org"\njwks_url = "https://ehr.example.org/jwks"\n'


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("MMN_CDS_")]:  # noqa: TID251  # emptied here
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mmn-cds.toml"


def refusal(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read_settings(config=str(file))
    return str(refused.value).splitlines()


def test_nothing_set_gives_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMN_CDS_PORT", "")
    assert read_settings() == Settings()


def test_a_flag_wins_over_the_environment_and_that_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("port = 9000\nthreads = 9\nmax_entries = 9\n")
    monkeypatch.setenv("MMN_CDS_CONFIG", str(file))
    monkeypatch.setenv("MMN_CDS_PORT", "9001")
    monkeypatch.setenv("MMN_CDS_THREADS", "10")
    settings = read_settings({"port": "9002", "host": None})
    assert (settings.port, settings.threads, settings.max_entries) == (9002, 10, 9)


def test_the_file_named_on_the_command_line_is_read_and_not_the_other(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("port = 9000\n")
    monkeypatch.setenv("MMN_CDS_CONFIG", "/does/not/exist")
    assert read_settings(config=str(file)).port == 9000


def test_the_local_profile_runs_one_worker_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMN_CDS_PROFILE", "local")
    assert read_settings().workers == 1
    assert read_settings({"workers": "3"}).workers == 3


def test_a_list_in_the_environment_is_separated_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "MMN_CDS_CORS_ORIGINS", "https://a.example.org, https://b.example.org:8443 http://localhost:8080"
    )
    origins = ("https://a.example.org", "https://b.example.org:8443", "http://localhost:8080")
    assert read_settings().cors_origins == origins


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MMN_CDS_PROFILE", "dev"),
        ("MMN_CDS_INSECURE", "yes"),
        ("MMN_CDS_ALLOW_SANDBOX", "on"),
        ("MMN_CDS_HOST", "http://localhost"),
        ("MMN_CDS_PORT", "0"),
        ("MMN_CDS_PORT", "65536"),
        ("MMN_CDS_PORT", "8000x"),
        ("MMN_CDS_WORKERS", "-1"),
        ("MMN_CDS_THREADS", "1e3"),
        ("MMN_CDS_MAX_BODY_BYTES", "9" * 5000),
        ("MMN_CDS_MAX_ENTRIES", "٣"),
        ("MMN_CDS_EXTRA_MAPPINGS", "/does/not/exist"),
        ("MMN_CDS_CA_BUNDLE", "/does/not/exist"),
        ("MMN_CDS_FETCH_SECONDS", "0"),
        ("MMN_CDS_FETCH_SECONDS", "nan"),
        ("MMN_CDS_STORE", "var/mmn.sqlite"),
        ("MMN_CDS_PUBLIC_URL", "cds.example.org"),
        ("MMN_CDS_PUBLIC_URL", "https://cds.example.org/"),
        ("MMN_CDS_PUBLIC_URL", "https://user@cds.example.org"),
        ("MMN_CDS_FHIR_SERVERS", "https://fhir.example.org/r4?x=1"),
        ("MMN_CDS_CORS_ORIGINS", "*"),
        ("MMN_CDS_CORS_ORIGINS", "null"),
        ("MMN_CDS_CORS_ORIGINS", "https://*.example.org"),
        ("MMN_CDS_CORS_ORIGINS", "https://example.org/"),
        ("MMN_CDS_CORS_ORIGINS", "https://Example.org"),
        ("MMN_CDS_CORS_ORIGINS", "https://example.org:443"),
        ("MMN_CDS_CORS_ORIGINS", "https://example.org:99999"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_in_one_line_that_names_the_key(
    key: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(SettingsError, match=rf"^{key}: must [^\n]+$"):
        read_settings()


def test_every_problem_gets_its_line_with_its_place_in_the_file(file: Path) -> None:
    lines = refusal(file, f'port = true\nfhir_servers = ["x"]\n{ISSUER}algorithms = ["HS256"]\n')
    assert [line.partition(":")[0] for line in lines] == ["port", "fhir_servers[0]", "issuers[0].algorithms[0]"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("prot = 1", "prot: there is no such setting; did you mean port?"),
        (ISSUER + 'jwks_ulr = "x"', "issuers[0].jwks_ulr: there is no such setting; did you mean jwks_url?"),
        (
            '[[bearer_tokens]]\nname = "x"\nsha = "x"\nmay = []',
            "bearer_tokens[0].sha: there is no such setting; did you mean sha256?",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(file: Path, text: str, line: str) -> None:
    assert line in refusal(file, text)


def test_an_unknown_variable_is_refused_with_the_nearest_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMN_CDS_PROT", "8000")
    with pytest.raises(SettingsError, match=r"^MMN_CDS_PROT: there is no such setting; did you mean MMN_CDS_PORT\?$"):
        read_settings()


def test_callers_are_listed_in_the_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMN_CDS_ISSUERS", "[]")
    with pytest.raises(SettingsError, match=r"^MMN_CDS_ISSUERS: can be set in the configuration file only$"):
        read_settings()


@pytest.mark.parametrize("content", [b"port = ", b"port = 1\nport = 2", b"\xff"])
def test_a_file_that_is_no_toml_is_refused_by_name(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"^{file}: must be [^\n]+$"):
        read_settings(config=str(file))


def test_a_file_that_is_not_there_is_refused_by_name(file: Path) -> None:
    with pytest.raises(SettingsError, match=f"{file} cannot be read"):
        read_settings(config=str(file))


def test_no_refusal_and_no_repr_shows_a_value_that_may_be_secret(file: Path) -> None:
    lines = refusal(
        file,
        'store = "mysql://u:s3cret@db"\n'
        '[[bearer_tokens]]\nname = "x"\nsha256 = "s3cret"\nmay = ["s3cret"]\ntoken = "s3cret"',
    )
    assert len(lines) == 4
    assert "s3cret" not in "\n".join(lines)
    assert "s3cret" not in repr(Settings(store="postgresql+psycopg://u:s3cret@db/mmn"))
