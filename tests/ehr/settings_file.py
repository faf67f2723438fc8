"""The settings file of an installation that a test makes up."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

PUBLIC_URL = "https://cds.example.org/mmn"
Json = Mapping[str, Any]


def write_settings(path: Path, settings: Json, issuers: Sequence[Json], bearer: Mapping[str, Sequence[str]]) -> Path:
    """TOML as an operator would write it; ``bearer`` is token to rights, and the file gets only its digest."""
    lines = [f"{name} = {_toml(value)}" for name, value in settings.items()]
    for issuer in issuers:
        lines += ["[[issuers]]", *(f"{name} = {_toml(value)}" for name, value in issuer.items())]
    for token, rights in bearer.items():
        digest = hashlib.sha256(token.encode()).hexdigest()
        lines += ["[[bearer_tokens]]", f'name = "may-{"-".join(rights)}"', f'sha256 = "{digest}"']
        lines.append(f"may = {_toml(list(rights))}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # Texts, numbers and switches are written alike in JSON and in TOML.
    return orjson.dumps(str(value) if isinstance(value, Path) else value).decode()
