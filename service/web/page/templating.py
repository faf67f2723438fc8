"""Pages made of templates: every value is escaped, and a name that is missing is an error."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Response, request
from markupsafe import Markup

from service.web.answers import SAFE

if TYPE_CHECKING:
    from jinja2 import Environment
    from markdown_it import MarkdownIt

_HERE: Final = Path(__file__).parent
# Our own sheet, script and pictures, calls to ourselves, and nothing else: no style and no script in the text.
POLICY: Final = (
    f"{SAFE['Content-Security-Policy']}; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)


def page_answer(template: str, **values: object) -> Response:
    """A page of one of the templates; ``root`` leads from it to the first page."""
    answer = Response(rendered(template, root=to_root(), **values), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def rendered(template: str, **values: object) -> str:
    """The text of a template with these values in it."""
    return _environment().get_template(template).render(values)


def to_root() -> str:
    """From the address of this request to that of the first page: relative, so that it holds behind a gateway."""
    return "../" * (request.path.count("/") - 1) or "./"


def static_file(name: str) -> bytes:
    """A file that pages are dressed with."""
    return (_HERE / "static" / name).read_bytes()


def card_text(text: str) -> Markup:
    """The Markdown of a card as an EHR shows it; neither HTML nor a picture comes through."""
    return Markup(_markdown().render(text))  # noqa: S704  # html is off in the renderer, so the text is escaped


@cache
def _environment() -> "Environment":
    # Most processes answer hooks and never show a page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["card"] = card_text
    made.filters["spaced"] = _spaced
    return made


def _spaced(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


Values = Mapping[str, object]
