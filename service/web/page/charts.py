"""From what was sent to a chart: an example, a Bundle, any other resources, or a laboratory's report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import orjson

from service.domain.moments import moment_of
from service.errors import BadRequest
from service.fhir.intake.posts import post_of
from service.json_guard import read_lines, read_resources
from service.web.answers import exact_number
from service.web.as_of import now, read_as_of
from service.web.page.examples import Example, examples
from service.web.page.sent import Sent

if TYPE_CHECKING:
    from service.evaluate import Evaluator

_MEDIA: Final = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "hl7": "application/hl7-v2",
}
_JSON_BEGINS = (b"{", b"[")
_LONGEST_TEXT = 60_000
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Chart:
    """``bundle`` as it is evaluated; ``lines``: of a report, what became of each; ``layout``: it was read by it."""

    bundle: object
    as_of: datetime
    subject: str | None = None
    lines: Sequence[Mapping[str, Any]] = ()
    layout: str = ""

    @property
    def text(self) -> str:
        """The chart as JSON, for the next form."""
        return orjson.dumps(self.bundle, default=exact_number).decode()

    @property
    def lines_of_text(self) -> str:
        """The same for people; empty where it is too long to be read."""
        text = orjson.dumps(self.bundle, default=exact_number, option=orjson.OPT_INDENT_2).decode()
        return text if len(text) <= _LONGEST_TEXT else ""


def chart_of(sent: Sent, evaluator: "Evaluator", entry_limit: int) -> Chart:
    """The chart that a form brings; BadRequest says what to bring."""
    asked = sent.word("asOf")
    if example := examples().get(sent.word("example")):
        return _of_example(example, asked, evaluator)
    content = sent.file or sent.fields.get("chart", "").encode("utf-8", "replace")
    if not content.strip():
        raise BadRequest("Nothing was sent: choose an example, paste a Bundle or a report, or choose a file")
    if content.removeprefix(_MARK).lstrip().startswith(_JSON_BEGINS):
        return _of_resources(content, sent.name, asked, entry_limit)
    return _of_report(content, _media(sent.name, content), _said(sent), asked, evaluator)


def _of_example(example: Example, asked: str, evaluator: "Evaluator") -> Chart:
    moment = asked or example.as_of
    if example.chart is not None:
        return Chart(example.chart, read_as_of(moment))
    return _of_report(example.report.encode(), "text/plain", {}, moment, evaluator)


def _of_resources(content: bytes, name: str, asked: str, entry_limit: int) -> Chart:
    is_lines = name.endswith(".ndjson") or _has_several(content)
    post = post_of(read_lines(content, entry_limit) if is_lines else read_resources(content))
    told = asked or post.as_of
    return Chart(post.bundle, read_as_of(told) if told else now(), post.subject)


def _has_several(content: bytes) -> bool:
    """Whether each line is a resource of its own."""
    lines = [line.strip() for line in content.split(b"\n", 2)[:2]]
    return len(lines) > 1 and lines[0].endswith(b"}") and lines[1].startswith(b"{")


def _of_report(content: bytes, media: str, said: Mapping[str, str], asked: str, evaluator: "Evaluator") -> Chart:
    read: Mapping[str, Any] = evaluator.read_report(content, media, **said)
    moment = read_as_of(asked) if asked else now()
    return Chart(read["bundle"], moment, None, read["lines"], read["layout"])


def _media(name: str, content: bytes) -> str:
    if content.startswith(b"MSH|"):
        return _MEDIA["hl7"]
    return _MEDIA.get(PurePosixPath(name.lower()).suffix.removeprefix("."), "text/plain")


def _said(sent: Sent) -> Mapping[str, str]:
    said = {name: sent.word(name) for name in ("layout", "language", "performed")}
    if said["performed"] and moment_of(said["performed"]) is None:
        raise BadRequest("The date of the study must be a date such as 2026-03-04")
    return {name: word for name, word in said.items() if word}
