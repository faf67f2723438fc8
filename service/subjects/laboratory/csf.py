"""CSF protein: the number in g/L, and whether the laboratory calls it raised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.domain.facts import Excluded, Fact, Range
from service.domain.statements import Settled, Statement, in_order, settle
from service.fhir.intake.bundle import SourceResource
from service.fhir.values.answers import Problem, joined
from service.fhir.values.judging import against_limits
from service.fhir.values.results import Measured, quantity_in, range_in, result_of

_UNIT = "g/L"
_WORDS = ("raised", "not_raised")
_OPPOSED = ("contradiction",)
_WITH_LIMITS = "CSF protein with the laboratory's interpretation or upper limit"


@dataclass(frozen=True, slots=True)
class CsfProtein:
    """One result: grams per litre and the laboratory's judgement, each ``None`` where it is not known."""

    grams_per_litre: Range | None
    judged: str | None


@dataclass(frozen=True, slots=True)
class _Report:
    protein: CsfProtein | None
    problem: Problem | None
    why: str
    flags: tuple[str, ...] = ()


def csf_facts(
    sources: Sequence[SourceResource], interpretations: Mapping[str, str], synonyms: Mapping[str, str]
) -> tuple[dict[str, Fact], list[Excluded]]:
    """csf_protein_g_per_l and csf_protein, both of the newest result, and what was not used."""
    reports = {source.reference: _report(source.resource, interpretations, synonyms) for source in sources}
    excluded = [report.problem.about(reference) for reference, report in reports.items() if report.problem]
    told = [Statement(reports[source.reference].protein, source.moment, source.reference) for source in sources]
    settled = settle(told, _agreed, by_day=True)
    excluded += [Excluded(statement.evidence, "older", "a newer result counts") for statement in settled.older]
    deciding = [reports[reference] for reference in settled.evidence]
    return _facts(settled, deciding) if sources else {}, excluded


def _report(
    observation: Mapping[str, object], interpretations: Mapping[str, str], synonyms: Mapping[str, str]
) -> _Report:
    grams = _grams_per_litre(observation, synonyms)
    # Held against its limits in the unit that it was sent in: limits without a unit are meant in that one.
    result = result_of(observation, {}, synonyms)
    measured = result if isinstance(result, Measured) and not isinstance(grams, Problem) else None
    judged, is_opposed = against_limits(observation, measured, interpretations, _WORDS, synonyms)
    if isinstance(grams, Problem):
        is_result = grams.reason != "data-absent"
        known = CsfProtein(None, judged.word if judged else None) if is_result else None
        return _Report(known, grams, "the value cannot be read in g/L")
    why = judged.why if judged else "result given without interpretation or upper limit"
    return _Report(CsfProtein(grams, judged.word if judged else None), None, why, _OPPOSED if is_opposed else ())


def _grams_per_litre(observation: Mapping[str, object], synonyms: Mapping[str, str]) -> Range | Problem:
    """The number, or the numbers that a bound such as ``>300 mg/dL`` allows: it may decide all the same."""
    quantity = quantity_in(observation, "CSF protein")
    return quantity if isinstance(quantity, Problem) else range_in(quantity, _UNIT, synonyms)


def _measured(grams: Range) -> Measured:
    if grams.low is not None:
        return Measured(grams.low, _UNIT, "" if grams.low == grams.high else ">=")
    return Measured(grams.high or Fraction(0), _UNIT, "<=")


def _agreed(results: Sequence[CsfProtein]) -> CsfProtein | None:
    """One result for those of equal age; what one leaves out the others may tell."""
    grams = {result.grams_per_litre for result in results} - {None}
    words = {result.judged for result in results} - {None}
    if len(grams) > 1 or len(words) > 1:
        return None
    return CsfProtein(next(iter(grams), None), next(iter(words), None))


def _facts(settled: Settled[CsfProtein], deciding: Sequence[_Report]) -> dict[str, Fact]:
    evidence = settled.evidence
    flags = in_order(flag for report in deciding for flag in report.flags)
    if settled.is_contradiction:
        why = f"results of one day or of unknown order disagree: {joined(evidence)}"
        unknown = Fact(None, evidence, why, in_order(("contradiction", *flags)))
        return {"csf_protein_g_per_l": unknown, "csf_protein": unknown}
    result = settled.value or CsfProtein(None, None)
    why = "; ".join(in_order(report.why for report in deciding))
    grams = result.grams_per_litre
    number = Fact(None, evidence, why, flags) if grams is None else _number(grams, evidence)
    missing = () if result.judged else (_WITH_LIMITS,)
    return {"csf_protein_g_per_l": number, "csf_protein": Fact(result.judged, evidence, why, flags, missing)}


def _number(grams: Range, evidence: tuple[str, ...]) -> Fact:
    return Fact(grams, evidence, str(_measured(grams)))
