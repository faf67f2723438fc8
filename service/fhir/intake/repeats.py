"""How often an element may repeat: a resource beyond that is not read, and listed as over-limit."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from service.domain.facts import Excluded
from service.fhir.intake.entries import Entry

# Far more than any chart holds, and little enough that no resource costs much more than another. By the last name of an
# element, wherever it stands; project design.
MOST_REPEATED: Mapping[str, int] = MappingProxyType(
    {
        "coding": 50,  # one concept in the code systems of a hospital, a payer and their versions
        "reasonCode": 50,
        "reasonReference": 100,
        "dosageInstruction": 60,  # a taper by the day over two months
        "dosage": 60,
        "doseAndRate": 20,
        "event": 400,  # one a day for a year
        "ingredient": 100,  # parenteral nutrition has some forty
        "component": 300,  # fourteen places of one study with twenty measurements each
        "referenceRange": 50,  # by age and sex
        "interpretation": 20,
        "stage": 20,
        "reaction": 100,
        "manifestation": 100,
        "bodySite": 50,
        "category": 50,
    }
)
_MOST_OF_ANYTHING, _FEWEST = 1000, min(MOST_REPEATED.values())


def over_limit(entry: Entry, *, is_read: bool) -> Excluded | None:
    """The row for a resource in which an element stands too often; None for any other. ``is_read``: its type is."""
    name = entry.repeated
    if name is None:
        return None
    most = MOST_REPEATED.get(name, _MOST_OF_ANYTHING)
    shown = name if name in MOST_REPEATED else "an element"
    detail = f"{entry.kind}: {shown} stands over {most} times in it, so that it was not read"
    return Excluded(entry.reference, "over-limit", detail, relevant=is_read)


class Looked(NamedTuple):
    """What a look through a resource shows: an element that stands too often, and the systems up to there."""

    repeated: str | None
    systems: set[str]


def looked_through(resource: Mapping[str, object]) -> Looked:
    """Every object of a resource, once: not many resources are looked through, but each whole."""
    systems: set[str] = set()
    held: list[Mapping[str, object]] = [resource]
    # Those found inside are put behind those that are still to be looked at.
    for element in held:
        system = element.get("system")
        if system.__class__ is str:
            systems.add(system)
        for content in element.values():
            kind = content.__class__
            if kind is dict:
                held.append(content)  # type: ignore[arg-type]
            elif kind is list:
                listed: list[object] = content  # type: ignore[assignment]
                if len(listed) > _FEWEST and (name := _stands_too_often(listed, element)):
                    return Looked(name, systems)
                held += [each for each in listed if each.__class__ is dict]
    return Looked(None, systems)


def _stands_too_often(listed: list[object], element: Mapping[str, object]) -> str | None:
    """The name of a list of an element where it is too long."""
    name = next(name for name, content in element.items() if content is listed)
    return name if len(listed) > MOST_REPEATED.get(name, _MOST_OF_ANYTHING) else None
