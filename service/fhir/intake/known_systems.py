"""Resources with every code system under the one name that is read here, whatever the sender calls it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service.fhir.intake.entries import Entry
from service.fhir.mappings.system_names import SystemNames

# As deep as validation looks; what lies deeper is refused there.
_DEEPEST = 16


def in_known_systems(entry: Entry, names: SystemNames) -> Entry:
    """The entry with its systems renamed; the same one where every system already has its own name."""
    renamed = named(entry.resource, names)
    return entry if renamed is entry.resource else replace(entry, resource=renamed, sent=entry.resource)


def named(value: Any, names: SystemNames) -> Any:
    """A copy with the systems renamed; the value itself where every system already has its own name."""
    return _named(value, names, 0)


def as_sent(made: Any, read: Any, sent: Any) -> Any:
    """What was made of a resource as it was read, with whatever is unchanged as it was sent."""
    if made == read:
        return sent
    if isinstance(made, dict) and isinstance(read, dict) and isinstance(sent, dict):
        return {key: as_sent(value, read.get(key), sent.get(key)) for key, value in made.items()}
    if isinstance(made, list) and isinstance(read, list) and isinstance(sent, list) and len(made) == len(read):
        return [as_sent(*each) for each in zip(made, read, sent, strict=True)]
    return made


def _named(value: Any, names: SystemNames, depth: int) -> Any:
    """A copy where something in it has to be renamed, else the value itself."""
    if depth > _DEEPEST:
        return value
    if value.__class__ is list:
        items = [_named(item, names, depth + 1) if item.__class__ in (dict, list) else item for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    changed = {
        key: new
        for key, content in value.items()
        if content.__class__ in (dict, list) and (new := _named(content, names, depth + 1)) is not content
    }
    system = value.get("system")
    if isinstance(system, str) and _is_coded(value):
        known = names.known(system, value.get("code"))
        if known != system:
            changed["system"] = known
    return {**value, **changed} if changed else value


def _is_coded(value: Mapping[str, object]) -> bool:
    """Whether it is a Coding or a Quantity: an Identifier has a value that is a text, and no code."""
    return "code" in value or not isinstance(value.get("value"), str)
