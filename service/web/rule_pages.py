"""The rules for everybody to read: HTML for people, JSON for programs. No patient is in them, and no script."""

import html
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response
from markupsafe import Markup

from service.knowledge.pages import KINDS, Page, Pages
from service.web.answers import json_answer
from service.web.negotiation import JSON, page_form
from service.web.page.templating import page_answer, to_root
from service.web.rule_feedback import RuleFeedback

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def routes(pages: Pages, answered: RuleFeedback) -> Blueprint:
    """``GET /rules``, ``/rules/{rule}``, and for each kind ``/rules/{kind}`` and ``/rules/{kind}/{name}``.

    ``answered``: what clinicians answered on cards, for the pages of rules.
    """
    blueprint = Blueprint("rule_pages", __name__)

    def add(path: str, endpoint: str, found: Callable[..., Page]) -> None:
        def answer(**named: str) -> Response:
            return _answer(found(**named), pages.places)

        blueprint.add_url_rule(path, endpoint, answer, methods=["GET"])

    add("/rules", "first", lambda: pages.first)
    add("/rules/<asked>", "rule", lambda asked: answered.beside(pages.rule(asked)))
    for kind in KINDS:
        add(f"/rules/{kind}", kind, partial(pages.listing, kind))
        add(f"/rules/{kind}/<name>", f"one_of_{kind}", lambda name, kind=kind: pages.one(kind, name))
    return blueprint


def _answer(page: Page, places: Mapping[str, str]) -> Response:
    answer = json_answer(page.content) if page_form() == JSON else _document(page, places)
    answer.vary.add("Accept")
    return answer


def _document(page: Page, places: Mapping[str, str]) -> Response:
    text = _markdown().render(page.text, {"first": f"{to_root()}rules", "places": places})
    # The renderer lets no HTML through.
    return page_answer("rules.html", title=page.title, text=Markup(text))  # noqa: S704


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
