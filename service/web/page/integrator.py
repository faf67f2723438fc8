"""``/integrator``: what an integrator asks first, calls to copy, and what is wrong with a message."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, Response, request

from service.errors import BadRequest
from service.web.admission import Admission
from service.web.authentication import who_calls
from service.web.openapi import description, operations
from service.web.page.checked_messages import Checked
from service.web.page.checked_messages import checked as checked_message
from service.web.page.sent import refuse_other_sites, sent_from
from service.web.page.templating import page_answer
from service.web.request_body import BodyLimits
from service.web.stages import stage

_SERVICE = "mmn-patient-view"
_ELSEWHERE = "https://cds.example.org"
# What stands in its place until the caller puts in its own.
_PROOF = "-H 'Authorization: Bearer TOKEN'"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it can be pasted into a shell; ``summary``: what it asks."""

    name: str
    path: str
    summary: str
    command: str


def routes(own_address: str | None, limits: BodyLimits, admission: Admission, *, authenticates: bool) -> Blueprint:
    """``own_address``: where people reach this service, if the settings say; else an address that stands for it."""
    blueprint = Blueprint("integrator", __name__)
    base = own_address or _ELSEWHERE
    document = description()
    posts = list(_posts(document, base, with_token=authenticates))
    reads = [(path, each["summary"]) for (path, method), each in operations(document).items() if _is_read(path, method)]

    def page(message: str = "", problem: str = "", checked: Checked | None = None) -> Response:
        said = {"message": message, "problem": problem, "checked": checked}
        known = {"base": base, "calls": posts, "reads": reads, "authenticates": authenticates}
        return page_answer("integrator.html", **known, **said)

    @blueprint.get("/integrator")
    def show() -> Response:
        return page()

    @blueprint.post("/integrator")
    def check() -> Response:
        refuse_other_sites(request, own_address)
        caller = who_calls()
        with admission.arriving(caller), stage("read"):
            message = sent_from(request, limits).fields.get("message", "")
        with admission.place(caller), admission.turn(caller), stage("evaluate"):
            try:
                return page(message, checked=checked_message(message))
            except BadRequest as problem:
                return page(message, str(problem))

    return blueprint


def _is_read(path: str, method: str) -> bool:
    return method == "get" and "{" not in path and not path.startswith(("/page/", "/rules/"))


def _posts(document: Mapping[str, Any], base: str, *, with_token: bool) -> Iterator[Call]:
    for (path, method), operation in operations(document).items():
        media, example = _example(operation)
        address = path.replace("{id}", _SERVICE) if path.startswith("/cds-services") else path
        if method == "post" and example is not None and "{" not in address:
            command = _command(f"{base}{address}", media, example, with_token=with_token)
            yield Call(operation["operationId"], address, operation["summary"], command)


def _example(operation: Mapping[str, Any]) -> tuple[str, Any]:
    """The media type and the body of the first example of an operation, if it has one."""
    contents: Mapping[str, Mapping[str, Any]] = operation.get("requestBody", {}).get("content", {})
    found = [(media, each["example"]) for media, each in contents.items() if "example" in each]
    return found[0] if found else ("", None)


def _command(url: str, media: str, body: Any, *, with_token: bool) -> str:
    """Curl with the body on standard input; what a shell could read in another way stands in single quotes."""
    text = body if isinstance(body, str) else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
    lines = [f"curl -sS {shlex.quote(url) if '$' in url else url}", f"-H {shlex.quote(f'Content-Type: {media}')}"]
    lines += [_PROOF] if with_token else []
    return " \\\n  ".join([*lines, "--data-binary @- <<'BODY'"]) + f"\n{text}\nBODY"
