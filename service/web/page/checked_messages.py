"""A call or an answer held against the schemas that this service publishes, and resources in it against FHIR R4."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

from pydantic import ValidationError

from service.errors import BadRequest
from service.fhir.models import model_of
from service.json_guard import read_json
from service.web.message_schemas import validator

_MOST_PROBLEMS: Final = 40
_LONGEST_WORDS: Final = 240
_MOST_DEPTH: Final = 60
_HOOKS: Final = {
    "patient-view": "PatientViewRequest",
    "order-select": "OrderSelectRequest",
    "order-sign": "OrderSignRequest",
}
# What only a message of this kind has.
_KINDS: Final = (
    (("cards", "evaluation"), "PatientResult"),
    (("results",), "SeveralResults"),
    (("cards",), "HookResponse"),
    (("services",), "Discovery"),
    (("feedback",), "Feedback"),
    (("bundle", "lines"), "ReadReport"),
)
_NONE: Final = (
    "This is none of the messages: send a hook's call or answer, discovery, feedback, an evaluation, what was read of "
    "a report, or a FHIR resource"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """``kind``: what it was taken for. ``problems``: place and what is wrong there, if anything is."""

    kind: str
    problems: Sequence[tuple[str, str]]
    is_cut: bool = False


def checked(text: str) -> Checked:
    """What is wrong with a message; BadRequest where it is none that can be told."""
    message = read_json(text.encode("utf-8", "replace"))
    if not isinstance(message, dict):
        raise BadRequest(_NONE)
    if "resourceType" in message:
        return _checked(f"FHIR R4 {message['resourceType']}", _of_resource(message, ""))
    name = _kind(message)
    found = (
        (_place(error.absolute_path), error.message[:_LONGEST_WORDS]) for error in validator(name).iter_errors(message)
    )
    return _checked(name, chain(found, *(_of_resource(each, place) for each, place in _resources(message, "", 0))))


def _checked(kind: str, found: Iterator[tuple[str, str]]) -> Checked:
    problems = list(islice(found, _MOST_PROBLEMS + 1))
    return Checked(kind[:_LONGEST_WORDS], problems[:_MOST_PROBLEMS], is_cut=len(problems) > _MOST_PROBLEMS)


def _kind(message: Mapping[str, Any]) -> str:
    hook = message.get("hook")
    if hook is not None:
        if isinstance(hook, str) and hook in _HOOKS:
            return _HOOKS[hook]
        raise BadRequest(f"hook: there are {', '.join(_HOOKS)}")
    for names, kind in _KINDS:
        if set(names) <= message.keys():
            return kind
    raise BadRequest(_NONE)


def _resources(value: object, place: str, depth: int) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The outermost resources in a message, with where they stand."""
    if depth > _MOST_DEPTH:
        return
    if isinstance(value, dict):
        if "resourceType" in value:
            yield value, place
            return
        for key, each in value.items():
            yield from _resources(each, f"{place}.{key}" if place else key, depth + 1)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _resources(each, f"{place}[{number}]", depth + 1)


def _of_resource(resource: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    try:
        model_of(str(resource.get("resourceType"))).model_validate(resource)
    except ValidationError as errors:
        for error in errors.errors(include_input=False, include_url=False):
            within = _place(error["loc"])
            yield f"{place}.{within}".strip("."), error["msg"][:_LONGEST_WORDS]
    except (KeyError, ValueError, TypeError, AttributeError):
        yield place, "resourceType: FHIR R4 has no such resource"


def _place(path: Sequence[object]) -> str:
    """Such as ``cards[0].source.label``."""
    told = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
    return told.removeprefix(".")
