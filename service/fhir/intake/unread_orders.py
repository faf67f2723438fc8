"""Orders of which nothing can be checked, and why: silence about them would look like no conflict."""

from collections.abc import Mapping

from service.domain.facts import Excluded
from service.fhir.intake.records import Treatment, UnreadOrder
from service.fhir.intake.resource_types import code_element
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import codings_of

_NAMES = ("medication", "code")
_OF_MEDICATION = "medicationCodeableConcept or medicationReference"


def nothing_named(order: Treatment) -> Excluded | None:
    """The row for an order that names nothing which could be looked up; None where a code or a text names it."""
    if texts_of(order.code) or any(isinstance(coding.get("code"), str) for coding in codings_of(order.code)):
        return None
    reason, detail = _why(order.kind, order.resource)
    return Excluded(order.reference, reason, f"{order.kind}{detail}")


def unread_order(row: Excluded, resource: Mapping[str, object]) -> UnreadOrder:
    """The order with its row; it is blank where no element, misspelt or not, is meant to name what is ordered."""
    is_blank = row.reason == "invalid" and not any(element.startswith(_NAMES) for element in resource)
    return UnreadOrder(row, resource, is_blank)


def not_recognised(order: Treatment) -> Excluded | None:
    """The row for a treatment whose drug is named and known to nobody here; it is judged all the same, as that."""
    if order.agent.name is not None:
        return None
    return Excluded(order.reference, "unmapped", f"{order.kind}: {order.agent.why}")


def _why(kind: str, resource: Mapping[str, object]) -> tuple[str, str]:
    """Reason and detail; the name of an element that the sender made up is not repeated."""
    is_medication = code_element(kind) == "medicationCodeableConcept"
    usual, newer = (_OF_MEDICATION, "medication") if is_medication else (code_element(kind),) * 2
    # R5 has one element for both, a CodeableReference.
    value = resource.get(newer)
    if isinstance(value, Mapping) and not {"concept", "reference"}.isdisjoint(value):
        return "not-r4", f".{newer} is not R4 and has the form of R5; send {usual}"
    if isinstance(resource.get("medicationReference"), Mapping):
        missing = "leads to no Medication of this request that names its drug"
        return "unmapped", f".medicationReference {missing}; send that Medication with its code, or the name in display"
    if resource.get(code_element(kind)) is not None:
        return "unmapped", f".{code_element(kind)} holds neither a code nor a text"
    return "invalid", f": {usual} is missing"
