"""Made-up patients whose answer is known: evaluated at the start of each worker and each hour; a change is an alarm.

A rule that has fallen silent shows in no error. Each canary is a chart with the moment of its evaluation and the answer
that was approved (``make canaries``); an answer that differs is logged at the level error, counted, and changes nothing
else: a worker whose answer on one chart has changed still answers all others.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.json_guard import read_json

if TYPE_CHECKING:
    from service.evaluate import Evaluator

_LOG = logging.getLogger("service.canaries")
FOLDER = Path(__file__).parents[1] / "subjects" / "canaries"
HOUR = 3600.0
# Between two canaries, so that a caller's request waits for one of them at most.
_PAUSE = 0.05
_ENTRY_LIMIT = 1000
SAME, CHANGED, FAILED = "same", "changed", "failed"


@dataclass(frozen=True, slots=True)
class Canary:
    """One chart: ``expected`` is its answer in short, as ``in_short`` makes it."""

    name: str
    as_of: datetime
    bundle: Mapping[str, Any]
    expected: Mapping[str, Any]


@cache
def files() -> tuple[tuple[str, bytes], ...]:
    """Name and content of each, as it was at the start: the files may be those of a later version by now."""
    return tuple((path.stem, path.read_bytes()) for path in sorted(FOLDER.glob("*.json")))


def canaries() -> Iterator[Canary]:
    """All of them, by name. Looked at once an hour, they are not kept as objects: these take four times as much."""
    return (_read(*file) for file in files())


def _read(name: str, text: bytes) -> Canary:
    content: Any = read_json(text)
    moment = datetime.fromisoformat(content["asOf"])
    return Canary(name, moment, content["bundle"], content["expected"])


def in_short(canary_bundle: Mapping[str, Any], as_of: datetime, evaluator: "Evaluator") -> Mapping[str, Any]:
    """The answer on a chart: the class reached, and the rules and cards that are more than information."""
    answer: Any = evaluator.evaluate_bundle(canary_bundle, as_of, _ENTRY_LIMIT)
    found = answer["evaluation"]
    return {
        "class": found["classification"]["reached"],
        "advice": sorted(f"{row['severity']} {row['id']}" for row in found["advice"] if row["severity"] != "info"),
        "differentials": sorted(row["id"] for row in found["differentials"] if _warns(row["id"], evaluator)),
        "cards": sorted({told for card in answer["cards"] if not (told := _told(card)).startswith("info ")}),
    }


def _warns(rule: str, evaluator: "Evaluator") -> bool:
    card = evaluator.knowledge.criterion(rule).card
    return card is not None and card.indicator != "info"


def _told(card: Mapping[str, Any]) -> str:
    return f"{card['indicator']} {card['source']['topic']['code']}"


def outcomes(evaluator: "Evaluator", wait: Callable[[], object] = lambda: None) -> Iterator[tuple[str, str]]:
    """Each canary by name, and whether its answer is the same, changed or failed; what is not the same is logged."""
    for canary in canaries():
        outcome, said = SAME, {}
        try:
            if in_short(canary.bundle, canary.as_of, evaluator) != canary.expected:
                outcome = CHANGED
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the alarm
            outcome, said = FAILED, {"exception": type(error).__name__}
        if outcome != SAME:
            _LOG.error(f"canary {outcome}", extra={"canary": canary.name, **said})
        yield canary.name, outcome
        wait()


def watch(evaluator: "Evaluator", counted: Callable[[str], None]) -> threading.Thread:
    """Evaluate them now and each hour, in a thread of this process that ends with it; ``counted`` gets each outcome."""
    pause = threading.Event()

    def run() -> None:
        while True:
            for _, outcome in outcomes(evaluator, lambda: pause.wait(_PAUSE)):
                counted(outcome)
            pause.wait(HOUR)

    thread = threading.Thread(target=run, name="canaries", daemon=True)
    thread.start()
    return thread
