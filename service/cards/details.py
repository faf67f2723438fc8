"""The detail of a card: criteria, the rows that subjects show and missing items as Markdown that shows its evidence."""

from service.cards.differential import without_card
from service.cards.text import bullets, escaped, of_rules, table
from service.cards.unseen import not_seen
from service.domain.conclusions import Conclusion, Verdict
from service.domain.evaluation import Evaluation
from service.domain.facts import PARTIAL, UNSEEN
from service.domain.reading import Section
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.words import spaced

VERDICT_WORDS = {Verdict.MET: "met", Verdict.NOT_MET: "not met", Verdict.UNKNOWN: "unknown"}


def detail(lead: str, evaluation: Evaluation, knowledge: Knowledge) -> str:
    """The whole detail of the diagnosis card: lead sentence, tables, missing items, differences, provenance."""
    parts = [
        escaped(lead, 600),
        _class_line(evaluation, knowledge),
        _criteria_table(evaluation, knowledge),
        *map(_table, evaluation.sections.values()),
        _missing(evaluation, knowledge),
        without_card(evaluation, knowledge),
        _differences(evaluation, knowledge),
        _left_out(evaluation),
        not_seen(evaluation.excluded),
        _provenance(evaluation, knowledge),
    ]
    return "\n\n".join(part for part in parts if part)


def _class_line(evaluation: Evaluation, knowledge: Knowledge) -> str:
    found = evaluation.classification
    words = f"Class reached: **{found.reached}**; still attainable: **{found.attainable}**"
    return f"{words} ({escaped(knowledge.guideline)}). Unknown never counts as absent or normal."


def _criteria_table(evaluation: Evaluation, knowledge: Knowledge) -> str:
    shown = [(conclusion, knowledge.criterion(conclusion.criterion)) for conclusion in evaluation.conclusions]
    rows = [
        _criterion_row(conclusion, criterion, knowledge)
        for conclusion, criterion in shown
        if _is_told(conclusion, criterion)
    ]
    told = "**Criteria**\n\n" + table(["Criterion", "Verdict", "Value and evidence", "Source"], rows)
    return "\n\n".join(part for part in (told, _notes(evaluation, knowledge)) if part)


def _notes(evaluation: Evaluation, knowledge: Knowledge) -> str:
    """What to bear in mind with each supportive item that is met."""
    met = [knowledge.criterion(each.criterion) for each in evaluation.conclusions if each.verdict is Verdict.MET]
    noted = [criterion for criterion in met if criterion.kind == "supportive" and criterion.beware]
    return bullets([f"{label(criterion)}: {criterion.beware}" for criterion in noted])


def _is_told(conclusion: Conclusion, criterion: Criterion) -> bool:
    # Supportive items without data would fill the card; core, exclusion and electrophysiology are always told.
    return criterion.kind != "supportive" or conclusion.verdict is not Verdict.UNKNOWN or bool(conclusion.evidence)


def _criterion_row(conclusion: Conclusion, criterion: Criterion, knowledge: Knowledge) -> list[str]:
    verdict = VERDICT_WORDS[conclusion.verdict]
    if criterion.kind == "exclusion":
        verdict = {"met": f"met (speaks against {knowledge.id.upper()})", "not met": "absent"}.get(verdict, verdict)
    based_on = "; ".join(part for part in (conclusion.why, ", ".join(conclusion.evidence)) if part)
    return [of_rules(label(criterion)), of_rules(verdict), based_on, of_rules(criterion.source.in_words)]


def label(criterion: Criterion) -> str:
    """A criterion as people know it: its guideline code and title."""
    return f"{criterion.code} {criterion.title}".strip()


def _table(section: Section) -> str:
    return f"**{section.heading}**\n\n{table(section.heads, section.lines)}" if section.lines else ""


def _missing(evaluation: Evaluation, knowledge: Knowledge) -> str:
    needs = evaluation.classification.would_change
    if not needs:
        return ""
    by_class: dict[str, list[str]] = {}
    for need in needs:
        by_class.setdefault(need.to, []).append(need.text)
    disease = knowledge.id.upper()
    return "\n\n".join(f"**Missing for {target} {disease}**\n\n{bullets(texts)}" for target, texts in by_class.items())


def _differences(evaluation: Evaluation, knowledge: Knowledge) -> str:
    told = {name for name, verdict in evaluation.verdicts.items() if verdict is not Verdict.UNKNOWN}
    lines = [
        f"{entry.brief_says}. Guideline and series: {entry.sources_say}. Used here: {entry.here}."
        for entry in knowledge.disagreements
        if told.intersection(entry.criteria)
    ]
    return "**Where the clinical brief and the guideline differ**\n\n" + bullets(lines) if lines else ""


def _left_out(evaluation: Evaluation) -> str:
    reasons: dict[str, int] = {}
    for row in evaluation.excluded:
        if row.reason not in ("unmapped", UNSEEN, PARTIAL):
            reasons[row.reason] = reasons.get(row.reason, 0) + 1
    listed = ", ".join(f"{spaced(reason)} ({count})" for reason, count in sorted(reasons.items()))
    return escaped(f"Not used: {listed}.") if listed else ""


def _provenance(evaluation: Evaluation, knowledge: Knowledge) -> str:
    told = f"Rules {knowledge.id} {knowledge.version} ({knowledge.review}), data as of {evaluation.as_of}."
    return escaped(f"{told} Decision support only: it does not replace the judgement of a clinician.")
