"""Good and bad messages of CDS Hooks under tests/cases/cds_hooks: a base, and samples that change it in one point."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.knowledge.yaml_file import read_yaml

_DIRECTORY = Path(__file__).parent / "cases" / "cds_hooks"
# "139 x" stands for a text of 139 times x.
_REPEATED = re.compile(r"([0-9]{3,4}) (\S)")


@dataclass(frozen=True, slots=True)
class Sample:
    """One message. ``wrong``: the place that the schema objects to, if any. ``answer``: the status, if known."""

    name: str
    schema: str
    body: Any
    wrong: str
    answer: int | None


def samples(file: str) -> Iterator[Sample]:
    """The samples of one file, named without its ending."""
    content: Any = read_yaml(_DIRECTORY / f"{file}.yaml")
    for name, change in content["samples"].items():
        body = copy.deepcopy(content["base"])
        for path, value in change.get("set", {}).items():
            holder, key = _place(body, path)
            holder[key] = _written_out(value)
        for path in change.get("drop", ()):
            holder, key = _place(body, path)
            del holder[key]
        yield Sample(name, content["schema"], body, change.get("wrong", ""), change.get("answer"))


def _place(body: Any, path: str) -> tuple[Any, Any]:
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in parents:
        body = body[part]
    return body, last


def _written_out(value: object) -> object:
    repeated = _REPEATED.fullmatch(value) if isinstance(value, str) else None
    return repeated[2] * int(repeated[1]) if repeated else value
