"""Whom a resource is about: references are followed inside the Bundle only, and never guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.domain.facts import Excluded
from service.errors import BadRequest
from service.fhir.intake.entries import Entry, is_id, same_server, without_version
from service.fhir.intake.identifiers import Identifiers, identifiers_of
from service.fhir.intake.resource_types import RESOURCE_TYPES, subject_element
from service.fhir.values.answers import objects_in

LONGEST_REFERENCE = 512
_PEOPLE = ("Patient", "RelatedPerson", "Person", "Practitioner", "PractitionerRole", "Group")


@dataclass(frozen=True, slots=True)
class Identity:
    """A patient's address: server (empty when unknown), id (empty when it has none), fullUrl, and place."""

    base: str
    id: str
    url: str
    place: str
    identifiers: tuple[tuple[str, str], ...] = ()

    def at(self, server: str) -> "Identity":
        """The same at this server."""
        return Identity(server, self.id, self.url, self.place, self.identifiers)


class Patients:
    """The patients of one request, each by its position in ``names``; ``owner`` tells whose a resource is."""

    def __init__(self, identities: Iterable[Identity], servers: frozenset[str] = frozenset()) -> None:
        """``servers``: those that the request comes from, as far as it says; of one, whoever names none is there."""
        self.servers = servers
        self.names: list[str] = []
        self._by_address: dict[tuple[str, str], int] = {}
        self._by_id: dict[str, list[int]] = {}
        self._by_url: dict[str, int] = {}
        self._followed: dict[tuple[str, str], int | str] = {}
        self._identified: Identifiers[int] = Identifiers()
        self._replaced: Mapping[int, int] = {}
        # Where the last resource came from, its subject, and whose it was: the next one is mostly of the same patient.
        self._last: tuple[str, object] | None = None
        self._last_owner = 0
        # Those that name their server come first: one that does not is then the same patient, if only one fits.
        for identity in sorted(_at_one(servers, identities), key=lambda identity: identity.base == ""):
            self._add(identity)

    def owner(self, entry: Entry) -> int | Excluded:
        """The position of the patient that the resource is about, or the row that says why there is none."""
        element = subject_element(entry.kind)
        subject = stated_subject(entry)
        if self._last is not None and "focus" not in entry.resource and self._last == (entry.base, subject):
            return self._last_owner
        if subject is None:
            return Excluded(entry.reference, "no-subject", f"{entry.kind}.{element} is missing")
        found = self.meant(entry, subject)
        if not isinstance(found, str) and "focus" in entry.resource:
            found = self._in_focus(entry, found)
        elif not isinstance(found, str) and _is_literal(subject):
            self._last, self._last_owner = (entry.base, subject), found
        if not isinstance(found, str):
            return found
        is_open = "focus" not in entry.resource and self._names_nobody(entry, subject)
        return Excluded(entry.reference, "no-subject" if is_open else "other-patient", found)

    def _names_nobody(self, entry: Entry, pointer: object) -> bool:
        """Whether a subject that leads to no patient says of nobody who it is: it may be any of them.

        So does one that leads nowhere, and an identifier of a kind that no patient here has, which nobody can compare.
        """
        stated = pointer if isinstance(pointer, dict) else {}
        reference = stated.get("reference")
        if not isinstance(reference, str):
            return stated.get("type") in (None, "Patient") and not self._are_comparable([stated.get("identifier")])
        if reference.startswith("#"):
            held = self._held_in(entry, reference[1:])
            is_person = held.get("resourceType", "Patient") == "Patient"
            return is_person and not self._are_comparable(held.get("identifier"))
        if "?" in reference:
            is_person = reference.partition("?")[0].rpartition("/")[2] == "Patient"
            return is_person and not self._identified.has_kind_asked(reference)
        return reference.startswith("urn:") or (
            ":" not in reference and reference.partition("/")[0] not in RESOURCE_TYPES
        )

    def _are_comparable(self, identifiers: object) -> bool:
        return any(map(self._identified.has_kind_of, objects_in(identifiers)))

    def meant(self, entry: Entry, pointer: object) -> int | str:
        """The position of the patient to whom a Reference of the entry points, or why there is none."""
        reference = pointer.get("reference") if isinstance(pointer, dict) else None
        if not isinstance(reference, str):
            found = self._identified.by_logical(pointer, "Patient") if isinstance(pointer, dict) else "not a Reference"
            return found if isinstance(found, str) else self._standing(found)
        if reference.startswith("#"):
            return self._contained(entry, reference[1:])
        address = entry.base, reference
        known = self._followed.get(address)
        if known is None:
            known = self._followed[address] = self._follow(entry.base, reference)
        return known

    def _contained(self, entry: Entry, identity: str) -> int | str:
        """A contained Patient is one of the request where one of its identifiers is that of one."""
        held = self._held_in(entry, identity)
        pairs = identifiers_of(held) if held.get("resourceType") == "Patient" else []
        found = {self._identified.by_logical({"identifier": _identifier(*pair)}, "Patient") for pair in pairs}
        people = {each for each in found if isinstance(each, int)}
        if len(people) == 1:
            return self._standing(people.pop())
        return "the subject is a contained resource, which identifies nobody"

    @staticmethod
    def _held_in(entry: Entry, identity: str) -> Mapping[str, object]:
        """The only contained resource of this id; empty without one."""
        held = [each for each in objects_in(entry.resource.get("contained")) if each.get("id") == identity]
        return held[0] if len(held) == 1 else {}

    def also_called(self, position: int, entry: Entry, pointer: object) -> None:
        """From now on the literal address that the entry gives in a Reference is the patient's too."""
        target, _ = _pointed_to(pointer)
        base, identity = address_of(target if "://" in target else f"{entry.base}/{target}")
        if identity and (base, identity) not in self._by_address:
            self._by_address[base, identity] = position
            self._by_id.setdefault(identity, []).append(position)
            self._followed.clear()

    def merge(self, replaced: Mapping[int, int]) -> None:
        """From now on the first of each pair is one person with the second, and is answered as that one."""
        self._replaced = replaced
        self._followed.clear()
        self._last = None

    def _standing(self, position: int) -> int:
        return self._replaced.get(position, position)

    def _in_focus(self, entry: Entry, owner: int) -> int | str:
        """The owner of an Observation, unless ``focus`` says that it is about somebody else, such as a donor."""
        focus = entry.resource["focus"]
        for pointer in focus if isinstance(focus, list) else [focus]:
            reference, kind = _pointed_to(pointer)
            is_somebody = kind in _PEOPLE or (not kind and not reference)
            if is_somebody and (kind != "Patient" or self._follow(entry.base, reference) != owner):
                return f"{entry.kind}.focus: it is about somebody else than its subject"
        return owner

    def follow(self, reference: str) -> int:
        """The position of the patient whom a reference from outside of the resources names; BadRequest for none."""
        found = self._follow("", reference if "/" in reference or ":" in reference else f"Patient/{reference}")
        if isinstance(found, str):
            raise BadRequest("subject: no single patient of this request is meant; send Patient/ and the id")
        return found

    def position(self, identity: Identity) -> int | None:
        """Where this patient stands in ``names``, before any is merged with another."""
        if not identity.id:
            return self._by_url.get(identity.url)
        same_id = self._by_id.get(identity.id, [])
        if not identity.base and len(same_id) == 1:
            return same_id[0]
        return self._by_address.get((identity.base, identity.id))

    def may_be_meant(self, entry: Entry) -> bool:
        """Whether the subject is an address with the id of a patient of whose server nothing is known."""
        target, _ = _pointed_to(entry.resource.get(subject_element(entry.kind)))
        identity = address_of(target)[1] if "://" in target else ""
        return bool(identity) and ("", identity) in self._by_address

    def _add(self, identity: Identity) -> None:
        known = self.position(identity)
        if known is None:
            known = len(self.names)
            self.names.append(self._name(identity))
            if identity.id:
                self._by_address[identity.base, identity.id] = known
                self._by_id.setdefault(identity.id, []).append(known)
        if identity.url:
            self._by_url.setdefault(identity.url, known)
        self._identified.add(known, identity.identifiers)

    def _name(self, identity: Identity) -> str:
        if not identity.id:
            return identity.url or identity.place
        name = f"Patient/{identity.id}"
        return f"{identity.base}/{name}" if identity.id in self._by_id and identity.base else name

    def _follow(self, base: str, reference: str) -> int | str:
        found = self._found(base, reference)
        return found if isinstance(found, str) else self._standing(found)

    def _found(self, base: str, reference: str) -> int | str:
        if len(reference) > LONGEST_REFERENCE:
            return "the reference is too long"
        target = without_version(reference)
        if target.startswith("#"):
            return "the subject is a contained resource, which identifies nobody"
        if target in self._by_url:
            return self._by_url[target]
        return self._elsewhere(target) if ":" in target or "?" in target else self._relative(base, target)

    def _elsewhere(self, target: str) -> int | str:
        if "?" in target:
            return self._by_condition(target)
        if "://" in target:
            known = self._by_address.get(address_of(target))
            return "the subject is an absolute URL of another patient or server" if known is None else known
        return "the subject is a urn that is no Patient of this request"

    def _by_condition(self, target: str) -> int | str:
        if target.partition("?")[0].rpartition("/")[2] != "Patient":
            return "the subject is a conditional reference to no Patient"
        return self._identified.by_condition(target, "Patient")

    def _relative(self, base: str, target: str) -> int | str:
        kind, _, identity = target.partition("/")
        if kind != "Patient" or not identity:
            is_type = kind in RESOURCE_TYPES and kind != "Patient"
            return f"the subject is a {kind}" if is_type else "the subject is no reference to a Patient by its id"
        candidates = self._by_id.get(identity, [])
        if base:
            # A relative reference means the server that the entry's own fullUrl names.
            known = self._by_address.get((base, identity), self._by_address.get(("", identity)))
            return known if known is not None else "the subject is another patient, or one on another server"
        if len(candidates) > 1:
            return "patients on several servers have this id, and the entry's fullUrl does not tell which"
        return candidates[0] if candidates else "the subject is another patient"


def stated_subject(entry: Entry) -> object:
    """Whom the resource says it is about; DSTU2 and STU3 have it in ``patient`` where R4 has ``subject``."""
    subject = entry.resource.get(subject_element(entry.kind))
    return entry.resource.get("patient") if subject is None else subject


def _is_literal(pointer: object) -> bool:
    """Whether a Reference leads to the same resource from wherever it is made: not into what contains it."""
    reference = pointer.get("reference") if isinstance(pointer, dict) else None
    return isinstance(reference, str) and not reference.startswith("#")


def _pointed_to(pointer: object) -> tuple[str, str]:
    """Reference and resource type of a pointer; each empty where it is not stated."""
    stated = pointer if isinstance(pointer, dict) else {}
    reference, kind = stated.get("reference"), stated.get("type")
    target = without_version(reference) if isinstance(reference, str) else ""
    named = [part for part in target.split("/") if part in RESOURCE_TYPES]
    return target, named[-1] if named else kind if isinstance(kind, str) else ""


def identity_of(patient: Entry) -> Identity:
    """The address of a Patient resource, by its id, else by its fullUrl."""
    own = patient.resource.get("id")
    has_id = isinstance(own, str) and patient.reference == f"Patient/{own}"
    url = without_version(patient.full_url)
    return Identity(
        patient.base,
        str(own) if has_id else address_of(url)[1],
        url,
        patient.reference,
        tuple(identifiers_of(patient.resource)),
    )


def _at_one(servers: frozenset[str], identities: Iterable[Identity]) -> list[Identity]:
    server = next(iter(servers)) if len(servers) == 1 else ""
    return [each.at(server) if each.id and not each.base else each for each in identities]


def address_of(url: str) -> tuple[str, str]:
    """Server and id of ``[base]/Patient/[id]``; two empty texts for anything else."""
    base, _, identity = url.rpartition("/Patient/")
    return (same_server(base), identity) if is_id(identity) else ("", "")


def _identifier(system: str, value: str) -> dict[str, object]:
    return {"system": system, "value": value} if system else {"value": value}
