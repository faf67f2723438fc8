"""Orders that name their drug by reference: the code of the Medication they point to."""

from collections.abc import Mapping, Sequence

from service.domain.facts import Excluded
from service.fhir.intake.entries import Entry, without_version


class Medications:
    """The Medication resources of one request, by every address that an order may use."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._unused: dict[str, Excluded] = {}
        self.used: dict[str, None] = {}  # references of those that an order points to, in the order met
        self._by_address: dict[str, Entry | None] = {}
        for entry in entries:
            if entry.kind != "Medication":
                continue
            detail = "Medication: no order that is used names it"
            self._unused[entry.reference] = Excluded(entry.reference, "unmapped", detail)
            if _is_usable(entry.resource):
                for address in {entry.reference, without_version(entry.full_url)} - {""}:
                    # Two Medications with one address: neither is meant for sure.
                    self._by_address[address] = None if address in self._by_address else entry

    def code_for(self, order: Entry) -> object:
        """The code of the drug that ``medicationReference`` points to; None when it points to nothing here."""
        return self.resource_for(order).get("code")

    def resource_for(self, order: Entry) -> Mapping[str, object]:
        """The Medication that ``medicationReference`` points to; empty when it points to nothing here."""
        pointer = order.resource.get("medicationReference")
        reference = pointer.get("reference") if isinstance(pointer, dict) else None
        if not isinstance(reference, str):
            return {}
        if reference.startswith("#"):
            return _contained(order.resource.get("contained"), reference[1:])
        medication = self._by_address.get(without_version(reference))
        if medication is None or (order.base != medication.base and "://" not in reference and order.base):
            return {}
        self._unused.pop(medication.reference, None)
        self.used[medication.reference] = None
        return medication.resource

    def unused(self) -> list[Excluded]:
        """Rows for the Medications that no order pointed to."""
        return list(self._unused.values())


def _contained(contained: object, identity: str) -> Mapping[str, object]:
    for item in contained if isinstance(contained, list) else []:
        if isinstance(item, dict) and item.get("resourceType") == "Medication" and item.get("id") == identity:
            return item if _is_usable(item) else {}
    return {}


def _is_usable(medication: dict[str, object]) -> bool:
    modified = "modifierExtension" in medication or "implicitRules" in medication
    return not modified and medication.get("status") != "entered-in-error"
