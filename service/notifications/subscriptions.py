"""The status of a Subscription at the head of a notification: Parameters in R4, SubscriptionStatus in R4B and R5."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.fhir.intake.bundle_walk import items_in
from service.fhir.values.answers import objects_in
from service.notifications.pointers import Pointer, pointer_of

Json = Mapping[str, object]
_LONGEST_NUMBER = 19


@dataclass(frozen=True, slots=True)
class Announced:
    """``kind``: the type of the notification. ``pointers``: what its events are about, or where to ask for them.

    ``identity``: Subscription and numbers of the events; empty where they have none.
    """

    kind: str
    pointers: tuple[Pointer, ...] = ()
    identity: str = ""


def announced_by(resource: Json) -> Iterator[Announced]:
    """The statuses in a resource, in it itself or in the entries of a Bundle."""
    held = [resource]
    if resource.get("resourceType") == "Bundle":
        held = [_object(_object(item.content).get("resource")) for item in items_in(resource)]
    for each in held:
        if each.get("resourceType") == "SubscriptionStatus":
            yield _announced(each)
        elif each.get("resourceType") == "Parameters" and _is_status(each):
            yield _announced(_as_status(objects_in(each.get("parameter"))))


def _is_status(parameters: Json) -> bool:
    names = {str(each.get("name")) for each in objects_in(parameters.get("parameter"))}
    return {"subscription", "type"} <= names or {"subscription", "status"} <= names


def _as_status(parameters: Sequence[Json]) -> Json:
    """The Parameters of the Subscriptions Backport as the SubscriptionStatus that they stand for."""
    plain = {_camel(str(each.get("name"))): _value(each) for each in parameters if "part" not in each}
    events = [each for each in parameters if each.get("name") == "notification-event"]
    return {**plain, "notificationEvent": [_event(objects_in(each.get("part"))) for each in events]}


def _event(parts: Sequence[Json]) -> Json:
    further = [_value(each) for each in parts if each.get("name") == "additional-context"]
    return {**{_camel(str(each.get("name"))): _value(each) for each in parts}, "additionalContext": further}


def _camel(name: str) -> str:
    first, *others = name.split("-")
    return first + "".join(each.title() for each in others)


def _value(parameter: Json) -> object:
    values = [value for name, value in parameter.items() if name.startswith("value")]
    return values[0] if len(values) == 1 else None


def _announced(status: Json) -> Announced:
    subscription = _reference(status.get("subscription"))
    events = objects_in(status.get("notificationEvent"))
    numbers = [number for each in events if (number := _number(each.get("eventNumber")))]
    foci = [pointer_of(_reference(each.get("focus"))) for each in events]
    found = [each for each in foci if each]
    if not found:
        count = numbers or [each for each in [_number(status.get("eventsSinceSubscriptionStart"))] if each]
        found = _to_ask_for(subscription, count)
    kind = status.get("type")
    identity = f"{subscription}|{','.join(numbers)}" if subscription and numbers else ""
    return Announced(kind if isinstance(kind, str) else "event-notification", tuple(found), identity)


def _to_ask_for(subscription: str, numbers: Sequence[str]) -> list[Pointer]:
    named = pointer_of(subscription)
    if named is None or not numbers:
        return []
    first, last = min(numbers, key=int), max(numbers, key=int)
    return [Pointer("events", f"{named.text}|{first}|{last}", named.base)]


def _reference(value: object) -> str:
    reference = _object(value).get("reference")
    return reference if isinstance(reference, str) else ""


def _number(value: object) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else ""


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}
