"""Results that only the laboratory's own judgement gives a meaning: raised or not, such as creatine kinase."""

from collections.abc import Mapping, Sequence

from service.domain.facts import Excluded, Fact, Range
from service.domain.statements import Statement, in_order, settle
from service.fhir.intake.bundle import SourceResource
from service.fhir.mappings.word_tables import text_in
from service.fhir.values.answers import Problem, joined
from service.fhir.values.judging import Judged, against_limits
from service.fhir.values.results import Measured, result_of
from service.subjects.laboratory.result_values import number

RAISED_OR_NOT = ("raised", "not_raised")
# A result that is there but decides nothing: newer, it still takes the place of an older one.
_UNCLEAR = "unclear"
_UNJUDGED = Judged(None, "result given without interpretation or upper limit")


def judged_fact(
    sources: Sequence[SourceResource], interpretations: Mapping[str, str], synonyms: Mapping[str, str]
) -> tuple[Fact, list[Excluded]]:
    """``raised``, ``not_raised`` or unknown, by the newest result, and what was not used."""
    reports = {source.reference: _report(source.resource, interpretations, synonyms) for source in sources}
    excluded = [said.about(reference) for reference, (said, _) in reports.items() if isinstance(said, Problem)]
    told = [Statement(_word(reports[source.reference][0]), source.moment, source.reference) for source in sources]
    settled = settle(told, by_day=True)
    excluded += [Excluded(statement.evidence, "older", "a newer result counts") for statement in settled.older]
    evidence = settled.evidence
    if settled.is_contradiction:
        why = f"results of one day or of unknown order disagree: {joined(evidence)}"
        return Fact(None, evidence, why, ("contradiction",)), excluded
    deciding = [reports[reference] for reference in evidence]
    why = "; ".join(in_order("no result yet" if isinstance(said, Problem) else said.why for said, _ in deciding))
    flags = ("contradiction",) if any(is_opposed for _, is_opposed in deciding) else ()
    return Fact(settled.value if settled.value != _UNCLEAR else None, evidence, why, flags), excluded


def number_of_judged(
    sources: Sequence[SourceResource], interpretations: Mapping[str, str], synonyms: Mapping[str, str]
) -> tuple[dict[str, Fact], list[Excluded]]:
    """The number of the newest result, under the name and in the unit that its concept gives; else nothing.

    A number in another unit is listed as not used where the laboratory does not judge it either.
    """
    options = sources[0].concept.options if sources[0].concept else {}
    name = text_in(options, "number_fact")
    if not name:
        return {}, []
    read = [(source, number(source.resource, options, synonyms)) for source in sources]
    told = [Statement(_known(said), source.moment, source.reference) for source, said in read]
    unread = [
        said.about(source.reference)
        for source, said in read
        if isinstance(said, Problem) and _is_lost(said, _report(source.resource, interpretations, synonyms)[0])
    ]
    settled = settle(told)
    return ({name: Fact(settled.value, settled.evidence)} if settled.value is not None else {}), unread


def _known(said: Range | Problem) -> Range | None:
    return said if isinstance(said, Range) else None


def _is_lost(said: Problem, judged: Judged | Problem) -> bool:
    """Whether nothing at all was made of a number, and no row says so yet."""
    return said.reason != "data-absent" and isinstance(judged, Judged) and judged.word is None


def _report(
    observation: Mapping[str, object], interpretations: Mapping[str, str], synonyms: Mapping[str, str]
) -> tuple[Judged | Problem, bool]:
    """(how the result is judged, or why there is none; whether interpretation and range contradict each other)."""
    result = result_of(observation, {}, synonyms)
    measured = result if isinstance(result, Measured) else None
    judged, is_opposed = against_limits(observation, measured, interpretations, RAISED_OR_NOT, synonyms)
    if isinstance(result, Problem) and (judged is None or result.reason == "data-absent"):
        return result, False
    return judged or _UNJUDGED, is_opposed


def _word(said: Judged | Problem) -> str | None:
    if isinstance(said, Problem):
        return _UNCLEAR if said.reason != "data-absent" else None
    return said.word or _UNCLEAR
