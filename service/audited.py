"""What the audit keeps of a conclusion: verdicts, class and counts, no value of the patient; and what differs later."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.domain.evaluation import Advised, Evaluation
from service.knowledge.model import Knowledge
from service.result import told_as
from service.store.audit_rows import Concluded
from service.store.audit_trail import Kept


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that was one thing ``then`` and is another ``now``; empty where it was, or is, not there."""

    what: str
    then: str
    now: str


def concluded_of(made: Advised, used: int, knowledge: Knowledge) -> Concluded:
    """What is kept of one patient's evaluation, or of the check of orders; ``used``: how many resources were used."""
    unused = Counter(told_as(row) for row in made.excluded)
    advice = _ids((each.conclusion.criterion for each in made.advice), knowledge)
    if not isinstance(made, Evaluation):
        return Concluded("", "", 0, {"advice": advice}, used, unused)
    found = made.classification
    verdicts = {
        "criteria": {knowledge.criterion(each.criterion).id: each.verdict for each in made.conclusions},
        "advice": advice,
        "differentials": _ids((each.conclusion.criterion for each in made.differentials), knowledge),
    }
    return Concluded(found.reached, found.attainable, found.missing, verdicts, used, unused)


def differences(kept: Kept, concluded: Concluded, topics: Sequence[str]) -> list[Difference]:
    """The verdicts, the class, the advice and the cards that are not what they were."""
    row = kept.row
    then, now = row["verdicts"], concluded.verdicts
    criteria: tuple[Mapping[str, str], Any] = then.get("criteria", {}), now.get("criteria", {})
    listed = {f"class {name}": (row[name], getattr(concluded, name)) for name in ("reached", "attainable")}
    listed |= {
        name: (criteria[0].get(name, ""), str(criteria[1].get(name, ""))) for name in {*criteria[0], *criteria[1]}
    }
    for kind in ("advice", "differentials"):
        listed |= _presence(kind, then.get(kind, ()), now.get(kind, ()))  # type: ignore[arg-type]  # JSON of ours
    listed |= _presence("card", [card.topic for card in kept.cards], topics)
    return [Difference(what, *each) for what, each in sorted(listed.items()) if each[0] != each[1]]


def _presence(kind: str, then: Sequence[str], now: Sequence[str]) -> dict[str, tuple[str, str]]:
    return {f"{kind} {name}": ("yes" * (name in then), "yes" * (name in now)) for name in {*then, *now}}


def _ids(names: Iterable[str], knowledge: Knowledge) -> list[str]:
    return sorted({knowledge.criterion(name).id for name in names})
