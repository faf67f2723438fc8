"""The JSON Schemas of the messages at the door: data files under ``schemas/``, each definition by its name."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.json_guard import read_json

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_DIRECTORY = Path(__file__).parent / "schemas"
# What a subject shows in an evaluation, it describes itself.
_OF_SUBJECTS = Path(__file__).parent.parent / "subjects"
_FILES = ("common", "discovery", "request", "response", "feedback", "evaluation", "answers", "rules")
_REFERENCE = re.compile(r"(?:[a-z]+[.]json)?#/[$]defs/([A-Za-z]+)")
Schema = Mapping[str, Any]


def data_file(name: str) -> Any:
    """The content of a file under ``schemas/``, named without its ending."""
    return read_json((_DIRECTORY / f"{name}.json").read_bytes())


@cache
def schema_files() -> Mapping[str, Schema]:
    """The schema files by their ``$id``; a name is defined in one of them only."""
    files = [data_file(name) for name in _FILES]
    files += [read_json(path.read_bytes()) for path in sorted(_OF_SUBJECTS.glob("*/section.json"))]
    return {file["$id"]: file for file in files}


@cache
def validator(name: str) -> "Draft202012Validator":
    """Compiled once: says what is wrong with a message that should be a ``name``, such as ``Card``."""
    # Only an installation that checks its answers needs it: it takes 4 MB.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.jsonschema import DRAFT202012  # noqa: PLC0415

    resources = [(key, DRAFT202012.create_resource(file)) for key, file in schema_files().items()]
    registry: Registry[bool | Schema] = Registry().with_resources(resources)
    (place,) = [key for key, file in schema_files().items() if name in file["$defs"]]
    return Draft202012Validator({"$ref": f"{place}#/$defs/{name}"}, registry=registry)


def components() -> dict[str, Any]:
    """All definitions, by name, with references as OpenAPI wants them."""
    return {name: _moved(schema) for file in schema_files().values() for name, schema in file["$defs"].items()}


def _moved(schema: Any) -> Any:
    """A copy whose ``$ref`` point to the components of an OpenAPI document."""
    if isinstance(schema, list):
        return [_moved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _component(item) if key == "$ref" else _moved(item) for key, item in schema.items()}


def _component(reference: str) -> str:
    return _REFERENCE.sub(r"#/components/schemas/\1", reference)
