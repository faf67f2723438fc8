"""The one card about the diagnosis."""

import re

from service.cards.details import detail, text_detail
from service.cards.parts import card
from service.cards.suggestions import suggestions_for
from service.cards.text import visible
from service.cards.unseen import called_in_text
from service.domain.conclusions import Need, Verdict
from service.domain.evaluation import Evaluation
from service.domain.facts import FINAL_REPORT, Excluded
from service.domain.statements import in_order
from service.knowledge.cards import PLACEHOLDER_LENGTHS, SUMMARY_LIMIT
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.words import spaced

_WITH_FINDING, _TEXT = "open_with_finding", "in_text"
# The class rests on a study from before treatment.
_STAYS, _STAYS_FOR_REVIEW = "stays", "stays_for_review"
_ONCE_FINAL, _WITH_PRELIMINARY, _BY_AMPLITUDE = "once_final", "open_with_preliminary", "open_by_amplitude"
_AFTER_BLOCK = "open_after_block"
# A study that came could not be read.
_UNREAD = "open_after_unread"
# What the sections name of what was found beside the block.
_BESIDE = "beside"
# What a section calls the block of a study that is not final yet, a fall of amplitude that hints at one, and a block of
# an earlier study that the newest one does not show.
_NAMED = {
    _ONCE_FINAL: "preliminary",
    _WITH_PRELIMINARY: "preliminary",
    _BY_AMPLITUDE: "by_amplitude",
    _AFTER_BLOCK: "before",
    _UNREAD: "unread",
}
_BEGINS_WITH_WHERE = (_WITH_FINDING, *_NAMED, _STAYS, _STAYS_FOR_REVIEW)
_WIDE, _NARROW = "open_after_wide_search", "open_after_narrow_search"
# An open class is one matter, whatever there is to name.
_OPEN = ("open", _WITH_FINDING, _WIDE, _NARROW, *_NAMED)
# A class that stays is the same matter as that class.
SAME_MATTER = (_STAYS, _STAYS_FOR_REVIEW, "possible_with_finding")


def diagnosis_card(evaluation: Evaluation, knowledge: Knowledge, told: set[str]) -> dict[str, object] | None:
    """The card on the class; ``None`` when nothing in the chart points to the disease.

    Where data that could have pointed to it had to be left out, the card says so: silence would look like "nothing".
    ``told``: the exclusion criteria that another card speaks for; the summary leaves them out.
    """
    outcome = _outcome(evaluation, knowledge)
    return _card(outcome, evaluation, knowledge, told) if outcome else None


def text_card(evaluation: Evaluation, knowledge: Knowledge) -> dict[str, object]:
    """The card on what stands as text only, where there is none on the class to say so."""
    return _card(_TEXT, evaluation, knowledge, set())


def text_is_told(evaluation: Evaluation, knowledge: Knowledge) -> bool:
    """Whether the disease is in question and something that bears on it stands as text only."""
    return evaluation.verdicts[knowledge.face.policy.text_not_read] is Verdict.MET


def _outcome(evaluation: Evaluation, knowledge: Knowledge) -> str:
    rules = knowledge.face.policy
    if evaluation.verdicts[rules.in_question] is not Verdict.MET or _is_explained(evaluation, knowledge):
        unusable = bool(_unusable(evaluation, knowledge))
        return "unusable" if unusable else _TEXT if text_is_told(evaluation, knowledge) else ""
    found = evaluation.classification
    if found.reached not in ("none", "excluded") and _where(_STAYS, evaluation):
        return _STAYS_FOR_REVIEW if evaluation.verdicts[rules.class_to_review] is Verdict.MET else _STAYS
    if found.reached == "excluded" and not _is_thought_of(evaluation, knowledge):
        return _TEXT if text_is_told(evaluation, knowledge) else ""
    if found.reached != "none":
        with_finding = f"{found.reached}_with_finding"
        return with_finding if with_finding in knowledge.cards and _where("", evaluation) else found.reached
    if found.attainable == "none":
        return "not_met"
    return _open(evaluation, knowledge)


def _is_thought_of(evaluation: Evaluation, knowledge: Knowledge) -> bool:
    """Whether somebody thought of this disease, or a block makes one think of it."""
    rules = knowledge.face.policy
    return Verdict.MET in (evaluation.verdicts[rules.thought_of], evaluation.verdicts[rules.block_found])


def _is_explained(evaluation: Evaluation, knowledge: Knowledge) -> bool:
    """Whether another diagnosis explains what was found, and nothing says that it is this disease."""
    rules = knowledge.face.policy
    is_likely = evaluation.verdicts[rules.likely] is Verdict.MET
    return not is_likely and evaluation.verdicts[rules.explained] is Verdict.MET


def _open(evaluation: Evaluation, knowledge: Knowledge) -> str:
    """What a class that is open has to name: a block, one that is not final, or a hint at one."""
    if _where(_ONCE_FINAL, evaluation):
        lacking = [need for need in _needs(evaluation) if not need.text.startswith(FINAL_REPORT)]
        return _WITH_PRELIMINARY if lacking else _ONCE_FINAL
    if _where("", evaluation):
        return _WITH_FINDING
    rules = knowledge.face.policy
    if evaluation.verdicts[rules.block_found] is Verdict.UNKNOWN and _where(_UNREAD, evaluation):
        return _UNREAD
    if evaluation.verdicts[rules.block_found] is Verdict.NOT_MET and _where(_AFTER_BLOCK, evaluation):
        return _AFTER_BLOCK
    if evaluation.verdicts[rules.block_found] is Verdict.NOT_MET:
        return _WIDE if evaluation.verdicts[rules.searched_widely] is Verdict.MET else _NARROW
    signs = evaluation.verdicts[rules.signs_seen]
    return _BY_AMPLITUDE if signs is not Verdict.MET and _where(_BY_AMPLITUDE, evaluation) else "open"


def _card(outcome: str, evaluation: Evaluation, knowledge: Knowledge, told: set[str]) -> dict[str, object]:
    text = knowledge.cards[outcome]
    words = _words(outcome, evaluation, knowledge, told)
    words |= _missing_words(outcome, evaluation, knowledge, SUMMARY_LIMIT - len(text.summary.format(**words)))
    matter = evaluation.classification.reached if outcome in SAME_MATTER else outcome
    summary, lead = text.summary.format(**words), text.says.format(**words)
    made = card(
        summary=summary,
        indicator=text.indicator,
        detail=text_detail(lead, evaluation, knowledge)
        if outcome == _TEXT
        else detail(summary, lead, evaluation, knowledge),
        topic=(topic(matter, knowledge), f"Class of the diagnosis: {spaced(matter)}"),
        source=route_to("", knowledge).source,
        knowledge=knowledge,
    )
    # After a wide search, or beside a block of an earlier study, no further study is what is missing.
    if outcome not in (_TEXT, _WIDE, _AFTER_BLOCK) and (suggested := suggestions_for(evaluation, knowledge)):
        made |= {"suggestions": suggested, "selectionBehavior": "any"}
    return made


def route_to(outcome: str, knowledge: Knowledge) -> Criterion:
    """The first rule that gives the class of this outcome; where it is no class, the one that gives the best class."""
    first = knowledge.criteria_sets[0]
    wanted = outcome if outcome in first.classes else first.classes[-1]
    return next(rule for rule in knowledge.routes(first) if rule.reaches == wanted)


def topic(outcome: str, knowledge: Knowledge) -> str:
    """The stable, alphanumeric topic code of an outcome: an override stays remembered for this outcome only."""
    words = ("open" if outcome in _OPEN else outcome).split("_")
    return f"{knowledge.id}Diagnosis" + "".join(part.capitalize() for part in words)


def _words(outcome: str, evaluation: Evaluation, knowledge: Knowledge, told: set[str]) -> dict[str, str]:
    untold = [knowledge.criterion(name).title for name in exclusions(evaluation, knowledge) if name not in told]
    where = _where(_STAYS if outcome in (_STAYS, _STAYS_FOR_REVIEW) else outcome, evaluation)
    return {
        "where": _cut("where", where[:1].upper() + where[1:] if outcome in _BEGINS_WITH_WHERE else where),
        "unmet": _cut("unmet", "; ".join(evaluation.classification.unmet)),
        "beside": _cut("beside", _where(_BESIDE, evaluation)),
        "criteria": _cut("criteria", ", ".join(untold)),
        "missing": "",
        "fit": "fits",
        "attainable": evaluation.classification.attainable,
        "class": evaluation.classification.reached,
    }


def is_plural(named: str) -> bool:
    """Whether these words take a verb in the plural."""
    words = re.split(r" (?:of|at|against|for) ", named)[0].split() or [""]
    return words[-1].endswith("s") or ("and" in words and words[0].endswith("s"))


def _missing_words(outcome: str, evaluation: Evaluation, knowledge: Knowledge, room: int) -> dict[str, str]:
    """What is missing, or could not be used or read, in ``room`` letters."""
    if outcome == "unusable":
        rows = _unusable(evaluation, knowledge)
        named = list(in_order(row.called for row in rows if row.called))
        return {"missing": _missing(named, len(rows), room) or _items(len(rows))}
    if outcome == _TEXT:
        return {"missing": _cut("missing", next(iter(called_in_text(evaluation.excluded)), ""))}
    named = list(dict.fromkeys(need.short for need in _needs(evaluation)))
    return {"missing": _missing(named, evaluation.classification.missing, room), "fit": _verb(named)}


def _where(outcome: str, evaluation: Evaluation) -> str:
    """What the sections name for the class reached."""
    if outcome == _BESIDE:
        named = [section.named.get(_BESIDE, "") for section in evaluation.sections.values()]
    elif outcome in _NAMED:
        named = [section.named.get(_NAMED[outcome], "") for section in evaluation.sections.values()]
    else:
        other = "" if outcome != _STAYS else _STAYS
        named = [section.named.get(outcome, section.named.get(other, "")) for section in evaluation.sections.values()]
    return "; ".join(filter(None, named))


def _verb(named: list[str]) -> str:
    """The verb that goes with what is missing: one study fits, several items and antibodies fit."""
    return "fit" if named[1:] or is_plural("".join(named)) else "fits"


def _missing(named: list[str], count: int, room: int) -> str:
    """The missing items by name where there is room for all of them, else how many."""
    *others, last = named or [""]
    between = ", " if any(" and " in name for name in named) else " and "
    in_words = f"{', '.join(others)}{between}{last}" if others else last
    return in_words if len(in_words) <= room else _items(count)


def _needs(evaluation: Evaluation) -> list[Need]:
    """What is missing for the class attainable."""
    found = evaluation.classification
    return [need for need in found.would_change if need.to == found.attainable and need.counts]


def _items(count: int) -> str:
    return f"{count} item{'s'[: count != 1]}"


def _unusable(evaluation: Evaluation, knowledge: Knowledge) -> list[Excluded]:
    reasons = knowledge.face.policy.unusable
    return [row for row in evaluation.excluded if row.reason in reasons and (row.relevant or row.reason == "side")]


def exclusions(evaluation: Evaluation, knowledge: Knowledge) -> list[str]:
    """The names of the exclusion criteria that are met."""
    met = [shown.criterion for shown in evaluation.conclusions if evaluation.verdicts[shown.criterion] is Verdict.MET]
    return [name for name in met if knowledge.criterion(name).kind == "exclusion"]


def _cut(placeholder: str, text: str) -> str:
    return visible(text, PLACEHOLDER_LENGTHS[placeholder])
