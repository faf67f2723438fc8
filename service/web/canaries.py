"""Made-up patients whose answer is known: evaluated at the start of each worker and each hour; a change is an alarm.

A rule that has fallen silent shows in no error. Each canary is a chart with the moment of its evaluation and the answer
that was approved (``make canaries``). They stand with the rule pack, and are read and replaced with it: a pack that is
meant to answer otherwise says so itself. An answer that differs is logged at the level error, counted, and changes
nothing else: a worker whose answer on one chart has changed still answers all others.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.errors import BadRequest, KnowledgeError
from service.json_guard import read_json
from service.knowledge.load import knowledge_root

if TYPE_CHECKING:
    from service.evaluate import Evaluator

_LOG = logging.getLogger("service.canaries")
HOUR = 3600.0
# Between two canaries, so that a caller's request waits for one of them at most.
_PAUSE = 0.05
_ENTRY_LIMIT = 1000
# Name and content of each, as it was when the rules were loaded.
Files = tuple[tuple[str, bytes], ...]
SAME, CHANGED, FAILED = "same", "changed", "failed"


@dataclass(frozen=True, slots=True)
class Canary:
    """One chart: ``expected`` is its answer in short, as ``in_short`` makes it."""

    name: str
    as_of: datetime
    bundle: Mapping[str, Any]
    expected: Mapping[str, Any]


def files(rules: Path | None = None) -> Files:
    """Those of the pack in ``rules/`` (default: the one shipped), by name; KnowledgeError names what cannot be read.

    Looked at once an hour, they are not kept as objects: these take four times as much.
    """
    found = sorted((rules or knowledge_root() / "rules").glob("*/canaries/*.json"))
    if not found:
        raise KnowledgeError("canaries: the rule pack has no chart of which the answer is known")
    held = tuple((path.stem, path.read_bytes()) for path in found)
    for _ in canaries(held):
        pass
    return held


def canaries(held: Files) -> Iterator[Canary]:
    """Each of them; KnowledgeError names one that cannot be read."""
    for name, text in held:
        try:
            content: Any = read_json(text)
            moment = datetime.fromisoformat(content["asOf"])
            yield Canary(name, moment, content["bundle"], content["expected"])
        except (BadRequest, KeyError, TypeError, ValueError):
            raise KnowledgeError(f"canaries/{name}.json: must be JSON with asOf, bundle and expected") from None


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


def outcomes(
    evaluator: "Evaluator", watched: Files, wait: Callable[[], object] = lambda: None
) -> Iterator[tuple[str, str]]:
    """Each canary by name, and whether its answer is the same, changed or failed; what is not the same is logged."""
    for canary in canaries(watched):
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


def warm_up(evaluator: "Evaluator", watched: Files) -> None:
    """Evaluate all of them before a server forks: its workers share what that loads."""
    for _ in outcomes(evaluator, watched):
        pass


def watch(evaluator: "Evaluator", watched: Files, counted: Callable[[str], None]) -> threading.Thread:
    """Evaluate them now and each hour, in a thread of this process that ends with it; ``counted`` gets each outcome."""
    pause = threading.Event()

    def run() -> None:
        while True:
            for _, outcome in outcomes(evaluator, watched, lambda: pause.wait(_PAUSE)):
                counted(outcome)
            pause.wait(HOUR)

    thread = threading.Thread(target=run, name="canaries", daemon=True)
    thread.start()
    return thread
