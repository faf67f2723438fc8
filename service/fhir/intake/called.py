"""What was left out by name: what it is of and its date, so that a card never needs the id of a resource."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from service.domain.facts import MEANS_NOTHING, PARTIAL, UNSEEN, Excluded
from service.domain.moments import Moment
from service.fhir.intake.records import PatientRecord
from service.fhir.intake.timing import recorded
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import text_in

# Types whose name is two words.
_TYPES = {
    "MedicationRequest": "an order of a drug",
    "MedicationAdministration": "a dose given",
    "MedicationStatement": "a statement on a drug",
    "AllergyIntolerance": "an entry on an allergy",
    "DiagnosticReport": "a report",
    "QuestionnaireResponse": "an answered form",
}
# Of one disease its first code names the whole; of other diagnoses it may be a narrower one.
_OF_ONE_DISEASE = "_condition"
Names = Mapping[str, tuple[str, Moment]]


def called_by_name(rows: Iterable[Excluded], record: PatientRecord, mappings: Mappings) -> tuple[Excluded, ...]:
    """The rows, each with what a card calls it where nothing else named it."""
    listed = tuple(rows)
    if all(map(_is_named, listed)):
        return listed
    unnamed = {row.resource for row in listed if not _is_named(row)}
    names = _names(record, mappings, unnamed | {reference.partition("#")[0] for reference in unnamed})
    return tuple(row if _is_named(row) else replace(row, called=_called(row, names)) for row in listed)


def _is_named(row: Excluded) -> bool:
    # Of codes that mean nothing here nobody tells; a query whose answer did not come has a name of its own.
    return bool(row.called) or row.reason in (*MEANS_NOTHING, UNSEEN, PARTIAL)


def _names(record: PatientRecord, mappings: Mappings, wanted: Collection[str]) -> Names:
    spoken = _spoken(mappings)
    named = {
        each.row.resource: (spoken.get(each.names[0], _spaced(each.names[0])), recorded(each.resource, each.moment))
        for each in record.refused
        if each.row.resource in wanted
    }
    for given in record.treatments:
        if given.agent.name and given.reference in wanted:
            called = mappings.agents.called.get(given.agent.name, _spaced(given.agent.name))
            named[given.reference] = (called, given.moment)
    for source in (*record.preliminary, *record.sources):
        if source.concept is not None and source.reference in wanted:
            named[source.reference] = (spoken[source.concept.name], recorded(source.resource, source.moment))
    return named


def _called(row: Excluded, names: Names) -> str:
    whole, _, _ = row.resource.partition("#")
    name, moment = names.get(row.resource) or names.get(whole) or ("", None)
    if not name:
        kind = whole.partition("/")[0]
        if kind == "prefetch":
            # No record, but what was asked for; its key tells what.
            return ""
        return _TYPES.get(kind, f"a record of the type {kind}" if kind else "")
    day = moment.day if moment is not None else None
    return f"{name} ({day.isoformat() if day else 'without a full date'})"


@lru_cache(maxsize=4)
def _spoken(mappings: Mappings) -> Mapping[str, str]:
    """What each concept is called: a result or finding by its first code up to a comma, a diagnosis by its name."""
    observed = {name for name, _, _ in mappings.codes_for("Observation")}
    displays: dict[str, str] = {}
    for name, code in mappings.listed:
        is_whole = name in observed or name.endswith(_OF_ONE_DISEASE)
        displays.setdefault(name, code.display.partition(",")[0] if is_whole else "")
    return {
        name: _small(displays.get(name) or text_in(concept.options, "diagnosis") or _spaced(name))
        for name, concept in mappings.concepts.items()
    }


def _small(name: str) -> str:
    """A name within a sentence: a word in capitals stays."""
    first: Sequence[str] = name.split(" ")[:1]
    return f"{name[:1].lower()}{name[1:]}" if first and first[0][1:].islower() else name


def _spaced(name: str) -> str:
    return name.replace("_", " ")
