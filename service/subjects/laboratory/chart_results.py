"""Results of the chart that orders are held against, each settled on its own, with those that could not be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction

from service.domain.facts import Excluded, Fact, Range
from service.domain.statements import Settled, Statement, settle, the_same
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.intake.unusable import Unusable, refused, unanswered, unread
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.word_tables import text_in
from service.fhir.values.answers import Problem
from service.fhir.values.results import Measured, result_of
from service.knowledge.words import number as number_in_words
from service.subjects.laboratory.kidney_in_words import EGFR, with_point
from service.subjects.laboratory.result_values import RAISED, blood_group, number, raised

_READERS = ("order_number", "raised_result", "blood_group")
_Value = str | Range


@dataclass(frozen=True, slots=True)
class ResultTables:
    """``blood_groups`` and unit ``synonyms`` as in the mapping files; ``limits``: what a number is held against.

    ``windows``: for so long before the newest result the lowest counts. ``fresh_for``: how long a result counts that is
    read while it is fresh only. ``interpretations``: of results that may be raised.
    """

    synonyms: Mapping[str, str]
    blood_groups: Mapping[str, str]
    limits: Mapping[str, Fraction]
    windows: Mapping[str, timedelta]
    fresh_for: timedelta
    interpretations: Mapping[str, str] = field(default_factory=lambda: RAISED)


@dataclass(slots=True)
class ChartResults:
    """Facts by name, what was not used, and by fact what could not be used and no other result answers."""

    facts: dict[str, Fact] = field(default_factory=dict)
    excluded: list[Excluded] = field(default_factory=list)
    unusable: dict[str, list[Unusable]] = field(default_factory=dict)


def results_of_orders(concepts: Mapping[str, Concept]) -> Sequence[Concept]:
    """The concepts that have a reader here."""
    return [concept for concept in concepts.values() if concept.reader in _READERS]


def chart_results(
    record: PatientRecord, concepts: Sequence[Concept], tables: ResultTables, as_of: datetime
) -> ChartResults:
    """Every result of one of the concepts. Analytes of one fact are settled apart, then put together."""
    results = ChartResults()
    read: dict[str, list[SourceResource]] = {}
    for source in record.sources:
        if source.concept is not None:
            read.setdefault(source.concept.name, []).append(source)
    for concept in concepts:
        sources, turned_away = read.get(concept.name, []), refused(record, (concept.name,))
        if concept.options.get("fresh_only") is True:
            sources = _fresh(sources, as_of - tables.fresh_for, results)
        if sources or turned_away:
            fact = text_in(concept.options, "fact") or concept.name
            _add(results, fact, sources, turned_away, tables)
    return results


def _fresh(sources: Sequence[SourceResource], since: datetime, results: ChartResults) -> list[SourceResource]:
    old = [source for source in sources if source.moment.latest < since]
    results.excluded += [Excluded(source.reference, "older", "too old to count beside other results") for source in old]
    return [source for source in sources if source not in old]


def _add(
    results: ChartResults,
    fact: str,
    sources: Sequence[SourceResource],
    turned_away: Sequence[Unusable],
    tables: ResultTables,
) -> None:
    read = [(source, _said(source, tables)) for source in sources]
    problems = [(source, said) for source, said in read if isinstance(said, Problem)]
    results.excluded += [said.about(source.reference) for source, said in problems]
    usable = [(source, said) for source, said in read if not isinstance(said, Problem)]
    told: list[Statement[_Value]] = [Statement(said, source.moment, source.reference) for source, said in usable]
    limit, window = tables.limits.get(fact), tables.windows.get(fact)
    if window is None:
        settled = settle(told, lambda values: _agreed(values) or _the_lowest(values, limit))
    else:
        settled = settle(_of_one_time(told, window), _lowest)
    results.excluded += [Excluded(older.evidence, "older", "a newer result counts") for older in settled.older]
    unusable = [*turned_away, *(unread(source, said) for source, said in problems)]
    open_ones = _undecided(settled, limit)
    answering = [] if open_ones else [statement.moment for statement in settled.counted]
    left = [*open_ones, *unanswered(unusable, answering)]
    results.unusable.setdefault(fact, []).extend(left)
    if sources:
        made = _with_number(_fact(settled, [source.reference for source, _ in problems]), sources, tables)
        results.facts[fact] = _together(results.facts[fact], made) if fact in results.facts else made


def _said(source: SourceResource, tables: ResultTables) -> _Value | Problem:
    reader = source.concept.reader if source.concept else ""
    if reader == "blood_group":
        return blood_group(source.resource, tables.blood_groups)
    if reader == "raised_result":
        return raised(source.resource, tables.synonyms, tables.interpretations)
    # Of an eGFR a comma in a text is a caution only (kidney_in_words).
    is_egfr = source.concept is not None and source.concept.name in EGFR
    resource = source.resource if is_egfr else with_point(source.resource)[1]
    return number(resource, source.concept.options if source.concept else {}, tables.synonyms)


def _agreed(values: Sequence[_Value]) -> _Value | None:
    """What all say: one word, or the numbers that every bound and every number allows."""
    ranges = [value for value in values if isinstance(value, Range)]
    if len(ranges) != len(values):
        return the_same(values)
    low = max((each.low for each in ranges if each.low is not None), default=None)
    high = min((each.high for each in ranges if each.high is not None), default=None)
    return Range(low, high) if low is None or high is None or low <= high else None


def _the_lowest(values: Sequence[_Value], limit: Fraction | None) -> Range | None:
    """The lowest of numbers that lie on one side of the limit: it is the one that warns."""
    numbers = [value.low for value in values if isinstance(value, Range) and value.low == value.high]
    known = [number for number in numbers if number is not None]
    if limit is None or not known or len(known) < len(values):
        return None
    return Range.exactly(min(known)) if max(known) < limit or min(known) >= limit else None


def _lowest(values: Sequence[_Value]) -> _Value | None:
    """The lowest number or bound, which is under all others; the word when there are words, and they are one."""
    ranges = [value for value in values if isinstance(value, Range)]
    if not ranges or len(ranges) < len(values):
        return the_same(values)
    return Range(min(ranges, key=_lower_end).low, min((r.high for r in ranges if r.high is not None), default=None))


def _lower_end(value: Range) -> tuple[bool, Fraction, Fraction]:
    """For order: what has no lower end comes first, then by the lower end, then by the upper."""
    high = value.high if value.high is not None else value.low or Fraction(0)
    return value.low is not None, value.low if value.low is not None else high, high


def _of_one_time(told: Sequence[Statement[_Value]], window: timedelta) -> list[Statement[_Value]]:
    """The statements with those of the window before the newest one told as of its moment."""
    newest = max((each.moment for each in told), key=lambda moment: moment.latest, default=None)
    if newest is None:
        return []
    near = [newest.latest - each.moment.latest <= window for each in told]
    return [replace(each, moment=newest) if is_near else each for each, is_near in zip(told, near, strict=True)]


def _undecided(settled: Settled[_Value], limit: Fraction | None) -> list[Unusable]:
    """The results that count, where they contradict each other or are a bound on neither side of the limit."""
    why = ""
    if settled.is_contradiction:
        why = "results of equal age disagree"
    elif isinstance(settled.value, Range) and limit is not None and not _is_decided(settled.value, limit):
        why = "the result is a bound, which leaves it open"
    newest = max((statement.moment for statement in settled.counted), key=lambda moment: moment.latest, default=None)
    return [Unusable(settled.evidence, why, newest)] if why and newest else []


def _is_decided(value: Range, limit: Fraction) -> bool:
    return (value.low is not None and value.low >= limit) or (value.high is not None and value.high < limit)


def _fact(settled: Settled[_Value], problems: Sequence[str]) -> Fact:
    if settled.is_contradiction:
        return Fact(None, settled.evidence, "results of equal age disagree", ("contradiction",))
    return Fact(settled.value, settled.evidence or tuple(problems))


def _with_number(fact: Fact, sources: Sequence[SourceResource], tables: ResultTables) -> Fact:
    """A number with its day; what is only told to be high, with what it is of and its number: "IgM 38 g/L"."""
    if isinstance(fact.value, Range):
        days = [str(source.moment.day) for source in sources if source.reference in fact.evidence and source.moment.day]
        return replace(fact, why=max(days, default=""))
    if fact.value != "present":
        return fact
    told = [named for source in sources if source.reference in fact.evidence if (named := _numbered(source, tables))]
    return replace(fact, why=", ".join(dict.fromkeys(told)))


def _numbered(source: SourceResource, tables: ResultTables) -> str:
    result = result_of(source.resource, {}, tables.synonyms)
    if not isinstance(result, Measured) or source.concept is None:
        return ""
    name = source.concept.named.partition(",")[0] or source.concept.name
    return f"{name} {result.sign}{number_in_words(result.number)} {result.unit}"


def _together(one: Fact, other: Fact) -> Fact:
    """Two analytes of one fact: the lower number; present when one of them is, absent only when both are."""
    if one.value == other.value:
        return Fact(one.value, (*one.evidence, *other.evidence), "; ".join(filter(None, (one.why, other.why))))
    numbers = [fact for fact in (one, other) if isinstance(fact.value, Range)]
    if numbers:
        return min(numbers, key=lambda fact: _lower_end(fact.value) if isinstance(fact.value, Range) else ())
    return next((fact for fact in (one, other) if fact.value == "present"), one if one.value is None else other)
