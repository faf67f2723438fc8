"""The cards as they are worded, one approved file for each topic, with the placeholders filled from one case.

``make approve`` writes them anew; what a change of wording does to a card is then read in the difference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from service.cards.advice import advice_card
from service.cards.layout import Detail
from service.conclusions.reasons import advised
from service.domain.evaluation import Advised
from service.domain.facts import Fact
from service.engine.plain import judge_of
from service.evaluate import Evaluator
from service.knowledge.model import Criterion, Knowledge
from service.subjects.immunoglobulin.ordered.proposal import proposals
from tests.criterion_cases import Case, cases
from tests.patient_folders import patient_folders, results_of
from tests.shipped import shipped

APPROVED = Path(__file__).parent / "approved"
Card = Mapping[str, Any]


def approved_texts(evaluator: Evaluator) -> dict[str, str]:
    """File name and text of every card: on the class as patients show it, the others from a case of the rule."""
    texts: dict[str, str] = {}
    for shown_by, card in [*_cards_of_rules(evaluator.knowledge), *_cards_of_patients(evaluator)]:
        text = _text(shown_by, card).replace(evaluator.knowledge.version, "VERSION")
        texts.setdefault(f"{card['source']['topic']['code']}.md", text)
    return texts


def _cards_of_rules(knowledge: Knowledge) -> Iterator[tuple[str, Card]]:
    all_cases = list(cases(knowledge.id))
    for rule in knowledge.criteria.values():
        case = next((case for case in all_cases if case.expect.get(rule.name) == "met"), None)
        if rule.card is not None and case is not None:
            yield f"{rule.id}: {case.name}", _card(rule, case, knowledge)


def _card(rule: Criterion, case: Case, knowledge: Knowledge) -> Card:
    facts = {name: Fact(value) for name, value in case.given.items() if name not in knowledge.criteria}
    about = "MedicationRequest/d1" if rule.of == "order" else ""
    offered = proposals(knowledge).get(rule.suggests)
    draft = offered.draft("Patient/p1", facts) if offered is not None and offered.draft is not None else None
    entry = replace(advised(rule, facts, knowledge, judge_of, about), draft=draft)
    made = advice_card([entry], Advised("Patient/p1", "2026-03-04T10:20:00Z", facts, (entry,), ()), knowledge)
    assert made is not None
    detail = made["detail"]
    assert isinstance(detail, Detail)
    return {**made, "detail": detail.markdown()}


def _cards_of_patients(evaluator: Evaluator) -> Iterator[tuple[str, Card]]:
    for folder in patient_folders():
        for result in results_of(folder.answer(evaluator)):
            yield from ((folder.name.replace("-", " "), card) for card in result["cards"])


def _text(shown_by: str, card: Card) -> str:
    suggestions = [f"Suggestion: {suggestion['label']}" for suggestion in card.get("suggestions", ())]
    parts = [f"<!-- {shown_by} -->", f"[{card['indicator']}] {card['summary']}", card.get("detail", ""), *suggestions]
    return "\n\n".join(part for part in parts if part) + "\n"


def write() -> None:
    """Approve the cards as they are now."""
    texts = approved_texts(shipped())
    APPROVED.mkdir(exist_ok=True)
    for path in APPROVED.glob("*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (APPROVED / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
