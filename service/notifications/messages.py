"""What a posted message says: of which patients something changed, and by what it can be known again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from service.errors import BadRequest, PayloadTooLarge
from service.fhir.intake.bundle_walk import items_in
from service.fhir.intake.resource_types import RESOURCE_TYPES, subject_element
from service.fhir.values.answers import objects_in
from service.notifications.pointers import Pointer, by_identifier, pointer_of
from service.notifications.subscriptions import Announced, announced_by

Json = Mapping[str, object]
Identity = tuple[Literal["message", "bundle", "events"], str]
# Each is fetched and evaluated by itself.
_MOST_POINTERS = 1000
# Of a transaction the server gives new ids to what is posted; those in the message are the sender's own.
_GIVES_NEW_IDS = ("transaction", "batch")
_NOT_OF_A_PATIENT = frozenset(
    "Binary Bundle Endpoint Group Location Medication MessageHeader OperationOutcome Organization Parameters "
    "Practitioner PractitionerRole Subscription SubscriptionStatus Substance".split()
)


@dataclass(frozen=True, slots=True)
class Message:
    """``kind``: a handshake and a heartbeat only want to be answered. ``pointers``: of whom something changed.

    ``identity``: by what the sender would know the message again, ``None`` where it has nothing of the kind.
    ``is_bare``: it names resources without their content, so that the same bytes may tell of another change.
    """

    kind: Literal["handshake", "heartbeat", "notification"]
    pointers: tuple[Pointer, ...] = ()
    identity: Identity | None = None
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rest-hook put its payload: type and id in the address."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


def message_of(body: object, place: Place | None = None) -> Message:
    """What a body says: a Bundle of any type, one resource, or a list of resources.

    BadRequest where it holds no FHIR at all, PayloadTooLarge where it names too many patients and resources.
    """
    resources = [_checked(each) for each in (body if isinstance(body, list) else [body])]
    announced = [each for resource in resources for each in announced_by(resource)]
    found = dict.fromkeys(each for resource in resources for each in _pointers(resource, place))
    bare = dict.fromkeys(each for status in announced for each in status.pointers)
    if len(found) + len(bare) > _MOST_POINTERS:
        raise PayloadTooLarge(f"The message names over {_MOST_POINTERS} patients and resources; send fewer at once")
    kind = _kind(announced)
    if kind != "notification":
        return Message(kind)
    pointers = tuple(_without_known_focus(dict.fromkeys((*found, *bare)), resources))
    return Message(kind, pointers, _identity(resources, announced), _is_bare(resources, pointers))


def _checked(resource: object) -> Json:
    kind = _kind_of(_object(resource))
    if not isinstance(resource, dict) or (kind not in RESOURCE_TYPES and kind != "SubscriptionStatus"):
        raise BadRequest("The body is no FHIR resource: resourceType must name one, such as Bundle")
    return resource


def deletion_of(place: Place) -> Message:
    """What a rest-hook says with DELETE, and with no content: this resource has changed."""
    return Message("notification", (_at(place),), is_bare=True)


def _kind(announced: Sequence[Announced]) -> Literal["handshake", "heartbeat", "notification"]:
    said = {status.kind for status in announced}
    if said == {"handshake"}:
        return "handshake"
    return "heartbeat" if said == {"heartbeat"} else "notification"


def _at(place: Place) -> Pointer:
    return pointer_of(str(place)) or Pointer("resource", str(place))


def _pointers(resource: Json, place: Place | None) -> Iterator[Pointer]:
    if _kind_of(resource) != "Bundle":
        yield from _of_resource(resource if place is None else {"id": place.id, **resource}, "", has_own_id=True)
        return
    has_own_ids = resource.get("type") not in _GIVES_NEW_IDS
    contents = [item.content for item in items_in(resource) if isinstance(item.content, dict)]
    inside = _by_full_url(contents)
    for content in contents:
        yield from _of_entry(content, inside, has_own_id=has_own_ids)


def _by_full_url(contents: Sequence[Json]) -> Mapping[str, Json]:
    """The entries by fullUrl: what a ``urn:uuid`` points to is only in the message."""
    return {str(content.get("fullUrl")): content for content in contents}


def _of_entry(content: Json, inside: Mapping[str, Json], *, has_own_id: bool) -> Iterator[Pointer]:
    request, response, resource = (_object(content.get(name)) for name in ("request", "response", "resource"))
    is_posted = request.get("method") == "POST"
    addresses = [content.get("fullUrl"), response.get("location"), None if is_posted else request.get("url")]
    if request.get("method") == "DELETE" or not resource:
        found = [each for each in map(pointer_of, (request.get("url"), *addresses)) if each]
        yield from found[:1]
        return
    full_url = content.get("fullUrl")
    base = _base(full_url)
    if _kind_of(resource) == "Patient":
        yield from _of_patient(resource, addresses, base, has_own_id=has_own_id or not is_posted)
        return
    yield from _of_resource(resource, base, has_own_id=has_own_id or not is_posted)
    reference = _object(resource.get(subject_element(_kind_of(resource)))).get("reference")
    if isinstance(reference, str) and reference.startswith("urn:") and reference in inside:
        meant = inside[reference]
        yield from _of_entry(meant, {}, has_own_id=has_own_id)


def _of_patient(patient: Json, addresses: Sequence[object], base: str, *, has_own_id: bool) -> Iterator[Pointer]:
    own = _own(patient)
    addressed = [each for each in map(pointer_of, addresses) if each and each.kind == "patient"]
    identified = by_identifier(patient)[:1]
    if has_own_id and own:
        yield Pointer("patient", own.text, base)
    elif addressed:
        yield addressed[0]
    elif identified:
        yield identified[0]
    elif own:
        yield Pointer("patient", own.text, base)
    for link in objects_in(patient.get("link")):
        other = pointer_of(_object(link.get("other")).get("reference"))
        if other and other.kind == "patient":
            yield Pointer("patient", other.text, other.base or base)


def _of_resource(resource: Json, base: str, *, has_own_id: bool) -> Iterator[Pointer]:
    kind = _kind_of(resource)
    if kind == "Patient":
        yield from _of_patient(resource, (), base, has_own_id=has_own_id)
        return
    if kind == "MessageHeader":
        foci = [pointer_of(each.get("reference")) for each in objects_in(resource.get("focus"))]
        yield from (each for each in foci if each)
    if kind == "Parameters":
        for held in _held(resource):
            yield from _pointers(held, None)
    if kind in _NOT_OF_A_PATIENT:
        return
    subject = _object(resource.get(subject_element(kind))) or _object(resource.get("subject"))
    found = _of_reference(subject, resource, base)
    own = _own(resource)
    if found is not None:
        yield found
    elif not subject and own and has_own_id:
        # Whom it is about, the server may know.
        yield Pointer(own.kind, own.text, base)


def _of_reference(subject: Json, holder: Json, base: str) -> Pointer | None:
    reference = subject.get("reference")
    if isinstance(reference, str) and reference.startswith("#"):
        held = [each for each in objects_in(holder.get("contained")) if f"#{each.get('id')}" == reference]
        patients = [each for each in held if _kind_of(each) == "Patient"]
        return next((found for each in patients for found in by_identifier(each)), None)
    found = pointer_of(reference)
    if found is not None:
        is_patient = found.kind in ("patient", "identifier")
        return Pointer(found.kind, found.text, found.base or base) if is_patient else None
    is_logical = reference is None and subject.get("type") in (None, "Patient")
    return next(iter(by_identifier({"identifier": [subject.get("identifier")]})), None) if is_logical else None


def _held(parameters: Json) -> Iterator[Json]:
    for parameter in objects_in(parameters.get("parameter")):
        if isinstance(parameter.get("resource"), dict):
            yield _object(parameter["resource"])
        yield from _held({"parameter": parameter.get("part")})


def _without_known_focus(pointers: Mapping[Pointer, None], resources: Sequence[Json]) -> Iterator[Pointer]:
    """What came with its content, and with its patient, needs not be read from the server to know whose it is."""
    told = {f"{each.get('resourceType')}/{each.get('id')}" for each in _contents(resources) if _names_patient(each)}
    for each in pointers:
        kind = each.text.partition("/")[0] if each.kind == "resource" else ""
        if kind not in _NOT_OF_A_PATIENT and not (kind and each.text in told):
            yield each


def _names_patient(resource: Json) -> bool:
    return _of_reference(_object(resource.get(subject_element(_kind_of(resource)))), resource, "") is not None


def _contents(resources: Sequence[Json]) -> Iterator[Json]:
    for resource in resources:
        if _kind_of(resource) == "Bundle":
            yield from _contents([_object(_object(item.content).get("resource")) for item in items_in(resource)])
        else:
            yield resource
            yield from _contents(list(_held(resource)))


def _is_bare(resources: Sequence[Json], pointers: Sequence[Pointer]) -> bool:
    held = [each for each in _contents(resources) if _kind_of(each) not in _NOT_OF_A_PATIENT and each]
    return not held or any(each.kind in ("resource", "events") for each in pointers)


def _identity(resources: Sequence[Json], announced: Sequence[Announced]) -> Identity | None:
    """The id of the message, the numbers of its events, or the identifier of the Bundle."""
    headers = [each for each in _contents(resources) if _kind_of(each) == "MessageHeader"]
    ids = [each["id"] for each in headers if isinstance(each.get("id"), str) and each["id"]]
    if len(ids) == 1:
        return "message", str(ids[0])
    numbered = [status.identity for status in announced if status.identity]
    if numbered:
        return "events", "\n".join(numbered)
    bundles = [each for each in resources if _kind_of(each) == "Bundle"]
    identifiers = by_identifier({"identifier": [bundles[0].get("identifier")]}) if len(bundles) == 1 else []
    return ("bundle", identifiers[0].text) if identifiers else None


def _own(resource: Json) -> Pointer | None:
    identity = resource.get("id")
    return pointer_of(f"{_kind_of(resource)}/{identity}") if isinstance(identity, str) else None


def _kind_of(resource: Json) -> str:
    kind = resource.get("resourceType")
    return kind if isinstance(kind, str) else ""


def _base(full_url: object) -> str:
    found = pointer_of(full_url)
    return found.base if found else ""


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}
