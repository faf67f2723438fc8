"""Made-up charts and reports that come with the service, for a first look."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from service.json_guard import read_json

FOLDER = Path(__file__).parents[2] / "subjects" / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """``chart``: a Bundle; or ``report``: a laboratory's report as text. ``as_of``: the moment it was made for."""

    name: str
    title: str
    as_of: str
    chart: Mapping[str, Any] | None = None
    report: str = ""


@cache
def examples() -> Mapping[str, Example]:
    """All of them by name, in the order in which they are offered."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.json"))}


def _read(path: Path) -> Example:
    content: Any = read_json(path.read_bytes())
    return Example(path.stem, content["title"], content["asOf"], content.get("bundle"), content.get("report", ""))
