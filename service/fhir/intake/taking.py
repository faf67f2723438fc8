"""One resource taken into the record of its patient: as facts, as treatment, or with the row that says why neither."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.domain.facts import MEANS_NOTHING, PARTIAL, PRELIMINARY, Excluded
from service.fhir.forms.form import Form
from service.fhir.intake.answered import FORM_ANSWERS, answered
from service.fhir.intake.drafts import judged_order
from service.fhir.intake.entries import Entry, Unread
from service.fhir.intake.identity import Patients
from service.fhir.intake.in_text import InTextReader
from service.fhir.intake.records import Diagnosis, PatientRecord, Treatment
from service.fhir.intake.refusals import Refusals
from service.fhir.intake.statuses import OPEN, is_withdrawn, standing_of
from service.fhir.intake.treatments import TreatmentReader
from service.fhir.intake.unread_drugs import UnreadDrugs
from service.fhir.intake.unread_orders import unread_order
from service.fhir.intake.usability import Usability, modifier_problem
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import keys_of


@dataclass(frozen=True, slots=True)
class Readers:
    """What reads the entries of one request."""

    usability: Usability
    treatments: TreatmentReader
    refusals: Refusals
    in_text: InTextReader
    drugs: UnreadDrugs
    sexes: Mapping[str, str]
    form: Form
    as_of: datetime


def take(entry: Entry, record: PatientRecord, readers: Readers) -> None:
    """The resource into the record of the patient whose it is."""
    if entry.kind == "Patient":
        problem = modifier_problem(entry)
        if problem is None:
            record.patient_resource = entry.resource
        else:
            refuse(entry, problem, record, readers)
    elif entry.unread:
        _take_unread(entry, entry.unread, record, readers)
    elif entry.plain is not None and (source := readers.usability.plain_source(entry)):
        record.sources.append(source)
    elif entry.kind == FORM_ANSWERS:
        _take_answers(entry, record, readers)
    elif entry.kind != "Medication":
        _take_clinical(entry, record, readers)


def _take_answers(entry: Entry, record: PatientRecord, readers: Readers) -> None:
    made = answered(entry, readers.form, readers.as_of)
    if isinstance(made, Excluded):
        told = readers.in_text.told(entry) if made.reason in MEANS_NOTHING else None
        if told is None:
            record.excluded.append(made)
        else:
            record.in_text.append(told)
        return
    record.answered.append(entry.reference)
    record.excluded += made.rows
    for each in made.entries:
        _take_clinical(each, record, readers)


def _take_unread(entry: Entry, why: Unread, record: PatientRecord, readers: Readers) -> None:
    """A code that says nothing here may stand beside words that do."""
    if (told := readers.in_text.told(entry)) is not None:
        record.in_text.append(told)
    else:
        record.excluded.append(Excluded(entry.reference, *why))


def _take_clinical(entry: Entry, record: PatientRecord, readers: Readers) -> None:
    record.unread_drugs += readers.drugs.told_in_words(entry)
    if (told := readers.in_text.told(entry)) is not None:
        record.in_text.append(told)
        return
    made, treatment = readers.usability.sources(entry), readers.treatments.charted(entry)
    row = made if isinstance(made, Excluded) and not isinstance(treatment, Treatment) else None
    record.unread_drugs += readers.drugs.of(entry, treatment if isinstance(treatment, Excluded) else row)
    if isinstance(treatment, Treatment):
        treatment = judged_order(treatment, record)
        if isinstance(treatment, Excluded):
            record.unread_orders.append(unread_order(treatment, entry.resource))
    if not isinstance(made, Excluded):
        record.sources += made
    elif made.reason not in MEANS_NOTHING or treatment is None:
        refuse(entry, made, record, readers)
    elif isinstance(treatment, Excluded):
        refuse(entry, treatment, record, readers)
    record.has_allergies |= entry.kind == "AllergyIntolerance"
    if entry.kind == "Condition":
        record.conditions[entry.reference] = _as_reason(entry)


def _as_reason(entry: Entry) -> Diagnosis:
    """What was refuted, entered in error, doubted or of a relative is the reason of nothing."""
    is_there = entry.said in ("", "suspected") and not is_withdrawn(entry.resource)
    standing = OPEN if entry.said else standing_of(entry.resource)
    code = entry.resource.get("code")
    is_named = bool(keys_of(code)) or any(text.strip() for text in texts_of(code))
    return Diagnosis(code if is_there else None, standing, is_nameless=is_there and not is_named)


def note_other_versions(shared: Iterable[Excluded], records: Iterable[PatientRecord], readers: Readers) -> None:
    """Nobody read whose they are: they may be of each patient."""
    unread = readers.drugs.of_other_versions(shared)
    for record in records:
        record.unread_drugs += unread


def take_unowned(entry: Entry, row: Excluded, record: PatientRecord, readers: Readers, patients: Patients) -> None:
    """With one patient only, what names nobody, or an address that may be theirs, may well be theirs."""
    if row.reason == "no-subject":
        record.refused += readers.refusals.of(entry, row)
    if row.reason == "no-subject" or patients.may_be_meant(entry):
        record.unread_drugs += readers.drugs.of(entry, row)


def refuse(entry: Entry, row: Excluded, record: PatientRecord, readers: Readers) -> None:
    """The row of a resource that does not count, with what nobody must take for absent because of it."""
    record.excluded.append(row)
    record.refused += readers.refusals.of(entry, row)
    if row.detail.endswith(PRELIMINARY):
        record.preliminary += readers.usability.once_final(entry)
    if row.reason == PARTIAL and (told := readers.in_text.told(entry)):
        # A report whose results did not come: what it holds beside them is not read.
        record.in_text.append(told)
