"""``GET /`` and ``POST /``: bring a chart and see what is concluded of it; and what all pages are dressed with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from service.errors import BadRequest
from service.fhir.forms.form import REST
from service.web.admission import Admission
from service.web.authentication import who_calls
from service.web.page.charts import Chart, chart_of
from service.web.page.examples import examples
from service.web.page.sent import Sent, refuse_other_sites, sent_from
from service.web.page.shown import Showing, Shown
from service.web.page.templating import page_answer, static_file
from service.web.page.what_if import ASKED, answers_in, asked, changed_chart, edited_chart, known_answers
from service.web.request_body import BodyLimits
from service.web.stages import stage

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation
    from service.evaluate import Evaluator

_EXPORT = "export"
Row = Mapping[str, Any]
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
                return self._answer(sent)
            except BadRequest as problem:
                return _asking(self.evaluator, sent, problem)

    def _answer(self, sent: Sent) -> Response:
        chart = chart_of(sent, self.evaluator, self.limits.max_entries)
        results, made = self._evaluated(chart)
        if len(made) != 1:
            pairs = zip(results, made, strict=True)
            return self._page(sent, chart, [self.showing.shown(*pair, chart.bundle) for pair in pairs])
        if not sent.word(ASKED):
            filled = known_answers(self.evaluator.form, made[0])
            return self._page(sent, chart, [self.showing.shown(results[0], made[0], chart.bundle)], filled)
        return self._changed(sent, chart, results[0], made[0])

    def _changed(self, sent: Sent, chart: Chart, before: Row, evaluation: "Evaluation") -> Response:
        """The chart with other answers, held against the chart as it is."""
        changed = changed_chart(chart, evaluation, self.evaluator.form, sent, REST)
        if sent.word("do") == _EXPORT:
            return _bundle(changed)
        results, made = self._evaluated(changed)
        pairs = zip(results, made, strict=True)
        shown = [self.showing.shown(*pair, changed.bundle, before) for pair in pairs]
        filled, units = answers_in(sent)
        return self._page(sent, chart, shown, filled, units)

    def _evaluated(self, chart: Chart) -> tuple[list[Row], list["Evaluation"]]:
        made: list[Evaluation] = []
        answer: Any = self.evaluator.evaluate_bundle(
            chart.bundle, chart.as_of, self.limits.max_entries, chart.subject, made.append
        )
        return answer.get("results", [answer]), made

    def _page(
        self,
        sent: Sent,
        chart: Chart,
        shown: list[Shown],
        filled: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
    ) -> Response:
        """``filled``: the answers in the form; without them there is none."""
        questions = asked(self.evaluator.form, filled, units or {}, REST) if filled is not None else []
        text = chart.lines_of_text
        return _answer(
            self.evaluator,
            sent,
            chart=chart,
            shown=shown,
            questions=questions,
            is_what_if=bool(sent.word(ASKED)),
            edited=sent.fields.get("edited", text),
            is_edited=edited_chart(chart, sent) != chart.bundle,
        )


def _bundle(chart: Chart) -> Response:
    answer = Response(chart.text, mimetype="application/fhir+json")
    answer.headers["Content-Disposition"] = "attachment; filename=bundle.json"
    return answer


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
    return _answer(evaluator, sent, problem=str(problem or ""), details=details)


def _answer(evaluator: "Evaluator", sent: Sent, **values: object) -> Response:
    nothing: dict[str, object] = {"problem": "", "details": (), "chart": None, "shown": [], "questions": []}
    return page_answer(
        "page.html",
        **nothing
        | {
            "knowledge": evaluator.knowledge,
            "examples": examples().values(),
            "chosen": sent.word("example"),
            "layouts": evaluator.report_layouts,
        }
        | values,
    )
