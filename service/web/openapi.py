"""The OpenAPI 3.1 description of every endpoint: a data file, with the message schemas as its components."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response

from service import __version__
from service.fhir.mappings.vocabulary import PREFETCH
from service.web.answers import json_answer
from service.web.message_schemas import components, data_file

# What any path may answer: gunicorn before the application sees the request, or the application's own routing.
_ANYWHERE = {
    "400": "BadRequest",
    "405": "WrongMethod",
    "414": "UriTooLong",
    "417": "ExpectationFailed",
    "431": "HeadersTooLarge",
    "500": "Fault",
    "501": "NotImplemented",
}

_NO_ENTRY: Mapping[str, Any] = {"resourceType": "Bundle", "type": "searchset", "entry": []}


def description() -> dict[str, Any]:
    """The whole document."""
    document: dict[str, Any] = data_file("openapi")
    document["info"]["version"] = __version__
    document["components"]["schemas"] = components()
    for example in _examples(document):
        example["prefetch"] |= dict.fromkeys(PREFETCH, _NO_ENTRY)
    everywhere = {status: {"$ref": f"#/components/responses/{name}"} for status, name in _ANYWHERE.items()}
    for operation in operations(document).values():
        operation["responses"] = dict(sorted((everywhere | operation["responses"]).items()))
    return document


def operations(document: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The operations of a document, by path and method."""
    paths: Mapping[str, Mapping[str, Any]] = document["paths"]
    return {
        (path, method): item[method]
        for path, item in paths.items()
        for method in ("get", "post", "put", "delete")
        if method in item
    }


def _examples(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The examples of calls that bring data along; which further keys they need the subjects declare."""
    for operation in operations(document).values():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "prefetch" in content.get("example", {}):
                yield content["example"]


def routes() -> Blueprint:
    """``GET /openapi.json``, made once."""
    blueprint = Blueprint("openapi", __name__)
    body = json_answer(description()).get_data()

    @blueprint.get("/openapi.json")
    def describe() -> Response:
        return Response(body, mimetype="application/json")

    return blueprint
