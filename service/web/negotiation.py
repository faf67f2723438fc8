"""In which form an answer is given. Under ``/fhir``: by ``_format``, else by the weights of ``Accept``; else 406.

A page for people is HTML, unless JSON is more welcome.
"""

from collections.abc import Sequence

from flask import request

from service.errors import BadRequest, NotAcceptable

JSON, FHIR, HTML = "application/json", "application/fhir+json", "text/html"
# Other names of the same; a plus that was not escaped in a query arrives as a space.
_NAMES = {"json": JSON, "fhir": FHIR, "application/json+fhir": FHIR, "text/json": JSON}
_FHIR_VERSION = "4.0"


def answer_form(default: str = JSON) -> str:
    """``application/json`` or ``application/fhir+json``; NotAcceptable when the caller takes neither."""
    asked = _only("_format")
    if asked is None:
        return _accepted(list(request.accept_mimetypes), default)
    form = _known(asked.replace(" ", "+"))
    if form is None:
        raise _refusal("_format")
    return form


def page_form() -> str:
    """``application/json`` where ``Accept`` weighs it more than HTML, else ``text/html``."""
    accepted = list(request.accept_mimetypes)
    return JSON if _weight(JSON, accepted) > _weight(HTML, accepted) else HTML


def is_pretty() -> bool:
    """Whether ``_pretty`` asks for an answer with line breaks."""
    asked = _only("_pretty")
    if asked not in (None, "true", "false"):
        raise BadRequest("_pretty must be true or false")
    return asked == "true"


def _only(name: str) -> str | None:
    given = request.args.getlist(name)
    if len(given) > 1:
        raise BadRequest(f"{name} must be given once")
    return given[0] if given else None


def _accepted(accepted: Sequence[tuple[str, float]], default: str) -> str:
    if not accepted:
        return default
    other = FHIR if default == JSON else JSON
    weights = {form: _weight(form, accepted) for form in (default, other)}
    # Of two that are as welcome the usual one is given.
    best = max(weights, key=lambda form: weights[form])
    if weights[best] <= 0:
        raise _refusal("Accept")
    return best


def _weight(form: str, accepted: Sequence[tuple[str, float]]) -> float:
    """The weight of the most exact range that holds the form (RFC 9110, 12.5.1); 0 where none does."""
    found = [(_exactness(form, kind), weight) for kind, weight in accepted]
    return max(((exact, weight) for exact, weight in found if exact), default=(0, 0.0))[1]


def _exactness(form: str, kind: str) -> int:
    plain, *parameters = (part.strip().lower() for part in kind.split(";"))
    versions = [text.partition("=")[2].strip('" ') for text in parameters if text.startswith("fhirversion")]
    if any(not version.startswith(_FHIR_VERSION) for version in versions):
        return 0
    if form in (plain, _known(plain)):
        return 3
    return {f"{form.partition('/')[0]}/*": 2, "*/*": 1}.get(plain, 0)


def _known(kind: str) -> str | None:
    plain = kind.partition(";")[0].strip().lower()
    return plain if plain in (JSON, FHIR) else _NAMES.get(plain)


def _refusal(name: str) -> NotAcceptable:
    return NotAcceptable(f"{name}: only {JSON} and {FHIR} (FHIR {_FHIR_VERSION}) can be given")
