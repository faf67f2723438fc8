"""What stands in the record as text only: a card says that it is there, and nothing in it is read as evidence."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache

from service.domain.facts import TEXT_ONLY, Excluded, Fact
from service.domain.moments import Moment
from service.domain.statements import in_order
from service.fhir.intake.entries import Entry, without_version
from service.fhir.intake.records import InText, PatientRecord
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.statuses import is_withdrawn
from service.fhir.intake.timing import moment_or_any
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.result_words import is_in_words
from service.fhir.mappings.texts import LONGEST_SEARCHED, texts_of
from service.fhir.mappings.word_tables import text_in, texts_in
from service.fhir.values.answers import codings_of, objects_in, plain, values_in

_READER = "told_in_text"
_MOST_SECTIONS, _DEEPEST = 200, 4
# What was not done, is yet to be done, or has been replaced.
_NOT_THERE = ("not-done", "preparation", "on-hold", "superseded", "revoked")
# What says that something was done or is to be done, and holds no result itself.
_ORDER, _NO_RESULT = "ServiceRequest", "not-evidence"
_EVENTS = (_ORDER, "Procedure")
# What an observation holds that is read as data, if its code is one that is read.
_AS_DATA = ("component", "hasMember", "derivedFrom", "dataAbsentReason")


def list_texts(records: Sequence[PatientRecord]) -> None:
    """A row for each text of a record, in the order in which they came.

    What was ordered or done is no news once results of it came, of that day or a later one.
    """
    for record in records:
        record.in_text.sort(key=lambda each: each.place)
        last = _last_days(record) if any(each.answered_by for each in record.in_text) else {}
        came = [each for each in record.in_text if _came(each, last)]
        record.in_text = [each for each in record.in_text if not _came(each, last)]
        record.excluded += [each.row for each in record.in_text]
        record.excluded += [replace(each.row, reason=_NO_RESULT, relevant=False, called="") for each in came]


def _last_days(record: PatientRecord) -> dict[str, date]:
    """Of each concept, the day of the newest result that is read."""
    days: dict[str, date] = {}
    for source in record.sources:
        if source.concept is not None and source.moment.day is not None:
            name = source.concept.name
            days[name] = max(days.get(name, source.moment.day), source.moment.day)
    return days


def _came(told: InText, last: Mapping[str, date]) -> bool:
    day = told.moment.day
    return day is not None and any(name in last and last[name] >= day for name in told.answered_by)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of text that is told: the words of its titles, and those of titles that are of something else."""

    concept: Concept
    words: re.Pattern[str]
    others: re.Pattern[str]
    codes: frozenset[str]
    types: frozenset[str]

    @property
    def is_any_value(self) -> bool:
        """Whether an Observation of this name is told whatever its value is: its code is none that is read."""
        return bool(self.concept.options.get("any_value"))

    def is_named(self, title: str) -> bool:
        return bool(self.words.search(title)) and not self.others.search(title)


class InTextReader:
    """Finds what stands as text only among the entries of one request."""

    def __init__(self, mappings: Mappings, entries: Sequence[Entry], as_of: datetime) -> None:
        self._mappings, self._entries, self._as_of = mappings, entries, as_of
        self._kinds = _kinds(mappings)
        self._kinds_of = {name: [kind for kind in self._kinds if name in kind.types] for name in _TITLES}
        self._of_any_value = [kind for kind in self._kinds if kind.is_any_value]
        # The codes of data, which come over and over, and whether they name what is told whatever its value is.
        self._may_name: dict[object, bool] = {}

    def told(self, entry: Entry) -> InText | None:
        """What the entry holds as text only; ``None`` for data, and for what was withdrawn or has not happened yet."""
        is_text = entry.kind in _TITLES and self._is_text(entry)
        if not (is_text or self._may_be_told(entry)) or self._is_gone(entry.resource):
            return None
        if (concept := self._concept(entry, self._kinds_of[entry.kind] if is_text else self._of_any_value)) is None:
            return None
        if (moment := moment_or_any(entry.kind, entry.resource, self._as_of)).is_surely_after(self._as_of):
            return None
        called = f"{text_in(concept.options, 'called')} {_dated(moment)}"
        place, kind = next((at, each) for at, each in enumerate(self._kinds) if each.concept.name == concept.name)
        detail, bears = f"{entry.kind}: {called}, not read", not kind.is_any_value
        row = Excluded(entry.reference, TEXT_ONLY, detail, relevant=bears, called=called)
        if entry.kind == _ORDER:
            row = replace(row, reason=_NO_RESULT, detail=f"{entry.kind}: {called}, no result", relevant=False)
        # A moment that may lie anywhere has no timestamp of its own.
        return InText(
            row,
            text_in(concept.options, "fact"),
            (place, -moment.latest.timestamp(), entry.reference),
            moment,
            texts_in(concept.options, "answered_by") if entry.kind in _EVENTS else (),
        )

    def _is_gone(self, resource: Mapping[str, object]) -> bool:
        is_no_order = resource.get("doNotPerform") not in (None, False)
        return is_withdrawn(resource) or is_no_order or resource.get("status") in _NOT_THERE

    def _concept(self, entry: Entry, kinds: Sequence[_Kind]) -> Concept | None:
        code = entry.resource.get(code_element(entry.kind))
        coded = self._mappings.concepts_of(code, entry.kind)
        if any(concept.reader != _READER and not is_in_words(concept) for concept in coded):
            return None
        named = (kind.concept for kind in kinds if any(map(kind.is_named, _titles(entry))))
        return next((each for each in coded if each.reader == _READER), None) or next(named, None)

    def _may_be_told(self, entry: Entry) -> bool:
        """Whether data may be of a kind that is told whatever its value is: most are not, by their code."""
        if entry.kind not in _TITLES or not self._of_any_value:
            return False
        code = entry.resource.get(code_element(entry.kind))
        named = _only_coding(code) if entry.kind == "Observation" else None
        if named is None:
            return _may_be(self._of_any_value, code, _titles(entry))
        if named not in self._may_name:
            self._may_name[named] = _may_be(self._of_any_value, code, _titles(entry))
        return self._may_name[named]

    def _is_text(self, entry: Entry) -> bool:
        if entry.kind == "DiagnosticReport":
            return not (
                any(self._is_data(each, entry) for each in objects_in(entry.resource.get("result")))
                or any(name.startswith(f"{entry.reference}#") for name in self._contained)
            )
        if entry.kind != "Observation":
            return True
        if entry.resource.get("valueQuantity") is not None:
            return False
        values = values_in(entry.resource)
        return values in ([], ["valueString"]) and not any(element in entry.resource for element in _AS_DATA)

    def _is_data(self, result: Mapping[str, object], report: Entry) -> bool:
        """Whether a result of the report came, and has a code that is read."""
        reference = result.get("reference")
        target = without_version(reference) if isinstance(reference, str) else ""
        names = (f"{report.reference}{target}",) if target.startswith("#") else (target, *_short(target))
        return any(name in self._read for name in names)

    @cached_property
    def _contained(self) -> Sequence[str]:
        """The names of those among them that another resource contains."""
        return [name for name in self._read if "#" in name]

    @cached_property
    def _read(self) -> frozenset[str]:
        """The names of the observations that have a code which is read."""
        observations = [entry for entry in self._entries if entry.kind == "Observation"]
        read = [each for each in observations if self._mappings.concepts_of(each.resource.get("code"), each.kind)]
        return frozenset(name for each in read for name in (each.reference, without_version(each.full_url)) if name)


def text_facts(record: PatientRecord) -> dict[str, Fact]:
    """For each fact that something stands as text only, its evidence and what it is called."""
    told: dict[str, list[InText]] = {}
    for each in record.in_text:
        told.setdefault(each.fact, []).append(each)
    return {
        fact: Fact("on_record", in_order(each.row.resource for each in all_), all_[0].row.called)
        for fact, all_ in told.items()
    }


@lru_cache(maxsize=4)
def _kinds(mappings: Mappings) -> list[_Kind]:
    # Patterns of the mapping files: made once, not for each request.
    told = [concept for concept in mappings.concepts.values() if concept.reader == _READER]
    codes = {each.name: frozenset(code.code for name, code in mappings.listed if name == each.name) for each in told}
    return [
        _Kind(
            each,
            _pattern(each, "names"),
            _pattern(each, "not_names"),
            codes[each.name],
            frozenset(each.types),
        )
        for each in told
    ]


def _titles(entry: Entry) -> list[str]:
    return [_folded(title) for title in _TITLES[entry.kind](entry.resource)]


def _only_coding(code: object) -> tuple[object, ...] | None:
    """All that a concept of one coding says; ``None`` of any other."""
    codings = codings_of(code)
    if len(codings) != 1 or not isinstance(code, Mapping):
        return None
    said = (*map(codings[0].get, ("system", "code", "display")), code.get("text"))
    return said if all(each is None or isinstance(each, str) for each in said) else None


def _may_be(kinds: Sequence[_Kind], code: object, titles: Sequence[str]) -> bool:
    """Whether a title or a code is of one of these kinds, whatever else it is of."""
    coded = {str(coding.get("code")) for coding in codings_of(code)}
    return any(coded & kind.codes or any(map(kind.is_named, titles)) for kind in kinds)


def _pattern(concept: Concept, option: str) -> re.Pattern[str]:
    names = texts_in(concept.options, option)
    words = [re.escape(_folded(name)).replace(r"\*", "[a-z]*") for name in names]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(words)})(?![a-z0-9])" if words else r"(?!)")


def _folded(text: str) -> str:
    """In lower case, with single spaces and without accents."""
    plain = " ".join(text[:LONGEST_SEARCHED].casefold().split())
    if plain.isascii():
        return plain
    return "".join(each for each in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(each))


def _short(target: str) -> Sequence[str]:
    return ("/".join(target.split("/")[-2:]),) if "/" in target else ()


def _dated(moment: Moment) -> str:
    return f"of {moment.day.isoformat()}" if moment.day else "without a full date"


def _of_code(resource: Mapping[str, object]) -> Iterator[str]:
    yield from texts_of(resource.get("code"))


def _of_report(report: Mapping[str, object]) -> Iterator[str]:
    yield from texts_of(report.get("code"))
    yield from _strings(each.get("title") for each in objects_in(report.get("presentedForm")))


def _of_document(document: Mapping[str, object]) -> Iterator[str]:
    yield from texts_of(document.get("type"))
    contents = [each.get("attachment") for each in objects_in(document.get("content"))]
    titles = [each.get("title") for each in contents if isinstance(each, Mapping)]
    yield from _strings([document.get("description"), *titles])


def _of_composition(composition: Mapping[str, object]) -> Iterator[str]:
    yield from texts_of(composition.get("type"))
    yield from _strings([composition.get("title")])
    for section in _sections(composition):
        # Entries of a section are read for themselves.
        if section.get("text") is not None and not section.get("entry"):
            yield from texts_of(section.get("code"))
            yield from _strings([section.get("title")])


def _sections(composition: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    level, left = objects_in(composition.get("section")), _MOST_SECTIONS
    for _ in range(_DEEPEST):
        yield from level[:left]
        left = max(left - len(level), 0)
        level = [inner for section in level for inner in objects_in(section.get("section"))]


def _of_answers(response: Mapping[str, object]) -> Iterator[str]:
    yield plain(response.get("questionnaire"))
    level, left = objects_in(response.get("item")), _MOST_SECTIONS
    for _ in range(_DEEPEST):
        yield from _strings(each.get("text") for each in level[:left])
        left = max(left - len(level), 0)
        level = [inner for item in level for inner in objects_in(item.get("item"))]


def _strings(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


_TITLES = {
    "DiagnosticReport": _of_report,
    "DocumentReference": _of_document,
    "Composition": _of_composition,
    "Observation": _of_code,
    "Procedure": _of_code,
    "ServiceRequest": _of_code,
    "QuestionnaireResponse": _of_answers,
}
