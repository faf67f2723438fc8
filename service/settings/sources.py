"""Where settings come from: flags win over the environment, which wins over the file."""

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service.settings.model import Settings
from service.settings.problems import Location, SettingsError, lines_of, near, toml_path

PREFIX, CONFIG = "MMN_CDS_", "MMN_CDS_CONFIG"
ONLY_IN_FILE = frozenset({"issuers", "bearer_tokens"})


def read_settings(flags: Mapping[str, str | None] | None = None, config: str | None = None) -> Settings:
    """The settings of flags (None: not given), environment and file; an empty value means: not set.

    ``config`` names the file, else MMN_CDS_CONFIG does, else there is none. SettingsError has a line for each problem.
    """
    given: dict[str, Any] = {name: text for name, text in (flags or {}).items() if text}
    path = config or os.environ.get(CONFIG)
    if problems := _unknown_variables():
        raise SettingsError("\n".join(problems))
    content = _content(path) if path else {}
    try:
        return Settings.model_validate({**content, **_environment(), **given})
    except ValidationError as error:
        raise SettingsError("\n".join(lines_of(error, _namer(given)))) from None


def variables() -> dict[str, str]:
    """Each environment variable and the field that it sets."""
    fields = [name for name in Settings.model_fields if name not in ONLY_IN_FILE]
    return {PREFIX + name.upper(): name for name in fields}


def _content(path: str) -> dict[str, Any]:
    """What the file says, which is there and is TOML."""
    try:
        return tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{CONFIG}: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: must be a text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: must be TOML: {error}") from None


def _environment() -> dict[str, str]:
    """Each field that a variable sets, and its text."""
    texts = _set_variables()
    return {name: texts[variable] for variable, name in variables().items() if variable in texts}


def _set_variables() -> dict[str, str]:
    return {name.upper(): text for name, text in os.environ.items() if name.upper().startswith(PREFIX) and text}


def _unknown_variables() -> list[str]:
    known = {*variables(), CONFIG}
    lines = []
    for variable in sorted(_set_variables().keys() - known):
        is_table = variable.removeprefix(PREFIX).lower() in ONLY_IN_FILE
        lines.append(
            f"{variable}: can be set in the configuration file only"
            if is_table
            else f"{variable}: there is no such setting; {near(variable, known)}"
        )
    return lines


def _namer(flags: Mapping[str, str]) -> Callable[[Location], str]:
    def name_of(location: Location) -> str:
        name = str(location[0])
        variable = PREFIX + name.upper()
        if name in flags:
            return f"--{name}"
        return variable if variable in _set_variables() else toml_path(location)

    return name_of
