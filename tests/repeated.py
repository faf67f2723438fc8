"""Charts in which one thing stands many times: whole resources, or one element of a resource.

Taken from the patient folders, so that a new story adds its resources here too.
"""

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from service.evaluate import Evaluator
from tests.patient_folders import patient_folders
from tests.unit.fhir.clinical_sources import concept_of

Json = dict[str, Any]
Repeat = Callable[[int], list[Json]]

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
PATIENT: Json = {"resourceType": "Patient", "id": "p1", "birthDate": "1970-01-01", "gender": "female"}
_SAME = ("system", "resourceType", "status", "reference", "code", "unit", "sequence")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def samples(evaluator: Evaluator) -> Iterator[tuple[str, Json]]:
    """One resource for each type and each thing that is read of it, with a name; the richest that there is."""
    found: dict[str, Json] = {}
    for resource in _resources():
        name = _named(resource, evaluator)
        if len(str(resource)) > len(str(found.get(name, ""))):
            found[name] = resource
    for name, resource in found.items():
        own = copy.deepcopy(resource)
        for element in {"subject", "patient"}.intersection(own):
            own[element] = {"reference": "Patient/p1"}
        yield name, own


def _resources() -> Iterator[Json]:
    for folder in patient_folders():
        for entry in folder.bundle["entry"]:
            if entry["resource"]["resourceType"] != "Patient":
                yield entry["resource"]


def _named(resource: Json, evaluator: Evaluator) -> str:
    kind = resource["resourceType"]
    code = resource.get("code") or resource.get("medicationCodeableConcept") or resource.get("vaccineCode")
    concept = concept_of(evaluator.mappings, code, kind)
    return f"{kind} {concept.reader if concept else 'unmapped'}"


def whole(resource: Json, *, other_days: bool) -> Repeat:
    """The resource so many times, each with an id and values of its own; on one day or each on another."""

    def repeated(times: int) -> list[Json]:
        made = [_varied(resource, number) for number in range(times)]
        made = [_dated(each, number) if other_days else each for number, each in enumerate(made)]
        return [{**each, "id": f"r{number}"} for number, each in enumerate(made)]

    return repeated


def together(resources: Sequence[Json], *, other_days: bool) -> Repeat:
    """All of these resources so many times: what one kind is held against grows with it."""
    each = [whole(resource, other_days=other_days) for resource in resources]

    def repeated(times: int) -> list[Json]:
        made = [one for repeat in each for one in repeat(times)]
        return [{**one, "id": f"r{number}"} for number, one in enumerate(made)]

    return repeated


def element(resource: Json, path: Sequence[str | int]) -> Repeat:
    """The resource once, with the items of one list so many times."""

    def repeated(times: int) -> list[Json]:
        made = copy.deepcopy(resource)
        items = made
        for step in path:
            items = items[step]  # type: ignore[index]
        listed: list[Any] = items  # type: ignore[assignment]
        stated = list(listed)
        listed[:] = [_dated(_varied(stated[at % len(stated)], at), at) for at in range(times)]
        return [made]

    return repeated


def lists_in(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every list in a resource; of the items of a list only those of the first are looked into."""
    if isinstance(value, dict):
        for name, content in value.items():
            yield from lists_in(content, (*path, name))
    elif isinstance(value, list) and value:
        yield path
        yield from lists_in(value[0], (*path, 0))


def _varied(value: Any, by: int) -> Any:
    if isinstance(value, dict):
        return {name: each if name in _SAME else _varied(each, by) for name, each in value.items()} | (
            {"sequence": by} if "sequence" in value else {}
        )
    if isinstance(value, list):
        return [_varied(each, by) for each in value]
    return value + by if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _dated(value: Any, by: int) -> Any:
    if isinstance(value, dict):
        return {name: _dated(each, by) for name, each in value.items()}
    if isinstance(value, list):
        return [_dated(each, by) for each in value]
    if isinstance(value, str) and _DATE.match(value):
        return (AS_OF - timedelta(days=2 + by)).date().isoformat() + value[10:]
    return value
