"""The rules for everybody to read: HTML for people, JSON for programs. No patient is in them, and no script."""

import base64
import hashlib
import html
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from service.knowledge.pages import KINDS, Page, Pages
from service.web.answers import SAFE, json_answer
from service.web.negotiation import JSON, page_form

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2rem .5rem;text-align:left;vertical-align:top}"
    "code{overflow-wrap:anywhere}pre{overflow-x:auto;background:#f5f5f5;padding:.5rem}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# The one style above, and nothing else: no script, no image, no form.
_POLICY = f"{SAFE['Content-Security-Policy']}; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def routes(pages: Pages) -> Blueprint:
    """``GET /rules``, ``/rules/{rule}``, and for each kind ``/rules/{kind}`` and ``/rules/{kind}/{name}``."""
    blueprint = Blueprint("rule_pages", __name__)

    def add(path: str, endpoint: str, found: Callable[..., Page]) -> None:
        def answer(**named: str) -> Response:
            return _answer(found(**named), pages.places)

        blueprint.add_url_rule(path, endpoint, answer, methods=["GET"])

    add("/rules", "first", lambda: pages.first)
    add("/rules/<asked>", "rule", pages.rule)
    for kind in KINDS:
        add(f"/rules/{kind}", kind, partial(pages.listing, kind))
        add(f"/rules/{kind}/<name>", f"one_of_{kind}", lambda name, kind=kind: pages.one(kind, name))
    return blueprint


def _answer(page: Page, places: Mapping[str, str]) -> Response:
    if page_form() == JSON:
        answer = json_answer(page.content)
    else:
        answer = Response(_document(page, places), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = _POLICY
    answer.vary.add("Accept")
    return answer


def _document(page: Page, places: Mapping[str, str]) -> str:
    # Relative, so that it holds behind a gateway that takes a path off.
    first = "../" * (request.path.count("/") - 1) + "rules"
    body = _markdown().render(page.text, {"first": first, "places": places})
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(page.title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{_STYLE}</style></head><body>\n<p><a href="{first}">All rules</a></p>\n{body}</body></html>\n'
    )


@cache
def _markdown() -> "MarkdownIt":
    # Most processes answer hooks and never show a page.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    made.add_render_rule("code_inline", _code)
    return made


def _code(_renderer: object, tokens: Sequence["Token"], index: int, _options: object, env: Mapping[str, Any]) -> str:
    """A name in code leads to its page, where it has one."""
    name = tokens[index].content
    code = f"<code>{html.escape(name)}</code>"
    place = env["places"].get(name)
    return f'<a href="{env["first"]}/{html.escape(place)}">{code}</a>' if place else code
