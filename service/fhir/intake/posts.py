"""What may be posted for an evaluation, as one Bundle: a Bundle, a Parameters around it, one resource, or many."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from service.errors import BadRequest

PARAMETERS = ("asOf", "subject", "resource")
_COLLECTION = "collection"


@dataclass(frozen=True, slots=True)
class Post:
    """``bundle`` as sent or as made of what was sent; ``as_of`` and ``subject`` as a Parameters names them."""

    bundle: object
    as_of: str | None = None
    subject: str | None = None


def post_of(body: object) -> Post:
    """What the body asks; BadRequest names the parameter that is wrong. Bundles are checked by whoever reads them."""
    if isinstance(body, list):
        return Post(_collected(body))
    kind = body.get("resourceType") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(kind, str) or kind == "Bundle":
        return Post(body)
    return _of_parameters(body) if kind == "Parameters" else Post(_collected([body]))


def _collected(resources: Sequence[object]) -> object:
    return {"resourceType": "Bundle", "type": _COLLECTION, "entry": [{"resource": each} for each in resources]}


def _of_parameters(parameters: Mapping[str, object]) -> Post:
    listed = parameters.get("parameter")
    if not isinstance(listed, list):
        raise BadRequest("Parameters.parameter is missing or not a list; send a parameter named resource")
    told = {name: _texts(listed, name) for name in ("asOf", "subject")}
    for name, texts in told.items():
        if len(texts) > 1:
            raise BadRequest(f"Parameters: {name} must be given once")
    return Post(_resources(listed), *(texts[0] if texts else None for texts in told.values()))


def _texts(listed: Sequence[object], wanted: str) -> list[str]:
    return [_text(each, wanted) for each in listed if isinstance(each, dict) and each.get("name") == wanted]


def _text(parameter: Mapping[str, object], name: str) -> str:
    values = [value for key, value in parameter.items() if key.startswith("value")]
    value = values[0] if len(values) == 1 else None
    # A subject may be a Reference.
    text = value.get("reference") if isinstance(value, dict) else value
    if not isinstance(text, str) or not text:
        form = "valueDateTime" if name == "asOf" else "valueString, such as Patient/p1"
        raise BadRequest(f"Parameters: {name} must have one {form}")
    return text


def _resources(listed: Sequence[object]) -> object:
    """The resources of the parameters: those of ``resource``, or of the only other one that has some."""
    found: dict[object, list[object]] = {}
    for parameter in listed:
        if not isinstance(parameter, dict):
            raise BadRequest("Parameters.parameter: each must be an object with a name")
        name, held = parameter.get("name"), list(_held(parameter))
        if held:
            found.setdefault(name if isinstance(name, str) else None, []).extend(held)
        elif name not in PARAMETERS:
            raise BadRequest(f"Parameters.parameter: {unknown(name, PARAMETERS)}")
    if "resource" not in found and len(found) > 1:
        raise BadRequest("Parameters.parameter: several hold resources; name the one to evaluate resource")
    resources = found.get("resource") or next(iter(found.values()), [])
    if not resources:
        raise BadRequest("Parameters.parameter: none holds a resource; send a Bundle in a parameter named resource")
    is_bundle = isinstance(resources[0], dict) and resources[0].get("resourceType") == "Bundle"
    return resources[0] if len(resources) == 1 and is_bundle else _collected(resources)


def _held(parameter: Mapping[str, object]) -> Iterator[object]:
    if "resource" in parameter:
        yield parameter["resource"]
    parts = parameter.get("part")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict):
            yield from _held(part)


def unknown(name: object, known: Sequence[str]) -> str:
    """That a parameter is not known, and which one may be meant; repeats nothing of what was sent."""
    by_lower = {each.lower(): each for each in known}
    text = (
        name.lower().replace("-", "").replace("_", "") if isinstance(name, str) and len(name) <= _LONGEST_NAME else ""
    )
    plain = {lower.replace("_", ""): each for lower, each in by_lower.items()}
    near = get_close_matches(text, list(plain), 1)
    hint = f"; is {plain[near[0]]} meant?" if near else ""
    return f"a parameter is not known; known are {', '.join(known)}{hint}"


_LONGEST_NAME = 40
