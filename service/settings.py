"""Settings: the environment, read once into a frozen value. Nothing else in the service reads the environment."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from service.errors import MmnCdsError


class SettingsError(MmnCdsError):
    """A setting has a value that cannot be used; the message names the key and the choices."""


def _cores() -> int:
    # sched_getaffinity knows what a container may use; it does not exist on macOS.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What may differ between two installations. Bytes, counts and a TCP port; see docs/configuration.md."""

    profile: str = "production"
    insecure: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = field(default_factory=_cores)
    threads: int = 64
    extra_mappings: Path | None = None
    max_body_bytes: int = 10 * 1024 * 1024
    max_entries: int = 5000
    store: str = "sqlite:///var/mmn-cds.sqlite"

    @property
    def is_local(self) -> bool:
        """True in the profile for one's own machine: loopback only, no authentication, http accepted."""
        return self.profile == "local"

    def authentication(self) -> str:
        """Who may call, in words; SettingsError when serving with these settings would be unsafe."""
        if self.is_local and not _is_loopback(self.host):
            raise SettingsError(
                "MMN_CDS_HOST: the local profile has no authentication and serves 127.0.0.1, ::1 or localhost only"
            )
        if self.is_local:
            return "off: local profile, loopback only"
        if self.insecure:
            return "off: MMN_CDS_INSECURE=1, a trusted gateway must authenticate every call"
        raise SettingsError(
            "MMN_CDS_PROFILE: this version cannot authenticate callers, so it serves only with MMN_CDS_PROFILE=local "
            "(your own machine) or with MMN_CDS_INSECURE=1 (behind a gateway that authenticates)"
        )


def settings_from_environment(
    overrides: Mapping[str, str] | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Settings of the environment; ``overrides`` use the same keys and win. An empty value means: not set."""
    given = {**environment, **(overrides or {})}
    values: dict[str, object] = {}
    for key, (name, read) in KEYS.items():
        text = given.get(key, "").strip()
        if text:
            values[name] = _read(key, text, read)
    if values.get("profile") == "local":
        values.setdefault("workers", 1)
    return Settings(**values)  # type: ignore[arg-type]  # KEYS pairs each field with a reader of its type


def _read(key: str, text: str, read: Callable[[str], object]) -> object:
    try:
        return read(text)
    except ValueError as error:
        raise SettingsError(f"{key}: {error}") from None


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(high))
        if not (is_number and low <= int(text) <= high):
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _host(text: str) -> str:
    if not all(character.isalnum() or character in ".:-_" for character in text):
        raise ValueError("must be an IP address or a host name, without scheme or port")
    return text


def _switch(text: str) -> bool:
    return _one_of("0", "1")(text) == "1"


def _directory(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_dir():
        raise ValueError("must name a directory that exists")
    return path


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


KEYS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "MMN_CDS_PROFILE": ("profile", _one_of("local", "production")),
    "MMN_CDS_INSECURE": ("insecure", _switch),
    "MMN_CDS_HOST": ("host", _host),
    "MMN_CDS_PORT": ("port", _whole_number(1, 65535)),
    "MMN_CDS_WORKERS": ("workers", _whole_number(1, 256)),
    "MMN_CDS_THREADS": ("threads", _whole_number(1, 256)),
    "MMN_CDS_EXTRA_MAPPINGS": ("extra_mappings", _directory),
    "MMN_CDS_MAX_BODY_BYTES": ("max_body_bytes", _whole_number(1024, 1024**3)),
    "MMN_CDS_MAX_ENTRIES": ("max_entries", _whole_number(1, 1_000_000)),
    "MMN_CDS_STORE": ("store", str),
}
