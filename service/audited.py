"""What the audit keeps of a conclusion: verdicts, class and counts, no value of the patient; and what differs later."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from service.domain.conclusions import Advice, Verdict
from service.domain.evaluation import Advised, Evaluation
from service.domain.facts import PARTIAL, UNSEEN
from service.knowledge.model import Knowledge
from service.knowledge.put_to_use import SHOWN
from service.result import told_as
from service.store.audit_rows import Concluded
from service.store.audit_trail import Kept

_NO_CLASS = "none"
BY_AMPLITUDE, AS_TEXT = "by_amplitude", "as_text"


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
    rules = knowledge.criteria
    verdicts = {
        "criteria": {rules[each.criterion].id: each.verdict for each in made.conclusions},
        "advice": advice,
        "differentials": _ids((each.conclusion.criterion for each in made.differentials), knowledge),
        "in_question": is_in_question(made, knowledge),
        "hint": hint_of(made, knowledge),
        "known": known_in(made, knowledge),
    }
    return Concluded(found.reached, found.attainable, found.missing, verdicts, used, unused)


def is_in_question(made: Evaluation, knowledge: Knowledge) -> bool:
    """Whether anything asks for the disease."""
    return made.verdicts[knowledge.face.policy.reports_matter] is Verdict.MET


def hint_of(made: Evaluation, knowledge: Knowledge) -> str:
    """Why a chart without a class may yet have one: a study by amplitudes only, or as text only; else empty."""
    if made.classification.reached != _NO_CLASS:
        return ""
    if any(section.named.get(BY_AMPLITUDE) for section in made.sections.values()):
        return BY_AMPLITUDE
    in_text = {fact for draft in knowledge.orders for fact in draft.not_beside}
    return AS_TEXT if in_text & made.facts.keys() else ""


def known_in(made: Evaluation, knowledge: Knowledge) -> list[str]:
    """The names of the facts that a shown criterion reads and the chart tells."""
    return sorted(facts_asked(knowledge) & made.facts.keys())


def facts_asked(knowledge: Knowledge) -> frozenset[str]:
    """The facts that the criteria read which are shown."""
    return knowledge.facts_asked(SHOWN)


def evidence_in(made: Advised, knowledge: Knowledge) -> bytes:
    """What a person was told in substance: another text means that something changed.

    In it: rules, class, verdicts, findings, advice with its values, and what could not be looked at. Not in it:
    references of resources, and how much time has passed, which changes by itself; what follows from it is a verdict.
    """
    told: dict[str, object] = {
        "rules": knowledge.hash,
        "advice": [[each.conclusion.criterion, _values(each, knowledge)] for each in made.advice],
        "unseen": sorted(row.resource for row in made.excluded if row.reason in (UNSEEN, PARTIAL)),
    }
    if isinstance(made, Evaluation):
        found = made.classification
        told |= {
            "class": [found.reached, found.attainable],
            "verdicts": made.verdicts,
            "findings": {name: [_without_evidence(row) for row in each.rows] for name, each in made.sections.items()},
            "differentials": [each.conclusion.criterion for each in made.differentials],
        }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def _values(advice: Advice, knowledge: Knowledge) -> Mapping[str, str]:
    return {name: value for name, value in advice.values.items() if not _passes(name, knowledge)}


def _passes(fact: str, knowledge: Knowledge) -> bool:
    """Whether a fact of the patient is a time in days or months: most of these run on from day to day."""
    definition = knowledge.facts.get(fact)
    return definition is not None and definition.of == "patient" and definition.unit in ("d", "mo")


def _without_evidence(row: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in row.items() if name != "evidence"}


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
