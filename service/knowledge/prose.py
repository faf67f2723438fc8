"""No number in prose: a text names the threshold behind its rule, so that a change of it is one line."""

import re
from collections.abc import Iterable, Iterator

from service.errors import KnowledgeError
from service.knowledge.cards import THRESHOLD
from service.knowledge.schema import CriterionYaml
from service.knowledge.terms import Threshold
from service.knowledge.words import amount

# The texts of a rule in which ``{threshold:NAME}`` may stand.
TEXTS = ("says", "beware", "critical", "warning", "info", "detail")
_NAMED = re.compile(r"\{[^}]*\}")
_WORDS = ("", "a", *"two three four five six seven eight nine ten eleven twelve".split())
_WRITTEN_OUT = {"wk": "weeks", "h": "hours"}
_SHARES = {"20 %": "a fifth", "25 %": "a quarter", "30 %": "three tenths", "50 %": "half", "75 %": "three quarters"}


def check_prose(rule: CriterionYaml, behind: Iterable[Threshold], where: str) -> None:
    """KnowledgeError for a text that writes out a threshold: with its unit, "30 days", or in words, "a month", "half".

    ``behind``: the thresholds that the rule, or the arithmetic of its facts, reads. What is misread may be said in
    numbers of its own, so that ``beware`` is free.
    """
    written = {text: each.name for each in behind for text in _written(amount(each.value, each.unit))}
    if not written:
        return
    any_of_them = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, written))})(?!\w)")
    for key in TEXTS:
        if key != "beware" and (found := any_of_them.search(_NAMED.sub("", getattr(rule, key)))):
            name = written[found[0]]
            raise KnowledgeError(f"{where}: {key}: {found[0]!r} stands in {name}; write {THRESHOLD}{name}}}")


def _written(shown: str) -> Iterator[str]:
    """How a text may say an amount: "2 days", "two days", "a month", "50 %", "half", "two"."""
    number, _, unit = shown.partition(" ")
    if unit:
        # A number alone may be any.
        yield shown
    if shown in _SHARES:
        yield _SHARES[shown]
    unit = _WRITTEN_OUT.get(unit, unit)
    if number.isdigit() and 0 < int(number) < len(_WORDS) and (unit or int(number) > 1):
        yield f"{_WORDS[int(number)]} {unit}".strip()
