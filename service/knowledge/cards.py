"""The texts of cards, checked so that no summary can exceed what CDS Hooks allows."""

import re
import string
from collections.abc import Mapping

from service.errors import KnowledgeError
from service.knowledge.model import CardText
from service.knowledge.near import unknown
from service.knowledge.schema import CardYaml
from service.knowledge.terms import FactDefinition, Threshold
from service.knowledge.words import amount

SUMMARY_LIMIT = 139  # CDS Hooks 2.0.1: fewer than 140 characters
OUTCOMES = (
    *("definite", "probable", "possible", "possible_with_finding", "excluded", "open"),
    *(
        "open_with_finding",
        "once_final",
        "open_with_preliminary",
        "open_by_amplitude",
        "open_after_block",
        "open_after_unread",
        "open_after_wide_search",
        "open_after_narrow_search",
        "stays",
        "stays_for_review",
        "not_met",
        "unusable",
        "in_text",
    ),
)
# The longest text each placeholder is filled with (cards.py cuts longer ones at a word).
PLACEHOLDER_LENGTHS = {
    "where": 72,
    "beside": 34,
    "missing": 40,
    "fit": 4,
    "unmet": 90,
    "attainable": 8,
    "class": 8,
    "criteria": 100,
}


def card_texts(data: Mapping[str, CardYaml]) -> dict[str, CardText]:
    """Check the cards of the class: one text per outcome, known placeholders, summaries within the limit."""
    if set(data) != set(OUTCOMES):
        raise KnowledgeError(
            f"pack.yaml: class_cards needs exactly the keys {', '.join(OUTCOMES)}; has {', '.join(data)}"
        )
    return {outcome: _text(f"pack.yaml: class_cards.{outcome}", text) for outcome, text in data.items()}


def _text(where: str, text: CardYaml) -> CardText:
    longest = text.summary
    if not longest:
        raise KnowledgeError(f"{where}: a summary (critical, warning or info) and a detail are missing")
    for name in placeholders(text.summary) + placeholders(text.detail):
        if name not in PLACEHOLDER_LENGTHS:
            raise unknown(where, "placeholder", name, PLACEHOLDER_LENGTHS)
        longest = longest.replace(f"{{{name}}}", "x" * PLACEHOLDER_LENGTHS[name])
    if len(longest) > SUMMARY_LIMIT:
        raise KnowledgeError(f"{where}: the summary can grow to {len(longest)}; at most {SUMMARY_LIMIT}")
    return CardText(text.indicator, text.summary, text.detail)


THRESHOLD = "{threshold:"
_NUMBER = re.compile(r"\{threshold:([a-z0-9_]+)\}")
# The longest text that a fact's value is put into a summary with.
VALUE_LENGTH = 26
# ``why_`` and the name of a fact stands for why it is what it is, cut short in a summary.
WHY, WHY_LENGTH, SHORT_WHY_LENGTH = "why_", 200, 48
# What a rule rests on, in short: as much as a summary has room for, and a detail.
FEATURES, FEATURES_LENGTH, MORE_FEATURES_LENGTH = "features", 70, 120


def advice_text(text: CardYaml, facts: Mapping[str, FactDefinition], where: str) -> CardText:
    """The card of a rule: its placeholders are facts the rule can see, or ``order`` for the order's own name.

    Both may also hold ``why_`` and the name of a fact, and ``features``.
    """
    longest = text.summary.replace(f"{{{FEATURES}}}", "x" * FEATURES_LENGTH)
    for name in placeholders(longest) + [name for name in placeholders(text.detail) if name != FEATURES]:
        fact = name.removeprefix(WHY)
        if fact != "order" and fact not in facts:
            raise unknown(f"{where}: card", "fact", fact, facts)
        if fact == name and (cut := [word for word in _words(facts, fact) if len(word) > VALUE_LENGTH]):
            raise KnowledgeError(f"{where}: card: {cut[0]!r} of {fact} would be cut; at most {VALUE_LENGTH} characters")
        longest = longest.replace(f"{{{name}}}", "x" * (VALUE_LENGTH if fact == name else SHORT_WHY_LENGTH))
    if len(longest) > SUMMARY_LIMIT:
        raise KnowledgeError(f"{where}: card: the summary can grow to {len(longest)}; at most {SUMMARY_LIMIT}")
    return CardText(text.indicator, text.summary, text.detail)


def _words(facts: Mapping[str, FactDefinition], name: str) -> tuple[str, ...]:
    return facts[name].words if name in facts else ()


def with_numbers(text: str, thresholds: Mapping[str, Threshold], where: str) -> tuple[str, set[str]]:
    """A text with ``{threshold:NAME}`` filled in, "30 days", and the names of the thresholds in it."""
    names = set(_NUMBER.findall(text))
    for name in sorted(names - set(thresholds)):
        raise unknown(where, "threshold", name, thresholds)
    return _NUMBER.sub(lambda found: _amount(thresholds[found[1]]), text), names


def _amount(threshold: Threshold) -> str:
    return amount(threshold.value, threshold.unit)


def placeholders(template: str) -> list[str]:
    """The names in braces of a template."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name] if "{" in template else []
