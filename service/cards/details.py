"""The detail of the card on the class: decision, findings with their numbers, what is missing."""

from service.cards.differential import without_card
from service.cards.layout import Detail, provenance
from service.cards.unseen import in_text, not_seen, of_somebody_else
from service.domain.conclusions import Advice, Classification, Need, Verdict
from service.domain.evaluation import Evaluation
from service.domain.facts import MEANS_NOTHING, PARTIAL, TEXT_ONLY, UNSEEN
from service.domain.statements import in_order
from service.knowledge.model import Criterion, Knowledge

_MOST_MISSING = 6
_MOST_POINTS = 4
_MOST_UNUSED = 3
# What was not looked at is told by name, and what no rule reads is no news.
_NO_NEWS = (UNSEEN, PARTIAL, *MEANS_NOTHING)


def detail(summary: str, lead: str, evaluation: Evaluation, knowledge: Knowledge) -> Detail:
    """The whole detail of the card on the class; what excludes it stands in its ``summary`` or here, not in both."""
    texts = in_text(evaluation.excluded)
    are_told = bool(texts) and evaluation.verdicts[knowledge.face.policy.text_not_read] is Verdict.MET
    not_used = _not_used(evaluation, texts_told=are_told)
    return Detail(
        lead=lead,
        bound=[
            *_against(summary, evaluation, knowledge),
            *_to_review(evaluation, knowledge),
            *_as_rules_say(evaluation, knowledge),
            *_not_read(summary, evaluation),
            *not_seen(evaluation.excluded),
            *of_somebody_else(evaluation.excluded),
            *(texts if are_told else ()),
        ],
        points=[*_findings(evaluation), *_in_favour(evaluation, knowledge)],
        missing=_missing(evaluation.classification, knowledge.id.upper()),
        more=[*not_used, *without_card(evaluation, knowledge)],
        in_short={line: line.partition(":")[0] + "." for line in not_used if ":" in line},
        last=provenance(knowledge),
    )


def text_detail(lead: str, evaluation: Evaluation, knowledge: Knowledge) -> Detail:
    """The detail of a card that tells only of what stands as text."""
    return Detail(lead=lead, bound=in_text(evaluation.excluded), last=provenance(knowledge))


def label(criterion: Criterion) -> str:
    """A criterion as people know it: its guideline code and title."""
    return f"{criterion.code} {criterion.title}".strip()


def _against(summary: str, evaluation: Evaluation, knowledge: Knowledge) -> list[str]:
    """The exclusion criteria that are met, and what contradicts itself."""
    met = [knowledge.criterion(each.criterion) for each in evaluation.conclusions if each.verdict is Verdict.MET]
    untold = [rule.title for rule in met if rule.kind == "exclusion" and rule.title not in summary]
    excluding = [f"Against {knowledge.id.upper()}: {title.lower()}" for title in untold]
    # A fact without a definition only bears on others, which say themselves what it leaves open.
    disputed = [name for name, fact in evaluation.facts.items() if "contradiction" in fact.flags]
    torn = [knowledge.facts[name].label for name in disputed if name in knowledge.facts]
    weighing = [f"Against {knowledge.id.upper()}: {_told(each, knowledge)}" for each in evaluation.against]
    return [*excluding, *weighing, *([f"Contradictory in the record: {', '.join(torn)}"] if torn else [])]


def _told(entry: Advice, knowledge: Knowledge) -> str:
    """What speaks against the class, with what the facts that it shows were found by."""
    rule = knowledge.criterion(entry.conclusion.criterion)
    whys = "; ".join(filter(None, (entry.whys.get(name) for name in rule.shows)))
    title = rule.title if rule.title[1:2].isupper() else f"{rule.title[:1].lower()}{rule.title[1:]}"
    return f"{title}: {whys}" if whys else title


def _to_review(evaluation: Evaluation, knowledge: Knowledge) -> list[str]:
    """What another finding asks to look at once more, though it decides nothing."""
    asked = [(name, fact) for name, fact in evaluation.facts.items() if "review" in fact.flags]
    return [f"{knowledge.facts[name].label}: {fact.why}" for name, fact in asked if name in knowledge.facts]


def _as_rules_say(evaluation: Evaluation, knowledge: Knowledge) -> list[str]:
    policy = knowledge.face.policy
    named = (policy.under_age, policy.history_not_seen)
    return [knowledge.criterion(name).says for name in named if evaluation.verdicts[name] is Verdict.MET]


def _not_read(summary: str, evaluation: Evaluation) -> list[str]:
    """What the sections have to tell whatever the class is, where the summary does not say it."""
    told = (line for section in evaluation.sections.values() for line in section.bound)
    return [f"{line[:1].upper()}{line[1:]}" for line in told if line.casefold() not in summary.casefold()]


def _findings(evaluation: Evaluation) -> list[str]:
    return [point for section in evaluation.sections.values() for point in section.points][:_MOST_POINTS]


def _in_favour(evaluation: Evaluation, knowledge: Knowledge) -> list[str]:
    met = [knowledge.criterion(each.criterion) for each in evaluation.conclusions if each.verdict is Verdict.MET]
    # What has a code of the guideline speaks for a class; the rest is a matter of how the disease usually presents.
    named = [rule.title for rule in met if rule.kind == "supportive" and rule.code]
    return [f"In favour: {'; '.join(named)}"] if named else []


def _missing(found: Classification, disease: str) -> str:
    """What is missing for the class attainable, the most telling first."""
    needs = [need for need in found.would_change if need.to == found.attainable and need.counts]
    listed = list(dict.fromkeys(need.short for need in needs))
    if not listed:
        return ""
    count = f" ({len(listed)} in all)" if listed[_MOST_MISSING:] else ""
    instead = [f"; or instead: {need.short}" for need in found.would_change if _is_instead(need, found.attainable)]
    named = f"{'; '.join(listed[:_MOST_MISSING])}{count}{''.join(instead[:1])}"
    return f"Missing for {found.attainable} {disease}: {named}."


def _is_instead(need: Need, attainable: str) -> bool:
    return need.is_instead and need.to == attainable and bool(need.short)


def _not_used(evaluation: Evaluation, *, texts_told: bool) -> list[str]:
    """How many records were not used, and which; what stands as text is told once, and by its holder."""
    no_news = (*_NO_NEWS, TEXT_ONLY) if texts_told else _NO_NEWS
    by_record: dict[str, str] = {}
    for row in evaluation.excluded:
        if row.reason not in no_news:
            holder, _, _ = row.resource.partition("#")
            by_record.setdefault(holder if row.reason == TEXT_ONLY else row.resource, row.called)
    if not by_record:
        return []
    names = in_order(filter(None, by_record.values()))
    told = f"{len(by_record)} {'records were' if len(by_record) > 1 else 'record was'} not used"
    among = "among them " if names[_MOST_UNUSED:] else ""
    return [f"{told}: {among}{', '.join(names[:_MOST_UNUSED])}." if names else f"{told}."]
