"""Kinds of values: each refuses what it cannot be, in words that say what it must be."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

_SEPARATOR = re.compile(r"[\s,]+")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_STORES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def _whole_number(low: int, high: int) -> BeforeValidator:
    def read(value: object) -> int:
        text = str(value).strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(high)) and low <= int(text) <= high):
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return BeforeValidator(read)


def _switch(value: object) -> bool:
    if not isinstance(value, bool) and value not in ("0", "1"):
        raise ValueError("must be true or false in the file, 1 or 0 in the environment")
    return value in (True, "1")


def _parts(value: object) -> object:
    return tuple(part for part in _SEPARATOR.split(value) if part) if isinstance(value, str) else value


def _host(text: str) -> str:
    if not text or not all(character.isalnum() or character in ".:-_" for character in text):
        raise ValueError("must be an IP address or a host name, without scheme or port")
    return text


def _existing(kind: str, is_there: Callable[[Path], bool]) -> AfterValidator:
    def check(path: Path) -> Path:
        expanded = path.expanduser()
        if not is_there(expanded):
            raise ValueError(f"must name a {kind} that exists")
        return expanded

    return AfterValidator(check)


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or set(text) & set("@?# \\") or text.endswith("/"):
        raise ValueError("must be a base URL such as https://ehr.example.org/fhir, without a slash at its end")
    return text


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    if port == _DEFAULT_PORTS.get(parts.scheme) or not _HOST.fullmatch(host):
        port = 0
    # What a browser sends as Origin, to the letter: nothing else would ever match.
    if parts.scheme not in _DEFAULT_PORTS or text != f"{parts.scheme}://{host}" + ("" if port is None else f":{port}"):
        raise ValueError("must be exact origins such as https://ehr.example.org; no *, no null, no path, no slash")
    return text


def _store(text: str) -> str:
    if not text.startswith(_STORES):
        raise ValueError("must be a database URL that begins with sqlite:/// or postgresql://")
    return text


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Switch = Annotated[bool, BeforeValidator(_switch)]
SwitchIfSet = Annotated[bool | None, BeforeValidator(lambda value: None if value is None else _switch(value))]
Host = Annotated[str, AfterValidator(_host)]
Port = Annotated[int, _whole_number(1, 65535)]
Processes = Annotated[int, _whole_number(1, 256)]
BodyBytes = Annotated[int, _whole_number(1024, 1024**3)]
Days = Annotated[int, _whole_number(1, 36_500)]
Entries = Annotated[int, _whole_number(1, 1_000_000)]
Directory = Annotated[Path, _existing("directory", Path.is_dir)]
File = Annotated[Path, _existing("file", Path.is_file)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
BaseUrls = Annotated[tuple[BaseUrl, ...], BeforeValidator(_parts)]
Names = Annotated[tuple[str, ...], BeforeValidator(_parts)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], BeforeValidator(_parts)]
StoreUrl = Annotated[str, AfterValidator(_store)]
