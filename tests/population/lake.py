"""Tables as a data lake makes them with a view of SQL on FHIR; a FHIRPath engine of others evaluates its paths."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import fhirpathpy
import orjson
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

Json = Mapping[str, Any]
_TYPES = {"decimal": "DOUBLE", "boolean": "BOOLEAN", "integer": "INTEGER"}


def rows_of(view: Json, resources: Iterable[Json]) -> Iterator[dict[str, Any]]:
    """The rows that a view makes: the columns of the resource beside those of each item."""
    own, items = view["select"]
    for resource in resources:
        if resource.get("resourceType") != view["resource"]:
            continue
        if not all(_value(each["path"], resource) is True for each in view["where"]):
            continue
        made = _columns(own, resource)
        # What an item is says of which type its value may be.
        within = f"{view['resource']}.{items['forEachOrNull']}"
        parts = [_node(part, within) for part in _evaluated(items["forEachOrNull"])(resource)]
        yield from ({**made, **_columns(items, part)} for part in parts or [{}])


def write_table(view: Json, resources: Iterable[Json], path: Path, without: Iterable[str] = ()) -> None:
    """Write the rows as Parquet, with the type of each column; ``without``: columns that are left out."""
    listed = path.with_suffix(".rows")
    listed.write_bytes(b"".join(orjson.dumps(row, default=float) + b"\n" for row in rows_of(view, resources)))
    columns = {each["name"]: _type(each) for select in view["select"] for each in select["column"]}
    for name in without:
        del columns[name]
    with import_module("duckdb").connect() as connection:
        connection.execute("CREATE TABLE rows AS SELECT * FROM read_ndjson(?, columns = ?)", [str(listed), columns])
        connection.execute(f"COPY rows TO '{path}' (FORMAT parquet)")
    listed.unlink()


def _type(column: Json) -> str:
    kind = _TYPES.get(column["type"], "VARCHAR")
    return f"{kind}[]" if column.get("collection") else kind


def _columns(select: Json, node: Any) -> dict[str, Any]:
    return {
        each["name"]: _evaluated(each["path"])(node) if each.get("collection") else _value(each["path"], node)
        for each in (select["column"] if node else ())
    }


def _value(path: str, node: Any) -> Any:
    """The one value of a column; a runner fails where there are several."""
    found = _evaluated(path)(node)
    assert len(found) <= 1, path
    return found[0] if found else None


def _node(part: Json, within: str) -> Any:
    return ResourceNode.create_node(part, within)  # type: ignore[no-untyped-call]  # the engine's own


@cache
def _evaluated(path: str) -> Any:
    return fhirpathpy.compile(path, models["r4"])
