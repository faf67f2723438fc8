"""Kidney function that only words name, or that stands in a component: the most that it can be, as a caution.

A value that warns must warn whatever names it; one that is normal says nothing, since a name is weaker than a code.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction

from service.domain.facts import Excluded, Fact, Range
from service.domain.statements import in_order
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.values.answers import Problem
from service.subjects.laboratory.computed_egfr import (
    Creatinine,
    SteadyLimits,
    computed_egfr,
    is_newer_estimate,
    mg_per_dl,
)
from service.subjects.laboratory.result_values import number

_NAME, _COMPUTED = "egfr_in_words_ml_per_min", "egfr_computed_ml_per_min"
EGFR, CREATININE = ("egfr_in_words", "egfr", "egfr_by_cystatin_c"), ("creatinine_in_words", "creatinine")
_IN_WORDS = (EGFR[0], CREATININE[0])
# One or two digits behind a comma are no thousands, whatever the language.
_COMMA = re.compile(r"^(\D*\d+),(\d{1,2})(?!\d)")


def kidney_in_words(
    record: PatientRecord,
    known: Mapping[str, Fact],
    synonyms: Mapping[str, str],
    window: timedelta,
    limits: SteadyLimits,
) -> tuple[dict[str, Fact], list[Excluded]]:
    """``egfr_in_words_ml_per_min`` where an eGFR is read so, ``egfr_computed_ml_per_min`` where a creatinine is.

    Beside them what could not be read. An eGFR by its code that is surely newer takes their place. ``window``: before
    the newest, in which the lowest counts.
    """
    estimates = list(_values(record, EGFR, synonyms))
    creatinine = list(_values(record, CREATININE, synonyms))
    unread = [said.about(source.reference) for source, said in (*estimates, *creatinine) if isinstance(said, Problem)]
    lowest = _lowest([(source, said) for source, said in estimates if isinstance(said, Range)], record, window)
    computed = _computed(
        [(source, said) for source, said in creatinine if isinstance(said, Range)], record, known, limits
    )
    told = [*((_NAME, fact) for fact in lowest), *((_COMPUTED, fact) for fact in computed)]
    return dict(told), unread


def with_lower(in_words: Mapping[str, Fact], computed: Mapping[str, Fact]) -> dict[str, Fact]:
    """Both together; of what both tell, the lower one."""
    both = {name: min((in_words[name], computed[name]), key=_most) for name in in_words if name in computed}
    return {**in_words, **computed, **both}


def _most(fact: Fact) -> Fraction:
    return (fact.value.high if isinstance(fact.value, Range) else None) or Fraction(0)


def low_in_words(facts: Mapping[str, Fact], limit: Fraction) -> Fact | None:
    """That kidney function is there, where words tell of one that warns; nothing where it would only reassure."""
    for fact in facts.values():
        if isinstance(fact.value, Range) and fact.value.high is not None and fact.value.high < limit:
            return Fact("on_record", fact.evidence)
    return None


def _values(
    record: PatientRecord, names: Sequence[str], synonyms: Mapping[str, str]
) -> Iterator[tuple[SourceResource, Range | Problem]]:
    """Each value by its name; of a coded one only what its own reader cannot read: a comma in a text."""
    for source in record.sources:
        if source.concept is None or source.concept.name not in names:
            continue
        is_comma, resource = with_point(source.resource)
        if is_comma or source.concept.name in _IN_WORDS:
            said = _read(resource, source, synonyms, is_egfr=names is EGFR)
            if isinstance(said, Range) or source.concept.name in _IN_WORDS:
                yield source, said


def _read(
    resource: Mapping[str, object], source: SourceResource, synonyms: Mapping[str, str], *, is_egfr: bool
) -> Range | Problem:
    options = source.concept.options if source.concept else {}
    said = number(resource, options if is_egfr else {"unit": "mg/dL"}, synonyms)
    return said if is_egfr else mg_per_dl(resource, synonyms) or (said if isinstance(said, Problem) else _no_value())


def _no_value() -> Problem:
    return Problem("implausible", "no creatinine that a body can have")


def with_point(resource: Mapping[str, object]) -> tuple[bool, Mapping[str, object]]:
    """Whether a comma stood for the decimal point in a text, and the resource with a point in its place."""
    text = resource.get("valueString")
    written, found = _COMMA.subn(r"\1.\2", text) if isinstance(text, str) else ("", 0)
    return found > 0, {**resource, "valueString": written} if found else resource


def _lowest(read: Sequence[tuple[SourceResource, Range]], record: PatientRecord, window: timedelta) -> Iterator[Fact]:
    newest = max((source.moment.latest for source, _ in read), default=None)
    near = [(source, said) for source, said in read if newest and newest - source.moment.latest <= window]
    bounded = [(said.high, source) for source, said in near if said.high is not None]
    if bounded:
        high, source = min(bounded, key=lambda each: each[0])
        if not is_newer_estimate(record, source.moment, same_time=False):
            yield Fact(Range(None, high), (source.reference,), "an eGFR by its name, at most")


def _computed(
    read: Sequence[Creatinine], record: PatientRecord, known: Mapping[str, Fact], limits: SteadyLimits
) -> Iterator[Fact]:
    for fact in computed_egfr(record, known, read, limits).values():
        if isinstance(fact.value, Range) and fact.value.high is not None:
            why = f"{fact.why}, which only its name tells"
            yield Fact(Range(None, fact.value.high), in_order(fact.evidence), why)
