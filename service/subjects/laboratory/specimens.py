"""Results of blood whose specimen was, by the words of the resource, something else: they are of another fluid."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from service.domain.facts import Excluded
from service.fhir.intake.records import PatientRecord, Refused, SourceResource
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import written_texts
from service.fhir.mappings.texts import stems, texts_of
from service.fhir.values.answers import objects_in

_SECTION = "specimens_not_blood"
_WHY = "the specimen is another fluid than blood, of which its code speaks"


@dataclass(frozen=True, slots=True)
class Specimens:
    """``others``: words of a specimen that is not blood. ``of_blood``: readers whose results are of blood."""

    others: re.Pattern[str]
    of_blood: Collection[str]

    def apart(self, record: PatientRecord) -> tuple[PatientRecord, list[Excluded]]:
        """The record without results of another fluid, which count as ones that could not be used; and their rows."""
        other = [source for source in record.sources if self._is_other(source)]
        if not other:
            return record, []
        rows = [Excluded(source.reference, "wrong-analyte", _WHY, relevant=True) for source in other]
        lost = [_refused(source, row) for source, row in zip(other, rows, strict=True)]
        gone = {id(source) for source in other}
        kept = [source for source in record.sources if id(source) not in gone]
        return replace(record, sources=kept, refused=[*record.refused, *lost]), rows

    def _is_other(self, source: SourceResource) -> bool:
        if "specimen" not in source.resource or not source.concept or source.concept.reader not in self.of_blood:
            return False
        return any(map(self.others.search, _words_of(source.resource)))


def specimens(mappings: Mappings, of_blood: Collection[str]) -> Specimens:
    """Read and check the section; KnowledgeError names the key."""
    return Specimens(stems(*written_texts(mappings.tables, _SECTION)), of_blood)


def _refused(source: SourceResource, row: Excluded) -> Refused:
    names: Sequence[str] = [source.concept.name] if source.concept else []
    return Refused(row, tuple(names), source.moment, is_result=True)


def _words_of(resource: Mapping[str, object]) -> Iterator[str]:
    """What the reference calls the specimen, and what one that the result contains says of its type."""
    pointer = resource.get("specimen")
    named = pointer.get("display") if isinstance(pointer, Mapping) else None
    yield from [named.casefold()] if isinstance(named, str) else []
    for held in objects_in(resource.get("contained")):
        if held.get("resourceType") == "Specimen":
            yield from texts_of(held.get("type"))
