"""What YAML says, held against a shape by pydantic: what differs is refused with place, fault and near match."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from service.errors import KnowledgeError
from service.knowledge.near import near

Shape = TypeVar("Shape")
_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
# In words of YAML what pydantic says in those of Python.
_SAID = {
    **dict.fromkeys(("list_type", "tuple_type"), "must be a list"),
    **dict.fromkeys(("dict_type", "model_type", "dataclass_type"), "must be a mapping"),
    **dict.fromkeys(_UNKNOWN_KEY, "unknown key"),
    "string_type": "must be a text; quote a code of digits",
    "fraction_parsing": "must be a number or a fraction such as 13/3",
    "bool_type": "must be true or false",
    "string_too_short": "must not be empty",
}


def shaped(shape: type[Shape], data: object, where: str, joint: str = ": ") -> Shape:
    """Data as a shape: a model, a dataclass, or a list or mapping of them; no key is allowed that it does not have.

    KnowledgeError names ``where`` and behind ``joint`` the key, then the fault and the keys or words that are allowed.
    """
    adapter = _adapter(shape)  # type: ignore[arg-type]  # mypy takes no type for hashable
    try:
        made: Shape = adapter.validate_python(data, extra="forbid")
    except ValidationError as error:
        # An unknown key says more than the one that is missing in its place.
        errors = error.errors(include_url=False)
        first = min(errors, key=lambda each: each["type"] not in _UNKNOWN_KEY)
        place = joint.join(filter(None, (where, ".".join(str(step) for step in first["loc"] if step != "[key]"))))
        said = _SAID.get(first["type"]) or first["msg"].removeprefix("Value error, ")
        raise KnowledgeError(f"{place}: {said}{_hint(first, adapter)}") from None
    return made


@lru_cache(maxsize=64)
def _adapter(shape: Any) -> TypeAdapter[Any]:
    """Made once: entries of one shape follow each other, and all shapes together take a fifth of a megabyte."""
    return TypeAdapter(shape)


def _hint(fault: ErrorDetails, adapter: TypeAdapter[Any]) -> str:
    """What was meant by an unknown key or word, and which keys there are."""
    if fault["type"] == "literal_error":
        choices = re.findall("'([^']+)'", str(fault["ctx"]["expected"]))
        return f", not {str(fault['input'])[:40]!r}; {near(fault['input'], choices)}"
    if fault["type"] not in _UNKNOWN_KEY:
        return ""
    allowed = _keys_at(adapter.json_schema(), fault["loc"][:-1])
    return f"; {near(fault['loc'][-1], allowed)}; allowed keys: {', '.join(allowed)}"


def _keys_at(schema: dict[str, Any], place: Sequence[int | str]) -> list[str]:
    """The keys that a JSON schema allows at a place."""
    at = schema
    for step in (*place, None):
        if "$ref" in at:
            at = schema["$defs"][at["$ref"].rpartition("/")[2]]
        if step is not None:
            at = at.get("properties", {}).get(step) or at.get("additionalProperties") or at.get("items") or {}
    return sorted(at.get("properties", ()))
