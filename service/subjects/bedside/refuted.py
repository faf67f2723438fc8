"""Diagnoses that a later entry refutes: of two entries of one disease the newer one counts.

What raises a precaution counts when any entry names it, so that there a refuted one takes nothing away.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from service.domain.facts import Excluded
from service.fhir.intake.records import SourceResource
from service.subjects.bedside.diagnoses import onset
from service.subjects.bedside.presence import certainty

_RAISES = ("history_counts", "precaution")
_WHY = "a newer entry refutes it"


def still_told(sources: Sequence[SourceResource]) -> tuple[list[SourceResource], list[Excluded]]:
    """The sources without diagnoses that a surely newer entry refutes, and those with the reason."""
    refuting = _refuting(sources)
    if not refuting:
        return list(sources), []
    gone = {id(each) for each in sources if not _is_raised(each) and _is_refuted(each, refuting, surely=True)}
    rows = [Excluded(each.reference, "older", _WHY) for each in sources if id(each) in gone]
    return [each for each in sources if id(each) not in gone], rows


def still_standing(sources: Sequence[SourceResource]) -> list[SourceResource]:
    """The sources that may explain something: without diagnoses that any entry refutes which may be newer."""
    refuting = _refuting(sources)
    if not refuting:
        return list(sources)
    return [each for each in sources if not _is_refuted(each, refuting, surely=False)]


Refuting = Mapping[str, Sequence[SourceResource]]


def _refuting(sources: Sequence[SourceResource]) -> Refuting:
    """By concept the newest entry that refutes it, and the newest that says when what it refutes began."""
    found: dict[tuple[str, bool], SourceResource] = {}
    for each in sources:
        if each.concept is not None and _is_condition(each) and certainty(each.resource) == "refuted":
            key = each.concept.name, onset(each.resource) is None
            found[key] = max(found.get(key, each), each, key=lambda one: (one.moment.latest, one.moment.earliest))
    by_name: dict[str, list[SourceResource]] = {}
    for (name, _), each in found.items():
        by_name.setdefault(name, []).append(each)
    return by_name


def _is_refuted(source: SourceResource, refuting: Refuting, *, surely: bool) -> bool:
    if source.concept is None or not _is_condition(source) or certainty(source.resource) == "refuted":
        return False
    of_it = refuting.get(source.concept.name, ())
    return any(_speaks_of(each, source) and _is_newer(each, source, surely=surely) for each in of_it)


def _is_newer(refuting: SourceResource, source: SourceResource, *, surely: bool) -> bool:
    # A diagnosis stands from the day of its entry on.
    entered = source.moment.earliest
    return refuting.moment.earliest > entered if surely else refuting.moment.latest >= entered


def _speaks_of(refuting: SourceResource, source: SourceResource) -> bool:
    """Whether it is not of another episode, which began after the other was entered."""
    began = onset(refuting.resource)
    return began is None or began.earliest <= max(source.moment.earliest, _onset_of(source))


def _onset_of(source: SourceResource) -> datetime:
    began = onset(source.resource)
    return began.latest if began else source.moment.earliest


def _is_raised(source: SourceResource) -> bool:
    return source.concept is not None and any(source.concept.options.get(option) is True for option in _RAISES)


def _is_condition(source: SourceResource) -> bool:
    return source.resource.get("resourceType") == "Condition"
