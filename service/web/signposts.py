"""Where a caller who came to the wrong door should go: told with 404 and 405, of the routes themselves."""

from collections.abc import Iterator
from functools import cache

from flask import current_app, request

from service.web.message_schemas import data_file

_NOT_FOUND, _WRONG_METHOD = 404, 405
_TOLD = ("get", "post")


def signpost(status: int) -> str:
    """What there is instead of an address that leads nowhere, or what to send to one that takes something else."""
    if status == _NOT_FOUND:
        return f". There are: {', '.join(_endpoints())}"
    return _takes().get(request.path, "") if status == _WRONG_METHOD else ""


def _endpoints() -> Iterator[str]:
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        # Parts of pages are for the pages.
        if not rule.rule.startswith("/page/"):
            yield f"{' or '.join(sorted(methods))} {rule.rule}"


@cache
def _takes() -> dict[str, str]:
    """By path, what has to be posted there: as the description of the interface says it."""
    told: dict[str, str] = {}
    document = data_file("openapi")
    for path, item in document["paths"].items():
        body = item.get("post", {}).get("requestBody") if set(_TOLD) & item.keys() == {"post"} else None
        if body:
            shared = (
                document["components"]["requestBodies"][body["$ref"].rpartition("/")[2]] if "$ref" in body else body
            )
            media = " or ".join(shared["content"])
            told[path] = f". Send it with POST: {item['post']['summary']}; Content-Type {media}; see /openapi.json"
    return told
