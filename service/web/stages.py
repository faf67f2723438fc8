"""How long each stage of a request took: in the log, and for the caller in ``Server-Timing``."""

import time
from collections.abc import Mapping

from flask import g


class stage:  # noqa: N801  # used as a function is
    """Time what is done inside, as ``name``: a constant. The same name twice adds up."""

    __slots__ = ("_name", "_started")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        taken: dict[str, float] = g.setdefault("stages", {})
        taken[self._name] = taken.get(self._name, 0.0) + (time.perf_counter() - self._started) * 1000


def taken_ms() -> dict[str, float]:
    """Milliseconds of each stage of this request so far."""
    return {name: round(ms, 2) for name, ms in g.get("stages", {}).items()}


def server_timing(taken: Mapping[str, float]) -> str:
    """The value of the ``Server-Timing`` header for milliseconds by stage."""
    return ", ".join(f"{name};dur={ms}" for name, ms in taken.items())
