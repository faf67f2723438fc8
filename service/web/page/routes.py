"""``GET /`` and ``POST /``: bring a chart and see what is concluded of it; and what all pages are dressed with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from service.errors import BadRequest
from service.web.admission import Admission
from service.web.authentication import who_calls
from service.web.page.charts import Chart, chart_of
from service.web.page.examples import examples
from service.web.page.sent import Sent, refuse_other_sites, sent_from
from service.web.page.shown import Showing, Shown
from service.web.page.templating import page_answer, static_file
from service.web.request_body import BodyLimits
from service.web.stages import stage

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation
    from service.evaluate import Evaluator

_DRESS = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}


def dress_routes() -> Blueprint:
    """``GET /page/{file}``: the sheet, the script and the icon of all pages."""
    blueprint = Blueprint("page_dress", __name__)
    for name, media in _DRESS.items():
        _add_file(blueprint, name, media)
    return blueprint


def _add_file(blueprint: Blueprint, name: str, media: str) -> None:
    content = static_file(name)

    def answer() -> Response:
        return Response(content, mimetype=media)

    blueprint.add_url_rule(f"/page/{name}", name.replace(".", "_"), answer, methods=["GET"])


@dataclass(frozen=True, slots=True)
class _Desk:
    """What it takes to answer a form."""

    evaluator: "Evaluator"
    showing: Showing
    limits: BodyLimits
    admission: Admission

    def answer(self, own_address: str | None) -> Response:
        refuse_other_sites(request, own_address)
        caller = who_calls()
        with self.admission.arriving(caller), stage("read"):
            sent = sent_from(request, self.limits)
        with self.admission.place(caller), self.admission.turn(caller), stage("evaluate"):
            try:
                chart = chart_of(sent, self.evaluator, self.limits.max_entries)
                shown = self._shown(chart)
            except BadRequest as problem:
                return _asking(self.evaluator, sent, problem)
            return _page(self.evaluator, sent, chart, shown)

    def _shown(self, chart: Chart) -> list[Shown]:
        made: list[Evaluation] = []
        answer = self.evaluator.evaluate_bundle(
            chart.bundle, chart.as_of, self.limits.max_entries, chart.subject, made.append
        )
        results = answer.get("results", [answer])
        pairs = zip(results, made, strict=True) if isinstance(results, list) else ()
        return [self.showing.shown(result, evaluation, chart.bundle) for result, evaluation in pairs]


def routes(
    evaluator: "Evaluator", limits: BodyLimits, admission: Admission, own_address: str | None = None
) -> Blueprint:
    """The page itself. ``own_address``: where people reach this service, if the settings say."""
    blueprint = Blueprint("page", __name__)
    desk = _Desk(evaluator, Showing(evaluator), limits, admission)

    @blueprint.get("/")
    def first() -> Response:
        return _asking(evaluator, Sent())

    @blueprint.post("/")
    def evaluate() -> Response:
        return desk.answer(own_address)

    return blueprint


def _asking(evaluator: "Evaluator", sent: Sent, problem: BadRequest | None = None) -> Response:
    details = getattr(problem, "details", ())
    return _answer(evaluator, sent, problem=str(problem or ""), details=details, chart=None, shown=[])


def _page(evaluator: "Evaluator", sent: Sent, chart: Chart, shown: list[Shown]) -> Response:
    return _answer(evaluator, sent, problem="", details=(), chart=chart, shown=shown)


def _answer(evaluator: "Evaluator", sent: Sent, **values: object) -> Response:
    return page_answer(
        "page.html",
        knowledge=evaluator.knowledge,
        examples=examples().values(),
        chosen=sent.word("example"),
        layouts=evaluator.report_layouts,
        **values,
    )
