"""The columns of an Observation in a table: a row for each component, or one where there is none.

Each column is a path in the part of FHIRPath that every runner of SQL on FHIR has; the same paths, read backwards, make
the Observation again. What the columns do not hold is said by two of them, so that it is not taken as absent.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

_CODINGS, _CODINGS_OF_SITES, _CODINGS_OF_PARTS, _CODINGS_OF_VALUES, _RANGES = 6, 3, 3, 2, 2
_STEP = re.compile(r"(\w+)(?:\.ofType\((\w+)\))?(?:\[(\d+)\])?(?:\.|$)")
# What has no column: a resource with it is listed as one that may mean something else.
_REST = {"url": "urn:mmn-cds:not-in-the-columns"}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``path``: from the Observation, or from a component. ``kind``: the FHIR type of its values."""

    name: str
    path: str
    kind: str = "string"
    is_list: bool = False

    @property
    def is_of_rest(self) -> bool:
        """Whether it says that there is more than the columns hold."""
        return "exists()" in self.path


def _concept(name: str, path: str, codings: int) -> Iterator[Column]:
    for number in range(codings):
        of = f"{path}.coding[{number}]"
        yield Column(f"{name}_{number + 1}_system", f"{of}.system", "uri")
        yield Column(f"{name}_{number + 1}_code", f"{of}.code", "code")
        yield Column(f"{name}_{number + 1}_display", f"{of}.display")
    yield Column(f"{name}_text", f"{path}.text")


def _quantity(name: str, path: str) -> Iterator[Column]:
    yield Column(f"{name}", f"{path}.value", "decimal")
    yield Column(f"{name}_comparator", f"{path}.comparator", "code")
    yield Column(f"{name}_unit", f"{path}.unit")
    yield Column(f"{name}_unit_system", f"{path}.system", "uri")
    yield Column(f"{name}_unit_code", f"{path}.code", "code")


def _result(name: str) -> Iterator[Column]:
    """What an Observation and a component have alike; ``name``: what stands before the names."""
    yield from _quantity(f"{name}value", "value.ofType(Quantity)")
    yield from _concept(f"{name}value_concept", "value.ofType(CodeableConcept)", _CODINGS_OF_VALUES)
    yield Column(f"{name}value_string", "value.ofType(string)")
    yield Column(f"{name}value_boolean", "value.ofType(boolean)", "boolean")
    yield Column(f"{name}value_integer", "value.ofType(integer)", "integer")
    yield Column(f"{name}value_date_time", "value.ofType(dateTime)", "dateTime")
    yield from _concept(f"{name}absent", "dataAbsentReason", 1)
    yield from _concept(f"{name}interpretation", "interpretation[0]", 1)
    for number in range(_RANGES):
        range_name, path = f"{name}range_{number + 1}", f"referenceRange[{number}]"
        yield from _quantity(f"{range_name}_low", f"{path}.low")
        yield from _quantity(f"{range_name}_high", f"{path}.high")
        yield from _concept(f"{range_name}_type", f"{path}.type", 1)
        yield Column(f"{range_name}_text", f"{path}.text")


def _more(*paths: str) -> str:
    others = ("Range", "Ratio", "SampledData", "time", "Period")
    shared = (
        *("modifierExtension", f"value.ofType(CodeableConcept).coding[{_CODINGS_OF_VALUES}]"),
        *(f"value.ofType({kind})" for kind in others),
        *("dataAbsentReason.coding[1]", "interpretation[1]", "interpretation[0].coding[1]"),
        *(f"referenceRange[{_RANGES}]", "referenceRange.appliesTo", "referenceRange.age"),
    )
    return " or ".join(f"{path}.exists()" for path in (*shared, *paths))


OF_OBSERVATION = (
    Column("observation", "id", "id"),
    Column("patient", "subject.reference"),
    Column("status", "status", "code"),
    Column("effective_date_time", "effective.ofType(dateTime)", "dateTime"),
    Column("effective_instant", "effective.ofType(instant)", "instant"),
    Column("effective_start", "effective.ofType(Period).start", "dateTime"),
    Column("effective_end", "effective.ofType(Period).end", "dateTime"),
    Column("issued", "issued", "instant"),
    Column("version", "meta.versionId", "id"),
    Column("last_updated", "meta.lastUpdated", "instant"),
    *_concept("code", "code", _CODINGS),
    *_concept("body_site", "bodySite", _CODINGS_OF_SITES),
    *_concept("method", "method", 1),
    *_result(""),
    Column("performers", "performer.display", is_list=True),
    Column("members", "hasMember.reference", is_list=True),
    Column("derived_from", "derivedFrom.reference", is_list=True),
    Column(
        "has_more",
        _more(
            *(f"code.coding[{_CODINGS}]", f"bodySite.coding[{_CODINGS_OF_SITES}]", "method.coding[1]"),
            *("contained", "implicitRules", "focus", "effective.ofType(Timing)"),
        ),
        "boolean",
    ),
)
OF_COMPONENT = (
    *_concept("part_code", "code", _CODINGS_OF_PARTS),
    *_result("part_"),
    Column("part_has_more", _more(f"code.coding[{_CODINGS_OF_PARTS}]"), "boolean"),
)
NAMES = frozenset(column.name for column in (*OF_OBSERVATION, *OF_COMPONENT))


def observations_in(rows: Iterable[Json]) -> Iterator[dict[str, Any]]:
    """The Observations of rows, in which those of one follow each other; what is empty is left out."""
    for _, together in groupby(rows, key=_of_observation):
        some = list(together)
        made = _made(OF_OBSERVATION, some[0])
        parts = [part for row in some if (part := _made(OF_COMPONENT, row))]
        yield {"resourceType": "Observation", **made, **({"component": parts} if parts else {})}


def _of_observation(row: Json) -> list[Any]:
    return [row.get(column.name) for column in OF_OBSERVATION]


def _made(columns: Sequence[Column], row: Json) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for column in columns:
        value = row.get(column.name)
        if column.is_of_rest:
            # A table without an answer is not one that says no; where there is no component there is no question.
            made |= {"modifierExtension": [_REST]} if made and value is not False else {}
        elif column.is_list:
            for number, item in enumerate(value or ()):
                _put(made, column.path.replace(".", f"[{number}].", 1), item)
        elif value is not None:
            _put(made, column.path, value)
    return made


def _put(made: dict[str, Any], path: str, value: Any) -> None:
    """Put a value where its path says; items of a list come in their order."""
    *steps, last = _STEP.findall(path)
    for step in steps:
        name, place = _element(step), step[2]
        if not place:
            made = made.setdefault(name, {})
            continue
        items = made.setdefault(name, [])
        items += [{} for _ in range(len(items), int(place) + 1)]
        made = items[int(place)]
    made[_element(last)] = value


def _element(step: tuple[str, str, str]) -> str:
    """The name of an element in JSON, where its type is a part of it."""
    name, kind, _ = step
    return f"{name}{kind[:1].upper()}{kind[1:]}"
