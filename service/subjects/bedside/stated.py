"""Facts stated as a number or as a word of a list: one Observation each, the newest ones must agree."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from service.domain.facts import Excluded, Fact, Range
from service.domain.statements import Settled, Statement, settle
from service.fhir.intake.bundle import SourceResource
from service.fhir.values.answers import Problem, printable, value_of, words_for
from service.fhir.values.results import bounded, count_in
from service.fhir.values.units import exact
from service.fhir.values.written import written_quantity
from service.subjects.bedside.findings import fact_of

T = TypeVar("T")
Found = tuple[dict[str, Fact], list[Excluded]]


def count_facts(sources: Sequence[SourceResource], synonyms: Mapping[str, str]) -> Found:
    """Facts that are whole numbers, by valueInteger or a Quantity of dimension one."""

    def as_fact(settled: Settled[Range]) -> Fact:
        if settled.value is not None:
            return Fact(settled.value, settled.evidence)
        if settled.is_contradiction:
            return Fact(None, settled.evidence, "statements contradict each other", ("contradiction",))
        return Fact(None, settled.evidence, "stated in a way that leaves it unknown")

    return _settled_facts(sources, lambda source: _count(source.resource, synonyms), as_fact)


def course_facts(sources: Sequence[SourceResource], courses: Mapping[str, str]) -> Found:
    """Facts that are a word of the table ``system|code`` -> word."""
    return _settled_facts(sources, lambda source: _course(source.resource, courses), fact_of)


def _settled_facts(
    sources: Sequence[SourceResource],
    read: Callable[[SourceResource], T | Problem],
    as_fact: Callable[[Settled[T]], Fact],
) -> Found:
    """One fact per concept: its resources read one by one, then settled."""
    told: dict[str, list[Statement[T]]] = {}
    excluded: list[Excluded] = []
    for source in sources:
        name = source.concept.name if source.concept else ""
        value = read(source)
        if isinstance(value, Problem):
            excluded.append(value.about(source.reference))
        known = None if isinstance(value, Problem) else value
        told.setdefault(name, []).append(Statement(known, source.moment, source.reference))
    facts = {}
    for name, statements in told.items():
        settled = settle(statements)
        excluded += [Excluded(statement.evidence, "older", "a newer statement counts") for statement in settled.older]
        facts[name] = as_fact(settled)
    return facts, excluded


def _count(observation: Mapping[str, object], synonyms: Mapping[str, str]) -> Range | Problem:
    """The number, or the numbers that a bound such as ">= 2" allows."""
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    element, content = value
    if element == "valueString":
        element, content = "valueQuantity", written_quantity(content, observation.get("language"))
    count: Fraction | Problem | None = None
    if element == "valueInteger":
        count = exact(content)
    elif element == "valueQuantity":
        count = count_in({**content, "comparator": None} if isinstance(content, Mapping) else content, synonyms)
    if isinstance(count, Problem) and content is not None:
        return count
    if not isinstance(count, Fraction) or count.denominator != 1:
        return Problem("invalid", f"{printable(value[0])} is no whole number")
    if count < 0:
        return Problem("implausible", "a count below zero")
    stated = bounded(count, content if isinstance(content, Mapping) else {})
    return Range(Fraction(0), stated.high) if isinstance(stated, Range) and stated.low is None else stated


def _course(observation: Mapping[str, object], courses: Mapping[str, str]) -> str | Problem:
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    words = words_for(value[1], courses) if value[0] == "valueCodeableConcept" else set()
    if len(words) == 1:
        return words.pop()
    return Problem("invalid", f"{printable(value[0])} names no known course")
