"""Pregnancy, of all that a chart says of it: present, absent, or a question that is to be settled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.facts import PRELIMINARY, Fact
from service.domain.moments import moment_of
from service.domain.statements import Statement, settle
from service.fhir.intake.certainty import WHY_NOT
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.intake.unusable import Unusable, refused, told_as
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.diagnosis_words import DiagnosisWords
from service.fhir.mappings.word_tables import text_in, texts_in
from service.fhir.values.answers import Problem, codings_of, value_of
from service.fhir.values.judging import against_limits
from service.fhir.values.results import Measured, number_in, quantity_in, result_of
from service.fhir.values.yes_no import yes_or_no
from service.knowledge.near import one_of
from service.subjects.bedside.presence import certainty, is_over

READER = "pregnancy_sign"
PREGNANCY, _QUESTION = "pregnancy", "pregnancy_in_question"
_RAISED = {
    **dict.fromkeys(("H", "HH", "HU", "A", "AA", "POS"), "present"),
    **dict.fromkeys(("N", "L", "LL", "NEG"), "absent"),
}
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_SIGNS = ("test", "weeks", "due")
_WORDED = ("valueString", "valueCodeableConcept", "valueCoding")
_OF_A_MAN = "the sex on record is male"
# How intake says that a diagnosis is asked about, or that its words deny it.
_LEFT_OPEN = (WHY_NOT["suspected"], WHY_NOT["doubted"], PRELIMINARY)
_OLD = "recorded longer ago than a pregnancy lasts"


@dataclass(frozen=True, slots=True)
class PregnancyReader:
    """``lasts``: the longest time from its first day. ``answers``: words for yes and no. ``names``: its concepts."""

    names: frozenset[str]
    words: DiagnosisWords
    answers: Mapping[str, str]
    synonyms: Mapping[str, str]
    lasts: timedelta

    def facts(self, record: PatientRecord, as_of: datetime) -> dict[str, Fact]:
        """``pregnancy``, and ``pregnancy_in_question`` with why; each where something is told."""
        is_male = (record.patient_resource or {}).get("gender") == "male"
        told = [each for source in record.sources if (each := self._said(source, as_of, is_male=is_male))]
        doubts = [each.value for each in told if isinstance(each.value, Unusable)]
        turned_away = [] if is_male else refused(record, self.names)
        doubts += [each for each in turned_away if each.is_result and each.why.endswith(_LEFT_OPEN)]
        settled = settle(
            [Statement(each.value, each.moment, each.evidence) for each in told if isinstance(each.value, str)]
        )
        if settled.is_contradiction:
            why = "statements of it contradict each other"
            doubts.append(Unusable(settled.evidence, why, settled.counted[0].moment))
        if settled.value == "absent":
            # What is old says less than that it is not so now.
            doubts = [each for each in doubts if each.why != _OLD]
        if doubts and settled.value != "present":
            asked = told_as("on_record", doubts)
            return {PREGNANCY: Fact(None, asked.evidence, asked.why), _QUESTION: asked}
        return {PREGNANCY: Fact(settled.value, settled.evidence)} if settled.value else {}

    def _said(self, source: SourceResource, as_of: datetime, *, is_male: bool) -> Statement[str | Unusable] | None:
        """What one resource says: a word, or why it leaves it open; ``None`` where it tells nothing of now."""
        if source.concept is None or source.concept.name not in self.names:
            return None
        word = self._word(source, as_of)
        if is_male and word is not None:
            # Of a man a test or a date may be of another matter; a diagnosis may stand in the wrong chart.
            is_told = word == "present" and source.concept.reader != READER
            word = Unusable((source.reference,), _OF_A_MAN, source.moment) if is_told else None
        return Statement(word, source.moment, source.reference) if word is not None else None

    def _word(self, source: SourceResource, as_of: datetime) -> str | Unusable | None:
        resource = source.resource
        if resource.get("resourceType") == "Condition":
            return self._by_diagnosis(source, as_of)
        sign = text_in(source.concept.options, "sign") if source.concept else ""
        if sign == "due":
            return self._by_due_date(source, as_of)
        word = self._by_weeks(source, as_of) if sign == "weeks" else self._by_answer(source)
        is_old = source.moment.latest < as_of - self.lasts
        return None if is_old and word != "absent" else word

    def _by_diagnosis(self, source: SourceResource, as_of: datetime) -> str | Unusable | None:
        """A diagnosis that is over tells nothing of now; one that is old or asked about leaves it open."""
        resource, said = source.resource, certainty(source.resource)
        if said == "refuted" or is_over(resource):
            return None
        is_of_the_past = self._is_of_the_past(resource, as_of)
        if is_of_the_past and source.concept and source.concept.in_words:
            return None
        why = "not confirmed" if said != "confirmed" else "its words say that it is past" if is_of_the_past else ""
        why = why or (_OLD if self._is_old(resource, as_of) else "")
        why = why or (text_in(source.concept.options, "asks") if source.concept else "")
        return Unusable((source.reference,), why, source.moment) if why else "present"

    def _is_of_the_past(self, resource: Mapping[str, object], as_of: datetime) -> bool:
        """Whether its words speak of the past, or of a year that is over."""
        code = resource.get("code")
        text = code.get("text") if isinstance(code, Mapping) else None
        texts = [text, *(coding.get("display") for coding in codings_of(code))]
        kinds = {kind for each in texts for kind, names in self.words.told_by(each) if PREGNANCY in names}
        years = [int(year) for each in texts if isinstance(each, str) for year in _YEAR.findall(each)]
        return kinds == {"history"} or (bool(years) and max(years) < as_of.year - 1)

    def _is_old(self, resource: Mapping[str, object], as_of: datetime) -> bool:
        dates = (resource.get(name) for name in ("onsetDateTime", "recordedDate"))
        days = [moment for date in dates if (moment := moment_of(date))]
        return bool(days) and all(day.latest < as_of - self.lasts for day in days)

    def _by_answer(self, source: SourceResource) -> str | Unusable | None:
        """A status or a test: yes or no, by the words of a diagnosis, or by a number above the reference range."""
        value = value_of(source.resource)
        element, content = ("", None) if isinstance(value, Problem) else value
        word = yes_or_no(element, content, self.answers) or self._in_words(content)
        if word:
            return word
        measured = result_of(source.resource, {}, self.synonyms)
        number = measured if isinstance(measured, Measured) else None
        judged, _ = against_limits(source.resource, number, _RAISED, ("present", "absent"), self.synonyms)
        is_test = source.concept is not None and source.concept.reader == READER
        if is_test and judged and judged.word:
            why = "choriogonadotropin above its limit"
            is_raised = judged.word == "present" and number is not None
            return Unusable((source.reference,), why, source.moment) if is_raised else judged.word
        is_there = not (isinstance(value, Problem) and value.reason == "data-absent")
        # A number without a limit tells nothing; words that nobody understands leave it open.
        is_unread = is_there and (not is_test or element in _WORDED)
        return Unusable((source.reference,), "its answer leaves it open", source.moment) if is_unread else None

    def _in_words(self, content: object) -> str | None:
        text = content.get("text") if isinstance(content, Mapping) else content
        kinds = {kind for kind, names in self.words.told_by(text) if PREGNANCY in names}
        return "present" if kinds == {""} else "absent" if kinds == {"absent"} else None

    def _by_weeks(self, source: SourceResource, as_of: datetime) -> str | None:
        """Weeks of a pregnancy that has not surely ended since."""
        quantity = quantity_in(source.resource, "an age")
        days = None if isinstance(quantity, Problem) else self._days(quantity)
        ends = source.moment.latest + self.lasts - (days or timedelta(0))
        return "present" if days and ends > as_of else None

    def _days(self, quantity: Mapping[str, object]) -> timedelta | None:
        number = number_in(quantity, "d", self.synonyms)
        if isinstance(number, Problem) or not 0 < number <= self.lasts.days:
            return None
        return timedelta(days=float(number))

    def _by_due_date(self, source: SourceResource, as_of: datetime) -> str | None:
        """A day of delivery that is still to come."""
        value = value_of(source.resource)
        due = None if isinstance(value, Problem) else moment_of(value[1])
        return "present" if due and as_of < due.latest <= as_of + self.lasts else None


def pregnancy_concepts(concepts: Mapping[str, Concept]) -> frozenset[str]:
    """The names of the concepts that tell of it; KnowledgeError where one is none of the known signs."""
    for name, each in concepts.items():
        if each.reader == READER:
            one_of(text_in(each.options, "sign"), _SIGNS, f"concepts.{name}.sign: sign")
    return frozenset(name for name, each in concepts.items() if _is_about(each))


def _is_about(concept: Concept) -> bool:
    fact = text_in(concept.options, "fact") or concept.name
    return fact == PREGNANCY or PREGNANCY in texts_in(concept.options, "also_points_to")
