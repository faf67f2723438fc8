"""What is in the record and could not be used: which resources, and why. It must never look normal or absent."""

from collections.abc import Iterable, Sequence

from service.domain.facts import Fact
from service.domain.immutable import immutable
from service.domain.moments import Moment
from service.domain.statements import Statement, in_order, settle
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.values.answers import Problem, joined

_MOST_TOLD = 3


@immutable
class Unusable:
    """Resources that could not be used, for one reason. ``is_result``: false when they hold no result at all."""

    references: tuple[str, ...]
    why: str
    moment: Moment
    is_result: bool = True

    def __str__(self) -> str:
        return f"{joined(self.references)} ({self.why})"


def refused(record: PatientRecord, names: Iterable[str]) -> list[Unusable]:
    """What intake turned away under one of these names."""
    if not record.refused:
        return []
    wanted = set(names)
    return [
        Unusable((each.row.resource,), each.row.detail or each.row.reason, each.moment, each.is_result)
        for each in record.refused
        if wanted.intersection(each.names)
    ]


def unread(source: SourceResource, problem: Problem) -> Unusable:
    """A resource that its reader could make nothing of."""
    # An interpretation without a value says something, too.
    is_judged = bool(source.resource.get("interpretation")) and source.resource.get("dataAbsentReason") is None
    is_result = problem.reason != "data-absent" or is_judged
    return Unusable((source.reference,), problem.detail or problem.reason, source.moment, is_result)


def unanswered(unusable: Sequence[Unusable], usable: Sequence[Moment]) -> list[Unusable]:
    """Those that no usable result answers: all where there is none, else the results that are not surely older."""
    if not usable:
        return list(unusable)
    told: list[Statement[Unusable | str]] = [Statement("usable", moment, "") for moment in usable]
    told += [Statement(each, each.moment, "") for each in results_among(unusable)]
    return [statement.value for statement in settle(told).counted if isinstance(statement.value, Unusable)]


def results_among(unusable: Iterable[Unusable]) -> list[Unusable]:
    """Without those that hold no result: what nobody measured is no news."""
    return [each for each in unusable if each.is_result]


def told_as(word: str, unusable: Sequence[Unusable]) -> Fact:
    """A fact that says so, which names the first few with their reasons."""
    evidence = in_order(reference for each in unusable for reference in each.references)
    lines = list(dict.fromkeys(map(str, unusable)))
    among = f"{len(lines)} of them, such as " if len(lines) > _MOST_TOLD else ""
    return Fact(word, evidence, among + "; ".join(lines[:_MOST_TOLD]))
