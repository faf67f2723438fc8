"""The orders of a hook's context: read like those of the chart, and told where they cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from service.domain.facts import Excluded
from service.fhir.intake.entries import Entry
from service.fhir.intake.identity import Patients
from service.fhir.intake.readable import unreadable
from service.fhir.intake.records import PatientRecord, Treatment, UnreadOrder
from service.fhir.intake.repeats import over_limit
from service.fhir.intake.statuses import has_known_status
from service.fhir.intake.treatments import TreatmentReader
from service.fhir.intake.unread_orders import not_recognised, nothing_named, unread_order

# How messages name the place of a draft that has no name of its own.
DRAFT_ORDERS = "draftOrders.entry"


@dataclass(frozen=True, slots=True)
class Drafts:
    """The orders of a hook's context as pairs of fullUrl and resource, and which are selected (none: all).

    ``are_chosen_from``: they are still being chosen, as in order-select, so that an empty one is no news.
    """

    resources: Sequence[tuple[str | None, object]]
    selected: frozenset[str] = frozenset()
    are_chosen_from: bool = False


def judged_order(order: Treatment, record: PatientRecord) -> Treatment | Excluded:
    """The treatment as the record holds it, or the row for an order of which nothing can be checked."""
    row = nothing_named(order) if order.is_order else None
    if row is None:
        record.treatments.append(order)
        unknown = not_recognised(order)
        record.excluded += [unknown] if unknown else []
    return row or order


def take_draft(entry: Entry, treatments: TreatmentReader, patients: Patients, record: PatientRecord) -> None:
    """Put an order that is being written into the record: as a treatment, or as one that could not be read."""
    if entry.kind == "Medication":
        return
    # A draft belongs to the patient of the context unless a reference says otherwise.
    subject = entry.resource.get("subject")
    has_reference = isinstance(subject, dict) and isinstance(subject.get("reference"), str)
    owner = patients.owner(entry) if has_reference else 0
    made = unreadable(entry) or over_limit(entry, is_read=True) or treatments.drafted(entry)
    if isinstance(made, Treatment):
        made = owner if isinstance(owner, Excluded) else judged_order(made, record)
    if isinstance(made, Treatment):
        return
    if made is not None and not _is_over(made, entry):
        # Of an order for somebody else, or changed by an extension, nobody knows what it would mean here.
        record.unread_orders.append(unread_order(made, entry.resource))
    record.excluded.append(made or Excluded(entry.reference, "unmapped", f"{entry.kind}: no order that is judged here"))


def _is_over(row: Excluded, draft: Entry) -> bool:
    """Whether the sender says that nothing is being ordered; a status that nobody knows says nothing."""
    return row.reason == "status" and has_known_status(draft.resource)


def with_drafts(record: PatientRecord, drafts: Drafts, written: set[str]) -> PatientRecord:
    """Orders that were not selected stay in the record as context, and are not judged.

    A selection that is among no drafts selects nothing: then all are judged, since silence would look like no conflict.
    """
    if drafts.selected & written:
        record.treatments = [
            treatment
            if not treatment.is_draft or treatment.reference in drafts.selected
            else replace(treatment, is_order=False)
            for treatment in record.treatments
        ]
    record.unread_orders = [order for order in record.unread_orders if _is_told(order, drafts, written)]
    return record


def _is_told(order: UnreadOrder, drafts: Drafts, written: set[str]) -> bool:
    """What could not be read is told; of the drafts that can be selected, those selected, and of the rest no blank."""
    is_left = order.row.resource in written and bool(drafts.selected & written)
    return order.row.resource in drafts.selected or not (is_left or (order.is_blank and drafts.are_chosen_from))


def unread_entries(drafts: Drafts, rows: Sequence[Excluded]) -> list[UnreadOrder]:
    """The drafts that are no resources of R4; an entry in which there is nothing is no order."""
    sent = {f"{DRAFT_ORDERS}[{number}]": resource for number, (_, resource) in enumerate(drafts.resources)}
    held = [(row, sent.get(row.resource)) for row in rows]
    return [UnreadOrder(row, resource) for row, resource in held if isinstance(resource, Mapping) and resource]
