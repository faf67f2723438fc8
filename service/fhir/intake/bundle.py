"""Intake: from a Bundle or from prefetched resources to one record per patient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from service.domain.budget import between_steps
from service.domain.facts import PARTIAL, Excluded
from service.errors import BadRequest, PayloadTooLarge
from service.fhir.forms.form import form_of
from service.fhir.intake.answered import FORM_ANSWERS
from service.fhir.intake.certainty import as_said
from service.fhir.intake.contained import with_contained
from service.fhir.intake.drafts import DRAFT_ORDERS, Drafts, take_draft, unread_entries, with_drafts
from service.fhir.intake.entries import Entry, entries_of, entries_prefetched, same_server
from service.fhir.intake.identifiers import identifiers_of
from service.fhir.intake.identity import Identity, Patients, identity_of
from service.fhir.intake.in_text import InTextReader, list_texts
from service.fhir.intake.known_systems import in_known_systems
from service.fhir.intake.left_aside import left_aside
from service.fhir.intake.medications import Medications
from service.fhir.intake.merged_patients import merge_patients
from service.fhir.intake.named_subjects import servers_in, subjects_of
from service.fhir.intake.own_ranges import leave_own_ranges
from service.fhir.intake.readable import unreadable
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.intake.refusals import Refusals
from service.fhir.intake.repeats import looked_through, over_limit
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.stated_statuses import in_known_statuses
from service.fhir.intake.taking import Readers, note_other_versions, refuse, take, take_unowned
from service.fhir.intake.treatments import KINDS, JudgedOrders, TreatmentReader
from service.fhir.intake.unmapped import MET, Unmapped
from service.fhir.intake.unread_drugs import UnreadDrugs
from service.fhir.intake.unseen_results import incomplete_reports, withdrawn_results
from service.fhir.intake.usability import Usability
from service.fhir.intake.versions import newest_versions
from service.fhir.intake.wholeness import is_whole_chart
from service.fhir.mappings.concepts import Mappings

__all__ = ["PatientRecord", "SourceResource", "record_from_prefetch", "records_from_bundle"]

# Each gives a whole answer: of thousands without a resource it would be hundreds of times what was sent.
MOST_PATIENTS = 500


@dataclass(frozen=True, slots=True)
class _Orders:
    """Which orders of the entries are judged, and those that are being written."""

    judged: JudgedOrders
    drafts: Sequence[Entry] = ()


_OF_BUNDLE = _Orders("all")


class Records(NamedTuple):
    """The records of one request, and what is of none of its patients: with one patient that is in the record."""

    patients: list[PatientRecord]
    used: Sequence[str] = ()
    excluded: Sequence[Excluded] = ()

    def of(self, wanted: Sequence[int]) -> "Records":
        """The records of some of the patients; of one, with what is of none, and a row for what is of another."""
        kept = [self.patients[position] for position in wanted]
        if len(kept) > 1:
            return Records(kept, self.used, self.excluded)
        kept[0].excluded.extend(self.excluded)
        told = {row.resource for row in self.excluded}
        others = (each for position, each in enumerate(self.patients) if position not in wanted)
        kept[0].excluded.extend(_of_another(name) for each in others for name in each.told if name not in told)
        kept[0].medications.extend(self.used)
        return Records(kept)


def records_from_bundle(
    bundle: object, as_of: datetime, mappings: Mappings, entry_limit: int, subject: str | None = None
) -> Records:
    """One record per patient of the Bundle: its Patient resources, else the subjects that its resources name.

    ``subject``: a reference to the only patient that is wanted.
    Raises BadRequest when the Bundle cannot be read or names no patient, PayloadTooLarge over ``entry_limit`` or over
    ``MOST_PATIENTS``.
    """
    entries, rows = entries_of(bundle, entry_limit)
    unmapped = Unmapped(mappings, are_listed=True)
    entries = [_told(entry, mappings, unmapped) for entry in entries]
    identities = [identity_of(entry) for entry in entries if entry.kind == "Patient"] or subjects_of(entries)
    if not identities:
        raise BadRequest("Bundle.entry: no entry is a Patient, and no entry's subject names one; add the Patient")
    patients = Patients(identities, servers_in(entries))
    if len(patients.names) > MOST_PATIENTS:
        raise PayloadTooLarge(f"Bundle.entry: over {MOST_PATIENTS} patients; send fewer per Bundle")
    merged, told = merge_patients(entries, patients)
    wanted = patients.follow(subject) if subject is not None else None
    made = _records(patients, entries, [*rows, *told], as_of, unmapped)
    is_whole = is_whole_chart(bundle) and not any(row.reason == PARTIAL for row in rows)
    for record in made.patients:
        record.has_drug_history = is_whole
    kept = set(range(len(made.patients))) - merged if wanted is None else {wanted}
    return made.of(sorted(kept))


def record_from_prefetch(
    patient_id: str,
    fhir_server: str | None,
    resources: Iterable[tuple[str | None, dict[str, object]]],
    as_of: datetime,
    mappings: Mappings,
    drafts: Drafts | None = None,
) -> PatientRecord:
    """The record of the patient of a CDS Hooks call; ``resources`` are pairs of fullUrl and resource.

    ``patient_id`` is ``context.patientId``. A resource counts only when its subject is that patient on
    ``fhir_server``; a draft may leave its subject out. No card tells of a result whose code means nothing here: it has
    no row. Raises BadRequest when the prefetched Patient is somebody else.
    """
    identity = patient_id.removeprefix("Patient/").split("/", 1)[0]
    if not identity:
        raise BadRequest("context.patientId is empty; send the id of the patient")
    resources, unmapped = list(resources), Unmapped(mappings, are_listed=False)
    aside = left_aside(resources, unmapped, fhir_server)
    entries, rows = entries_prefetched(resources, aside=aside.positions)
    entries = [_told(entry, mappings, unmapped) for entry in entries]
    own = [entry for entry in entries if entry.reference == f"Patient/{identity}"]
    if not own and any(entry.kind == "Patient" for entry in entries):
        raise BadRequest("prefetch: the Patient is not the one that context.patientId names")
    bases = {entry.base for entry in own if entry.base} or aside.bases.union(each.base for each in entries if each.base)
    # Without fhirServer the entries' own addresses say where they come from, if they agree.
    servers = frozenset([same_server(fhir_server)]) if fhir_server else frozenset(bases) or servers_in(entries)
    identifiers = tuple(identifiers_of(own[0].resource)) if own else ()
    patients = Patients([Identity("", identity, "", "", identifiers)], servers)
    rows += merge_patients(own, patients)[1]
    draft_entries, unreadable = entries_prefetched(drafts.resources, DRAFT_ORDERS) if drafts else ([], [])
    draft_entries = [_told(entry, mappings, unmapped) for entry in draft_entries]
    orders = _Orders("written" if drafts else "recognised", draft_entries)
    written = {entry.reference for entry in draft_entries}
    charted = [entry for entry in entries if entry.reference not in written]
    record = _records(patients, charted, [*rows, *unreadable], as_of, unmapped, orders).patients[0]
    record.unread_orders += unread_entries(drafts, unreadable) if drafts else []
    return with_drafts(record, drafts, written) if drafts else record


def _told(entry: Entry, mappings: Mappings, unmapped: Unmapped) -> Entry:
    """The entry in the words of this service: its code systems, and what kind of statement its diagnosis is."""
    entry.unread = unmapped.says_nothing(entry.kind, entry.resource)
    if entry.unread:
        return entry
    entry.plain = unmapped.plain.quantities_in(entry.resource) if entry.kind == MET else None
    if entry.plain is not None:
        return entry
    entry.repeated, systems = looked_through(entry.resource)
    if entry.repeated is not None or mappings.systems.may_rename(systems):
        entry = in_known_systems(entry, mappings.systems)
    return as_said(in_known_statuses(entry, mappings), mappings)


def _records(
    patients: Patients,
    entries: Sequence[Entry],
    shared: list[Excluded],
    as_of: datetime,
    unmapped: Unmapped,
    orders: _Orders = _OF_BUNDLE,
) -> Records:
    records = [PatientRecord(name) for name in patients.names]
    current, replaced = newest_versions(entries)
    whole = with_contained(current)
    in_text = InTextReader(unmapped.mappings, whole, as_of)
    judged = _judged_whole(whole, unmapped, in_text)
    kept = [entry for entry, row in judged if row is None]
    medications = Medications([*kept, *orders.drafts], patients.servers)
    readers = _readers(medications, in_text, as_of, unmapped, orders.judged)
    note_other_versions(shared, records, readers)
    left_out = [(entry, row) for entry, row in judged if row is not None]
    for entry, row in (*_mapped(replaced, unmapped.mappings), *left_out):
        owner = _owner(patients, entry)
        if isinstance(owner, int):
            refuse(entry, row, records[owner], readers)
            records[owner].unread_drugs += readers.drugs.of(entry, row)
            continue
        shared.append(row)
        if len(records) == 1:
            take_unowned(entry, owner, records[0], readers, patients)
    _take(kept, patients, records, readers, shared, unmapped.mappings)
    for entry in orders.drafts:
        between_steps()
        take_draft(entry, readers.treatments, patients, records[0])
    leave_own_ranges(records, readers.sexes)
    list_texts(records)
    shared.extend(medications.unused())
    return _with_shared(records, shared, list(medications.used))


def _mapped(replaced: Sequence[tuple[Entry, Excluded]], mappings: Mappings) -> list[tuple[Entry, Excluded]]:
    """Of versions of which nobody knows the newest one a thing is lost that is read here; of older ones nothing is."""
    return [(entry, replace(row, relevant=_is_lost(entry, row, mappings))) for entry, row in replaced]


def _is_lost(entry: Entry, row: Excluded, mappings: Mappings) -> bool:
    if row.reason == "superseded":
        return False
    return bool(mappings.concepts_of(entry.resource.get(code_element(entry.kind)), entry.kind))


def _readers(
    medications: Medications, in_text: InTextReader, as_of: datetime, unmapped: Unmapped, orders: JudgedOrders
) -> Readers:
    mappings = unmapped.mappings
    treatments = TreatmentReader(medications, as_of, mappings, orders)
    return Readers(
        Usability(medications, as_of, unmapped),
        treatments,
        Refusals(mappings, treatments, as_of),
        in_text,
        UnreadDrugs(treatments, mappings.infusion_visits, mappings.treatment_words),
        mappings.sexes,
        form_of(mappings),
        as_of,
    )


def _take(
    entries: Sequence[Entry],
    patients: Patients,
    records: Sequence[PatientRecord],
    readers: Readers,
    shared: list[Excluded],
    mappings: Mappings,
) -> None:
    """Each entry that is read into the record of its owner; one without goes to ``shared``, with the reason."""
    for entry in entries:
        between_steps()
        owner = _owner(patients, entry)
        if isinstance(owner, int):
            take(entry, records[owner], readers)
        elif entry.kind != "Medication":
            shared.append(_unowned(entry, owner, mappings))
            if len(records) == 1:
                take_unowned(entry, owner, records[0], readers, patients)


def _judged_whole(
    current: Sequence[Entry], unmapped: Unmapped, in_text: InTextReader
) -> list[tuple[Entry, Excluded | None]]:
    """Each entry that is read, told or listed, and the row for one that is left out whole.

    Where results are asked for by their codes, a report lacks those that nobody asked for.
    """
    reports = withdrawn_results(current) | (incomplete_reports(current) if unmapped.are_listed else {})
    kept = current if unmapped.are_listed else [each for each in current if not each.unread or in_text.told(each)]
    return [(entry, _left_out(entry, unmapped.mappings) or reports.get(entry.reference)) for entry in kept]


def _left_out(entry: Entry, mappings: Mappings) -> Excluded | None:
    if entry.unread or entry.plain is not None:
        return None
    row = unreadable(entry)
    if row is not None or entry.repeated is None:
        return row
    is_read = mappings.reads(entry.kind) or entry.kind in KINDS or entry.kind in ("Patient", "Medication", FORM_ANSWERS)
    return over_limit(entry, is_read=is_read)


def _owner(patients: Patients, entry: Entry) -> int | Excluded:
    if entry.kind != "Patient":
        return patients.owner(entry)
    position = patients.position(identity_of(entry))
    return _of_another(entry.reference) if position is None else position


def _of_another(name: str) -> Excluded:
    return Excluded(name, "other-patient", "another patient, or one on another server")


def _unowned(entry: Entry, row: Excluded, mappings: Mappings) -> Excluded:
    if row.reason == "no-subject" and not mappings.reads(entry.kind) and entry.kind != FORM_ANSWERS:
        return Excluded(entry.reference, "unmapped", f"nothing is read from {entry.kind}")
    is_mapped = bool(mappings.concepts_of(entry.resource.get(code_element(entry.kind)), entry.kind))
    return replace(row, relevant=is_mapped)


def _with_shared(records: list[PatientRecord], shared: list[Excluded], medications: list[str]) -> Records:
    return Records(records, medications, shared).of(range(len(records)))
