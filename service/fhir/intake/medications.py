"""Orders that name their drug by reference: the code of the Medication they point to."""

from collections.abc import Mapping, Sequence

from service.domain.facts import Excluded
from service.fhir.intake.entries import Entry, same_server, without_version
from service.fhir.intake.identifiers import Identifiers, identifiers_of
from service.fhir.values.answers import objects_in

_KINDS = ("Medication", "Substance")
# No drug has more; each order looks through those of its own.
_MOST_INGREDIENTS = 40


class Medications:
    """The Medication and Substance resources of one request, by every address that an order may use."""

    def __init__(self, entries: Sequence[Entry], servers: frozenset[str] = frozenset()) -> None:
        """``servers``: those that the request comes from, as far as it says."""
        self._servers = servers
        self._unused: dict[str, Excluded] = {}
        self.used: dict[str, None] = {}  # references of those that an order points to, in the order met
        self._by_address: dict[str, Entry | None] = {}
        # By the identity of resources, which live as long as this does.
        self._resolved: dict[int, Mapping[str, object]] = {}
        self._orders: list[object] = []
        self._contained: dict[int, Mapping[tuple[str, object], Mapping[str, object]]] = {}
        self._by_identifier: dict[str, Identifiers[str]] = {kind: Identifiers() for kind in _KINDS}
        for entry in entries:
            if entry.kind not in _KINDS:
                continue
            if entry.kind == "Medication":
                detail = "Medication: no order that is used names it"
                self._unused[entry.reference] = Excluded(entry.reference, "unmapped", detail)
            if _is_usable(entry.resource):
                self._add(entry)

    def _add(self, entry: Entry) -> None:
        for address in {entry.reference, without_version(entry.full_url)} - {""}:
            # Two Medications with one address: neither is meant for sure.
            self._by_address[address] = None if address in self._by_address else entry
        self._by_identifier[entry.kind].add(entry.reference, identifiers_of(entry.resource))

    def code_for(self, order: Entry) -> object:
        """The code of the drug that ``medicationReference`` points to; None when it points to nothing here."""
        return self.resource_for(order).get("code")

    def resource_for(self, order: Entry) -> Mapping[str, object]:
        """The Medication that ``medicationReference`` points to; empty when it points to nothing here.

        An ingredient that it names by reference stands in it with the code of what the reference leads to.
        """
        known = self._resolved.get(id(order.resource))
        if known is None:
            self._orders.append(order.resource)
            known = self._resolved[id(order.resource)] = self._resource_for(order)
        return known

    def _resource_for(self, order: Entry) -> Mapping[str, object]:
        found = self._meant(order.resource.get("medicationReference"), order, [order.resource], "Medication")
        ingredients = objects_in(found.get("ingredient"))[:_MOST_INGREDIENTS]
        if not any("itemReference" in each for each in ingredients):
            return found
        return {**found, "ingredient": [self._coded(each, order, found) for each in ingredients]}

    def _coded(self, ingredient: Mapping[str, object], order: Entry, medication: Mapping[str, object]) -> object:
        pointer = ingredient.get("itemReference")
        if not isinstance(pointer, Mapping) or "itemCodeableConcept" in ingredient:
            return ingredient
        # What a Medication contains cannot contain anything: the order or the Medication holds both.
        holders = [medication, order.resource]
        found = [self._meant(pointer, order, holders, kind).get("code") for kind in _KINDS]
        words = {"text": pointer["display"]} if isinstance(pointer.get("display"), str) else None
        code = next((each for each in found if each is not None), words)
        return ingredient if code is None else {**ingredient, "itemCodeableConcept": code}

    def _meant(
        self, pointer: object, order: Entry, holders: Sequence[Mapping[str, object]], kind: str
    ) -> Mapping[str, object]:
        reference = pointer.get("reference") if isinstance(pointer, Mapping) else None
        if isinstance(reference, str) and reference.startswith("#"):
            held = [self._held_by(holder).get((kind, reference[1:]), {}) for holder in holders]
            return next((each for each in held if each), {})
        entry = self._entry(pointer, reference, kind) if isinstance(pointer, Mapping) else None
        if entry is None or entry.kind != kind or _is_elsewhere(entry, order, reference):
            return {}
        self._unused.pop(entry.reference, None)
        if kind == "Medication":
            self.used[entry.reference] = None
        return entry.resource

    def _held_by(self, holder: Mapping[str, object]) -> Mapping[tuple[str, object], Mapping[str, object]]:
        """What a resource contains, by type and id; looked through once however many references lead into it."""
        if id(holder) not in self._contained:
            held = [each for each in objects_in(holder.get("contained")) if _is_usable(each)]
            self._contained[id(holder)] = {_name(each): each for each in reversed(held)}
        return self._contained[id(holder)]

    def _entry(self, pointer: Mapping[str, object], reference: object, kind: str) -> Entry | None:
        """What a Reference names: by its address, by an identifier in a condition, or by its own identifier."""
        if not isinstance(reference, str):
            return self._by_address.get(self._by_identifier[kind].by_logical(pointer, kind))
        if "?" not in reference:
            target = without_version(reference)
            return self._by_address.get(target) or self._at(target, kind)
        if reference.partition("?")[0].rpartition("/")[2] != kind:
            return None
        return self._by_address.get(self._by_identifier[kind].by_condition(reference, kind))

    def _at(self, target: str, kind: str) -> Entry | None:
        """What an absolute URL names, where the resource came without one and nothing says that it is elsewhere."""
        base, _, identity = target.rpartition(f"/{kind}/")
        found = self._by_address.get(f"{kind}/{identity}") if "://" in base else None
        is_elsewhere = bool(self._servers) and same_server(base) not in self._servers
        return None if found is None or found.base or is_elsewhere else found

    def unused(self) -> list[Excluded]:
        """Rows for the Medications that no order pointed to."""
        return list(self._unused.values())


def _is_elsewhere(found: Entry, order: Entry, reference: object) -> bool:
    """Whether a relative reference leads to another server than the one that was meant."""
    is_relative = isinstance(reference, str) and "://" not in reference
    return is_relative and bool(order.base and found.base) and order.base != found.base


def _name(resource: Mapping[str, object]) -> tuple[str, object]:
    kind, identity = resource.get("resourceType"), resource.get("id")
    return (kind, identity) if isinstance(kind, str) and isinstance(identity, str) else ("", "")


def _is_usable(medication: Mapping[str, object]) -> bool:
    modified = "modifierExtension" in medication or "implicitRules" in medication
    return not modified and medication.get("status") != "entered-in-error"
